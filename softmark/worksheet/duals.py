"""Numbers that carry how far they move with the rounding of each earlier result.

Forward-mode differentiation (Griewank and Walther, Evaluating Derivatives, 2008, ch. 3): one run
gives the sensitivity of every step to all earlier ones, where shifting them one by one takes a run
for each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.solvers import functions


class Dual:
    """A number and its shifts: `moves[i]` is how far it moves when the i-th rounding is full."""

    __slots__ = ("moves", "number")
    __array_priority__ = -1

    def __init__(self, number: Any, moves: Any) -> None:
        self.number = number
        self.moves = moves

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.number + other.number, self.moves + other.moves)
        return NotImplemented if isinstance(other, np.ndarray) else Dual(self.number + other, self.moves)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.number - other.number, self.moves - other.moves)
        return NotImplemented if isinstance(other, np.ndarray) else Dual(self.number - other, self.moves)

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else Dual(other - self.number, -self.moves)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.number * other.number,
                        self.moves * float(other.number) + other.moves * float(self.number))
        return NotImplemented if isinstance(other, np.ndarray) \
            else Dual(self.number * other, self.moves * float(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            value = _quotient(self.number, other.number)
            return Dual(value, (self.moves - other.moves * float(value)) / float(other.number))
        return NotImplemented if isinstance(other, np.ndarray) \
            else Dual(_quotient(self.number, other), self.moves / float(other))

    def __rtruediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value = _quotient(other, self.number)
        return Dual(value, self.moves * (-float(value) / float(self.number)))

    def __floordiv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self.number // number_of(other)

    def __rfloordiv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else other // self.number

    def __mod__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) \
            else Dual(self.number % number_of(other), self.moves)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        power = number_of(other)
        base = float(self.number)
        value = self.number ** power
        moves = self.moves * (float(power) * base ** (float(power) - 1)) if power else self.moves * 0.0
        if isinstance(other, Dual):
            moves = moves + other.moves * (float(value) * math.log(base))
        return Dual(value, moves)

    def __rpow__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value = other ** self.number
        return Dual(value, self.moves * (float(value) * math.log(float(other))))

    def __neg__(self) -> Dual:
        return Dual(-self.number, -self.moves)

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Dual:
        return self if self.number >= 0 else -self

    # comparisons look at the number, as they do for terms

    def __lt__(self, other: Any) -> Any:
        return self.number < number_of(other)

    def __le__(self, other: Any) -> Any:
        return self.number <= number_of(other)

    def __gt__(self, other: Any) -> Any:
        return self.number > number_of(other)

    def __ge__(self, other: Any) -> Any:
        return self.number >= number_of(other)

    def __eq__(self, other: object) -> Any:
        return self.number == number_of(other)

    def __ne__(self, other: object) -> Any:
        return self.number != number_of(other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.number)

    def __float__(self) -> float:
        return float(self.number)

    def elementary(self, name: str, values: Iterable[Any] = ()) -> Any:
        """What `softmark.solvers.functions` calls for a number that wants to be asked itself."""
        if name == "max":
            return _largest(values)
        if name == "atan2":
            return _angle(*values)
        x = float(self.number)
        value = functions.apply(name, self.number)
        slope = _SLOPES[name](x, float(value))
        return Dual(value, self.moves * slope) if slope else value


_SLOPES: dict[str, Callable[[float, float], float]] = {
    "exp": lambda x, y: y, "log": lambda x, y: 1 / x, "log2": lambda x, y: 1 / (x * math.log(2)),
    "log10": lambda x, y: 1 / (x * math.log(10)), "sqrt": lambda x, y: 0.5 / y if y else math.inf,
    "tanh": lambda x, y: 1 - y * y, "sigmoid": lambda x, y: y * (1 - y),
    "softplus": lambda x, y: functions.sigmoid(x), "relu": lambda x, y: 1.0 if x > 0 else 0.0,
    "absolute": lambda x, y: math.copysign(1.0, x), "ceil": lambda x, y: 0.0}


def _angle(y: Any, x: Any) -> Dual:
    b, a = float(number_of(y)), float(number_of(x))
    moves = sum((v.moves * weight for v, weight in ((y, a), (x, -b)) if isinstance(v, Dual)), 0.0)
    return Dual(math.atan2(b, a), moves / (a * a + b * b))


def _largest(values: Iterable[Any]) -> Any:
    best: Any = None
    for value in values:
        if best is None or number_of(value) > number_of(best):
            best = value
    return best


def number_of(value: Any) -> Any:
    """The number of a dual, or the value itself."""
    return value.number if isinstance(value, Dual) else value


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(a, int | np.integer) and isinstance(b, Fraction):
        return Fraction(int(a)) / b
    return a / b


def plain(value: Any) -> Any:
    """A value of duals as numbers, in the types that a plain run would give."""
    if isinstance(value, Dual):
        return value.number
    if isinstance(value, np.ndarray) and value.dtype == object:
        numbers = [number_of(v) for v in value.flat]
        if numbers and all(isinstance(v, float | int | np.number) for v in numbers):
            return np.array(numbers).reshape(value.shape)
        out = np.empty(len(numbers), dtype=object)
        out[:] = numbers
        return out.reshape(value.shape)
    if isinstance(value, tuple):
        return type(value)(number_of(v) for v in value)
    return value


def spread(value: Any) -> Any:
    """How far each element moves when every rounding is full and all pull the same way."""
    if isinstance(value, np.ndarray):
        if value.dtype != object:
            return np.zeros(value.shape)
        return np.array([_reach(v) for v in value.flat], dtype=float).reshape(value.shape)
    return np.asarray(_reach(value))


def _reach(value: Any) -> float:
    return float(np.abs(value.moves).sum()) if isinstance(value, Dual) else 0.0


def shifting(reply: Any, value: Any, given: Container[Any] | None, radius: Any, first: int,
             count: int) -> Any:
    """A run's reply as duals: element i moves by its radius with rounding number first + i of `count`.

    Elements at the indices `given` (None: none) are fixed otherwise; all others also move as the
    step's own `value` does.
    """
    sizes = np.asarray(radius, dtype=float)
    if not isinstance(reply, np.ndarray):
        own = None if given is not None else value
        return _moved(reply, own, float(sizes), first, count)
    if not sizes.any() and (given is not None or _holds_no_duals(value)):
        return reply
    out = np.empty(reply.shape, dtype=object)
    for place, (index, item) in enumerate(np.ndenumerate(reply)):
        own = None if given is not None and index in given else value[index]
        out[index] = _moved(item, own, float(sizes[index]), first + place, count)
    return out


def _holds_no_duals(value: Any) -> bool:
    return not isinstance(value, np.ndarray) or value.dtype != object


def _moved(item: Any, own: Any, size: float, place: int, count: int) -> Any:
    moves = own.moves if isinstance(own, Dual) else None
    if size:
        shift = np.zeros(count)
        shift[place] = size
        moves = shift if moves is None else moves + shift
    return item if moves is None else Dual(_python(item), moves)


def _python(value: Any) -> Any:
    return value.item() if isinstance(value, np.floating) else value
