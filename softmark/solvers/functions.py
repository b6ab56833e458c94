"""Elementary functions that serve floats, arrays, fractions, 50-digit numbers and terms alike.

Solvers and templates call these and never ``np.exp`` or ``math.log``, so that the same line of
arithmetic can be computed in floats, carried exactly, or written out as a formula. A number that
wants to be asked itself (a term of a worked solution) offers ``elementary(name, *others)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

EXACT_DIGITS = 50


def _scalar_sigmoid(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def _array_sigmoid(x: Any) -> Any:
    # exp of a non-positive number cannot overflow, whatever the sign of x
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def _scalar_softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _array_relu(x: Any) -> Any:
    return np.maximum(x, 0)


SCALAR: dict[str, Callable[[Any], Any]] = {
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "sigmoid": _scalar_sigmoid,
    "softplus": _scalar_softplus,
    "relu": lambda x: x if x > 0 else 0 * x,
    "absolute": abs,
    "ceil": math.ceil,
}
ARRAY: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": _array_sigmoid,
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "relu": _array_relu,
    "absolute": np.abs,
    "ceil": np.ceil,
}


def _exact(name: str, x: Any) -> Any:
    """`name` of a Fraction or mpmath number: of the same type, irrational values to 50 digits."""
    if name in ("relu", "absolute", "ceil"):
        return SCALAR[name](x)
    import mpmath
    from mpmath.libmp import to_rational

    with mpmath.workdps(EXACT_DIGITS):
        if isinstance(x, Fraction):
            value = _fifty_digits(name, mpmath.mpf(x.numerator) / x.denominator, mpmath)
            return Fraction(*to_rational(value._mpf_))
        return _fifty_digits(name, x, mpmath)


def _fifty_digits(name: str, z: Any, mpmath: Any) -> Any:
    if name == "sigmoid":
        return 1 / (1 + mpmath.exp(-z))
    if name == "softplus":
        return mpmath.log(1 + mpmath.exp(z))
    if name == "log2":
        return mpmath.log(z, 2)
    return getattr(mpmath, name)(z)


def apply(name: str, x: Any) -> Any:
    """Elementary function `name` of a number, a term, or elementwise of an array of either."""
    if isinstance(x, np.ndarray):
        if x.dtype != object:
            return ARRAY[name](x)
        out = np.empty(x.shape, dtype=object)
        for place in np.ndindex(x.shape):
            out[place] = apply(name, x[place])
        return out
    if hasattr(x, "elementary"):
        return x.elementary(name)
    if isinstance(x, float | int | np.number):
        return SCALAR[name](x)
    return _exact(name, x)


def exp(x: Any) -> Any:
    """e to the power x."""
    return apply("exp", x)


def log(x: Any, base: str | int = "e") -> Any:
    """Logarithm of x > 0 to base "e", 10 or 2; ValueError for any other base."""
    names = {"e": "log", "10": "log10", "2": "log2"}
    if str(base) not in names:
        raise ValueError(f"logarithm base {base!r} is not one of e, 10, 2")
    return apply(names[str(base)], x)


def log2(x: Any) -> Any:
    """Logarithm to base 2 of x > 0."""
    return apply("log2", x)


def log10(x: Any) -> Any:
    """Logarithm to base 10 of x > 0."""
    return apply("log10", x)


def sqrt(x: Any) -> Any:
    """Square root of x >= 0."""
    return apply("sqrt", x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return apply("tanh", x)


def sigmoid(x: Any) -> Any:
    """Logistic function 1 / (1 + exp(-x)), without overflow for large |x|."""
    return apply("sigmoid", x)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow (Dugas et al., 2001)."""
    return apply("softplus", x)


def relu(x: Any) -> Any:
    """max(x, 0) (Nair and Hinton, 2010)."""
    return apply("relu", x)


def absolute(x: Any) -> Any:
    """Absolute value."""
    return apply("absolute", x)


def ceil(x: Any) -> Any:
    """Smallest whole number that is not below x."""
    return apply("ceil", x)


def leaky_relu(x: Any, slope: Any) -> Any:
    """x for x > 0, else slope * x (Maas et al., 2013)."""
    if isinstance(x, np.ndarray):
        if x.dtype != object:
            return np.where(x > 0, x, slope * x)
        return np.array([leaky_relu(v, slope) for v in x.ravel()], dtype=object).reshape(x.shape)
    return x if x > 0 else slope * x


def atan2(y: Any, x: Any) -> Any:
    """Angle of the point (x, y) from the x axis in radians, from -π to π."""
    for value in (y, x):
        if hasattr(value, "elementary"):
            return value.elementary("atan2", (y, x))
    return math.atan2(float(y), float(x))


def maximum(*values: Any) -> Any:
    """Largest of the given numbers or terms; the first of equals."""
    for value in values:
        if hasattr(value, "elementary"):
            return value.elementary("max", values)
    best = values[0]
    for value in values[1:]:
        if value > best:
            best = value
    return best


def largest(values: Any) -> Any:
    """Largest element of an array, of any shape."""
    flat = np.asarray(values)
    return flat.max() if flat.dtype != object else maximum(*flat.ravel())


def argmax(values: Any) -> int:
    """Index (from 0) of the largest element of a sequence; the first of equals."""
    flat = list(values)
    best = 0
    for place in range(1, len(flat)):  # the first is never compared with itself: that looks like a tie
        if flat[place] > flat[best]:
            best = place
    return best
