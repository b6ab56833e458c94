"""Small judgements on values: what they tell about whose work it is and what slip was made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.grader.answers import Answer
from softmark.worksheet.runs import Interval, run
from softmark.worksheet.step import UNMEASURED
from softmark.worksheet.template import Template
from softmark.worksheet.typeset import carry, uses_drawn


def fits(interval: Interval, answer: Answer) -> bool:
    """Has the interval the shape of what was asked?"""
    return isinstance(interval.lo, UNMEASURED) or np.shape(interval.lo) == answer.ask.shape


def by_chance(expected: Any) -> bool:
    """Is the right value one that anybody may have: a word of a few, 0 or 1?"""
    return isinstance(expected, str) or (not isinstance(expected, UNMEASURED)
                                         and expected is not None and abs(expected) in (0, 1))


def slip_note(value: Any, right: Any) -> str:
    """A slip of the pen that any number can have, in words; "" if it is none."""
    if isinstance(right, UNMEASURED) or right is None:
        return ""
    target = float(right)
    given = float(value)
    if target == 0 or given == 0:
        return ""
    ratio = given / target
    if abs(ratio + 1) < 1e-2:
        return "the sign is reversed"
    for power in (-3, -2, -1, 1, 2, 3):
        if abs(ratio / 10.0**power - 1) < 1e-2:
            return "the decimal point has moved"
    return ""


def is_trivial(own: Any, expected: Any) -> bool:
    """Has an earlier slip left nothing to compute: all zeros where there are other values?"""
    if isinstance(own, UNMEASURED):
        return False
    return bool(np.all(np.asarray(own) == 0)) and not bool(np.all(np.asarray(expected) == 0))


def exact(value: Any) -> Fraction:
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def drawn_cells(problem: Template) -> Iterator[tuple[str, tuple[int, ...]]]:
    found: list[tuple[str, tuple[int, ...]]] = []

    def reply(step: Any) -> Any:
        value = step.value
        if isinstance(value, np.ndarray):
            found.extend((step.name, index) for index in np.ndindex(value.shape)
                         if uses_drawn(value[index]))
        elif uses_drawn(value):
            found.append((step.name, ()))
        return carry(problem, step)

    for _ in run(problem.terms(), reply):
        pass
    yield from found
