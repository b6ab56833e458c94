"""A whole paper, marked: every question's marks side by side."""

from __future__ import annotations

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

    @property
    def total(self) -> Fraction:
        """Marks of all questions that are marked by the machine."""
        return sum((q.marks for q in self.questions.values()), Fraction(0))

    @property
    def open_cells(self) -> int:
        """Answers that wait for a person."""
        return sum(len(q.for_a_person) for q in self.questions.values())


def mark_paper(paper: Paper, submission: Submission, problems: list[str]) -> Marked:
    """The marks of one paper; answers to what was not asked are told in `problems`."""
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
        questions[item.number] = mark(item.problem, item.asks, given, item.marks, policy)
    problems += [f"{submission.source}: {paper.paper_id}: has no question {number}"
                 for number in by_question]
    return Marked(paper, submission, questions)
