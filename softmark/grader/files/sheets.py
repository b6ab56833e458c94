"""XLSX with the standard library alone: text and stored values, no formula is ever worked out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

from softmark.grader.files.archives import Archive
from softmark.grader.files.child import Refused
from softmark.grader.files.opening import shown
from softmark.grader.files.pile import Pile
from softmark.grader.files.tables import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Table, read_table

_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_DATE_CODE = re.compile(r"(?:\[[^\]]*\]|\"[^\"]*\"|\\.|[^dmyhs])*[dmyhs]", re.IGNORECASE)
_MAX_TEXT = 40_000_000


@dataclass(slots=True)
class _Book:
    """What the parts of a workbook say, gathered while they are read."""

    where: str
    strings: list[str] = field(default_factory=list)
    dated: list[bool] = field(default_factory=list)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    dates: set[tuple[int, int]] = field(default_factory=set)
    formulas: list[str] = field(default_factory=list)
    empty_formulas: list[str] = field(default_factory=list)


def read_sheet(data: bytes, pile: Pile) -> None:
    """The scripts in the first filled sheet of a workbook."""
    archive = Archive(data, pile.where)
    book = _Book(pile.where)
    names = _sheets(archive)
    _Strings(book).parse(archive.named("xl/sharedStrings.xml"))
    _Styles(book).parse(archive.named("xl/styles.xml"))
    used = ""
    for title, part in names:
        if used:
            other = _Book(pile.where, book.strings, book.dated)
            _Cells(other).parse(archive.named(part))
            if other.cells:
                pile.tell(f"{pile.where}: sheet {shown(title, 40)!r} was not read; only the first "
                          "filled one is")
            continue
        _Cells(book).parse(archive.named(part))
        used = title if book.cells else ""
    if not book.cells:
        raise Refused(f"{pile.where}: is empty; it should be a table of answers")
    _tell_formulas(book, pile)
    rows: list[list[str]] = [[] for _ in range(max(row for row, _ in book.cells) + 1)]
    for (row, column), text in sorted(book.cells.items()):
        rows[row] += [""] * (column - len(rows[row])) + [text]
    read_table(Table(rows, "row", book.dates), pile)


def _tell_formulas(book: _Book, pile: Pile) -> None:
    if book.formulas:
        pile.tell(f"{pile.where}: {len(book.formulas)} cells hold formulas ({_few(book.formulas)}); "
                  "the values stored with them are taken, nothing is worked out")
    if book.empty_formulas:
        pile.tell(f"{pile.where}: {len(book.empty_formulas)} formulas have no stored value "
                  f"({_few(book.empty_formulas)}) and count as blank; open and save the file once")


def _few(places: list[str]) -> str:
    return ", ".join(places[:5]) + (" …" if len(places) > 5 else "")


def _sheets(archive: Archive) -> list[tuple[str, str]]:
    """Title and part of every sheet, in the order of the tabs."""
    book = archive.named("xl/workbook.xml")
    if book is None:
        raise Refused(f"{archive.where}: is no Excel workbook; save it as .xlsx or CSV (UTF-8)")
    links: dict[str, str] = {}
    titles: list[tuple[str, str]] = []

    def link(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            links[attributes.get("Id", "")] = target[1:] if target[:1] == "/" else f"xl/{target}"

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            titles.append((attributes.get("name", ""), attributes.get("id", "")))

    parse(archive.named("xl/_rels/workbook.xml.rels"), archive.where, link)
    parse(book, archive.where, sheet)
    return [(title, links[key]) for title, key in titles if key in links] or \
        [("Sheet1", "xl/worksheets/sheet1.xml")]


def parse(data: bytes | None, where: str, start: Callable[[str, dict[str, str]], None],
          end: Callable[[str], None] = lambda _: None,
          text: Callable[[str], None] = lambda _: None) -> None:
    """Goes through XML without entities of its own; names come without their prefixes."""
    if data is None:
        return
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> int:
        raise Refused(f"{where}: declares entities or a document type, which no spreadsheet does; "
                      "it was not read")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(
        name.rpartition(":")[2], {k.rpartition(":")[2]: v for k, v in attributes.items()})
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    try:
        for at in range(0, len(data), 1 << 16):
            parser.Parse(data[at:at + (1 << 16)], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused(f"{where}: is a damaged spreadsheet ({shown(error, 100)}); save it "
                      "again") from None


class _Strings:
    """The texts that cells share."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self.parts: list[str] | None = None
        self.spoken = 0
        self.size = 0

    def parse(self, data: bytes | None) -> None:
        parse(data, self.book.where, self.start, self.end, self.text)

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self.parts = []
            if len(self.book.strings) > MAX_CELLS:
                raise Refused(f"{self.book.where}: holds more texts than answers can be")
        self.spoken += name == "rPh"

    def text(self, text: str) -> None:
        if self.parts is not None and not self.spoken:
            self.size += len(text)
            if self.size > _MAX_TEXT:
                raise Refused(f"{self.book.where}: holds more text than answers can be")
            self.parts.append(text)

    def end(self, name: str) -> None:
        self.spoken -= name == "rPh"
        if name == "si" and self.parts is not None:
            self.book.strings.append(_plain("".join(self.parts)))
            self.parts = None


