"""Small judgements on values: what they tell about whose work it is and what slip was made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.grader.answers import Answer
from softmark.worksheet.accepted import Interval
from softmark.worksheet.runs import run
from softmark.worksheet.step import UNMEASURED
from softmark.worksheet.template import Template
from softmark.worksheet.terms import Term
from softmark.worksheet.typeset import uses_drawn


def fits(interval: Interval, answer: Answer) -> bool:
    """Has the interval the shape of what was asked?"""
    return isinstance(interval.lo, UNMEASURED) or np.shape(interval.lo) == answer.ask.shape


def by_chance(expected: Any) -> bool:
    """Is the right value one that anybody may have: a word of a few, 0 or 1?"""
    return isinstance(expected, str) or (not isinstance(expected, UNMEASURED)
                                         and expected is not None and abs(expected) in (0, 1))


def slip_note(value: Any, right: Any, digits: Any) -> str:
    """A slip of the pen that any number can have, in words; "" if it is none.

    `digits` are the decimals typed: the slip mended, the answer must be right to the last of them.
    """
    if isinstance(right, UNMEASURED) or isinstance(value, UNMEASURED) or right is None:
        return ""
    given, target = Fraction(value), exact(right)
    if given == 0 or target == 0:
        return ""
    half = Fraction(6, 10) / Fraction(10) ** (digits if isinstance(digits, int) else 6)
    if abs(given + target) <= half:
        return "the sign seems to be reversed"
    if _significant(given, digits) < 2:
        return ""
    for power in (1, -1, 2, -2, 3, -3, 6, -6):
        if abs(given * Fraction(10) ** power - target) <= half * Fraction(10) ** power:
            return "the decimal point seems to have moved"
    return "two digits seem to be swapped" if _swapped(given, target, digits) else ""


def _significant(value: Fraction, digits: Any) -> int:
    """How many significant digits were typed."""
    return len(str(abs(int(value * 10**digits)))) if isinstance(digits, int) and digits >= 0 else 2


def _swapped(given: Fraction, target: Fraction, digits: Any) -> bool:
    """Do two neighbouring digits stand in each other's place?"""
    if not isinstance(digits, int) or not 0 <= digits <= 12:
        return False
    mine, right = (str(abs(round(v * 10**digits))).zfill(digits + 1) for v in (given, target))
    off = [i for i, (a, b) in enumerate(zip(mine, right, strict=False)) if a != b]
    return len(mine) == len(right) and len(mine.lstrip("0")) > 1 and given * target > 0 and \
        len(off) == 2 and off[1] == off[0] + 1 and \
        mine[off[0]] == right[off[1]] and mine[off[1]] == right[off[0]]


def is_trivial(own: Any, expected: Any) -> bool:
    """Has an earlier slip left nothing to compute: all zeros where there are other values?"""
    if isinstance(own, UNMEASURED):
        return False
    return bool(np.all(np.asarray(own) == 0)) and not bool(np.all(np.asarray(expected) == 0))


def exact(value: Any) -> Fraction:
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def _unwritten(value: Any) -> Any:
    """A result as a bare number that the next steps go on with."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        out = np.empty(value.shape, dtype=object)
        for index, item in np.ndenumerate(value):
            out[index] = _unwritten(item)
        return out
    if isinstance(value, tuple):
        return type(value)(_unwritten(item) for item in value)
    return Term(value.number) if isinstance(value, Term) else value


def drawn_cells(problem: Template) -> Iterator[tuple[str, tuple[int, ...]]]:
    found: list[tuple[str, tuple[int, ...]]] = []

    def reply(step: Any) -> Any:
        value = step.value
        if isinstance(value, np.ndarray):
            found.extend((step.name, index) for index in np.ndindex(value.shape)
                         if uses_drawn(value[index]))
        elif uses_drawn(value):
            found.append((step.name, ()))
        return _unwritten(value)

    for _ in run(problem.terms(), reply):
        pass
    yield from found
