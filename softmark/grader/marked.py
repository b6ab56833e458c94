"""A whole paper, marked: every question's marks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from softmark.grader.marking import Policy, QuestionMarks, mark
from softmark.grader.responses import shared_out
from softmark.grader.submissions import Submission, split_cell
from softmark.problem_bank.papers import Paper


@dataclass(slots=True)
class Marked:
    """One paper, marked."""

    paper: Paper
    submission: Submission
    questions: dict[int, QuestionMarks]
    #: how many submissions there are, whether the one that counts came late, and the marks that a
    #: regrading was told not to go below
    submissions: int = 1
    late: bool = False
    floor: Fraction | None = None

    @property
    def total(self) -> Fraction:
        """Marks of all questions that are marked by the machine or were given by a person."""
        total = sum((q.marks for q in self.questions.values()), Fraction(0))
        return total if self.floor is None else max(total, self.floor)

    @property
    def open_cells(self) -> int:
        """Answers that wait for a person."""
        return sum(len(q.for_a_person) for q in self.questions.values())


def mark_paper(paper: Paper, submission: Submission, problems: list[str],
               worth: Mapping[int, Fraction] | None = None) -> Marked:
    """The marks of one paper; answers to what was not asked are told in `problems`.

    `worth` are the marks of each question where they are not those on the paper.
    """
    marking = paper.quiz.marking
    policy = Policy(marking.coarse, marking.truncated, marking.locale,
                    Fraction(marking.ambiguous == "better"))
    submission = shared_out(paper, submission, problems)
    by_question: dict[int, dict[str, str]] = {}
    for name, raw in submission.answers.items():
        number, cell = split_cell(name)
        by_question.setdefault(number, {})[cell] = raw
    questions = {}
    for item in paper.problems:
        given = by_question.pop(item.number, {})
        if item.problem is None:
            continue
        known = {cell.name for ask in item.asks for cell in ask.cells} | \
            {ask.name for ask in item.asks}
        strange = [cell for cell in given if cell not in known]
        if strange:
            problems.append(f"{submission.source}: {paper.paper_id}: question {item.number} asks "
                            f"for no {', '.join(strange)}")
        out_of = item.marks if worth is None else worth[item.number]
        questions[item.number] = mark(item.problem, item.asks, given, out_of, policy)
    problems += [f"{submission.source}: {paper.paper_id}: has no question {number}"
                 for number in by_question]
    return Marked(paper, submission, questions)
