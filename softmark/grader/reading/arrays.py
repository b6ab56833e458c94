"""Vectors and matrices in Python, NumPy, LaTeX, MATLAB and spreadsheet notation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

from softmark.grader.reading.numbers import Unreadable, clean, read_number
from softmark.worksheet.records import Reading, Status

MAX_LENGTH = 20_000
MAX_ELEMENTS = 2_000
MAX_DEPTH = 4

_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-zA-Z]{1,12}\*?\}(?:\{[lcr|]{1,20}\})?")
_WRAPPERS = re.compile(r"(?:np\.|numpy\.|torch\.)?(?:array|[mM]atrix|tensor|asarray)\s*\(")
_SETTINGS = re.compile(r",\s{0,9}(?:dtype|device|grad_fn|requires_grad|shape)\s?="
                       r"\s?(?:<\w{1,40}>|[\w.':]{1,40})")
_SCALARS = re.compile(r"\b(?:np\.|numpy\.)?(?:float|int)\d{0,3}\(([^()]{1,40})\)")
_DRAWN = re.compile("[⎡⎤⎢⎥⎣⎦⎛⎞⎜⎟⎝⎠│┃]")
_AND = re.compile(r",?[^\S\n](?:and|und|et)[^\S\n]")
_LEFT = re.compile(r"\s*(?:(?:\\?[^\W\d][\w^_{}()'\\]{0,30}\s?)?:?|\(([^()=]{1,100})\)\s?)"
                   r"=(?!=)(?=[^=]*\Z)")
_ONE_ROW = re.compile(r"[\[(][^\[\](){},;]*[\])]")
Element = Callable[[str], Reading]
_NAME = r"(?:[^\W\d][\w\[\]{}']{0,20}|(?<![\d.,])\d{1,3}(?=\s?:))"
_TRANSPOSED = re.compile(r"(?<=[\])}])\s*(?:'|\.T|\^\{?(?:T|\\top|\\mathsf\{T\})\}?|ᵀ)\s*$")
_NAMED = re.compile(rf"({_NAME})\s*[=:]\s*([^=:]{{1,60}}?)(?=[,;]?\s*{_NAME}\s*[=:]|\s*$)")


def read_array(text: str, shape: Sequence[int] | None = None,
               labels: Sequence[str] | None = None, locale: str = "en",
               rank: int | None = None, element: Element | None = None) -> Reading:
    """A vector or matrix as nested tuples; with `shape`, other shapes are invalid.

    `element` reads one element, as a number unless told.
    """
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long")
    one = element or (lambda cell: read_number(cell, locale))
    try:
        flat = rank == 1 if shape is None else len(shape) == 1
        if flat and ("=" in text or ":" in text):
            named = _named(text, labels or (), shape, one)
            if named is not None:
                return named
        bare, turned = _unwrapped(text, labels)
        if flat and _ONE_ROW.fullmatch(bare):
            # NumPy breaks long lines
            bare = bare.replace("\n", " ")
        rows = _rows(bare, locale)
        if turned and not flat and len({len(row) for row in rows}) == 1:
            rows = [list(column) for column in zip(*rows, strict=True)]
        reading = _fitted(rows, shape, rank, one)
        if reading.status == "invalid" and shape is not None and "," in bare:
            # 1,5; 2,3 where two numbers are asked: the commas are decimal; 1,2 in German: they part
            other = _fitted(_rows(bare, "other" if locale == "en" else "en"), shape, rank, one)
            return other if other.status == "one" else reading
        return reading
    except Unreadable as error:
        return Reading("invalid", message=str(error))


def _unwrapped(text: str, labels: Sequence[str] | None) -> tuple[str, bool]:
    """The bare numbers with their brackets; are they to be transposed?"""
    text = re.sub(r"\\[()]|(?<!\\)\\[\[\]]", " ", text)
    text = text.replace("\\langle", "(").replace("\\rangle", ")").strip().strip("$").strip()
    text = re.sub(r"(?<=[\])}])\s?[.;,]{1,3}$", "", _DRAWN.sub(" ", text))
    text, turned = _TRANSPOSED.subn("", text)
    left = _LEFT.match(text)
    names = left[1].split(",") if left and left[1] else ()
    if names and labels and list(map(_plain, names)) != list(map(_plain, labels)):
        raise Unreadable(f"the values are asked in the order {', '.join(labels)}")
    text = text[left.end():] if left else text
    if _WRAPPERS.search(text):
        text = _WRAPPERS.sub(" ", _SETTINGS.sub("", text)).rstrip().rstrip(")")
    if "\\" in text:
        text = _ENVIRONMENT.sub(" ", text)
        text = text.replace("\\left", "").replace("\\right", "").replace("\\{", "{").replace("\\}", "}")
        text = re.sub(r"\\\\(?:\[[\d.]{1,4}\s?[a-z]{2}\])?", ";", text).replace("&", " , ")
    return _AND.sub(", ", _SCALARS.sub(r"\1", text)).strip(), bool(turned)


def _masked(text: str) -> str:
    """The text with the brackets inside cells, and all they hold, out of the way: sqrt(2), (1)/(2)."""
    if any(sign in text for sign in _HIDDEN.values()):
        raise Unreadable("the answer holds a control character")
    signs = list(text)
    opened: list[tuple[int, bool]] = []

    def hide(start: int, end: int) -> None:
        signs[start:end] = [_HIDDEN.get(sign, sign) for sign in signs[start:end]]

    for place, sign in enumerate(text):
        if sign in "[({":
            before = text[place - 1:place]
            inside = before.isalnum() or (before != "" and before in "^_/*+-·√") or (
                before in ("}", ")") and signs[place - 1] != before)
            opened.append((place, inside))
        elif sign in "])}":
            if not opened:
                break
            start, inside = opened.pop()
            after = text[place + 1:place + 2]
            if inside or (place - start < 100 and after != "" and after in "^/*+-·"):
                hide(start, place + 1)
    return "".join(signs)


_HIDDEN = {sign: chr(0xE000 + number) for number, sign in enumerate("[]{}(),; \t\n|")}
_SHOWN = {ord(hidden): sign for sign, hidden in _HIDDEN.items()}


def _rows(text: str, locale: str) -> list[list[str]]:
    """The cells of each row, as text."""
    text = _masked(text)
    depth = most = 0
    for char in text:
        depth += char in "[({"
        depth -= char in "])}"
        most = max(most, depth)
        if depth < 0 or most > MAX_DEPTH:
            break
    if depth or most > MAX_DEPTH:
        raise Unreadable("the brackets do not match")
    inner = re.findall(r"[\[({]([^\[\](){}]*)[\])}]", text) if most else []
    if most == 2 or len(inner) > 1:
        left = re.sub(r"[\[({][^\[\](){}]*[\])}]", "", text)
        if left.strip(" ,;\n\t\r[](){}"):
            raise Unreadable("there is something between the rows that is no number")
        found = [_split(row, locale) for row in inner if row.strip(" ,;")]
    else:
        found = _lines(text.strip().strip("[](){}⟨⟩<>"), locale)
    if sum(map(len, found)) > MAX_ELEMENTS:
        raise Unreadable("the answer has too many elements")
    if not found:
        raise Unreadable("there is no number in the answer")
    return [[cell.translate(_SHOWN) for cell in row] for row in found]


def _lines(text: str, locale: str) -> list[list[str]]:
    """The cells of lines without brackets: apart by semicolons or line breaks, or a pasted sheet."""
    lines = [line.strip(" ;\r") for line in text.split("\n") if not _RULE.fullmatch(line)]
    cells = [[cell.strip() for cell in line.split(";")] for line in lines]
    if len(lines) > 1 and all(len(row) > 1 and not any(" " in cell for cell in row) for row in cells):
        return cells
    rows = [row.strip().strip("[](){}|") for line in lines for row in line.split(";")]
    return [_split(row, locale) for row in rows if row.strip(" ,")]


#: an empty line, or what stands below the head of a table
_RULE = re.compile(r"[\s|,;]*|[\s|:+]*-{2,}[\s|:+-]*|\s*\|[\s|:-]*")


def _split(row: str, locale: str) -> list[str]:
    row = row.strip().strip(",")
    if "|" in row:
        return [cell.strip() for cell in row.split("|")]
    if "\t" in row:
        return [cell.strip() for cell in row.split("\t")]
    if locale == "en" and "," in row:
        return [cell.strip() for cell in row.split(",")]
    if locale != "en" and re.search(r",\s", row):
        return [cell.strip() for cell in re.split(r",\s+", row)]
    return row.split()


def _fitted(rows: list[list[str]], shape: Sequence[int] | None, rank: int | None,
            element: Element) -> Reading:
    if len({len(row) for row in rows}) > 1:
        return Reading("invalid", message="the rows have different lengths")
    size = (len(rows), len(rows[0]))
    wanted = tuple(shape) if shape is not None else None
    as_vector = len(wanted) == 1 if wanted is not None else rank == 1
    if as_vector:
        if 1 not in size and wanted is not None:
            return Reading("invalid", message=f"a vector of {wanted[0]} numbers is asked, not a "
                                              f"{size[0]}×{size[1]} matrix")
        rows = [[cell for row in rows for cell in row]]
        if wanted is not None and len(rows[0]) != wanted[0]:
            return Reading("invalid", message=f"{wanted[0]} numbers are asked, {len(rows[0])} given")
    elif wanted is not None and size != wanted:
        return Reading("invalid", message=f"a {wanted[0]}×{wanted[1]} matrix is asked, not "
                                          f"{size[0]}×{size[1]}")
    readings = [[element(cell) for cell in row] for row in rows]
    return _joined(readings, as_vector)


def _joined(readings: list[list[Reading]], as_vector: bool) -> Reading:
    for row in readings:
        for one in row:
            if one.status in ("blank", "invalid"):
                return Reading("invalid", message=one.message or "an element is missing")
    values: Any = tuple(tuple(one.value for one in row) for row in readings)
    digits: Any = tuple(tuple(one.digits for one in row) for row in readings)
    others: Any = tuple(tuple(one.value if one.other is None else one.other for one in row)
                        for row in readings)
    unsure = [one for row in readings for one in row if one.other is not None]
    status: Status = "ambiguous" if any(one.status == "ambiguous" for one in unsure) else "one"
    return Reading(status, values[0] if as_vector else values,
                   (others[0] if as_vector else others) if unsure else None,
                   digits[0] if as_vector else digits, unsure[0].message if unsure else "")


def _named(text: str, labels: Sequence[str], shape: Sequence[int] | None,
           element: Element) -> Reading | None:
    """`w1=-1, w2=1.5` in any order; None if the text is no list of named values."""
    bare = clean(text, latex=False).strip("$")
    if re.search(r"[\"']\s?:", bare):
        bare = bare.strip("{}").replace('"', "").replace("'", "")
    pairs = _NAMED.findall(_AND.sub(", ", _SETTINGS.sub("", bare)))
    places = [_place(name, labels) for name, _ in pairs]
    if not pairs or (len(pairs) == 1 and (places[0] is None or len(labels) > 1)):
        return None
    values = [value.strip().rstrip(",;") for _, value in pairs]
    if not labels:
        return _fitted([values], shape, 1, element)
    for place, (name, _) in enumerate(pairs):
        if places[place] is None:
            raise Unreadable(f"{name[:20]} is not asked; the names are {', '.join(labels)}")
        if places[place] in places[:place]:
            raise Unreadable(f"{name[:20]} is given twice")
    for place, label in enumerate(labels):
        if place not in places:
            raise Unreadable(f"{label} is missing")
    return _joined([[element(values[places.index(place)]) for place in range(len(labels))]], True)


def _plain(name: str) -> str:
    """A name without the signs of its subscript: w_{12}, w[12] and w12 are one."""
    with suppress(Unreadable):
        name = clean(name)
    return re.sub(r"[\s_{}\[\]()\\$]", "", name)


def _place(name: str, labels: Sequence[str]) -> int | None:
    """Which label a typed name stands for; 12 and w12 are one where only one of them has letters."""
    typed, wanted = _plain(name), list(map(_plain, labels))
    number = re.sub(r"\D", "", typed)
    for way in (wanted, list(map(str.casefold, wanted)), [re.sub(r"\D", "", label) for label in wanted]):
        said = typed if way is wanted else typed.casefold()
        if way.count(said) == 1:
            return way.index(said)
    return wanted.index(number) if number and wanted.count(number) == 1 else None


_ROW = re.compile(r"\s*([^:=→\t|]{1,60}?)\s*(?::|=(?!=)|→|->|\t|\|)\s*(.{0,200}?)\s*\|?\s*$")
MAX_ROWS = 300


def named_values(text: str, names: Sequence[str]) -> dict[str, str] | None:
    """The rows of a typed table, name -> text: one a line, or apart by semicolons, commas or spaces.

    Without any name, as many values as there are `names` are taken in their order. None if the
    text is no table, or names a row twice.
    """
    if len(text) > MAX_LENGTH:
        return None
    inner = _GAPS.sub(_gap, text).strip().strip("{}").strip()
    if inner[:1] == "[" and inner[-1:] == "]" and "[" not in inner[1:]:
        inner = inner[1:-1]
    known = {_plain(name).casefold() for name in names}
    again = "".join(rf"|\s+(?=[\"']?{re.escape(name)}[\"']?\s?[=:→])" for name in names[:MAX_ROWS])
    for apart in (r"\n", rf"[;\n]|,(?=\s*[\"']?{_NAME}[^,:=]{{0,40}}[:=]){again}", r"[;,\n]", r"\s+"):
        rows = [row.strip(" |") for row in re.split(apart, inner) if row.strip(" |-:,")]
        if len(rows) > MAX_ROWS:
            return None
        found = [_row(row, known) for row in rows]
        if len(rows) == len(names) + 1 > 2 and _plain((found[0] or [""])[0]).casefold() not in known:
            # the head of a pasted table
            rows, found = rows[1:], found[1:]
        if len(rows) == len(names) or (len(rows) > 1 and all(found)):
            if all(found):
                named = dict(filter(None, found))
                return named if len(named) == len(found) else None
            if not any(found):
                return dict(zip(names, rows, strict=True))
    only = _row(inner, known)
    return dict([only]) if only else None


_GAPS = re.compile(r"\s{2,}")


def _gap(found: re.Match[str]) -> str:
    """Many blanks as one: a line break, a tab or a space."""
    return next((sign for sign in "\n\t" if sign in found[0]), " ")


def _row(row: str, known: Collection[str]) -> tuple[str, str] | None:
    """Name and value of a row of a table: "fc: 3", "| fc | 3 |", "- fc = 3", or "fc 3" if it is known."""
    found = _ROW.match(row) if len(row) < 400 else None
    if found:
        name = re.sub(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+", "", found[1]).strip("\"'*` ")
        return name, found[2].strip("\"' ,")
    for gap in reversed(list(re.finditer(r"[\s,;&]+(?![-–—]\s)", row[:80]))):
        if _plain(row[:gap.start()]).casefold() in known:
            return row[:gap.start()], row[gap.end():]
    return None
