"""The contract: what holds for every template, without a word from its author.

Each check takes a template and a number of draws and yields one sentence for everything it finds
broken; a check that yields nothing is passed. `softmark check` and the tests run the same list.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np

from softmark.grader.marking import QuestionMarks, mark
from softmark.grader.scripts import values_of, written
from softmark.grader.verdicts import BLANK, CARRIED, INVALID, OPEN, REPEATED, RIGHT
from softmark.worksheet.accepted import intervals, rounding
from softmark.worksheet.asks import Ask, asks_of
from softmark.worksheet.certificate import certified_draw, complaints
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.expressions import Expression
from softmark.worksheet.notation import as_written, unit_of
from softmark.worksheet.rigorous import enclosures
from softmark.worksheet.runs import Filled, mistake_names, mistaken, replay, solve
from softmark.worksheet.statement import statement
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED
from softmark.worksheet.template import Template
from softmark.worksheet.texvalue import tex_value
from softmark.worksheet.typeset import hand_values, typeset

Check = Callable[[type[Template], int], Iterator[str]]
MOST_COPIED = Fraction(1, 10)


@lru_cache(maxsize=4)
def problems(cls: type[Template], draws: int) -> tuple[tuple[str, Template], ...]:
    """`draws` certified problems of each level, under a name that says how to draw them again."""
    found = []
    for level in cls.levels:
        for seed in range(draws):
            rng = Rng.of("contract", cls.slug(), level, seed)
            found.append((f"{level} {seed}", certified_draw(cls, rng, level)))
    return tuple(found)


def round_trip(cls: type[Template], draws: int) -> Iterator[str]:
    """A problem survives JSON."""
    for name, problem in problems(cls, draws):
        again = cls.from_json(json.loads(json.dumps(problem.to_json())))
        if again != problem or again.fingerprint() != problem.fingerprint():
            yield f"{name}: does not come back from JSON as it was"


def reproducible(cls: type[Template], draws: int) -> Iterator[str]:
    """Same stream, same problem; other streams, other problems; no global state touched."""
    before, numpy_before = random.getstate(), np.random.get_state()[1].copy()  # type: ignore[index]
    for level in cls.levels:
        prints = []
        for seed in range(draws):
            drawn = [certified_draw(cls, Rng.of("same", cls.slug(), level, seed), level)
                     for _ in range(2)]
            if drawn[0] != drawn[1]:
                yield f"{level} {seed}: the same stream gives two problems"
            prints.append(drawn[0].fingerprint())
        if len(set(prints)) * 100 < min(cls.least_distinct, 90) * len(prints) - 100:
            yield f"{level}: only {len(set(prints))} of {len(prints)} draws are distinct"
    if random.getstate() != before or (np.random.get_state()[1] != numpy_before).any():  # type: ignore[index]
        yield "drawing touches the global random state"


def certified(cls: type[Template], draws: int) -> Iterator[str]:
    """The certificate holds on every draw."""
    for name, problem in problems(cls, draws):
        for complaint in complaints(problem, "all", name.split()[0]):
            yield f"{name}: {complaint}"


def written_out(cls: type[Template], draws: int) -> Iterator[str]:
    """Typeset and solve agree, and every printed line is true as printed."""
    for name, problem in problems(cls, draws):
        reference, lines = solve(problem), typeset(problem)
        if [line.name for line in lines] != list(reference):
            yield f"{name}: typeset and solve have different steps"
            continue
        accepted = intervals(problem)
        hand = hand_values(problem)
        for line in lines:
            value = hand[line.name]
            if not _inside(accepted[line.name], value):
                yield f"{name}: {line.name}: the hand's value lies outside the accepted interval"
            yield from (f"{name}: {said}" for said in _untrue(line))


def bounded(cls: type[Template], draws: int) -> Iterator[str]:
    """No accepted interval is wider than rounding can explain, by rigorous interval arithmetic.

    Where rounding could turn a comparison round, or a step has no interval form, there is nothing
    to compare with; that the intervals are finite and narrow is part of the certificate.
    """
    for name, problem in problems(cls, draws):
        try:
            rigorous = enclosures(problem)
        except NotAssessable:
            continue
        accepted, reference = intervals(problem), solve(problem)
        for ask in asks_of(problem):
            if ask.kind in ("design", *FIXED_KINDS):
                continue
            own = np.asarray(rounding(problem, reference[ask.name].step, ask.value), dtype=float)
            for cell in ask.cells:
                lo, hi = accepted[ask.name].at(cell.index)
                ends = [end[cell.index] if cell.index else end for end in rigorous[ask.name]]
                if isinstance(lo, UNMEASURED) or isinstance(ends[0], UNMEASURED):
                    continue
                half = float(own[cell.index])
                value = ask.value[cell.index] if cell.index else ask.value
                if isinstance(value, Fraction) and ends[0] < ends[1]:
                    # it comes out even by chance: what came before is rounded
                    half = max(half, 0.6 * unit_of(value, ask.decimals))
                room = half + 0.02 * float(hi - lo) + 1e-12 * abs(float(hi))
                if float(lo) < float(ends[0]) - room or float(hi) > float(ends[1]) + room:
                    yield (f"{name}: {cell.name}: {float(lo):.9g} to {float(hi):.9g} is accepted, but "
                           f"rounding leads to {float(ends[0]):.9g} to {float(ends[1]):.9g} at most")


def _inside(accepted: Any, value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.dtype.kind not in "OUS":
        return all(accepted.holds(value[index], index) for index in np.ndindex(value.shape))
    if isinstance(value, np.ndarray):
        return all(isinstance(v, UNMEASURED) or accepted.holds(v, i) for i, v in np.ndenumerate(value))
    return bool(accepted.holds(value))


def _untrue(line: Any) -> Iterator[str]:
    for worked in line.worked:
        if not worked.numbers:
            if line.ask and not worked.formula and not line.note:
                yield f"{line.name}: neither a formula nor a sentence says how it comes about"
            continue
        if line.kind == "shape":
            continue
        value, result = tex_value(worked.numbers), tex_value(worked.result)
        digits = len(worked.result.partition(".")[2])
        if abs(value - result) > 0.5000001 * 10.0**-digits + 1e-9 * abs(value):
            yield f"{line.name}: {worked.numbers} is not {worked.result}"


def full_marks(cls: type[Template], draws: int) -> Iterator[str]:
    """Right answers earn full marks: rounding every step, at the end only, or hardly at all."""
    for name, problem in problems(cls, draws):
        asks = asks_of(problem)
        exact = values_of(solve(problem))
        for hand, script in (("keeps all digits", written(asks, exact)),
                             ("types four digits more", written(asks, exact, 4)),
                             ("rounds every step", written(asks, hand_values(problem)))):
            marks = mark(problem, asks, script)
            for cell in marks.cells:
                if cell.verdict.verdict != RIGHT:
                    yield (f"{name}: a hand that {hand} writes {cell.verdict.answer.raw!r} for "
                           f"{cell.verdict.answer.cell.name}: {cell.verdict.verdict}")


def mistakes_cost_once(cls: type[Template], draws: int) -> Iterator[str]:
    """Each misconception, carried on consistently, is named and costs one step."""
    for name, problem in problems(cls, draws):
        asks = asks_of(problem)
        for mistake in mistake_names(problem):
            try:
                run = mistaken(problem, mistake)
            except (NotAssessable, UserError):
                continue
            marks = mark(problem, asks, written(asks, values_of(run)))
            lost = _steps_lost(marks)
            if not any(_alike(problem, mistake, named, lost) for named in marks.mistakes):
                yield f"{name}: “{mistake}” is not named ({marks.mistakes or 'nothing'} is)"
            if len(lost) > 1:
                yield f"{name}: “{mistake}” costs {', '.join(lost)}"


def _alike(problem: Template, mistake: str, named: str, steps: list[str]) -> bool:
    """Is it the misconception itself, or one that gives the same where marks were lost?"""
    if mistake == named:
        return True
    asks = [ask for ask in asks_of(problem) if ask.name in steps]
    one, other = (values_of(mistaken(problem, name)) for name in (mistake, named))
    # as a hand writes it: √2 squared is 2
    return written(asks, {**other, **one}) == written(asks, {**one, **other})


def _steps_lost(marks: QuestionMarks) -> list[str]:
    return list(dict.fromkeys(cell.verdict.answer.ask.name for cell in marks.cells
                              if cell.marks < cell.out_of and cell.verdict.verdict != OPEN))


def slips_cost_once(cls: type[Template], draws: int) -> Iterator[str]:
    """A blunder of 3 to 50 units in one step costs that step only."""
    for name, problem in problems(cls, draws):
        asks = asks_of(problem)
        accepted = intervals(problem)
        rng = Rng.of("slips", name)
        for ask in asks:
            if ask.kind in ("choice", "text", "set", "design", "shape"):
                continue
            slipped = _blunder(ask, accepted[ask.name], rng)
            try:
                run = replay(problem, {ask.name: slipped})
            except NotAssessable:
                continue
            values = values_of(run)
            values[ask.name] = run[ask.name].reply
            if set(run) != set(values_of(solve(problem))):
                continue
            lost = _steps_lost(mark(problem, asks, written(asks, values)))
            if lost != [ask.name]:
                yield f"{name}: a slip in {ask.name} costs {', '.join(lost) or 'nothing'}"


def _blunder(ask: Ask, accepted: Any, rng: Rng) -> Filled:
    cell = rng.choice(ask.cells)
    value = ask.value[cell.index] if cell.index else ask.value
    if isinstance(value, Expression):
        return Filled({cell.index: value + 1})
    if isinstance(value, int | np.integer):
        return Filled({cell.index: value + 3})
    lo, hi = accepted.at(cell.index)
    unit = unit_of(value, ask.decimals)
    least = int(float(hi - lo) / 2 / unit) + 3
    off, sign = rng.integer(least, least + 47), rng.choice((-1, 1))
    step = Fraction(str(unit)) if isinstance(value, Fraction) else unit
    # just above 0.01, say, numbers are written with a digit less
    while accepted.holds(as_written(value + sign * off * step, ask.decimals), cell.index):
        off += 1
    return Filled({cell.index: value + sign * off * step})


def copies_earn_nothing(cls: type[Template], draws: int) -> Iterator[str]:
    """A neighbour's script earns next to nothing but where it happens to be right here too."""
    for level in cls.levels:
        drawn = [certified_draw(cls, Rng.of("copy", cls.slug(), level, seed), level)
                 for seed in range(draws + 1)]
        earned = Fraction(0)
        for mine, theirs in pairwise(drawn):
            asks = asks_of(mine)
            marks = mark(mine, asks, written(asks_of(theirs), values_of(solve(theirs))))
            earned += sum((cell.marks for cell in marks.cells
                           if cell.verdict.verdict in (CARRIED, REPEATED)), Fraction(0))
        if earned > MOST_COPIED * draws:
            yield f"{level}: copied scripts earn {float(earned / draws):.0%} by carrying on"


