"""`softmark grade`: marks what came back and writes it out for instructor and students."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from softmark import __version__
from softmark.commands.lms import paper_of
from softmark.commands.output import csv_text, write_bytes, write_text
from softmark.commands.paperwork import stem
from softmark.commands.regrade import finals, keep
from softmark.commands.returned import Returned
from softmark.commands.show import jsonable
from softmark.grader.marked import Marked
from softmark.grader.submissions import read_submissions
from softmark.grader.verdicts import FOR_A_PERSON
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.papers import Paper
from softmark.problem_bank.seals import TEXT_CELL
from softmark.worksheet.errors import UserError
from softmark.worksheet.notation import marks_text

ANSWER_HEAD = ("paper", "student", "question", "ask", "answer", "read as", "verdict", "marks",
               "out of", "mistake", "note")


@dataclass(slots=True)
class Outcome:
    """Everything a grading run found; `twice`, `missing` and `foreign` are of returned PDFs."""

    marked: list[Marked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    missing: list[Paper] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def grade(bank: Bank, paths: list[Path], step: Callable[[str], None] = lambda _: None) -> Outcome:
    """Marks every submission in the files and records it; nothing stops the rest."""
    submissions, problems = read_submissions(paths)
    outcome = Outcome(problems=problems)
    graded: dict[str, str] = {}
    returned = Returned(bank)
    for submission in submissions:
        try:
            paper = returned.paper(submission) if submission.form else paper_of(bank, submission)
        except UserError as error:
            problems.append(f"{submission.source}: {error}; its answers were not marked")
            continue
        if submission.student and submission.student != paper.student.id:
            problems.append(f"{submission.source}: paper {paper.paper_id} belongs to "
                            f"{paper.student.id}, not to {submission.student}; marked as "
                            f"{paper.student.id}'s")
        bank.keep_submission(paper.paper_id, submission.source, submission.answers,
                             submission.received)
        graded[paper.paper_id] = submission.source
    # all answers are safe before the first is marked; what is cut off here is simply run again
    for one in finals(bank, None, problems, set(graded)):
        # the same answers may have come before in another file; they go back to where they came from
        one.marked.submission.source = graded[one.marked.paper.paper_id]
        for kept, marked in one.every:
            bank.keep_grading(kept.number, __version__, marked.total, _cells_json(marked))
        keep(bank, one, "graded")
        outcome.marked.append(one.marked)
        step(one.marked.paper.student.name)
    outcome.problems = list(dict.fromkeys(problems))
    outcome.twice, outcome.foreign = returned.twice(), returned.foreign
    outcome.missing = returned.missing()
    return outcome


def _cells_json(marked: Marked) -> list[dict[str, Any]]:
    return [{"question": number, "ask": cell.verdict.answer.cell.name,
             "verdict": cell.verdict.verdict, "mistake": cell.verdict.mistake,
             "note": cell.verdict.note, "marks": str(cell.marks)}
            for number, question in marked.questions.items() for cell in question.cells]


def write_results(out: Path, outcome: Outcome, force: bool, feedback: bool,
                  step: Callable[[str], None] = lambda _: None) -> list[Path]:
    """marks.csv, answers.csv and a feedback sheet for each student."""
    files = [out / "marks.csv", out / "answers.csv"]
    sheets = {id(m): out / "feedback" / f"{stem(m.paper)}.pdf" for m in outcome.marked}
    for path in [*files, *(sheets.values() if feedback else ())]:
        if path.exists() and not force:
            raise UserError(f"{path}: is there already; give --force to write over it, "
                            "or another --out")
    write_text(files[0], csv_text(*_marks_table(outcome.marked)), force)
    write_text(files[1], csv_text(ANSWER_HEAD, _answer_rows(outcome.marked)), force)
    if feedback:
        from softmark.rendering.pages import feedback_html
        from softmark.rendering.pdf import render_pdf

        for marked in outcome.marked:
            html = feedback_html(marked.paper, marked.questions, total=marked.total)
            data = render_pdf(html, accessible=marked.paper.quiz.page.accessible)
            files.append(write_bytes(sheets[id(marked)], data, force))
            step(marked.paper.student.name)
    return files


def _marks_table(marked: Sequence[Marked]) -> tuple[list[str], list[list[str]]]:
    numbers = sorted({item.number for m in marked for item in m.paper.problems})
    head = ["student", "name", "paper", *(f"q{n}" for n in numbers), "total", "out of",
            "for a person", "submissions", "late"]
    rows = []
    for one in marked:
        marks = [marks_text(one.questions[n].marks) if n in one.questions else "by hand"
                 if any(i.number == n for i in one.paper.problems) else "" for n in numbers]
        out_of = sum((q.out_of for q in one.questions.values()), Fraction(0))
        rows.append([one.paper.student.id, one.paper.student.name, one.paper.paper_id, *marks,
                     marks_text(one.total), marks_text(out_of), str(one.open_cells),
                     str(one.submissions), "late" if one.late else ""])
    return head, rows


def _answer_rows(marked: Sequence[Marked]) -> list[list[str]]:
    rows = []
    for one in marked:
        for number, question in one.questions.items():
            for cell in question.cells:
                verdict = cell.verdict
                answer = verdict.answer
                rows.append([one.paper.paper_id, one.paper.student.id, str(number),
                             answer.cell.name, answer.raw, _read_as(answer.value),
                             verdict.verdict, marks_text(cell.marks), marks_text(cell.out_of),
                             verdict.mistake, verdict.note])
        rows += _in_words(one)
    return rows


def _in_words(one: Marked) -> list[list[str]]:
    """Answers to an instructor's own questions, which only a person can mark."""
    return [[one.paper.paper_id, one.paper.student.id, str(item.number), TEXT_CELL, said, "", "by hand",
             "", marks_text(item.marks), "", ""]
            for item in one.paper.problems if item.problem is None
            and (said := one.submission.answers.get(f"q{item.number}.{TEXT_CELL}", "")).strip()]


def _read_as(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(str(jsonable(item)) for item in value)
    return str(value)


def missing_text(papers: Sequence[Paper]) -> str:
    """Whose papers have not come back, in one sentence."""
    names = ", ".join(f"{one.student.name} ({one.paper_id})" for one in papers[:20])
    more = f" and {len(papers) - 20} more" if len(papers) > 20 else ""
    have = "paper has" if len(papers) == 1 else "papers have"
    return f"{len(papers)} {have} not come back: {names}{more}"


def summary(outcome: Outcome) -> dict[str, Any]:
    """The run in figures, for programs."""
    return {"marked": [{"student": m.paper.student.id, "paper": m.paper.paper_id,
                        "marks": float(m.total), "for_a_person": m.open_cells, "late": m.late,
                        "mistakes": sorted({name for q in m.questions.values()
                                            for name in q.mistakes})}
                       for m in outcome.marked],
            "problems": outcome.problems, "twice": outcome.twice, "foreign": outcome.foreign,
            "missing": [{"student": paper.student.id, "paper": paper.paper_id,
                         "quiz": paper.quiz.title} for paper in outcome.missing],
            "for_a_person": sum(1 for m in outcome.marked for q in m.questions.values()
                                for c in q.cells if c.verdict.verdict in FOR_A_PERSON)}
