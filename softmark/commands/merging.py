"""Many PDFs into one file for duplex printing, one after the other, so that memory does not grow.

Every paper begins on an odd page, and nothing is a form any more: fields of two papers have the same
names, and in one file they would share their values.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from softmark.commands.output import replacing
from softmark.commands.workers import told

#: what ties a page to its own document: its place, its fields, its tags
_LEFT_OUT = ("/Parent", "/Annots", "/Tabs", "/StructParents")


def merge(paths: Iterable[Path], target: Path) -> list[str]:
    """Writes the pages of all files into one; a sentence for each file that cannot be read."""
    failures = []
    with replacing(target, True) as file:
        book = _Book(file)
        for path in paths:
            try:
                book.add(path)
            except Exception as error:
                failures.append(f"{path}: could not be put into {target.name} ({told(error)}); delete "
                                "it and run the same command again")
        book.finish()
    return failures


class _Book:
    """A PDF that is being written; of objects that are the same there is only one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets: dict[int, int] = {}
        self._known: dict[bytes, int] = {}
        self._pages: list[int] = []
        self._last = 2
        file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, path: Path) -> None:
        """The pages of a file, and an empty one if their number is odd."""
        from pypdf import PdfReader

        with path.open("rb") as stream:
            reader = PdfReader(stream)
            move = _Move(self)
            made = [move.page(page) for page in reader.pages]
            if len(made) % 2:
                made.append(_blank(reader.pages[-1]))
        self._pages += [self.put(body, unique=True) for body in made]

    def put(self, body: bytes, unique: bool = False) -> int:
        """The number of an object with this body."""
        digest = hashlib.sha256(body).digest()
        if unique or digest not in self._known:
            self._last += 1
            self._known[digest] = self._last
            self._write(self._last, body)
        return self._last if unique else self._known[digest]

    def _write(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._file.tell()
        self._file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def finish(self) -> None:
        """The page tree, the catalogue and the table of objects."""
        self._write(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        self._write(2, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(self._pages), kids))
        begin = self._file.tell()
        self._file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (self._last + 1))
        for number in range(1, self._last + 1):
            self._file.write(b"%010d 00000 n \n" % self._offsets[number])
        self._file.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
                         % (self._last + 1, begin))


class _Move:
    """Takes pages of another document into the book."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._moved: dict[int, Any] = {}

    def page(self, page: Any) -> bytes:
        """The page as it stands in the book; what it refers to is put there first."""
        from pypdf.generic import DictionaryObject, IndirectObject, NameObject

        moved = DictionaryObject({key: self._here(value) for key, value in page.items()
                                  if key not in _LEFT_OUT})
        moved[NameObject("/Parent")] = IndirectObject(2, 0, None)
        return _written(moved)

    def _here(self, value: Any) -> Any:
        from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

        if isinstance(value, IndirectObject):
            if value.idnum not in self._moved:
                body = _written(self._here(value.get_object()))
                self._moved[value.idnum] = IndirectObject(self._book.put(body), 0, None)
            return self._moved[value.idnum]
        if isinstance(value, ArrayObject):
            return ArrayObject(self._here(part) for part in value)
        if not isinstance(value, DictionaryObject):
            return value
        parts = {key: self._here(part) for key, part in value.items()}
        if not isinstance(value, StreamObject):
            return DictionaryObject(parts)
        moved = type(value)()
        moved.update(parts)
        # as it lies in the file, compressed
        moved._data = value._data
        return moved


def _blank(page: Any) -> bytes:
    """An empty page of the same size."""
    box = " ".join(f"{float(side):g}" for side in page.mediabox)
    return f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Resources << >> >>".encode()


def _written(thing: Any) -> bytes:
    out = io.BytesIO()
    thing.write_to_stream(out)
    return out.getvalue()
