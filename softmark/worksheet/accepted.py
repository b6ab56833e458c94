"""Accepted intervals: how far the rounding that a question allows may move each result.

First-order sensitivity to rounding every earlier step, asked or not, by one run on dual numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.worksheet import duals
from softmark.worksheet.errors import NotAssessable
from softmark.worksheet.notation import is_short, unit_of
from softmark.worksheet.runs import Done, Filled, Run, mistakes_at, replay, run, solve
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED, Step
from softmark.worksheet.template import Template

#: a hand that rounds half a unit, and the tenth that typing and carrying add to it
ROUNDING = 0.55


def decimals_of(problem: Template, step: Step) -> int:
    """The decimals the question states for a step."""
    return problem.decimals if step.decimals is None else step.decimals


def rounding(problem: Template, step: Step, value: Any) -> Any:
    """How far a hand's rounding may move each element of a step's value (0: exact)."""
    places = decimals_of(problem, step)
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "i":
            return np.zeros(value.shape)
        return np.array([half_unit(v, places) for v in value.ravel()]).reshape(value.shape)
    if isinstance(value, UNMEASURED) or step.kind == "design":
        return 0.0
    return half_unit(value, places)


def half_unit(value: Any, places: int) -> float:
    """How far a hand's rounding to `places` decimals may move one value (0: exact)."""
    if isinstance(value, (int, np.integer, *UNMEASURED)):
        return 0.0
    if isinstance(value, Fraction) and is_short(value, places):
        return 0.0
    return ROUNDING * unit_of(value, places)


@dataclass(frozen=True, slots=True)
class Interval:
    """Lowest and highest accepted value, in the shape of the step's value."""

    lo: Any
    hi: Any

    def at(self, index: tuple[int, ...]) -> tuple[Any, Any]:
        """The interval of one element."""
        return (self.lo[index], self.hi[index]) if index else (self.lo, self.hi)

    def holds(self, value: Any, index: tuple[int, ...] = ()) -> bool:
        """Is `value` accepted (to a billionth of its size, for the floats in between)?"""
        lo, hi = self.at(index)
        if isinstance(lo, UNMEASURED):
            return bool(value == lo)
        value = _fraction(value)
        slack = Fraction(0)
        if not isinstance(lo, int | np.integer | Fraction):
            slack = Fraction(max(abs(float(lo)), abs(float(hi)), 1e-300)) / 10**9
        return bool(_fraction(lo) - slack <= value <= _fraction(hi) + slack)


def _fraction(value: Any) -> Fraction:
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def intervals(problem: Template, replies: Mapping[str, Any] | None = None,
              slack: Mapping[str, Any] | None = None, holding: str = "") -> dict[str, Interval]:
    """The accepted interval of every step: first-order sensitivity to rounding all earlier ones.

    With `replies`, around the run that goes on with them; `slack` widens the rounding of a reply
    that was typed coarser than asked (same shape as the value). Steps without bounds there are left
    out; without replies they raise NotAssessable. `holding` and NotAssessable else as for `replay`.
    """
    found = _bounded(problem, replies, slack, lambda done: {"": done.value}, False, holding)
    return {name: values[""] for name, values in found.items() if values}


def own_intervals(problem: Template, replies: Mapping[str, Any], slack: Mapping[str, Any] | None = None
                  ) -> tuple[dict[str, Interval], dict[str, dict[str, Interval]]]:
    """What is right around a run on `replies`, and what each misconception may give there.

    The second is by step and misconception; both come from one run, since most scripts that need
    the one need the other.
    """
    found = _bounded(problem, replies, slack, lambda done: {"": done.value, **done.wrong}, True)
    right = {name: values.pop("") for name, values in found.items() if "" in values}
    return right, found


def _bounded(problem: Template, replies: Mapping[str, Any] | None,
             slack: Mapping[str, Any] | None, pick: Callable[[Done], Mapping[str, Any]],
             wrong: bool, holding: str = "") -> dict[str, dict[str, Interval]]:
    """Intervals of the values that `pick` takes from every step, by one run on duals."""
    pins = dict(replies or {})
    base = replay(problem, pins, wrong=wrong, holding=holding) if pins or holding \
        else solve(problem, wrong=wrong)
    shifts = {name: _shift(problem, done, (slack or {}).get(name)) for name, done in base.items()}
    moved = _moved(problem, base, shifts, pins, wrong, holding)
    found: dict[str, dict[str, Interval]] = {}
    for name, done in base.items():
        found[name] = {}
        others = pick(moved[name]) if name in moved else {}
        for key, value in pick(done).items():
            radius = np.asarray(rounding(problem, done.step, value), dtype=float)
            wobble = duals.spread(others[key]) if key in others else np.zeros_like(radius)
            if wobble.shape != radius.shape:
                wobble = np.zeros_like(radius)
            if not np.all(np.isfinite(wobble)):
                if key or pins:
                    # what a mistake gives, or an own value leads to, may have no bounds
                    continue
                raise NotAssessable(f"rounding can move {name} without bounds")
            radius = _of_rounded(problem, done.step, value, radius, wobble)
            found[name][key] = _interval(value, radius, wobble)
    return found


