"""Formulas with letters: what a symbolic answer is made of, and when two of them are one.

An expression is a small tree over declared symbols. Two are the same if they agree at many points
of the symbols' domain: negative, large and small ones too. Nothing is rewritten or simplified.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from softmark.solvers import functions

#: points that two expressions are compared at, and how many of them must be defined
POINTS = 64
FEWEST = 6
#: how far two values may differ, relative to their size
TOLERANCE = 1e-9
EPSILON = 2.3e-16
#: how many times its rounding error a value may be off
DOUBTS = 16

_SIGNS = {"+": 1, "-": 1, "neg": 2, "*": 3, "/": 3, "**": 5}
_NAMES = {"log": r"\ln", "log10": r"\log_{10}", "log2": r"\log_2", "exp": r"\exp", "tanh": r"\tanh",
          "sigmoid": r"\sigma", "relu": r"\operatorname{ReLU}", "absolute": r"\operatorname{abs}"}
_GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
    "Lambda", "Sigma", "Phi", "Psi", "Omega"))


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A node: `op` is "number", "symbol", a sign, or an elementary function's name.

    Arithmetic and the functions of `softmark.solvers.functions` make larger ones; numbers mix in.
    """

    op: str
    args: tuple[Expression, ...] = ()
    number: Fraction | float = 0
    name: str = ""
    latex: str = ""
    domain: str = "real"
    __array_priority__ = 100

    def __add__(self, other: Any) -> Any:
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _binary("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _binary("/", other, self)

    def __pow__(self, other: Any) -> Any:
        return _binary("**", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _binary("**", other, self)

    def __neg__(self) -> Expression:
        return Expression("neg", (self,))

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return self.elementary("absolute")

    def elementary(self, name: str, values: Iterable[Any] = ()) -> Expression:
        """What `softmark.solvers.functions` calls for a number that wants to be asked itself."""
        return Expression(name, tuple(map(as_expression, values)) or (self,))

    def __eq__(self, other: object) -> bool:
        """Are they one function? Numbers count as constants."""
        try:
            return same(as_expression(other), self)
        except TypeError:
            return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return plain(self)

    __str__ = __repr__


def symbols(names: str, domain: str = "real") -> list[Expression]:
    """One symbol for every word of `names`; domain "real", "positive" or "unit" (from 0 to 1)."""
    if domain not in _DOMAINS:
        raise ValueError(f"a symbol's domain is one of {', '.join(_DOMAINS)}, not {domain!r}")
    return [Expression("symbol", name=name, latex=symbol_tex(name), domain=domain)
            for name in names.split()]


def as_expression(value: Any) -> Expression:
    """A number, or a term of a worked solution, as a constant expression; TypeError if neither."""
    if isinstance(value, Expression):
        return value
    value = getattr(value, "number", value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int | Fraction | float) and not isinstance(value, bool):
        return Expression("number", number=Fraction(value) if isinstance(value, int) else value)
    raise TypeError(f"{type(value).__name__} cannot stand in an expression")


def _binary(op: str, left: Any, right: Any) -> Any:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return NotImplemented
    try:
        a, b = as_expression(left), as_expression(right)
    except TypeError:
        return NotImplemented
    if op == "*" and 0 in (_value(a), _value(b)):
        return as_expression(0)
    if op in "+-" and _value(b) == 0:
        return a
    if op == "+" and _value(a) == 0:
        return b
    if op == "*" and 1 in (_value(a), _value(b)):
        return b if _value(a) == 1 else a
    return Expression(op, (a, b))


def _value(e: Expression) -> Any:
    return e.number if e.op == "number" else None


def free_symbols(value: Any) -> dict[str, Expression]:
    """The symbols in an expression or an array of expressions, by name, in the order met."""
    if isinstance(value, np.ndarray):
        return {k: v for item in value.flat for k, v in free_symbols(item).items()}
    if not isinstance(value, Expression):
        return {}
    if value.op == "symbol":
        return {value.name: value}
    return {k: v for arg in value.args for k, v in free_symbols(arg).items()}


def size(value: Any) -> int:
    """How many operations an expression holds."""
    return 0 if not isinstance(value, Expression) else \
        bool(value.args) + sum(size(arg) for arg in value.args)


# -- values


def evaluate(e: Expression, at: Mapping[str, Any]) -> tuple[Any, Any]:
    """Values of `e` at points (name -> array), and bounds of the rounding error of each.

    NaN where it is not defined; KeyError for a symbol that `at` lacks.
    """
    with np.errstate(all="ignore"):
        return _at(e, at)


def _at(e: Expression, at: Mapping[str, Any]) -> tuple[Any, Any]:
    if e.op == "number":
        constant = np.float64(e.number)
        return constant, EPSILON * abs(constant)
    if e.op == "symbol":
        return at[e.name], EPSILON * np.abs(at[e.name])
    parts = [_at(arg, at) for arg in e.args]
    values = [np.asarray(part[0]) for part in parts]
    compute = _OPERATIONS.get(e.op) or functions.ARRAY[e.op]
    value = np.asarray(compute(*values))
    error = EPSILON * np.abs(value)
    for place, (_, off) in enumerate(parts):
        # first order: how far the result moves with this argument's own error
        moved = [v + off if n == place else v for n, v in enumerate(values)]
        error = error + np.nan_to_num(np.abs(compute(*moved) - value), posinf=0.0)
    return value, error


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
    "**": np.power, "neg": np.negative,
    "max": lambda *v: np.maximum.reduce(np.broadcast_arrays(*v)),
    "min": lambda *v: np.minimum.reduce(np.broadcast_arrays(*v)),
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "sign": np.sign, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x), "cot": lambda x: 1 / np.tan(x),
    "root": lambda x, n: np.sign(x) * np.abs(x) ** (1 / n) if np.all(np.mod(n, 2) == 1)
    else np.power(x, 1 / n)}
