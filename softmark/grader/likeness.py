"""Answers that are wrong for a paper but right for another student's: more than by chance?

For a student and another student's variant of the same questions, the wrong answers that would be
right there are counted. How often such a fit comes by itself is estimated from all the other
students and variants of the class: for each cell the share of answers that fit a variant that
their writer never sat, and the same where an earlier cell of the question fits already, because one
accidental fit brings others with it. A chain of these two probabilities gives the tail of the
count (where they are equal, the binomial tail). Fisher's method (Fisher 1925, Statistical Methods
for Research Workers) joins the questions, and Bonferroni's bound allows for the number of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from softmark.grader.answers import answers_to
from softmark.grader.judging import judged
from softmark.grader.marked import Marked
from softmark.grader.submissions import split_cell
from softmark.grader.variants import Flags, Floats, Variants, variants_of
from softmark.grader.verdicts import RIGHT

#: reported below this corrected probability, and from so many fitting cells on
LEVEL = 0.01
FEWEST_CELLS = 3
#: fewer papers of a family do not tell what chance does
FEWEST_PAPERS = 8


@dataclass(frozen=True, slots=True)
class Fit:
    """A wrong answer that is right for the other variant."""

    question: int
    cell: str
    raw: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A script that fits another student's variant better than chance.

    `compared` counts the wrong answers that could have fitted, `probability` is that of at least
    so many fits by chance, corrected for the `pairs` of script and variant that were looked at.
    """

    paper: str
    student: str
    name: str
    other_paper: str
    other_student: str
    other_name: str
    fits: tuple[Fit, ...]
    compared: int
    probability: float
    pairs: int

    @property
    def sentence(self) -> str:
        """What was found, in words that accuse nobody."""
        return (f"{len(self.fits)} of the {self.compared} answers that are wrong here and could "
                f"have fitted are right for the other variant. The probability that a class with "
                f"{self.pairs:,} such pairs shows one like this by chance is "
                f"{chance_text(self.probability)}.")


def chance_text(probability: float) -> str:
    """A small probability as "about 1 in 3,000": one digit; what chance does is not known finer."""
    if probability < 1e-6:
        return "less than 1 in 1,000,000"
    odds = 1 / probability
    unit = 10 ** math.floor(math.log10(odds))
    return f"about 1 in {math.floor(odds / unit) * unit:,.0f}"


def likenesses(marked: Sequence[Marked], step: Callable[[str], None] = lambda _: None
               ) -> list[Likeness]:
    """Every script that fits another student's variant better than chance, least likely first."""
    families = variants_of(marked, FEWEST_PAPERS)
    looked = np.zeros((len(marked), len(marked)), dtype=int)
    for family in families:
        people = list(family.row)
        looked[np.ix_(people, people)] += family.trials.sum(2)
    pairs = int((looked >= FEWEST_CELLS).sum())
    found: list[Likeness] = []
    for person, one in enumerate(marked):
        if (looked[person] >= FEWEST_CELLS).any():
            found += _fitting(person, families, marked, pairs)
        step(one.paper.student.name)
    return sorted(found, key=lambda like: (like.probability, like.name, like.other_name))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A student's wrong answers to one family, against every variant of it."""

    family: Variants
    row: int
    trials: Flags
    fits: Flags
    first: Floats
    after: Floats

    def tail(self, variant: int, fits: Flags) -> float:
        """The probability of so many fits with that variant."""
        tried = self.trials[variant]
        after = np.where(self.family.drawn(variant), self.after[variant], 1.0)
        return chain_tail(self.first[variant][tried], after[tried], int(fits[tried].sum()))


