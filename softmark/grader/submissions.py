"""Submissions: the answers that come back as CSV or JSON, from whoever sent them.

Nothing is dropped in silence: what cannot be used is told in a sentence and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from softmark.problem_bank.files import read_text
from softmark.worksheet.errors import UserError

MAX_BYTES = 50_000_000
MAX_ANSWER = 20_000
SUFFIXES = (".csv", ".tsv", ".json")
_CELL = re.compile(r"^q(?P<question>\d{1,3})\.(?P<cell>.{1,120})$")
_PEOPLE = ("paper", "paper id", "student", "student id", "id")
_LONG = {"question", "ask", "answer"}


@dataclass(slots=True)
class Submission:
    """What one paper or student gave: cell (`q1.z[4]`) -> raw text, as it was typed."""

    paper: str
    student: str
    source: str
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the bank finds it by."""
        return self.paper or self.student


def read_submissions(paths: list[Path]) -> tuple[list[Submission], list[str]]:
    """All submissions in files and folders, and a sentence for everything that is none."""
    found: list[Submission] = []
    problems: list[str] = []
    for path in _files(paths, problems):
        try:
            found += _read_file(path, problems)
        except UserError as error:
            problems.append(str(error))
    return found, problems


def _files(paths: list[Path], problems: list[str]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] != ".")
            if not inside:
                problems.append(f"{path}: the folder is empty")
            yield from inside
        else:
            yield path


def _read_file(path: Path, problems: list[str]) -> list[Submission]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"{path}: is neither CSV nor JSON; answers are read from "
                        f"{', '.join(SUFFIXES)}")
    text = read_text(path, "file of answers", MAX_BYTES)
    if suffix == ".json":
        return list(_from_json(path, text, problems))
    return _from_csv(path, text, problems)


def _from_json(path: Path, text: str, problems: list[str]) -> Iterator[Submission]:
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse,
                          parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not valid JSON: {str(error)[:200]}") from None
    for number, one in enumerate(data if isinstance(data, list) else [data], 1):
        where = f"{path}: entry {number}"
        if not isinstance(one, dict) or not isinstance(one.get("answers"), dict):
            problems.append(f'{where}: should be {{"paper": "…", "answers": {{"q1.z": "…"}}}}')
            continue
        submission = Submission(str(one.get("paper", "")), str(one.get("student", "")), str(path))
        if not submission.key:
            problems.append(f"{where}: names neither paper nor student")
            continue
        for cell, answer in one["answers"].items():
            _put(submission, cell, _as_text(answer), where, problems)
        yield submission


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise ValueError(f"the key {key[:50]!r} stands there twice")
        out[key] = value
    return out


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _as_text(answer: Any) -> str:
    """An answer as text; JSON lists become the bracketed notation that the reader knows."""
    if isinstance(answer, list):
        return "[" + ", ".join(_as_text(item) for item in answer) + "]"
    return "" if answer is None else str(answer)


def _from_csv(path: Path, text: str, problems: list[str]) -> list[Submission]:
    csv.field_size_limit(MAX_ANSWER * 5)
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise UserError(f"{path}: is not a well-formed CSV file ({error})") from None
    titles = [title.strip() for title in rows[0]]
    lower = [title.lower() for title in titles]
    people = {place: title for place, title in enumerate(lower) if title in _PEOPLE}
    if not people:
        raise UserError(f"{path}: line 1: no column is called paper or student")
    submissions: dict[str, Submission] = {}
    if set(lower) >= _LONG:
        reader = _long_row
    elif any(_CELL.match(title) for title in titles):
        reader = _wide_row
    else:
        raise UserError(f"{path}: line 1: needs the columns question, ask, answer, or a column a "
                        "cell such as q1.z[2]")
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}: line {number}"
        row += [""] * (len(titles) - len(row))
        submission = _whose(row, people, path, submissions)
        if submission is None:
            problems.append(f"{where}: names neither paper nor student")
            continue
        reader(row, titles, submission, where, problems)
    return list(submissions.values())


def _whose(row: list[str], people: dict[int, str], path: Path,
           submissions: dict[str, Submission]) -> Submission | None:
    paper = next((row[p].strip() for p, t in people.items() if t.startswith("paper")), "")
    student = next((row[p].strip() for p, t in people.items() if not t.startswith("paper")), "")
    if not (paper or student):
        return None
    return submissions.setdefault(paper or student, Submission(paper, student, str(path)))


def _long_row(row: list[str], titles: list[str], submission: Submission, where: str,
              problems: list[str]) -> None:
    values = {title.lower(): value for title, value in zip(titles, row, strict=False)}
    number = values["question"].strip().lower().removeprefix("q")
    _put(submission, f"q{number}.{values['ask'].strip()}", values["answer"], where, problems)


def _wide_row(row: list[str], titles: list[str], submission: Submission, where: str,
              problems: list[str]) -> None:
    for title, value in zip(titles, row, strict=False):
        if _CELL.match(title) and value.strip():
            _put(submission, title, value, where, problems)


def _put(submission: Submission, cell: str, answer: str, where: str, problems: list[str]) -> None:
    if not _CELL.match(cell):
        problems.append(f"{where}: {cell[:60]!r} is no name of an answer such as q1.z[2]")
        return
    if len(answer) > MAX_ANSWER:
        problems.append(f"{where}: the answer to {cell} is longer than {MAX_ANSWER} characters "
                        "and was cut")
        answer = answer[:MAX_ANSWER]
    if answer.startswith("'") and answer[1:2] in ("=", "+", "-", "@"):
        answer = answer[1:]
    if submission.answers.get(cell, answer) != answer and submission.answers[cell].strip():
        if not answer.strip():
            return
        problems.append(f"{where}: {cell} is answered twice; the later answer is taken")
    submission.answers[cell] = answer


def split_cell(cell: str) -> tuple[int, str]:
    """`q1.z[4]` as question number and cell name; ValueError if it is none."""
    match = _CELL.match(cell)
    if not match:
        raise ValueError(f"{cell!r} is no name of an answer")
    return int(match["question"]), match["cell"]
