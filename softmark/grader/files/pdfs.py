"""Filled-in papers: PDF forms as viewers save them, and copies that lost their form in printing.

pypdf takes the file apart; everything that goes around in a file, or deep into it, is walked here, with
limits. Appearances are never trusted for a value.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from softmark.grader.files.child import Refused
from softmark.grader.files.opening import shown
from softmark.grader.files.pile import CELL, Pile
from softmark.problem_bank.seals import SEAL_FIELD, SEAL_KEY

FILLED, LOST = "filled", "lost"
MAX_FIELDS = 10_000
MAX_DEPTH = 30
MAX_OBJECTS = 200_000
MAX_PAGES = 300
_MAX_CONTENT = 3_000_000
_RING = "its form runs in a ring or too deep, as no viewer saves one; ask for the file again"
_INHERITED = ("/FT", "/V", "/Opt", "/I")
_MAX_TEXT = 100_000
_PAGES_READ = 3
_DASH = " ?[-‐‑–−] ?"
_ID = re.compile(rf"(?<![0-9A-Z])([0-9A-Z]{{4}}){_DASH}([0-9A-Z]{{4}}){_DASH}([0-9A-Z])(?![0-9A-Z])")
_SHOWS = re.compile(rb"(?:\((?:[^()\\]|\\.)*[^()\\\s](?:[^()\\]|\\.)*\)"
                    rb"|<[0-9A-Fa-f\s]*[1-9A-Fa-f][0-9A-Fa-f\s]*>|\])\s*T[jJ]")
_LANGUAGE = re.compile("\x1b[^\x1b]{0,8}\x1b")


def read_pdf(data: bytes, pile: Pile) -> None:
    """The script in a returned paper; Refused for a PDF that is none, or is of no use."""
    where = pile.where
    if b"%PDF-" not in data[:1024]:
        raise Refused(f"{where}: is no PDF file, whatever its name says; ask for the file again")
    try:
        _read(data, pile)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        if type(error).__name__ == "LimitReachedError":
            raise Refused(f"{where}: unpacks to more than a paper can be; it was not read") from None
        raise Refused(f"{where}: is a damaged PDF ({shown(type(error).__name__, 60)}); ask for the file "
                      "again") from None


def _read(data: bytes, pile: Pile) -> None:
    where = pile.where
    document = _Document(data, where)
    fields = document.fields()
    seals = document.seals(fields)
    cells = [one for one in fields if CELL.fullmatch(one.name)]
    if not cells:
        _lost(document, seals, pile)
        return
    if not seals:
        raise Refused(f"{where}: is a form that does not say which paper it is"
                      + (f" (its text says {found})" if (found := document.printed_id()) else "")
                      + "; a program took the paper's mark out, so ask for the file as it was saved")
    odd = [shown(one, 60) for one in seals if shown(one) != one]
    if odd:
        raise Refused(f"{where}: its paper id was tampered with: it holds unseen characters ({odd[0]})")
    script = pile.script("the form", seals[0].split(" ")[0], "")
    if script is None:
        return
    script.form, script.seals = FILLED, seals
    said: dict[str, str] = {}
    unsaid, twice = [], []
    for one in cells:
        text = one.text(document)
        if text.strip():
            twice += [one.name] * (said.get(one.name, text) != text)
            said[one.name] = text
        elif one.shows(document):
            unsaid.append(one.name)
    for name, text in said.items():
        pile.put(script, name, text, "the form")
    if unsaid:
        pile.tell(f"{where}: {_some(unsaid)}: something is written there that the file holds no value "
                  "for; look at it in a viewer")
    if twice and len(seals) == 1:
        pile.tell(f"{where}: {_some(twice)}: the form is there twice, with different answers; the later "
                  "ones are taken")
    if not script.answers and not unsaid:
        pile.tell(f"{where}: no field is filled in; if something is to be seen there, ask for the file "
                  "as the viewer saves it")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _lost(document: _Document, seals: list[str], pile: Pile) -> None:
    paper = seals[0].split(" ")[0] if seals else document.printed_id()
    if not paper:
        raise Refused(f"{pile.where}: holds no form and no paper id that can be read; it is a scan, a "
                      "picture or another document")
    script = pile.script("the page", paper, "")
    if script is not None:
        script.form, script.seals = LOST, seals


@dataclass(slots=True)
class _Field:
    """A field that ends a branch of the form: its full name, and what it inherits."""

    name: str
    kind: str
    value: Any
    options: Any
    chosen: Any
    widget: Any

    def text(self, document: _Document) -> str:
        """The value as it was typed or chosen."""
        value = document.of(self.value)
        options = self._options(document)
        if isinstance(value, list):
            return "; ".join(self._chosen(document.text(document.of(one)), options)
                             for one in value[:100])
        if value is None and self.kind == "/Ch" and options:
            places = document.of(self.chosen)
            value = [document.of(one) for one in places[:100]] if isinstance(places, list) else []
            return "; ".join(options[at][0] for at in value
                             if isinstance(at, int) and 0 <= at < len(options))
        text = document.text(value)
        if self.kind == "/Btn":
            text = "" if text == "Off" else text
            if options and text.isdigit() and len(text) < 4 and int(text) < len(options):
                return options[int(text)][0]
            return text
        return self._chosen(text, options) if self.kind == "/Ch" else text

    def _options(self, document: _Document) -> list[tuple[str, str]]:
        """What there is to choose from: the value, and what is shown for it."""
        found = document.of(self.options)
        pairs = []
        for one in found[:1000] if isinstance(found, list) else ():
            one = document.of(one)
            both = [document.text(document.of(part)) for part in one[:2]] if isinstance(one, list) else \
                [document.text(one)]
            pairs.append((both[0], both[-1]) if both else ("", ""))
        return pairs

    @staticmethod
    def _chosen(text: str, options: list[tuple[str, str]]) -> str:
        if any(value == text for value, _ in options):
            return text
        return next((value for value, said in options if said == text), text)

    def shows(self, document: _Document) -> bool:
        """Is there text in its appearance?"""
        normal = document.of(document.entry(document.entry(self.widget, "/AP"), "/N"))
        if self.kind == "/Btn" or not hasattr(normal, "get_data"):
            return False
        data = normal.get_data()
        return len(data) < _MAX_CONTENT and bool(_SHOWS.search(data))


class _Document:
    """A PDF, opened; nothing of it is followed further than the limits say."""

    def __init__(self, data: bytes, where: str) -> None:
        from pypdf import PdfReader

        self.where = where
        self.reader = PdfReader(io.BytesIO(data), strict=False)
        if self.reader.is_encrypted:
            raise Refused(f"{where}: is protected by a password or against copying; ask for it without")
        count = sum(len(one) for one in self.reader.xref.values()) + len(self.reader.xref_objStm)
        if count > MAX_OBJECTS:
            raise Refused(f"{where}: holds {count:,} objects; this is no returned paper")
        self.root = self.entry(self.reader.trailer, "/Root")

    # -- objects

    @staticmethod
    def of(value: Any) -> Any:
        """What a reference leads to."""
        from pypdf.generic import NullObject

        for _ in range(MAX_DEPTH):
            if not hasattr(value, "idnum"):
                return None if isinstance(value, NullObject) else value
            value = value.get_object()
        return None

    def entry(self, holder: Any, key: str) -> Any:
        """An entry of a dictionary, resolved; None without."""
        return self.of(_raw(self.of(holder), key))

    def text(self, value: Any) -> str:
        """A string, a name or a stream as text."""
        from pypdf.generic import ByteStringObject, NameObject, TextStringObject

        if isinstance(value, NameObject):
            return str(value).removeprefix("/")
        if isinstance(value, TextStringObject | ByteStringObject):
            return decoded(value.original_bytes)
        if hasattr(value, "get_data"):
            data = value.get_data()
            return decoded(bytes(data[:_MAX_TEXT]))
        return "" if value is None or isinstance(value, dict | list) else str(value)

    # -- the form

    def fields(self) -> list[_Field]:
        """Every field that ends a branch, in the order of the form; without a form, of the pages."""
        listed = self.entry(self.entry(self.root, "/AcroForm"), "/Fields")
        found = list(self._walk(listed if isinstance(listed, list) else []))
        if any(CELL.fullmatch(one.name) for one in found):
            return found
        # some programs forget the list, though the widgets stand on the pages
        widgets = [one for page in self._pages() for one in self.entry(page, "/Annots") or ()
                   if self.entry(one, "/Subtype") == "/Widget"]
        return found + [self._alone(one) for one in widgets[:MAX_FIELDS]]

    def _walk(self, tops: list[Any]) -> Iterator[_Field]:
        # the widget that stands for a field is on top, so that the order is kept
        todo: list[tuple[Any, str, dict[str, Any], tuple[int, ...]]] = [
            (one, "", {}, ()) for one in reversed(tops)]
        seen: set[int] = set()
        count = 0
        while todo:
            one, prefix, inherited, above = todo.pop()
            count += 1
            if count > MAX_FIELDS or len(todo) > MAX_OBJECTS:
                raise Refused(f"{self.where}: has more than {MAX_FIELDS:,} fields; this is no "
                              "returned paper")
            number = getattr(one, "idnum", None)
            one = self.of(one)
            if number in above or len(above) > MAX_DEPTH:
                raise Refused(f"{self.where}: {_RING}")
            if number in seen or not isinstance(one, dict):
                continue
            if number is not None:
                seen.add(number)
            name = self._named(prefix, one)
            own = inherited | {key: _raw(one, key) for key in _INHERITED if key in one}
            kids = self.entry(one, "/Kids")
            kids = kids if isinstance(kids, list) else []
            if any(self.entry(kid, "/T") is not None for kid in kids[:MAX_FIELDS]):
                todo += [(kid, name, own, (*above, number or 0)) for kid in reversed(kids)]
            elif name:
                yield self._field(name, own, kids[0] if kids else one)

    def _named(self, prefix: str, one: Any) -> str:
        title = self.entry(one, "/T")
        own = "" if title is None else self.text(title)[:300]
        return f"{prefix}.{own}" if prefix and own else prefix or own

    def _field(self, name: str, own: dict[str, Any], widget: Any) -> _Field:
        return _Field(name, str(self.of(own.get("/FT"))), own.get("/V"), own.get("/Opt"), own.get("/I"),
                      widget)

    def _alone(self, widget: Any) -> _Field:
        """A widget, with what its parents say."""
        one, names, own = self.of(widget), [], dict[str, Any]()
        for _ in range(MAX_DEPTH):
            if not isinstance(one, dict):
                break
            title = self.entry(one, "/T")
            names += [self.text(title)[:300]] if title is not None else []
            own = {key: _raw(one, key) for key in _INHERITED if key in one} | own
            one = self.entry(one, "/Parent")
        else:
            raise Refused(f"{self.where}: {_RING}")
        return self._field(".".join(reversed(names)), own, widget)

    def seals(self, fields: list[_Field]) -> list[str]:
        """What the document says of which paper it is; more than one thing if it was tampered with."""
        said = [self.text(self.entry(self.entry(self.reader.trailer, "/Info"), f"/{SEAL_KEY}"))]
        said += [one.text(self) for one in fields if one.name == SEAL_FIELD]
        return list(dict.fromkeys(one[:100].strip() for one in said if one.strip()))

    # -- pages

    def _pages(self) -> Iterator[Any]:
        todo = [_raw(self.root, "/Pages")]
        seen: set[int] = set()
        given = 0
        while todo and len(seen) < MAX_OBJECTS and given < MAX_PAGES:
            one = todo.pop()
            number = getattr(one, "idnum", -1)
            one = self.of(one)
            if number in seen or not isinstance(one, dict):
                continue
            seen.add(number)
            kids = self.entry(one, "/Kids")
            if isinstance(kids, list):
                todo += reversed(kids[:MAX_PAGES])
            else:
                given += 1
                yield one

    def printed_id(self) -> str:
        """A paper id in the text of the first pages, "" without."""
        from pypdf import PageObject

        for number, page in enumerate(self._pages()):
            if number >= _PAGES_READ:
                break
            whole = PageObject(self.reader)
            whole.update(page)
            contents = whole.get_contents()
            if contents is None or len(contents.get_data()) > _MAX_CONTENT:
                continue
            found = _ID.search(" ".join(whole.extract_text().split()))
            if found:
                return "-".join(found.groups())
        return ""


def _raw(holder: Any, key: str) -> Any:
    """An entry of a dictionary as it stands, which may be a reference."""
    from pypdf.generic import DictionaryObject

    return holder.raw_get(key) if isinstance(holder, DictionaryObject) and key in holder else None


def decoded(data: bytes) -> str:
    """A text string of a PDF: UTF-16 or UTF-8 by its mark, PDFDocEncoding otherwise."""
    from pypdf.generic import decode_pdfdocencoding

    if data.startswith(b"\xfe\xff"):
        text = data[2:].decode("utf-16-be", "replace")
    elif data.startswith(b"\xff\xfe"):
        text = data[2:].decode("utf-16-le", "replace")
    elif data.startswith(b"\xef\xbb\xbf"):
        text = data[3:].decode("utf-8", "replace")
    else:
        try:
            text = decode_pdfdocencoding(data)
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    text = _LANGUAGE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\0")
