"""The one reader that runs in the child: a path in, scripts and sentences out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from softmark.grader.files.archives import members
from softmark.grader.files.child import Refused
from softmark.grader.files.csvs import read_csv
from softmark.grader.files.jsons import read_json
from softmark.grader.files.opening import KINDS, load, shown
from softmark.grader.files.pile import MAX_PROBLEMS, Pile
from softmark.grader.files.sheets import read_sheet

_READERS: dict[str, Callable[[bytes, Pile], None]] = {
    ".csv": read_csv, ".tsv": read_csv, ".json": read_json, ".xlsx": read_sheet}


def read_file(path: str) -> dict[str, Any]:
    """Everything in a file or in the files of a ZIP; Refused if the file as a whole is none."""
    where = shown(path)
    suffix = PurePath(path).suffix.lower()
    if suffix not in KINDS:
        load(path, where)  # what is not there or no file at all is told first
        raise Refused(_unknown(where))
    data = load(path, where)
    if suffix != ".zip":
        return _read(data, suffix, where).as_json()
    scripts: list[Any] = []
    problems: list[str] = []
    for place, kind, found in members(data, where):
        try:
            if isinstance(found, Refused):
                raise found
            one = _read(found, kind, place).as_json()
            scripts += one["scripts"]
            problems += one["problems"]
        except Refused as refusal:
            problems.append(str(refusal))
    if len(problems) > 10 * MAX_PROBLEMS:
        more = len(problems) - 10 * MAX_PROBLEMS
        problems = [*problems[:-more], f"{where}: {more} more sentences of this kind"]
    return {"scripts": scripts, "problems": problems}


def _read(data: bytes, suffix: str, where: str) -> Pile:
    if suffix not in _READERS:
        raise Refused(_unknown(where))
    pile = Pile(where)
    _READERS[suffix](data, pile)
    return pile


def _unknown(where: str) -> str:
    return f"{where}: is neither CSV nor JSON nor a spreadsheet; answers are read from {', '.join(KINDS)}"