def _shift(problem: Template, done: Done, slack: Any) -> Any:
    """How far each element of a reply may be off from what its writer went on with."""
    shift = np.asarray(rounding(problem, done.step, done.reply), dtype=float)
    if problem.exact and done.step.kind != "design" and not isinstance(done.reply, UNMEASURED):
        shift = np.maximum(shift, _written_short(done, decimals_of(problem, done.step)))
    return shift if slack is None else np.maximum(shift, slack)


def _written_short(done: Done, places: int) -> Any:
    """The rounding in fractions that look exact, but were rounded to be written down.

    What differs from the run's own value is a slip's, a mistake's or a rounded one.
    """
    replies, values = (np.asarray(v, dtype=object) for v in (done.reply, done.value))
    radii = [ROUNDING * unit_of(reply, places)
             if isinstance(reply, Fraction) and reply != own and
             (reply.denominator != 1 or not is_short(own, places)) else 0.0
             for reply, own in zip(replies.flat, values.flat, strict=True)]
    return np.array(radii).reshape(replies.shape)


def _moved(problem: Template, base: Run, shifts: Mapping[str, Any], pins: Mapping[str, Any],
           wrong: bool, holding: str) -> Run:
    """The run of `base` again, each reply moving with its own rounding and those before it."""
    count = sum(shift.size for shift in shifts.values())
    done: Run = {}
    place = 0

    def reply(step: Step) -> Any:
        nonlocal place
        own = mistakes_at(step).get(holding, step.value) if holding in step.wrong else step.value
        pinned = pins.get(step.name) if step.kind not in FIXED_KINDS else None
        given = None if pinned is None else pinned if isinstance(pinned, Filled) else _ALL
        answer, shift = base[step.name].reply, shifts[step.name]
        shift = _of_rounded(problem, base[step.name].step, answer, shift, duals.spread(own))
        value = duals.shifting(answer, own, given, shift, place, count)
        place += shift.size
        return value

    try:
        with np.errstate(all="ignore"):
            for step in run(problem.numeric(), reply):
                done[step.name] = Done(step, step.value, None, mistakes_at(step) if wrong else {})
    except Exception as error:
        raise NotAssessable(f"the rounding cannot be followed through ({error})") from error
    return done


def _of_rounded(problem: Template, step: Step, value: Any, radius: Any, wobble: Any) -> Any:
    """`radius`, without that of a zero which nothing moves: every hand writes the same 0.

    But with the rounding of fractions that come out even of rounded results only: unrounded results
    would not come out even, and would be rounded.
    """
    if wobble.shape == radius.shape and not _is_unmeasured(value):
        radius = np.where((wobble == 0) & (np.asarray(value) == 0), 0.0, radius)
    if not problem.exact or step.kind == "design" or wobble.shape != radius.shape or not wobble.any():
        return radius
    places = decimals_of(problem, step)
    radii = [ROUNDING * unit_of(v, places) if moves and isinstance(v, Fraction) else size
             for v, moves, size in zip(np.asarray(value, dtype=object).flat, wobble.flat, radius.flat,
                                       strict=True)]
    return np.array(radii).reshape(radius.shape)


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


_ALL = _Everything()


def _is_unmeasured(value: Any) -> bool:
    """Has the value no size, nor its first element?"""
    if isinstance(value, np.ndarray) and value.dtype == object and value.size:
        value = value.flat[0]
    return isinstance(value, UNMEASURED)


def _interval(value: Any, radius: Any, wobble: Any) -> Interval:
    total = radius + wobble
    if _is_unmeasured(value) or (isinstance(value, int | np.integer) and total == 0):
        return Interval(value, value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "i" and not total.any():
            return Interval(value, value)
        if value.dtype == object:
            spread = np.array([Fraction(float(t)) for t in total.ravel()],
                              dtype=object).reshape(total.shape)
            return Interval(value - spread, value + spread)
        return Interval(value - total, value + total)
    spread_one = Fraction(float(total)) if isinstance(value, Fraction) else float(total)
    return Interval(value - spread_one, value + spread_one)
