"""The marks of a paper as they stand: which submission counts, and what people decided since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from softmark.grader.marked import Marked, mark_paper
from softmark.grader.marking import CellMark, QuestionMarks
from softmark.grader.submissions import Submission
from softmark.problem_bank.ledger import ADJUST, RESTORE, VOID, Decision, Kept
from softmark.problem_bank.papers import Paper


@dataclass(frozen=True, slots=True)
class Final:
    """A paper's marks, the number of the submission they are for, and the decisions that apply.

    `every` submission is there too, with its marks.
    """

    marked: Marked
    submission: int
    decisions: tuple[Decision, ...]
    every: tuple[tuple[Kept, Marked], ...] = ()


def final(paper: Paper, kept: Sequence[Kept], decisions: Sequence[Decision],
          problems: list[str], floor: Fraction | None = None) -> Final:
    """The marks of a paper with submissions `kept` (at least one) under the quiz's policy."""
    voids, adjustments = in_force(decisions, paper.paper_id)
    worth = shared_out(paper, voids)
    all_marked = [(one, _decided(mark_paper(paper, _submission(paper, one), problems, worth),
                                 voids, adjustments)) for one in kept]
    chosen, marked = _counting(all_marked, paper.quiz.marking.count)
    marked = replace(marked, submissions=len(kept), floor=floor,
                     late=is_late(chosen.handed_in, paper.quiz.marking.due))
    return Final(marked, chosen.number, (*voids, *adjustments), tuple(all_marked))


def _submission(paper: Paper, kept: Kept) -> Submission:
    return Submission(paper.paper_id, paper.student.id, kept.source, dict(kept.answers))


def _counting(marked: list[tuple[Kept, Marked]], count: str) -> tuple[Kept, Marked]:
    """The submission that counts: handed in last or first (where times are known), or the best."""
    if count == "best":
        return max(marked, key=lambda pair: pair[1].total)
    in_order = sorted(marked, key=lambda pair: _instant(pair[0].handed_in)
                      if all(one.handed_in for one, _ in marked) else pair[0].number)
    return in_order[-1 if count == "last" else 0]


def _instant(text: str) -> Any:
    return datetime.fromisoformat(text).astimezone()


def is_late(handed_in: str, due: datetime | None) -> bool:
    """Was it handed in after it was due? Times without a zone are local; unknown is not late."""
    return bool(handed_in) and due is not None and _instant(handed_in) > due.astimezone()


def in_force(decisions: Sequence[Decision], paper_id: str) -> tuple[list[Decision], list[Decision]]:
    """What is taken out of a paper, and the marks given to it; the newest of a kind counts."""
    voids: dict[tuple[int, str], Decision] = {}
    adjustments: dict[tuple[int, str], Decision] = {}
    for one in decisions:
        if one.paper_id not in ("", paper_id):
            continue
        place = (one.question, one.cell)
        if one.kind == VOID:
            voids[place] = one
        elif one.kind == RESTORE:
            voids.pop(place, None)
            adjustments.pop(place, None)
        elif one.kind == ADJUST:
            adjustments[place] = one
    return list(voids.values()), list(adjustments.values())


def shared_out(paper: Paper, voids: Sequence[Decision]) -> dict[int, Fraction]:
    """Marks of each question once those taken out are shared out over the others."""
    gone = {one.question for one in voids if not one.cell}
    total = sum((item.marks for item in paper.problems), Fraction(0))
    left = sum((item.marks for item in paper.problems if item.number not in gone), Fraction(0))
    factor = total / left if left else Fraction(0)
    return {item.number: Fraction(0) if item.number in gone else item.marks * factor
            for item in paper.problems}


def _decided(marked: Marked, voids: Sequence[Decision], adjustments: Sequence[Decision]) -> Marked:
    for one in voids:
        question = marked.questions.get(one.question)
        if question is not None:
            marked.questions[one.question] = _without(question, one)
    for one in adjustments:
        marked.questions[one.question] = _given(marked, one)
    return marked


def _without(question: QuestionMarks, void: Decision) -> QuestionMarks:
    """The question with a cell taken out, its marks shared out over the others."""
    why = f"taken out: {void.reason}"
    if not void.cell:
        return replace(question, why=why)
    gone = [cell for cell in question.cells if names(void.cell, cell)]
    left = question.out_of - sum((cell.out_of for cell in gone), Fraction(0))
    factor = question.out_of / left if left else Fraction(0)
    cells = tuple(
        replace(cell, marks=Fraction(0), out_of=Fraction(0), verdict=replace(cell.verdict, note=why))
        if cell in gone else replace(cell, marks=cell.marks * factor, out_of=cell.out_of * factor)
        for cell in question.cells)
    return replace(question, cells=cells)


def names(place: str, cell: CellMark) -> bool:
    """Does `z` or `z[2]` name the cell?"""
    name = cell.verdict.answer.cell.name
    return name == place or name.startswith((place + "[", place + "."))


def _given(marked: Marked, one: Decision) -> QuestionMarks:
    """The question with the marks that a person gave, to a cell of it or as a whole."""
    assert one.marks is not None
    why = f"mark given by {one.person}: {one.reason}"
    question = marked.questions.get(one.question)
    if question is None or not one.cell:
        out_of = question.out_of if question is not None else next(
            item.marks for item in marked.paper.problems if item.number == one.question)
        return QuestionMarks(question.cells if question is not None else (), out_of, one.marks, why)
    cells = [cell for cell in question.cells if names(one.cell, cell)]
    each = one.marks / len(cells) if cells else Fraction(0)
    return replace(question, cells=tuple(
        replace(cell, marks=each, settled=True, verdict=replace(cell.verdict, note=why))
        if cell in cells else cell for cell in question.cells))
