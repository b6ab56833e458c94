"""What the marks of a class say: pure functions over marked papers.

Difficulty is the mean share of the marks of a question. Discrimination is the corrected item-total
correlation, the correlation of a question's marks with the marks of all the other questions
(Henrysson 1963, Correction of item-total correlations in item analysis, Psychometrika 28, 211-218).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from softmark.grader.marked import Marked
from softmark.grader.marking import CellMark, QuestionMarks
from softmark.grader.verdicts import (
    BLANK,
    COARSE,
    FOR_A_PERSON,
    MISTAKE,
    REPEATED,
    TRUNCATED,
    WRONG,
)
from softmark.problem_bank.papers import Item

#: so few papers say nothing about a correlation
FEWEST = 3
#: normal quantile of a 95 % interval
NORMAL = 1.959964


@dataclass(frozen=True, slots=True)
class Bin:
    """Papers with `low` ≤ total < `high`; the last bin holds its upper end too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """The totals of a class, in marks, or in percent where papers are out of different marks."""

    totals: tuple[float, ...]
    out_of: float
    percent: bool
    mean: float
    deviation: float | None
    lowest: float
    quartile: float
    median: float
    upper_quartile: float
    highest: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question over the class. `families`: slug -> (papers, mean share)."""

    number: int
    title: str
    papers: int
    share: float
    discrimination: float | None
    interval: tuple[float, float] | None
    families: dict[str, tuple[int, float]]


@dataclass(frozen=True, slots=True)
class StepErrors:
    """One step over all scripts of a family: where scripts first went wrong, and how often at all.

    `first` counts scripts whose first error is here, `stopped` those whose first loss is a blank
    here, `wrong` all that have an error here, `coarse` those that gave too few digits.
    """

    name: str
    title: str
    row: str
    scripts: int
    first: int
    stopped: int
    wrong: int
    coarse: int


@dataclass(frozen=True, slots=True)
class Path:
    """The steps of one question's family, in order, with the errors that scripts began with."""

    number: int
    slug: str
    title: str
    scripts: int
    clean: int
    steps: tuple[StepErrors, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """A named mistake over the class; `firm` counts students with more than one such answer."""

    name: str
    slug: str
    number: int
    step: str
    title: str
    students: int
    firm: int
    asked: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits for a person."""

    paper: str
    student: str
    name: str
    question: int
    cell: str
    raw: str
    verdict: str
    note: str


def distribution(marked: Sequence[Marked]) -> Distribution | None:
    """The totals of the papers; None if there are none with marks to give."""
    pairs = [(float(one.total), float(full_marks(one))) for one in marked if full_marks(one)]
    if not pairs:
        return None
    percent = len({out_of for _, out_of in pairs}) > 1
    totals = np.array([100 * total / out_of if percent else total for total, out_of in pairs])
    out_of = 100.0 if percent else pairs[0][1]
    low, middle, high = (float(q) for q in np.quantile(totals, (0.25, 0.5, 0.75)))
    deviation = float(totals.std(ddof=1)) if len(totals) > 1 else None
    return Distribution(tuple(totals.tolist()), out_of, percent, float(totals.mean()), deviation,
                        float(totals.min()), low, middle, high, float(totals.max()),
                        _bins(totals, out_of))


def full_marks(one: Marked) -> float:
    """The marks there are on a paper, without questions that are marked by hand."""
    return float(sum(question.out_of for question in one.questions.values()))


def _bins(totals: np.ndarray, out_of: float) -> tuple[Bin, ...]:
    """Bins of a round width over all marks there are, more of them for larger classes."""
    low, high = min(0.0, float(totals.min())), max(out_of, float(totals.max()))
    width = _round_width((high - low) / min(20.0, max(8.0, 2 * math.sqrt(len(totals)))))
    first = math.floor(low / width)
    edges = [width * place for place in range(first, math.ceil(round(high / width, 9)) + 1)]
    counts, _ = np.histogram(totals, edges)
    return tuple(Bin(a, b, int(n)) for a, b, n in zip(edges, edges[1:], counts, strict=False))


def _round_width(width: float) -> float:
    """The nearest of …, 1, 2, 5, 10, 20, …, by ratio."""
    power = 10.0 ** math.floor(math.log10(width))
    return float(min((step * power for step in (1, 2, 5, 10)),
                     key=lambda step: abs(math.log(step / width))))


def questions(marked: Sequence[Marked]) -> list[Question]:
    """Difficulty and discrimination of every question that the machine marks."""
    found = []
    for number in sorted({number for one in marked for number in one.questions}):
        having = [(one, one.questions[number], item_of(one, number)) for one in marked
                  if number in one.questions and one.questions[number].out_of]
        if not having:
            continue
        shares = [float(q.marks / q.out_of) for _, q, _ in having]
        by_family: dict[str, list[float]] = {}
        for share, (_, _, item) in zip(shares, having, strict=True):
            by_family.setdefault(slug_of(item), []).append(share)
        r = correlation([float(q.marks) for _, q, _ in having],
                        [float(one.total - q.marks) for one, q, _ in having])
        title = Counter(item.title for *_, item in having).most_common(1)[0][0]
        found.append(Question(
            number, title, len(having), float(np.mean(shares)), r, fisher_interval(r, len(having)),
            {slug: (len(own), float(np.mean(own))) for slug, own in sorted(by_family.items())}))
    return found


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or where one side does not vary."""
    if len(x) < FEWEST or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return None
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))