class _Styles:
    """Which styles show a number as a date."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self.codes: dict[str, bool] = {}
        self.inside = False

    def parse(self, data: bytes | None) -> None:
        parse(data, self.book.where, self.start, self.end)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = attributes.get("formatCode", "")[:200]
            self.codes[attributes.get("numFmtId", "")] = \
                "general" not in code.lower() and bool(_DATE_CODE.match(code))
        elif name == "cellXfs":
            self.inside = True
        elif name == "xf" and self.inside and len(self.book.dated) < 100_000:
            number = attributes.get("numFmtId", "0")
            known = number.isdigit() and len(number) < 4 and int(number) in _DATES
            self.book.dated.append(self.codes.get(number, known))

    def end(self, name: str) -> None:
        self.inside = self.inside and name != "cellXfs"


class _Cells:
    """The cells of one sheet: place -> text."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self.row = self.column = -1
        self.kind = self.place = ""
        self.style = -1
        self.parts: list[str] | None = None
        self.formula = False
        self.filled = False
        self.size = 0

    def parse(self, data: bytes | None) -> None:
        parse(data, self.book.where, self.start, self.end, self.text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdigit() and len(number) < 8 else self.row + 1
            self.column = -1
        elif name == "c":
            self._go_to(attributes.get("r", ""))
            self.kind = attributes.get("t", "n")
            style = attributes.get("s", "")
            self.style = int(style) if style.isdigit() and len(style) < 7 else -1
            self.formula = self.filled = False
        elif name == "f":
            self.formula = True
        elif name == "v" or (name == "t" and self.kind == "inlineStr"):
            self.parts = []

    def _go_to(self, place: str) -> None:
        match = _PLACE.fullmatch(place)
        self.column += 1
        if match:
            self.column = -1
            for letter in match[1]:
                self.column = (self.column + 1) * 26 + ord(letter) - ord("A")
            self.row = int(match[2]) - 1
        if self.column >= MAX_COLUMNS or self.row >= MAX_ROWS or len(self.book.cells) > MAX_CELLS:
            raise Refused(f"{self.book.where}: has a cell at {shown(place, 20)}; this is no table of "
                          "answers")
        self.place = match[0] if match else f"row {self.row + 1}"

    def text(self, text: str) -> None:
        if self.parts is not None:
            self.size += len(text)
            if self.size > _MAX_TEXT:
                raise Refused(f"{self.book.where}: holds more text than answers can be")
            self.parts.append(text)

    def end(self, name: str) -> None:
        if self.parts is not None and name in ("v", "t"):
            self._keep("".join(self.parts))
            self.parts = None
        elif name == "c" and self.formula:
            (self.book.formulas if self.filled else self.book.empty_formulas).append(self.place)

    def _keep(self, raw: str) -> None:
        at = (max(self.row, 0), self.column)
        text = self._value(raw.strip() if self.kind in ("n", "s", "b") else raw, at)
        # an inline text may come in runs
        before = self.book.cells.get(at, "") if self.kind == "inlineStr" else ""
        if text:
            self.book.cells[at] = before + text
            self.filled = True

    def _value(self, raw: str, at: tuple[int, int]) -> str:
        if self.kind == "s":
            known = raw.isdigit() and len(raw) < 9 and int(raw) < len(self.book.strings)
            return self.book.strings[int(raw)] if known else ""
        if self.kind in ("str", "inlineStr"):
            return _plain(raw)
        if self.kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw, "")
        if self.kind == "e":
            return raw[:20]
        if 0 <= self.style < len(self.book.dated) and self.book.dated[self.style]:
            self.book.dates.add(at)
            return _date(raw)
        return _number(raw)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _number(raw: str) -> str:
    """A stored double as the sheet shows it: 0.30000000000000004 is the 0.3 that was typed."""
    digits = sum(char.isdigit() for char in raw)
    if digits <= 15 and "e" not in raw.lower():
        return raw
    try:
        value = Decimal(raw[:50])
    except InvalidOperation:
        return raw[:50]
    if not value.is_finite():
        return raw[:50]
    short = format(float(value), ".15g")
    return format(Decimal(short), "f") if 1e-7 < abs(float(value)) < 1e16 else short


def _date(raw: str) -> str:
    """A spreadsheet's day number as a time; what is none stays as it is."""
    try:
        days = float(raw[:50])
        return (datetime(1899, 12, 30) + timedelta(seconds=round(days * 86_400))).isoformat(" ")
    except (ValueError, OverflowError):
        return raw[:50]