def _fitting(person: int, families: Sequence[Variants], marked: Sequence[Marked],
             pairs: int) -> Iterator[Likeness]:
    evidence = []
    bound = np.zeros(len(marked))
    hits = np.zeros(len(marked), dtype=int)
    for family in families:
        row = family.row.get(person)
        if row is None or not family.trials[row].any():
            continue
        one = _Evidence(family, row, family.trials[row], family.fits[row] & family.trials[row],
                        *family.chances(row))
        evidence.append(one)
        people = list(family.row)
        hits[people] += one.fits.sum(1)
        # so many fits are at least as likely as these very ones
        bound[people] += np.where(one.fits, np.log(one.first), 0).sum(1)
    worth = (hits >= FEWEST_CELLS) & (bound + math.log(max(pairs, 1)) < math.log(LEVEL))
    for other in np.flatnonzero(worth):
        found = _judged(person, int(other), evidence, marked, pairs)
        if found is not None:
            yield found


def _judged(person: int, other: int, evidence: Sequence[_Evidence], marked: Sequence[Marked],
            pairs: int) -> Likeness | None:
    """The pair, if its near values still mean something when they are really judged."""
    having = [(one, one.family.row[other]) for one in evidence if other in one.family.row
              and one.trials[one.family.row[other]].any()]
    near = [one.tail(variant, one.fits[variant]) for one, variant in having]
    if fisher(near) * pairs >= LEVEL:
        return None
    tails, fits = [], []
    for one, variant in having:
        right = one.fits[variant]
        if right.any():
            right = right & _right_there(one, variant, marked[person])
        tails.append(one.tail(variant, right))
        fits += [_fit(one.family, int(column), marked[person]) for column in np.flatnonzero(right)]
    probability = min(1.0, fisher(tails) * pairs)
    if probability >= LEVEL or len(fits) < FEWEST_CELLS:
        return None
    me, you = marked[person].paper, marked[other].paper
    return Likeness(me.paper_id, me.student.id, me.student.name, you.paper_id, you.student.id,
                    you.student.name, tuple(fits),
                    sum(int(one.trials[variant].sum()) for one, variant in having),
                    probability, pairs)


def _right_there(one: _Evidence, variant: int, marked: Marked) -> Flags:
    """Which raw answers the other variant's problem calls right."""
    item, number = one.family.items[variant], one.family.number
    raw = {}
    for name, text in marked.submission.answers.items():
        question, cell = split_cell(name)
        if question == number:
            raw[cell] = text
    locale = marked.paper.quiz.marking.locale
    assert item.problem is not None
    answers = [answer for ask in item.asks for answer in answers_to(ask, raw, locale)]
    right = {verdict.answer.cell.name for verdict in judged(item.problem, item.asks, answers)
             if verdict.verdict == RIGHT}
    return np.array([cell in right for _, cell, _ in one.family.cells])


def _fit(family: Variants, column: int, marked: Marked) -> Fit:
    name = family.cells[column][1]
    raw = next(cell.verdict.answer.raw for cell in marked.questions[family.number].cells
               if cell.verdict.answer.cell.name == name)
    return Fit(family.number, name, raw)


def chain_tail(first: Sequence[float] | Floats, after: Sequence[float] | Floats, fits: int) -> float:
    """The probability of at least `fits` fits in a row of cells.

    Each cell fits with its `first` probability while none before it did, then with `after`.
    """
    if fits <= 0:
        return 1.0
    none, seen = 1.0, np.zeros(len(first) + 1)
    for p, q in zip(first, after, strict=True):
        seen[1:] = seen[1:] * (1 - q) + seen[:-1] * q
        seen[1] += none * p
        none *= 1 - p
    return float(min(1.0, seen[fits:].sum()))


def fisher(tails: Sequence[float]) -> float:
    """Fisher's joint probability of independent tails: that of a product so small."""
    if not tails or min(tails) <= 0:
        return 0.0 if tails else 1.0
    log = -sum(math.log(tail) for tail in tails)
    term, total = 1.0, 1.0
    for place in range(1, len(tails)):
        term *= log / place
        total += term
    return min(1.0, math.exp(-log) * total)
