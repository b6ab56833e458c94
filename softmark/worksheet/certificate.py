"""Certified draws: only problems that can be answered, marked and told apart are kept.

A draw is kept when all its values are finite and of a size a hand can write, no asked value sits
on a rounding tie, no hidden tie decides it, no unit is saturated, every misconception shows in at
least one asked answer, its effort is near the level's median, and it has not been drawn before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from statistics import median
from typing import Any

import numpy as np
from pydantic import ValidationError

from softmark.worksheet.accepted import Interval, intervals
from softmark.worksheet.asks import Ask, Which, asks_of
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.notation import as_written, is_short, unit_of
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.step import UNMEASURED
from softmark.worksheet.template import Template, told
from softmark.worksheet.terms import Margins
from softmark.worksheet.typeset import hand_work

TRIES = 100
LARGEST_INEXACT = 1e7
#: how far, in last places, rounding earlier results may move an asked value
WIDEST = 8
EFFORT_TOLERANCE = 0.10
EFFORT_SEEDS = 15


class NoDraw(UserError):
    """No draw of a family passed its certificate."""


def certified_draw(cls: type[Template], rng: Rng, level: str, *,
                   conventions: Mapping[str, Any] | None = None,
                   given: Mapping[str, Any] | None = None, which: Which = "all",
                   seen: set[str] | None = None, tries: int = TRIES) -> Template:
    """A problem of the family that holds the certificate.

    `conventions` reach the fields the family knows, `given` pins values; a problem with pinned
    values is validated, not certified. Raises NoDraw after `tries` draws, naming the family and
    what was wrong with the last one; UserError for pinned values that break a rule.
    """
    if level not in cls.levels:
        raise UserError(f"{cls.slug()} has no level {level!r}; it has {', '.join(cls.levels)}")
    fixed = {key: value for key, value in (conventions or {}).items() if key in cls.model_fields}
    pinned = dict(given or {})
    complaint = "nothing was drawn"
    for _ in range(tries):
        try:
            drawn = cls.draw(rng, level)
            problem = drawn.replace(**{**fixed, **pinned}) if fixed or pinned else drawn
        except (UserError, ValidationError) as error:
            if pinned:
                raise UserError(_reason(cls, error)) from None
            complaint = _reason(cls, error)
            continue
        if pinned:
            return problem
        if seen is not None and problem.fingerprint() in seen:
            complaint = "it was drawn before"
            continue
        found = next(complaints(problem, which, level, fixed), None)
        if found is None:
            if seen is not None:
                seen.add(problem.fingerprint())
            return problem
        complaint = found
    raise NoDraw(f"{cls.slug()}: none of {tries} draws at level {level} could be kept; "
                 f"of the last one: {complaint}")


def _reason(cls: type[Template], error: Exception) -> str:
    return f"{cls.slug()}: {told(error)}" if isinstance(error, ValidationError) else str(error)


def complaints(problem: Template, which: Which = "all", level: str | None = None,
               conventions: Mapping[str, Any] | None = None) -> Iterator[str]:
    """What stands against asking this problem, cheapest check first."""
    reference = solve(problem)
    asks = asks_of(problem, which, reference)
    for name, done in reference.items():
        for value in _elements(done.value):
            yield from _size_complaints(name, value)
    for ask in asks:
        for value in _elements(ask.value):
            yield from _place_complaints(ask, value)
    with Margins() as margins:
        work = hand_work(problem)
    if work.stuck:
        yield f"{work.stuck} has a saturated or dead unit"
    if not problem.ties_meant and margins.smallest < _tie_width(problem):
        yield "a tie decides it"
    if level is not None:
        usual = median_effort(type(problem), level, tuple(sorted((conventions or {}).items())))
        if abs(work.operations - usual) > EFFORT_TOLERANCE * usual + 1:
            yield f"it takes {work.operations} hand operations where {usual:g} are usual"
    accepted = intervals(problem)
    for ask in asks:
        yield from _width_complaints(ask, accepted[ask.name])
    yield from _hidden_mistakes(problem, asks, accepted)


def _elements(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif not isinstance(value, UNMEASURED):
        yield value


def _size_complaints(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, UNMEASURED):
        return
    if not math.isfinite(value):
        yield f"{name} is not finite"
    elif not isinstance(value, int | np.integer) and abs(value) > LARGEST_INEXACT:
        yield f"{name} is too large to write"


def _place_complaints(ask: Ask, value: Any) -> Iterator[str]:
    if isinstance(value, (int, np.integer, *UNMEASURED)):
        return
    size = abs(float(value))
    if size and size < 10.0 ** -ask.decimals:
        yield f"{ask.name} is too small for {ask.decimals} decimals"
    elif size and not is_short(value, ask.decimals):
        unit = unit_of(value, ask.decimals)
        rest = float(Fraction(value) / Fraction(unit)) % 1.0
        if abs(rest - 0.5) < 1e-6:
            yield f"{ask.name} sits on a rounding tie"


def _tie_width(problem: Template) -> float:
    return 1e-12 if problem.exact else 2 * 10.0 ** -problem.decimals


def _width_complaints(ask: Ask, accepted: Interval) -> Iterator[str]:
    for cell in ask.cells:
        value = ask.value[cell.index] if cell.index else ask.value
        if isinstance(value, UNMEASURED) or ask.kind == "design":
            continue
        lo, hi = accepted.at(cell.index)
        unit = 1.0 if isinstance(value, int | np.integer) else unit_of(value, ask.decimals)
        places = float(hi - lo) / 2 / float(unit)
        if not places <= WIDEST:
            yield (f"rounding may move {cell.name} by {places:.3g} of its last places, more than "
                   f"{WIDEST}: state fewer decimals for it, or more for what it comes from")


def _hidden_mistakes(problem: Template, asks: list[Ask],
                     accepted: dict[str, Interval]) -> Iterator[str]:
    for name in mistake_names(problem):
        try:
            run = mistaken(problem, name)
        except (NotAssessable, UserError):
            continue
        if not any(_shows(ask, run, accepted[ask.name]) for ask in asks):
            yield f"“{name}” does not show in any asked answer"


def _shows(ask: Ask, run: Any, accepted: Interval) -> bool:
    if ask.name not in run:
        return True
    value = run[ask.name].value
    if ask.kind == "design":
        return bool(run[ask.name].step.check(value))
    if np.shape(value) != np.shape(ask.value):
        return True
    return any(not accepted.holds(_on_paper(ask, value[cell.index] if cell.index else value), cell.index)
               for cell in ask.cells)


def _on_paper(ask: Ask, value: Any) -> Any:
    """What digits that nobody writes hide does not show."""
    return value if isinstance(value, UNMEASURED) else as_written(value, ask.decimals)


@lru_cache(maxsize=1024)
def median_effort(cls: type[Template], level: str,
                  conventions: tuple[tuple[str, Any], ...] = ()) -> float:
    """The level's median number of hand operations, over fifteen fixed seeds."""
    efforts = []
    for seed in range(EFFORT_SEEDS):
        problem = cls.draw(Rng.of("effort", cls.slug(), level, seed), level)
        try:
            efforts.append(hand_work(problem.replace(**dict(conventions))
                                     if conventions else problem).operations)
        except UserError:
            continue
    return median(efforts) if efforts else 0.0
