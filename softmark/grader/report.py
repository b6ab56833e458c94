"""The report on a class: every statistic in one record, and what it says at a glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from softmark.grader.likeness import Likeness, likenesses
from softmark.grader.marked import Marked
from softmark.grader.statistics import (
    Distribution,
    Misconception,
    Path,
    Question,
    Waiting,
    distribution,
    misconceptions,
    paths,
    questions,
    waiting,
)

#: under this discrimination a question is worth a second look, in a class of at least so many
WEAK, ENOUGH = 0.2, 20


@dataclass(frozen=True, slots=True)
class Row:
    """One paper: marks, marks there are and answers that wait, by question."""

    paper: str
    student: str
    name: str
    total: float
    out_of: float
    marks: dict[int, tuple[float, float, int]]


@dataclass(frozen=True, slots=True)
class ClassReport:
    """Everything the report says."""

    course: str
    title: str
    date: str
    rows: tuple[Row, ...]
    by_hand: tuple[int, ...]
    totals: Distribution | None
    questions: tuple[Question, ...]
    paths: tuple[Path, ...]
    misconceptions: tuple[Misconception, ...]
    waiting: tuple[Waiting, ...]
    likenesses: tuple[Likeness, ...]

    @property
    def glance(self) -> list[str]:
        """The findings that matter most, a sentence each."""
        return [sentence for sentence in (
            _about_totals(self.totals), _about_hardest(self.questions), _about_weak(self.questions),
            _about_steps(self.paths), self.misconceptions[0].sentence if self.misconceptions else "",
            _about_open(len(self.waiting), len(self.likenesses))) if sentence]

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        record = asdict(self)
        for row in record["rows"]:
            row["marks"] = {number: {"marks": marks, "out_of": out_of, "for_a_person": waits}
                            for number, (marks, out_of, waits) in row["marks"].items()}
        for question in record["questions"]:
            question["families"] = {slug: {"papers": papers, "share": share}
                                    for slug, (papers, share) in question["families"].items()}
        for record_of, likeness in zip(record["likenesses"], self.likenesses, strict=True):
            record_of["sentence"] = likeness.sentence
        return {**record, "glance": self.glance}


def class_report(marked: Sequence[Marked], step: Callable[[str], None] = lambda _: None
                 ) -> ClassReport:
    """The report on the papers of one quiz; there must be at least one."""
    quiz = marked[0].paper.quiz
    by_hand = {item.number for one in marked for item in one.paper.problems
               if item.problem is None}
    rows = sorted((_row(one) for one in marked),
                  key=lambda row: (-row.total / (row.out_of or 1), row.name, row.paper))
    return ClassReport(quiz.course, quiz.title, str(quiz.date or ""), tuple(rows),
                       tuple(sorted(by_hand)), distribution(marked), tuple(questions(marked)),
                       tuple(paths(marked)), tuple(misconceptions(marked)), tuple(waiting(marked)),
                       tuple(likenesses(marked, step)))


def _row(one: Marked) -> Row:
    student = one.paper.student
    marks = {number: (float(question.marks), float(question.out_of), len(question.for_a_person))
             for number, question in one.questions.items()}
    return Row(one.paper.paper_id, student.id, student.name, float(one.total),
               sum(out_of for _, out_of, _ in marks.values()), marks)


def short(number: float, places: int = 1) -> str:
    """A number with few decimals, and none where they would be zeros."""
    text = f"{number:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def _about_totals(totals: Distribution | None) -> str:
    if totals is None:
        return ""
    unit = "percent of the marks" if totals.percent else f"of {short(totals.out_of)} marks"
    middle = f"The median is {short(totals.median)} {unit}"
    if totals.upper_quartile - totals.quartile < 1e-9:
        return f"{middle}."
    return (f"{middle}; half of the papers lie between {short(totals.quartile)} and "
            f"{short(totals.upper_quartile)}.")


def _about_hardest(found: Sequence[Question]) -> str:
    if len(found) < 2:
        return ""
    hardest = min(found, key=lambda question: question.share)
    return (f"Question {hardest.number} was the hardest: {hardest.share:.0%} of its marks on "
            f"average, {max(q.share for q in found):.0%} in the easiest.")


def _about_weak(found: Sequence[Question]) -> str:
    weak = [q for q in found if q.papers >= ENOUGH and q.discrimination is not None
            and q.discrimination < WEAK]
    if not weak:
        return ""
    worst = min(weak, key=lambda question: question.discrimination or 0)
    return (f"Question {worst.number} hardly tells who does well in the others (discrimination "
            f"{short(worst.discrimination or 0, 2)}): look at it before it is used again.")


def _about_steps(found: Sequence[Path]) -> str:
    steps = [(step.first, path, step) for path in found for step in path.steps if step.first]
    if not steps:
        return ""
    first, path, step = max(steps, key=lambda one: (one[0], -one[1].number))
    if first < 2:
        return ""
    return (f"Scripts most often first went wrong at “{step.title}” in question {path.number}: "
            f"{first} of {path.scripts}.")


def _about_open(waits: int, alike: int) -> str:
    said = []
    if waits:
        said.append(f"{waits} answer{'s wait' if waits > 1 else ' waits'} for a person")
    if alike:
        said.append(f"{alike} script{'s fit' if alike > 1 else ' fits'} another student's variant "
                    "better than chance")
    return f"{' and '.join(said)}." if said else ""