def fisher_interval(r: float | None, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a correlation by Fisher's z; None where there is none."""
    if r is None or n < 4 or abs(r) > 1 - 1e-9:
        return None
    centre, half = math.atanh(r), NORMAL / math.sqrt(n - 3)
    return math.tanh(centre - half), math.tanh(centre + half)


def item_of(one: Marked, number: int) -> Item:
    """The question of that number on a paper."""
    return next(item for item in one.paper.problems if item.number == number)


def slug_of(item: Item) -> str:
    """The family of a question."""
    return item.problem.slug() if item.problem is not None else ""


def _scripts(marked: Sequence[Marked]) -> Iterator[tuple[int, str, Item, Marked, QuestionMarks]]:
    for one in marked:
        for number, question in one.questions.items():
            item = item_of(one, number)
            yield number, slug_of(item), item, one, question


def paths(marked: Sequence[Marked]) -> list[Path]:
    """Per question and family: how many scripts first went wrong at each step."""
    groups: dict[tuple[int, str], list[tuple[Item, QuestionMarks]]] = {}
    for number, slug, item, _, question in _scripts(marked):
        groups.setdefault((number, slug), []).append((item, question))
    return [_path(number, slug, group) for (number, slug), group in sorted(groups.items())]


def _path(number: int, slug: str, group: list[tuple[Item, QuestionMarks]]) -> Path:
    tallies = {name: Counter[str]() for name in ("scripts", "first", "stopped", "wrong", "coarse")}
    seen: dict[str, tuple[str, set[str]]] = {}
    places: dict[str, list[float]] = {}
    clean = 0
    for item, question in group:
        for place, ask in enumerate(item.asks):
            tallies["scripts"][ask.name] += 1
            seen.setdefault(ask.name, (ask.title, set()))[1].add(ask.row)
            places.setdefault(ask.name, []).append(place / len(item.asks))
        where, kind = first_loss(question)
        tallies[kind][where] += 1
        clean += not where
        for verdicts, tally in (((WRONG, MISTAKE), "wrong"), ((COARSE, TRUNCATED), "coarse")):
            tallies[tally].update({cell.verdict.answer.ask.name for cell in question.cells
                                   if cell.verdict.verdict in verdicts})
    order = sorted(places, key=lambda name: sum(places[name]) / len(places[name]))
    steps = [StepErrors(name, seen[name][0], min(seen[name][1]) if len(seen[name][1]) == 1 else "",
                        *(tallies[t][name] for t in tallies)) for name in order]
    return Path(number, slug, group[0][0].title, len(group), clean, tuple(steps))


def first_loss(question: QuestionMarks) -> tuple[str, str]:
    """The step where a script first went wrong ("first"), or else first stopped; "" if nowhere.

    A blank counts only where nothing wrong stands before it; too few digits are no error, and
    answers that wait for a person are passed over.
    """
    for cell in question.cells:
        if cell.marks < cell.out_of:
            if cell.verdict.verdict in (WRONG, MISTAKE):
                return cell.verdict.answer.ask.name, "first"
            if cell.verdict.verdict == BLANK:
                return cell.verdict.answer.ask.name, "stopped"
    return "", "first"


def misconceptions(marked: Sequence[Marked]) -> list[Misconception]:
    """The named mistakes, those of most students first."""
    having: dict[str, set[str]] = {}
    found: dict[tuple[str, str], dict[str, list[tuple[int, CellMark]]]] = {}
    for number, slug, _, one, question in _scripts(marked):
        student = one.paper.student.id
        having.setdefault(slug, set()).add(student)
        for cell in question.cells:
            if cell.verdict.verdict in (MISTAKE, REPEATED) and cell.verdict.mistake:
                by_student = found.setdefault((slug, cell.verdict.mistake), {})
                by_student.setdefault(student, []).append((number, cell))
    ranked = [_misconception(slug, name, by_student, len(having[slug]))
              for (slug, name), by_student in found.items()]
    return sorted(ranked, key=lambda m: (-m.students, -m.firm, m.number, m.name))


def _misconception(slug: str, name: str, by_student: dict[str, list[tuple[int, CellMark]]],
                   asked: int) -> Misconception:
    starts = Counter((number, cell.verdict.answer.ask.name, cell.verdict.answer.ask.title)
                     for (number, cell), *_ in by_student.values())
    (number, step, title), _ = starts.most_common(1)[0]
    firm = sum(len(cells) > 1 for cells in by_student.values())
    return Misconception(name, slug, number, step, title, len(by_student), firm, asked,
                         lecture_sentence(name, title, len(by_student), firm, asked))


def lecture_sentence(name: str, title: str, students: int, firm: int, asked: int) -> str:
    """One sentence for the next lecture, no surer than its evidence."""
    who = "One student" if students == 1 else f"{students} students"
    fit = "has an answer that fits" if students == 1 else "have answers that fit"
    where = f"{who} of {asked} {fit} “{name}”, first at “{title}”"
    if students == 1 or students < 0.05 * asked:
        return f"{where}: a word with {'that student' if students == 1 else 'them'} may be enough."
    if 2 * firm < students:
        return f"{where}, most of them in one answer only: ask the class before explaining."
    if 3 * students >= asked:
        return f"{where}: worth a worked example in the next lecture."
    return f"{where}: worth a minute in the next lecture."


def waiting(marked: Sequence[Marked]) -> list[Waiting]:
    """The answers that a person has to look at, paper by paper."""
    return [Waiting(one.paper.paper_id, one.paper.student.id, one.paper.student.name, number,
                    cell.verdict.answer.cell.name, cell.verdict.answer.raw, cell.verdict.verdict,
                    cell.verdict.note or cell.verdict.answer.reading.message)
            for one in marked for number, question in one.questions.items()
            for cell in question.cells if cell.verdict.verdict in FOR_A_PERSON]
