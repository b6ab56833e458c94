"""Terms: numbers that remember how they were made, so that a computation can be written out.

A term is a leaf (a drawn value, a step's result, a constant) or an operation on terms. It computes like
the number it carries: comparisons, `bool` and `index` look at the number only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.solvers import functions
from softmark.worksheet.notation import trimmed


def number_of(value: Any) -> Any:
    """The number behind a term, or the value itself."""
    return value.number if isinstance(value, Term) else value


def plain_value(value: Any) -> Any:
    """`value` (number, array, tuple) with every term replaced by its number."""
    if isinstance(value, Term):
        return value.number
    if isinstance(value, np.ndarray) and value.dtype == object:
        numbers = [number_of(v) for v in value.ravel()]
        exact = any(isinstance(n, Fraction | str) for n in numbers)
        return np.array(numbers, dtype=object if exact else None).reshape(value.shape)
    if isinstance(value, tuple):
        return type(value)(plain_value(v) for v in value)
    return value


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        exact = Fraction(a, b)
        return exact.numerator if exact.denominator == 1 else exact
    return a / b


class Term:
    """A number, and the way it was made."""

    __slots__ = ("args", "drawn", "number", "op", "symbol", "text")
    __array_priority__ = -1

    def __init__(self, number: Any, op: str = "", args: tuple[Term, ...] = (), *,
                 symbol: str = "", text: str = "", drawn: bool = False) -> None:
        self.number = number
        self.op = op
        self.args = args
        self.symbol = symbol
        self.text = text
        self.drawn = drawn

    # -- arithmetic: each operation computes, and remembers itself

    def _join(self, op: str, other: Any, compute: Callable[[Any, Any], Any], swap: bool) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        if not isinstance(other, Term):
            if not isinstance(other, int | float | Fraction | np.number):
                return NotImplemented
            other = constant(other)
        left, right = (other, self) if swap else (self, other)
        return Term(compute(left.number, right.number), op, (left, right))

    def __add__(self, other: Any) -> Any:
        return self if _is_zero(other) else self._join("+", other, operator.add, False)

    def __radd__(self, other: Any) -> Any:
        return self if _is_zero(other) else self._join("+", other, operator.add, True)

    def __sub__(self, other: Any) -> Any:
        return self._join("-", other, operator.sub, False)

    def __rsub__(self, other: Any) -> Any:
        return self._join("-", other, operator.sub, True)

    def __mul__(self, other: Any) -> Any:
        return other if _is_zero(other) else self._join("*", other, operator.mul, False)

    def __rmul__(self, other: Any) -> Any:
        return other if _is_zero(other) else self._join("*", other, operator.mul, True)

    def __truediv__(self, other: Any) -> Any:
        return self._join("/", other, _quotient, False)

    def __rtruediv__(self, other: Any) -> Any:
        return self._join("/", other, _quotient, True)

    def __floordiv__(self, other: Any) -> Any:
        return self._join("//", other, operator.floordiv, False)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._join("//", other, operator.floordiv, True)

    def __mod__(self, other: Any) -> Any:
        return self._join("mod", other, operator.mod, False)

    def __pow__(self, other: Any) -> Any:
        return self._join("**", other, operator.pow, False)

    def __rpow__(self, other: Any) -> Any:
        return self._join("**", other, operator.pow, True)

    def __neg__(self) -> Term:
        return Term(-self.number, "neg", (self,))

    def __pos__(self) -> Term:
        return self

    def __abs__(self) -> Term:
        return self.elementary("absolute")

    def elementary(self, name: str, others: tuple[Any, ...] = ()) -> Term:
        """The function `name` of this term; for "max", of all of `others`."""
        if name == "max":
            terms = tuple(v if isinstance(v, Term) else constant(v) for v in others)
            return Term(functions.maximum(*[t.number for t in terms]), "max", terms)
        if name == "atan2":  # an angle comes with a sentence, not with a formula
            return Term(functions.atan2(*map(number_of, others)))
        return Term(functions.apply(name, self.number), name, (self,))

    # -- everything that decides looks at the number only

    def __lt__(self, other: Any) -> bool:
        return _compared(self, other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return _compared(self, other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return _compared(self, other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return _compared(self, other, operator.ge)

    def __eq__(self, other: object) -> bool:
        return bool(self.number == number_of(other))

    def __hash__(self) -> int:
        return hash(self.number)

    def __bool__(self) -> bool:
        return bool(self.number)

    def __index__(self) -> int:
        return operator.index(self.number)

    def __float__(self) -> float:
        raise TypeError("a term is not silently made a float: use softmark.solvers.functions")

    def __str__(self) -> str:
        return str(self.number)

    def __repr__(self) -> str:
        return f"Term({self.number!r}, {self.symbol or self.op!r})"

    @property
    def is_leaf(self) -> bool:
        return not self.op


class Margins:
    """Collects how far apart the two sides of every comparison were, while it is open."""

    def __init__(self) -> None:
        self.smallest = float("inf")

    def __enter__(self) -> Margins:
        _open_margins.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _open_margins.remove(self)


_open_margins: list[Margins] = []


def _compared(term: Term, other: Any, compare: Callable[[Any, Any], bool]) -> bool:
    value = number_of(other)
    for margins in _open_margins:
        margins.smallest = min(margins.smallest, abs(float(term.number - value)))
    return bool(compare(term.number, value))


def constant(number: Any, drawn: bool = False, symbol: str = "") -> Term:
    """A number the author wrote into the formula, or a drawn one that is no field of its own."""
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, Fraction):
        text = (str(number.numerator) if number.denominator == 1
                else rf"\frac{{{number.numerator}}}{{{number.denominator}}}")
    else:
        text = repr(number) if isinstance(number, int) else format(number, ".15g")
    return Term(number, symbol=symbol, text=text, drawn=drawn)


def _is_zero(value: Any) -> bool:
    return not isinstance(value, Term | np.ndarray) and isinstance(value, int | float | np.number) \
        and value == 0


def leaves(term: Term) -> Iterator[Term]:
    """Every leaf of the term, from left to right."""
    stack = [term]
    while stack:
        top = stack.pop()
        if top.is_leaf:
            yield top
        else:
            stack.extend(reversed(top.args))


def effort(term: Term) -> int:
    """Hand operations in a term: a sum 1, a product or quotient 2, a function 4."""
    cost = {"+": 1, "-": 1, "neg": 0, "*": 2, "/": 2, "//": 2, "mod": 2, "**": 2, "max": 1, "ceil": 0}
    total, stack = 0, [term]
    while stack:
        top = stack.pop()
        if top.op:
            total += cost.get(top.op, 4)
            stack.extend(top.args)
    return total


def leaf_text(number: Any) -> str:
    """A drawn number as printed: in full, without trailing zeros."""
    if isinstance(number, int):
        return str(number)
    from softmark.worksheet.notation import to_decimal

    return trimmed(to_decimal(number))
