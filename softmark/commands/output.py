"""Writing results: predictable names, nothing half-written, nothing overwritten in silence."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from softmark.worksheet.errors import UserError

UNFINISHED = ".part"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+－＋] ?(?:[0-9][0-9.,]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?%?")
# a spreadsheet that parts cells by semicolons begins a new one behind each, quoted or not
_SECOND_CELL = re.compile(r"([;\t\r\n] *)(?=[=@＝＠]|[-+－＋] *[^\W\d])")


@contextmanager
def replacing(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A file to write into that takes its place in one go, once all is on the disk.

    UserError if it is there already and `force` is off.
    """
    if path.exists() and not force:
        raise UserError(f"{path}: is there already; give --force to write over it, "
                        "or another --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Removes what a killed run has left unfinished in a folder."""
    for path in folder.glob(f".*{UNFINISHED}"):
        path.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, force: bool = False) -> Path:
    """Writes the file in one go; UserError if it is there already and `force` is off."""
    with replacing(path, force) as file:
        file.write(data)
    return path


def write_text(path: Path, text: str, force: bool = False) -> Path:
    """Writes UTF-8 text in one go."""
    return write_bytes(path, text.encode(), force)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV table whose cells cannot become formulas in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe_cell(value: Any) -> str:
    """A cell as text: −0.7 stays a number, =1+1 is kept from being a formula."""
    text = _SECOND_CELL.sub(r"\1'", str(value))
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text.strip(" ")):
        return "'" + text
    return text


def file_name(text: str) -> str:
    """A name from a roster as part of a file name: letters, digits, - and _ only."""
    cleaned = "".join(c if c.isalnum() or c in "-_" else "_" for c in text.strip())
    return cleaned[:60] or "_"