JUNK = ("banana", "?", "--3", "1/0", "nan", "inf", "1e999999", "[[[[", "__import__('os')", "3 4 5 x")


def junk_is_invalid(cls: type[Template], draws: int) -> Iterator[str]:
    """What nobody can read is said to be unreadable; it is never silently wrong."""
    for name, problem in problems(cls, 1):
        asks = asks_of(problem)
        for junk in JUNK:
            script = {cell.name: junk for ask in asks for cell in ask.cells}
            for cell in mark(problem, asks, script).cells:
                kind = cell.verdict.answer.ask.kind
                if kind in ("text", "set") or cell.verdict.answer.ask.symbolic:
                    continue
                if cell.verdict.verdict not in (INVALID, BLANK, OPEN):
                    yield f"{name}: {junk!r} for {cell.verdict.answer.cell.name}: " \
                          f"{cell.verdict.verdict}"


def statement_is_whole(cls: type[Template], draws: int) -> Iterator[str]:
    """The statement has no hole, no nan, its math is closed and its tables are even."""
    for name, problem in problems(cls, draws):
        text = statement(problem, asks_of(problem))
        for hole in ("{{", "}}%", "{%", "nan", "None", "Undefined", "Decimal(", "Fraction("):
            if hole in text.split():
                yield f"{name}: the statement says {hole!r}"
        if text.replace(r"\$", "").count("$") % 2:
            yield f"{name}: a $ is not closed"
        if r"\$" in text:
            yield f"{name}: the statement shows a $; math stands outside of {{{{ }}}}"
        yield from (f"{name}: the table's row {row!r} has {cells} cells below a head of {head}"
                    for row, cells, head in _uneven(text))
        if len(text) < 80:
            yield f"{name}: the statement is hardly a sentence"


