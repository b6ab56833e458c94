"""Submissions: the answers that come back in files, from whoever sent them.

Nothing is dropped in silence: what cannot be used is told in a sentence and the rest goes on. The
files themselves are opened by a child process only (`isolation`, `files`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from softmark.grader.files.opening import shown
from softmark.grader.files.pile import CELL
from softmark.grader.files.reader import read_file
from softmark.grader.folders import files_of
from softmark.grader.isolation import Limits, read_apart
from softmark.worksheet.errors import UserError

MAX_PROBLEMS_OF_A_ZIP = 400
#: the cell of a whole question's response, `q1.*`, which the marker shares out
WHOLE = "*"


@dataclass(slots=True)
class Submission:
    """What one paper or student gave: cell (`q1.z[4]`) -> raw text, as it was typed.

    `received` is the time the file gives (ISO 8601, local time where it names no zone), "" if none.
    """

    paper: str
    student: str
    source: str
    answers: dict[str, str] = field(default_factory=dict)
    received: str = ""
    email: str = ""
    #: of a PDF: whether its form is there ("filled") or "lost", and what it says of which paper it is
    form: str = ""
    seals: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the bank finds it by."""
        return self.paper or self.student or self.email


def read_submissions(paths: list[Path],
                     limits: Limits | None = None) -> tuple[list[Submission], list[str]]:
    """All submissions in files and folders, and a sentence for everything that is none."""
    found: list[Submission] = []
    problems: list[str] = []
    inside: deque[str] = deque()
    unsaid = 0
    for request, told in read_apart(read_file, _requests(paths, inside, problems), limits):
        if not isinstance(told, UserError):
            inside += told.get("members", ())
            found += [_submission(*record) for record in told.get("scripts", ())]
        said = [str(told)] if isinstance(told, UserError) else told.get("problems", ())
        if "\0" in request:
            room = max(0, MAX_PROBLEMS_OF_A_ZIP - unsaid)
            unsaid += len(said)
            said = said[:room]
        problems += said
        if not inside:
            if unsaid > MAX_PROBLEMS_OF_A_ZIP:
                more = unsaid - MAX_PROBLEMS_OF_A_ZIP
                problems.append(f"{shown(request.partition(chr(0))[0])}: {more} more sentences of this "
                                "kind")
            unsaid = 0
    return found, problems


def _requests(paths: list[Path], inside: deque[str], problems: list[str]) -> Iterator[str]:
    """File after file; the members of a ZIP as soon as they are known."""
    for path in files_of(paths, problems):
        yield path
        while inside:
            yield inside.popleft()


def _submission(where: str, paper: str, student: str, email: str, received: str,
                answers: dict[str, Any], form: str = "", seals: Sequence[Any] = ()) -> Submission:
    return Submission(str(paper), str(student), str(where),
                      {str(cell): str(text) for cell, text in answers.items()}, str(received),
                      str(email), str(form), tuple(map(str, seals)))


def split_cell(cell: str) -> tuple[int, str]:
    """`q1.z[4]` as question number and cell name; ValueError if it is none."""
    match = CELL.fullmatch(cell)
    if not match:
        raise ValueError(f"{cell!r} is no name of an answer")
    return int(match["question"]), match["cell"]
