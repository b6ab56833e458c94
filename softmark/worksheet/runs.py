"""The runs of a problem: the same conversation, with different replies.

solve        each step's own value goes back: the reference answers
replay       a student's answers go back: every later step is the right one for that student
intervals    each value goes back shifted by the rounding that the question allows
mistaken     a misconception's value goes back: what a student who holds it would have got
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.worksheet import duals
from softmark.worksheet.errors import NotAssessable
from softmark.worksheet.fields import Shape
from softmark.worksheet.notation import is_short, unit_of
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED, Step
from softmark.worksheet.template import Template

#: a hand that rounds half a unit, and the tenth that typing and carrying add to it
ROUNDING = 0.55
MAX_STEPS = 2_000
MAX_MAGNITUDE = 1e15

Reply = Callable[[Step], Any]


@dataclass(slots=True)
class Done:
    """A step as one run met it, and what went back."""

    step: Step
    value: Any
    reply: Any
    wrong: dict[str, Any] = field(default_factory=dict)


Run = dict[str, Done]


def run(problem: Template, reply: Reply = lambda step: step.value) -> Iterator[Step]:
    """The steps of `problem`, each going on with what `reply` says."""
    solution = problem.solve()
    step = next(solution, None)
    while step is not None:
        yield step
        value = reply(step)  # its errors are its own
        try:
            step = solution.send(value)
        except StopIteration:
            return


def solve(problem: Template, *, wrong: bool = False) -> Run:
    """The reference run; with `wrong`, the value of every mistake at its step too."""
    done: Run = {}
    for step in run(problem.numeric()):
        done[step.name] = Done(step, step.value, step.value)
        if wrong:
            done[step.name].wrong = mistakes_at(step)
    return done


def replay(problem: Template, replies: Mapping[str, Any], *, wrong: bool = False,
           holding: str = "") -> Run:
    """The run that goes on with `replies` where there are any.

    What is not replied goes on with the run's own values, or, `holding` a misconception, with what
    that gives. Raises NotAssessable where the replies lead to impossible values or out of the limits.
    """
    done: Run = {}

    def reply(step: Step) -> Any:
        own = _held(step, holding) if holding in step.wrong else step.value
        if step.name in replies and step.kind not in FIXED_KINDS:
            own = coerced(step, replies[step.name], own)
            if not _sane(own):
                raise NotAssessable(f"the value given for {step.name} is not a finite number")
        done[step.name].reply = own
        return own

    try:
        with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
            for step in run(problem.numeric(), reply):
                if len(done) >= MAX_STEPS:
                    raise NotAssessable("too many steps")
                if not _sane(step.value):
                    raise NotAssessable(f"{step.name} is not a finite number")
                done[step.name] = Done(step, step.value, step.value)
                if wrong:
                    done[step.name].wrong = mistakes_at(step)
    except NotAssessable:
        raise
    except Exception as error:  # a student's own value may break any line of any family
        raise NotAssessable(f"the given values cannot be carried on ({error})") from error
    return done


def _sane(value: Any) -> bool:
    """Is the value finite and of a size that can be carried on?"""
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) < MAX_MAGNITUDE
    if isinstance(value, np.ndarray) and value.dtype != object:
        return bool(np.all(np.abs(value) < MAX_MAGNITUDE))
    return True


class Filled(dict[tuple[int, ...], Any]):
    """A reply given cell by cell, by index; cells left out go on with the run's own values."""


def _held(step: Step, mistake: str) -> Any:
    """What a misconception gives at a step, or the step's own value where it is impossible."""
    try:
        return coerced(step, mistakes_at(step)[mistake])
    except (KeyError, NotAssessable):
        return step.value


def coerced(step: Step, value: Any, otherwise: Any = None) -> Any:
    """A reply in the type and shape of the step's own value; NotAssessable if it has neither.

    Cells that a Filled leaves out are those of `otherwise`, the step's own unless given.
    """
    own = step.value
    if isinstance(value, Filled):
        return _filled(step, value, own if otherwise is None else otherwise)
    if isinstance(own, np.ndarray):
        given = np.asarray(value, dtype=object)
        if given.shape != own.shape:
            raise NotAssessable(f"{step.name} has another shape")
        if own.dtype == object:
            return given
        return given.astype(own.dtype)
    if isinstance(own, Shape):
        return Shape(int(size) for size in value)
    if isinstance(own, str):
        return str(value)
    if isinstance(own, int | np.integer):
        return int(value) if value == int(value) else value
    if isinstance(own, float):
        return float(value)
    return value


def _filled(step: Step, cells: Filled, own: Any) -> Any:
    if not isinstance(own, np.ndarray):
        return coerced(step, cells[()]) if () in cells else own
    out = own.copy()
    for index, value in cells.items():
        whole_wanted = own.dtype.kind == "i"
        if not whole_wanted or value == int(value):
            out[index] = int(value) if whole_wanted else value
    return out


def mistakes_at(step: Step) -> dict[str, Any]:
    """What each misconception gives at this step; those that are impossible here are left out."""
    values = {}
    for name, compute in step.wrong.items():
        try:
            with np.errstate(all="ignore"):
                value = compute()
        except Exception:  # a mistake may be impossible on somebody's own values
            continue
        values[name] = value
    return values


def mistaken(problem: Template, name: str, replies: Mapping[str, Any] | None = None) -> Run:
    """The run of a student who holds misconception `name` throughout.

    `name` is a step's `wrong` (taken at every step that has it) or one of the problem's flips.
    """
    flips = problem.flips()
    if name in flips:
        return replay(problem.replace(**flips[name]), replies or {})
    done: Run = {}

    def reply(step: Step) -> Any:
        value = step.value
        if replies and step.name in replies:
            value = coerced(step, replies[step.name])
        elif name in step.wrong:
            value = mistakes_at(step).get(name, step.value)
            try:
                value = coerced(step, value)
            except NotAssessable:
                value = step.value
        done[step.name].reply = value
        return value

    try:
        with np.errstate(all="ignore"):
            for step in run(problem.numeric(), reply):
                done[step.name] = Done(step, step.value, step.value)
    except Exception as error:
        raise NotAssessable(f"“{name}” cannot be carried on ({error})") from error
    return {key: Done(one.step, one.reply, one.reply) for key, one in done.items()}


def mistake_names(problem: Template) -> dict[str, str]:
    """Every misconception the problem knows: name -> the first step it shows at ("" for flips)."""
    names: dict[str, str] = {}
    for step in run(problem.numeric()):
        for name in step.wrong:
            names.setdefault(name, step.name)
    for name in problem.flips():
        names.setdefault(name, "")
    return names


# -- precision


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
    that was typed coarser than asked (same shape as the value). `holding` and NotAssessable as for
    `replay`.
    """
    found = _bounded(problem, replies, slack, lambda done: {"": done.value}, False, holding)
    return {name: values[""] for name, values in found.items()}


def mistake_intervals(problem: Template, replies: Mapping[str, Any] | None = None,
                      slack: Mapping[str, Any] | None = None) -> dict[str, dict[str, Interval]]:
    """What each misconception may give at each step: step -> misconception -> interval."""
    return _bounded(problem, replies, slack, lambda done: done.wrong, True)


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
    """`radius`, with the rounding of fractions that come out even of rounded results only.

    Unrounded results would not come out even, and would be rounded.
    """
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