#: names of functions that an expression may hold
FUNCTIONS = frozenset(functions.ARRAY) | (frozenset(_OPERATIONS) - set(_SIGNS))


def _real(rng: np.random.Generator) -> Any:
    """Middling numbers, large and small ones, of both signs; the last are whole."""
    middling = rng.permutation(np.concatenate(
        [rng.uniform(0.3, 3, POINTS // 2), 10 ** rng.uniform(-3, 4, POINTS // 4)]))
    whole = rng.integers(1, 6, POINTS - len(middling))
    return np.concatenate([middling, whole]) * rng.choice([-1.0, 1.0], POINTS)


_DOMAINS: dict[str, Callable[[np.random.Generator], Any]] = {
    "real": _real, "positive": lambda rng: np.abs(_real(rng)),
    "unit": lambda rng: rng.uniform(0.001, 0.999, POINTS)}


@lru_cache(maxsize=256)
def _points(name: str, domain: str) -> Any:
    return _DOMAINS[domain](np.random.default_rng([len(domain), *name.encode()]))


#: functions that have no complex values here
_REAL_ONLY = frozenset(("max", "min", "relu", "softplus", "ceil", "sign", "root", "sigmoid", "log2"))


def _operations(e: Expression) -> frozenset[str]:
    return frozenset((e.op,)).union(*map(_operations, e.args))


def same(given: Expression, wanted: Expression, tol: float = 0.0, rtol: float = TOLERANCE) -> bool:
    """Do two expressions agree wherever the wanted one is defined?

    Symbols take the domain of the wanted expression. Single points where the given one is not
    defined, such as 0/0, are looked at beside. Where too few points can tell, no.
    """
    known = {**free_symbols(given), **free_symbols(wanted)}
    at = {name: _points(name, symbol.domain) for name, symbol in known.items()}
    defined, there, near, mute = _compared(given, wanted, at, tol, rtol)
    apart = defined & ~near & ~mute
    if np.any(apart & np.isfinite(there)):
        return False
    if np.any(apart):
        beside = {name: v * 0.99783 + 0.00031 for name, v in at.items()}
        defined_too, _, near_too, mute_too = _compared(given, wanted, beside, tol, rtol)
        if np.any(apart & defined_too & ~near_too & ~mute_too):
            return False
    telling = np.broadcast_to(near & defined, POINTS if known else 1)
    return bool(np.count_nonzero(telling) >= (FEWEST if known else 1))


def _compared(given: Expression, wanted: Expression, at: Mapping[str, Any], tol: float,
              rtol: float) -> tuple[Any, Any, Any, Any]:
    """Where the wanted is defined, the given's values, where they are near, where they tell nothing."""
    here, off = evaluate(wanted, at)
    there, off_there = evaluate(given, at)
    if not _REAL_ONLY & _operations(given) and np.any(np.isnan(there) & np.isfinite(here)):
        # exp(log(x)) is x where log(x) is complex too
        roundabout, off_roundabout = evaluate(given, {k: v.astype(complex) for k, v in at.items()})
        there = np.where(np.isnan(there), roundabout, there)
        off_there = np.where(np.isnan(off_there), off_roundabout, off_there)
    with np.errstate(all="ignore"):
        room = tol + rtol * np.abs(here) + DOUBTS * off
        doubt = DOUBTS * np.nan_to_num(off_there, posinf=0.0)
        gap = np.abs(there - here)
        # 1e30 - 1e30 is so rough that it would be near anything
        rough = doubt > np.maximum(1e-3 * np.abs(here), 10 * room) + 1e-12
        near = (gap <= room) | ((gap <= room + doubt) & ~rough)
        tiny = (np.abs(here) < 1e-100) & ~(np.abs(there) >= 1e-100)
    mute = (rough & (gap <= room + doubt)) | tiny
    if not np.all(np.isfinite(there)):
        mute = mute | (~np.isfinite(there) & _out_of_range(given, at))
    return np.isfinite(here), there, near, mute


def _out_of_range(e: Expression, at: Mapping[str, Any]) -> Any:
    """Where some part of an expression is too large or too small for a float."""
    parts = [evaluate(arg, at)[0] for arg in e.args]
    lost = np.any([np.broadcast_to(_out_of_range(arg, at), POINTS) for arg in e.args], axis=0) \
        if e.args else np.False_
    if e.op in ("exp", "sinh", "cosh", "softplus", "+", "-", "*", "/", "**"):
        value = evaluate(e, at)[0]
        whole = np.all([np.isfinite(np.broadcast_to(part, POINTS)) for part in parts], axis=0)
        # 1/0 and 0**-1 have no value; exp(1000) has one
        pole = parts[-1] == 0 if e.op == "/" else parts[0] == 0 if e.op == "**" else np.False_
        fills = whole if e.op == "exp" else whole & np.all(
            [np.broadcast_to(part != 0, POINTS) for part in parts], axis=0)
        small = fills & (value == 0) if e.op in ("exp", "*", "/", "**") else np.False_
        lost = lost | (whole & ~pole & np.isinf(value)) | small
    return lost


# -- writing


def symbol_tex(name: str) -> str:
    r"""A symbol's name as LaTeX: w11 is w_{11}, alpha is \alpha."""
    stem = name.rstrip("0123456789")
    index = name[len(stem):].lstrip("_")
    stem, _, under = stem.partition("_")
    letter = "\\" + stem if stem in _GREEK else stem if len(stem) == 1 else rf"\text{{{stem}}}"
    index = under + index
    return f"{letter}_{{{index}}}" if index else letter


def tex(e: Expression) -> str:
    """The expression in LaTeX, with the brackets a hand would write."""
    if e.op == "number":
        return e.latex or _number_tex(e.number)
    if e.op == "symbol":
        return e.latex
    if e.op == "/":
        return rf"\frac{{{tex(e.args[0])}}}{{{tex(e.args[1])}}}"
    if e.op == "**":
        return f"{_bracketed(e.args[0], 6, tex)}^{{{tex(e.args[1])}}}"
    if e.op == "neg":
        return "-" + _bracketed(e.args[0], 3, tex)
    if e.op == "sqrt":
        return rf"\sqrt{{{tex(e.args[0])}}}"
    if e.op in _SIGNS:
        left = _bracketed(e.args[0], _SIGNS[e.op], tex)
        right = _bracketed(e.args[1], _SIGNS[e.op] + (e.op == "-"), tex)
        if e.op != "*":
            return f"{left} {e.op} {right}"
        return rf"{left} \cdot {right}" if right[:1].isdigit() or right[:1] == "-" else \
            rf"{left}\,{right}"
    name = _NAMES.get(e.op, rf"\operatorname{{{e.op}}}")
    return rf"{name}({', '.join(map(tex, e.args))})"


def plain(e: Expression) -> str:
    """The expression as a student would type it."""
    if e.op == "number":
        if e.name:
            return e.name
        return str(e.number) if isinstance(e.number, float) or e.number.denominator == 1 \
            else f"({e.number})"
    if e.op == "symbol":
        return e.name
    if e.op == "neg":
        return "-" + _bracketed(e.args[0], 3, plain)
    if e.op in _SIGNS:
        left = _bracketed(e.args[0], _SIGNS[e.op] + (e.op == "**"), plain)
        right = _bracketed(e.args[1], _SIGNS[e.op] + (e.op in "-/"), plain)
        return f"{left}{e.op}{right}" if e.op in ("*", "/", "**") else f"{left} {e.op} {right}"
    return f"{e.op}({', '.join(map(plain, e.args))})"


def _bracketed(e: Expression, least: int, write: Callable[[Expression], str]) -> str:
    text = write(e)
    binds = _SIGNS.get(e.op, 9)
    if e.op == "/" and write is tex:
        binds = 4
    if e.op == "number" and (e.number < 0 or (text[:1] == "\\" and least > 5)):
        binds = 2
    if binds >= least and not (text[:1] == "-" and least > 1):
        return text
    return rf"\left({text}\right)" if write is tex and "frac" in text else f"({text})"


def _number_tex(number: Fraction | float) -> str:
    if isinstance(number, float):
        return repr(number) if not number.is_integer() or math.isinf(number) else str(int(number))
    if number.denominator == 1:
        return str(number.numerator)
    sign = "-" if number < 0 else ""
    return rf"{sign}\frac{{{abs(number.numerator)}}}{{{number.denominator}}}"


