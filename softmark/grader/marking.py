"""Marks of a script: verdicts weighed by what the quiz says each step is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from softmark.grader.answers import answers_to
from softmark.grader.judging import judged
from softmark.grader.verdicts import AMBIGUOUS, COARSE, FOR_A_PERSON, FULL, TRUNCATED, Verdict
from softmark.worksheet.asks import Ask
from softmark.worksheet.template import Template


@dataclass(frozen=True, slots=True)
class Policy:
    """What the quiz sets: shares of the marks for imprecise answers, and how numbers are read.

    An ambiguous answer earns `ambiguous` of its marks until a person has decided.
    """

    coarse: Fraction = Fraction(1, 2)
    truncated: Fraction = Fraction(1, 2)
    locale: str = "en"
    ambiguous: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class CellMark:
    """The mark of one cell."""

    verdict: Verdict
    marks: Fraction
    out_of: Fraction
    #: a person has given the marks
    settled: bool = False


@dataclass(frozen=True, slots=True)
class QuestionMarks:
    """The marks of one problem, cell by cell."""

    cells: tuple[CellMark, ...]
    out_of: Fraction
    #: marks that a person gave to the question as a whole, and why; or why it was taken out
    given: Fraction | None = None
    why: str = ""

    @property
    def marks(self) -> Fraction:
        """What a person gave, else the sum over the cells, unrounded."""
        if self.given is not None:
            return self.given
        return sum((cell.marks for cell in self.cells), Fraction(0))

    @property
    def for_a_person(self) -> list[CellMark]:
        """Cells that a person has to look at, and has not yet."""
        if self.given is not None:
            return []
        return [cell for cell in self.cells if cell.verdict.verdict in FOR_A_PERSON
                and not cell.settled and cell.out_of]

    @property
    def mistakes(self) -> list[str]:
        """The misconceptions found, each once."""
        return list(dict.fromkeys(c.verdict.mistake for c in self.cells if c.verdict.mistake))

    @property
    def shown(self) -> frozenset[str]:
        """The misconceptions that answers to more than one step speak for."""
        steps: dict[str, set[str]] = {}
        for cell in self.cells:
            steps.setdefault(cell.verdict.mistake, set()).add(cell.verdict.answer.ask.name)
        return frozenset(mistake for mistake, asked in steps.items() if mistake and len(asked) > 1)


def mark(problem: Template, asks: Sequence[Ask], raw: Mapping[str, str],
         out_of: Fraction | int = 1, policy: Policy | None = None) -> QuestionMarks:
    """Marks for the raw answers `raw` (cell or ask name -> text) to `problem`.

    The question's marks `out_of` are shared out by the asks' weights, an ask's by its cells; a
    design is marked as a whole.
    """
    policy = policy or Policy()
    answers = [answer for ask in asks for answer in answers_to(ask, raw, policy.locale)]
    verdicts = judged(problem, asks, answers)
    total = sum((Fraction(ask.weight) for ask in asks), Fraction(0)) or Fraction(1)
    shares = {ask.name: Fraction(out_of) * Fraction(ask.weight) / total / len(ask.cells)
              for ask in asks}
    cells = []
    for verdict in verdicts:
        share = shares[verdict.answer.ask.name]
        credit = _credit(verdict, policy)
        cells.append(CellMark(verdict, share if credit == 1 else share * credit, share))
    return QuestionMarks(tuple(cells), Fraction(out_of))


def _credit(verdict: Verdict, policy: Policy) -> Fraction:
    if verdict.verdict in FULL:
        return Fraction(1)
    if verdict.verdict == COARSE:
        return policy.coarse
    if verdict.verdict == AMBIGUOUS:
        return policy.ambiguous
    return policy.truncated if verdict.verdict == TRUNCATED else Fraction(0)
