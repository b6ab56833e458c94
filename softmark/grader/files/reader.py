"""The one reader that runs in the child: a path in, scripts and sentences out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from softmark.grader.files.archives import Archive, member, members
from softmark.grader.files.child import Refused
from softmark.grader.files.csvs import read_csv
from softmark.grader.files.jsons import read_json
from softmark.grader.files.opening import KINDS, MAX_ZIP, load, place_of
from softmark.grader.files.pdfs import read_pdf
from softmark.grader.files.pile import Pile
from softmark.grader.files.sheets import read_sheet

_READERS: dict[str, Callable[[bytes, Pile], None]] = {
    ".csv": read_csv, ".tsv": read_csv, ".json": read_json, ".xlsx": read_sheet, ".pdf": read_pdf}


def read_file(request: str) -> dict[str, Any]:
    """Everything in a file; of a ZIP the requests for its members, each of which is read by itself.

    So a member that ends the child costs no other. Refused if the file as a whole is of no use.
    """
    where = place_of(request)
    path, _, asked = request.partition("\0")
    if asked:
        suffix, data = member(_archive(path), int(asked.partition("\0")[0]), where)
        return _read(data, suffix, where)
    suffix = PurePath(path).suffix.lower()
    if suffix == ".zip":
        _archive.cache_clear()
        return {"members": [f"{path}\0{number}\0{name}" for number, name in members(_archive(path))]}
    if suffix not in KINDS:
        load(path, where)  # what is not there or no file at all is told first
        raise Refused(_unknown(where))
    return _read(load(path, where), suffix, where)


@lru_cache(maxsize=1)
def _archive(path: str) -> Archive:
    where = place_of(path)
    return Archive(load(path, where, MAX_ZIP), where)


def _read(data: bytes, suffix: str, where: str) -> dict[str, Any]:
    if suffix not in _READERS:
        raise Refused(_unknown(where))
    pile = Pile(where)
    _READERS[suffix](data, pile)
    return pile.as_json()


def _unknown(where: str) -> str:
    return (f"{where}: is neither CSV nor JSON nor a spreadsheet nor a PDF; answers are read from "
            f"{', '.join(KINDS)}")