def _uneven(text: str) -> Iterator[tuple[str, int, int]]:
    """Rows of the statement's tables with more or fewer cells than the head."""
    head = 0
    for line in text.splitlines():
        row = line.strip()
        if not row.startswith("|"):
            head = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", row)) - row.endswith("|") * (row[-2:] != r"\|")
        head = head or cells
        if cells != head:
            yield row, cells, head


def renders(cls: type[Template], draws: int) -> Iterator[str]:
    """Statement, figure, steps and formulas become pages without a hole."""
    from softmark.rendering import math as formulas
    from softmark.rendering.pages import problem_html

    for name, problem in problems(cls, 1):
        before = len(formulas.undrawn)
        for target in ("pdf", "screen"):
            html = problem_html(problem, asks_of(problem), typeset(problem), target)
            if "Undefined" in html or ">nan<" in html:
                yield f"{name}: the page has a hole"
            try:
                ElementTree.fromstring(html.removeprefix("<!doctype html>"))
            except ElementTree.ParseError as error:
                yield f"{name}: the page is no XML ({error}), which makes it slow to print"
        for latex in formulas.undrawn[before:]:
            yield f"{name}: cannot draw the formula {latex!r}"


CHECKS: Sequence[Check] = (round_trip, reproducible, certified, written_out, bounded, full_marks,
                           mistakes_cost_once, slips_cost_once, copies_earn_nothing,
                           junk_is_invalid, statement_is_whole, renders)


def unused_replies(problem: Template) -> list[str]:
    """Steps whose reply no later step uses; a family's last steps are always among them."""
    reference = solve(problem)
    unused = []
    for name, done in list(reference.items())[:-1]:
        if isinstance(done.value, UNMEASURED):
            continue
        moved = done.value + 1
        try:
            other = replay(problem, {name: moved})
        except NotAssessable:
            continue
        later = list(reference)[list(reference).index(name) + 1:]
        if all(_same(other[key].value, reference[key].value) for key in later if key in other):
            unused.append(name)
    return unused


def twin_mistakes(problem: Template) -> list[tuple[str, str]]:
    """Pairs of misconceptions that give the same answers to every ask."""
    runs = {}
    for name in mistake_names(problem):
        try:
            runs[name] = written(asks_of(problem), values_of(mistaken(problem, name)))
        except (NotAssessable, UserError):
            continue
    names = list(runs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:] if runs[a] == runs[b]]


def _same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.all(np.asarray(a == b)))
