"""Marks and feedback sheets as Moodle and Canvas take them back.

Moodle imports grades by `ID number` or `Email address`, and takes feedback files in folders called
`Full name_<participant>_assignsubmission_file`; Canvas imports a gradebook, and takes files called
`name_<user>_<attachment>_…` as comments. Those numbers are the platform's own: they are taken from
the names in the downloaded ZIP (or folder) that the answers came from.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from softmark.commands.output import csv_text, write_bytes, write_text
from softmark.commands.paperwork import stem
from softmark.grader.marked import Marked
from softmark.grader.submissions import Submission
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.papers import Paper
from softmark.worksheet.errors import UserError
from softmark.worksheet.notation import marks_text

MOODLE = "moodle"
CANVAS = "canvas"
_FOLDER = re.compile(r"(?:^|[/\\]|: )(?P<folder>[^/\\:\x00-\x1f]{1,150}_\d{1,12}_assignsubmission_"
                     r"[a-z]{2,20}_?)[/\\]")
_FILE = re.compile(r"(?:^|[/\\]|: )(?P<start>[^/\\:_\x00-\x1f]{1,150}(?:_LATE)?_(?P<user>\d{1,20})_"
                   r"\d{1,20}_)[^/\\]+$")


def paper_of(bank: Bank, submission: Submission) -> Paper:
    """The paper a submission is for, by paper id, student id, or else by email address."""
    try:
        return bank.paper(submission.key)
    except UserError:
        found = bank.students_with(submission.email) if submission.email else []
        if len(found) != 1:
            raise
        return bank.paper(found[0])


def planned(out: Path, kinds: Sequence[str], feedback: bool) -> list[Path]:
    """What `write` will write."""
    return [out / name for kind in kinds
            for name in (f"marks.{kind}.csv", *((f"feedback.{kind}.zip",) if feedback else ()))]


def refuse_to_overwrite(out: Path, kinds: Sequence[str], feedback: bool, force: bool) -> None:
    """UserError if a file that will be written is there already."""
    for path in planned(out, kinds, feedback):
        if path.exists() and not force:
            raise UserError(f"{path}: is there already; give --force to write over it, "
                            "or another --out")


def write(out: Path, marked: Iterable[Marked], kinds: Sequence[str], feedback: bool, force: bool,
          problems: list[str]) -> list[Path]:
    """Grade files and, from the sheets in `out/feedback`, one ZIP for each kind of platform."""
    papers = list({one.paper.paper_id: one for one in marked}.values())
    files = []
    for kind in kinds:
        table = moodle_table(papers) if kind == MOODLE else canvas_table(papers)
        files.append(write_text(out / f"marks.{kind}.csv", csv_text(*table), force))
        if feedback:
            data = feedback_zip(papers, kind, out / "feedback", problems)
            files.append(write_bytes(out / f"feedback.{kind}.zip", data, force))
    return files


def moodle_table(marked: Sequence[Marked]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of Moodle's grade import (Grades, Import, CSV file)."""
    titles = _titles(marked)
    rows = [[one.paper.student.id, one.paper.student.email,
             *(marks_text(one.total) if one.paper.quiz.title == title else "" for title in titles),
             in_words(one)] for one in marked]
    return ["ID number", "Email address", *titles, "Feedback"], rows


def canvas_table(marked: Sequence[Marked]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of Canvas's gradebook import; the second row says out of how many points."""
    titles = _titles(marked)
    most = [max((one.paper.out_of for one in marked if one.paper.quiz.title == title),
                default=Fraction(0)) for title in titles]
    rows = [["    Points Possible", "", "", "", "", *map(marks_text, most)]]
    for one in marked:
        came = _FILE.search(one.submission.source)
        student = one.paper.student
        rows.append([student.name, came["user"] if came else "", student.id, student.email, "",
                     *(marks_text(one.total) if one.paper.quiz.title == title else ""
                       for title in titles)])
    return ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles], rows


def _titles(marked: Sequence[Marked]) -> list[str]:
    return list(dict.fromkeys(one.paper.quiz.title for one in marked))


def in_words(marked: Marked) -> str:
    """A line for the student: the marks of each question, and what was found."""
    parts = []
    for item in marked.paper.problems:
        question = marked.questions.get(item.number)
        if question is None:
            parts.append(f"Question {item.number}: {marks_text(item.marks)} marks by hand")
            continue
        said = f"Question {item.number}: {marks_text(question.marks)} of {marks_text(question.out_of)}"
        if question.mistakes:
            said += f" ({', '.join(question.mistakes)})"
        if question.for_a_person:
            said += f", {len(question.for_a_person)} to be looked at by a person"
        parts.append(said)
    return ". ".join(parts)


def moodle_name(marked: Marked) -> str | None:
    """Where Moodle expects a student's feedback; None if the submission does not tell."""
    found = _FOLDER.search(marked.submission.source)
    return f"{found['folder']}/feedback_{marked.paper.paper_id}.pdf" if found else None


def canvas_name(marked: Marked) -> str | None:
    """What Canvas expects a student's feedback to be called; None if the submission does not tell."""
    found = _FILE.search(marked.submission.source)
    return f"{found['start']}feedback.pdf" if found else None


_NAMES: dict[str, Callable[[Marked], str | None]] = {MOODLE: moodle_name, CANVAS: canvas_name}
_DOWNLOAD = {MOODLE: "Moodle's “Download all submissions”", CANVAS: "Canvas's “Download Submissions”"}


def feedback_zip(marked: Sequence[Marked], kind: str, sheets: Path, problems: list[str]) -> bytes:
    """The sheets under the names of the platform.

    Where its numbers are not known the name begins with `id-<student>`: a platform takes such a file
    for nobody's, whereas a number of our own could be another student's there.
    """
    data = io.BytesIO()
    unknown = 0
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in marked:
            sheet = sheets / f"{stem(one.paper)}.pdf"
            if not sheet.exists():
                continue
            name = _NAMES[kind](one)
            unknown += name is None
            # a fixed date: the same sheets give the same file
            nobody = f"unmatched/id-{stem(one.paper).replace('_', '-')}.pdf"
            info = zipfile.ZipInfo(name or nobody, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, sheet.read_bytes())
    if unknown:
        problems.append(f"feedback.{kind}.zip: {unknown} sheets are in the folder unmatched, which no "
                        f"platform takes, as their answers did not come from {_DOWNLOAD[kind]}; grade "
                        "that ZIP, or hand them out one by one")
    return data.getvalue()
