"""Rigorous bounds: what rounding can do at most, by interval arithmetic.

The accepted intervals are first-order; this run encloses every value that any rounding of the
earlier steps can lead to (Moore, Interval Analysis, 1966; by mpmath's iv). An accepted interval
that reaches outside would forgive what no rounding explains.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.worksheet.accepted import rounding
from softmark.worksheet.errors import NotAssessable
from softmark.worksheet.runs import run
from softmark.worksheet.step import UNMEASURED, Step
from softmark.worksheet.template import Template

DIGITS = 30


class Enclosure:
    """All numbers from one to another; a comparison that they do not settle is refused."""

    __slots__ = ("iv",)
    __array_priority__ = -1

    def __init__(self, iv: Any) -> None:
        self.iv = iv

    def __add__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(self.iv + _iv(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(self.iv - _iv(other))

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(_iv(other) - self.iv)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(self.iv * _iv(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(self.iv / _iv(other))

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Enclosure(_iv(other) / self.iv)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int | np.integer) or float(other).is_integer():
            return Enclosure(self.iv ** int(other))
        return Enclosure(_context().exp(_context().log(self.iv) * _iv(other)))

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.iv)

    def __pos__(self) -> Enclosure:
        return self

    def __abs__(self) -> Enclosure:
        return Enclosure(abs(self.iv))

    def __lt__(self, other: Any) -> bool:
        return _decided(self.iv < _iv(other))

    def __le__(self, other: Any) -> bool:
        return _decided(self.iv <= _iv(other))

    def __gt__(self, other: Any) -> bool:
        return _decided(self.iv > _iv(other))

    def __ge__(self, other: Any) -> bool:
        return _decided(self.iv >= _iv(other))

    def __eq__(self, other: object) -> bool:
        there = _iv(other)
        if self.iv.delta == 0 and there.delta == 0:
            return bool(self.iv.a == there.a)
        return not _decided(self.iv < there or self.iv > there or None)

    __hash__ = None  # type: ignore[assignment]

    def elementary(self, name: str, values: Iterable[Any] = ()) -> Any:
        """What `softmark.solvers.functions` calls for a number that wants to be asked itself."""
        iv = _context()
        if name == "max":
            items = [_iv(value) for value in values]
            return Enclosure(iv.mpf([max(v.a for v in items), max(v.b for v in items)]))
        x = self.iv
        if name in _FORMULAS:
            return Enclosure(_FORMULAS[name](iv, x))
        raise NotAssessable(f"there are no bounds for {name}")


_FORMULAS = {
    "exp": lambda iv, x: iv.exp(x), "log": lambda iv, x: iv.log(x),
    "log2": lambda iv, x: iv.log(x) / iv.log(2), "log10": lambda iv, x: iv.log(x) / iv.log(10),
    "sqrt": lambda iv, x: iv.sqrt(x), "tanh": lambda iv, x: 1 - 2 / (iv.exp(2 * x) + 1),
    "sigmoid": lambda iv, x: 1 / (1 + iv.exp(-x)), "softplus": lambda iv, x: iv.log(1 + iv.exp(x)),
    "relu": lambda iv, x: iv.mpf([max(x.a, 0), max(x.b, 0)]), "absolute": lambda iv, x: abs(x)}


def _context() -> Any:
    from mpmath import iv

    iv.dps = DIGITS
    return iv


def _iv(value: Any) -> Any:
    if isinstance(value, Enclosure):
        return value.iv
    iv = _context()
    if isinstance(value, Fraction):
        return iv.mpf(value.numerator) / value.denominator
    return iv.mpf(value.item() if isinstance(value, np.generic) else value)


def _decided(answer: Any) -> bool:
    if answer is None:
        raise NotAssessable("a comparison that rounding may turn round")
    return bool(answer)


def enclosures(problem: Template) -> dict[str, tuple[Any, Any]]:
    """Lowest and highest value that rounding can lead to, of every step in its shape.

    Each step goes on with all that rounding may make of it. NotAssessable where rounding could
    decide a comparison, or a step has no interval form.
    """
    found: dict[str, tuple[Any, Any]] = {}

    def reply(step: Step) -> Any:
        reach = np.asarray(rounding(problem, step, _middles(step.value)), dtype=float)
        found[step.name] = _ends(step.value, reach)
        return _widened(step.value, reach)

    try:
        for _ in run(problem.numeric(), reply):
            pass
    except NotAssessable:
        raise
    except Exception as error:
        raise NotAssessable(f"no bounds can be followed through ({error})") from error
    return found


def _each(value: Any, change: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return change(value, ())
    out = np.empty(value.shape, dtype=object)
    for index, item in np.ndenumerate(value):
        out[index] = change(item, index)
    return out


def _middles(value: Any) -> Any:
    """The value in the types of a plain run, for its rounding."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value
    return _each(value, lambda item, _: float(item.iv.mid) if isinstance(item, Enclosure) else item)


def _widened(value: Any, reach: Any) -> Any:
    def widen(item: Any, index: tuple[int, ...]) -> Any:
        size = float(reach[index])
        if not size or isinstance(item, UNMEASURED):
            return item
        return Enclosure(_iv(item) + _context().mpf([-size, size]))
    return _each(value, widen) if reach.any() else value


def _ends(value: Any, reach: Any) -> tuple[Any, Any]:
    def end(side: int) -> Any:
        def of(item: Any, index: tuple[int, ...]) -> Any:
            if isinstance(item, UNMEASURED):
                return item
            if not isinstance(item, Enclosure):
                return item
            ends = item.iv
            return float(ends.a if side == 0 else ends.b)
        return of
    return _each(value, end(0)), _each(value, end(1))
