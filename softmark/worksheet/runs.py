"""The runs of a problem: the same conversation, with different replies.

solve        each step's own value goes back: the reference answers
replay       a student's answers go back: every later step is the right one for that student
mistaken     a misconception's value goes back: what a student who holds it would have got

What rounding may do to each of them is the subject of `accepted`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softmark.worksheet.errors import NotAssessable
from softmark.worksheet.fields import Shape
from softmark.worksheet.step import FIXED_KINDS, Step
from softmark.worksheet.template import Template

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
