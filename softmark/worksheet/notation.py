"""How numbers and subscripts are written: text a person reads, LaTeX a page prints."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

MIN_SIGNIFICANT = 3
_HYPHEN = re.compile(r"(?<![\w.)\]\\-])-(?=\.?\d)")
MAX_EXTRA_DECIMALS = 3
#: what floats leave of 0
NOISE = 1e-12
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_SUBSCRIPT = re.compile(
    r"^(?P<base>[^_^]*)_(?:\{(?P<many>[^{}]*)\}|(?P<one>[A-Za-z0-9]))(?P<rest>.*)$")


def decimals_for(value: Any, decimals: int) -> int:
    """Decimals that show `value` with at least `decimals` decimals and three significant digits.

    Very small values get at most three decimals more than asked for.
    """
    size = abs(float(value))
    if size < NOISE or not math.isfinite(size):
        return decimals
    needed = MIN_SIGNIFICANT - 1 - math.floor(math.log10(size))
    return max(decimals, min(needed, decimals + MAX_EXTRA_DECIMALS))


def unit_of(value: Any, decimals: int) -> float:
    """One unit of the last place that `value` is stated to."""
    return float(10.0 ** -decimals_for(value, decimals))


def to_decimal(value: Any) -> Decimal:
    """The number as a Decimal: exact for ints, Decimals and floats, 60 digits for fractions."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, Fraction):
        return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(str(value)) if hasattr(value, "_mpf_") else Decimal(float(value))


def rounded(value: Any, decimals: int) -> Decimal:
    """`value` rounded half away from zero to `decimals` decimals."""
    return to_decimal(value).quantize(Decimal(1).scaleb(-decimals), context=_WIDE)


def is_short(value: Any, decimals: int) -> bool:
    """Can `value` be written with `decimals` decimals without loss (floats: to 1e-12)?"""
    if isinstance(value, int):
        return True
    if isinstance(value, Fraction | Decimal):
        return bool((Fraction(value) * 10**decimals).denominator == 1)
    scaled = float(value) * 10**decimals
    return bool(abs(scaled - round(scaled)) <= 1e-9 * max(1.0, abs(scaled) * 1e-3))


def plain(value: Decimal | int) -> str:
    """The number in full, without exponent and without an empty minus sign."""
    text = format(value, "f")
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def trimmed(value: Decimal) -> str:
    """The number in full without trailing zeros behind the point."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_text(value: Any, decimals: int) -> str:
    """`value` as a careful hand writes it: short values in full, others to the stated place."""
    if isinstance(value, bool) or not hasattr(value, "__round__"):
        return str(value)
    if isinstance(value, int):
        return str(value)
    places = decimals_for(value, decimals)
    if is_short(value, places):
        return trimmed(rounded(value, places))
    return plain(rounded(value, places))


def as_written(value: Any, decimals: int) -> Fraction:
    """The number that a careful hand writes down for `value`.

    >>> as_written(Fraction(8, 3), 2)
    Fraction(267, 100)
    """
    return Fraction(number_text(value, decimals))


def with_minus(text: str) -> str:
    """The text with a minus for each hyphen that is a number's sign.

    >>> with_minus("x-1 = -1, pages 3-5")
    'x-1 = −1, pages 3-5'
    """
    return _HYPHEN.sub("−", text)


def marks_text(marks: Fraction | int) -> str:
    """Marks as printed everywhere: at most two decimals, no empty ones.

    >>> marks_text(Fraction(7, 2)), marks_text(Fraction(4)), marks_text(Fraction(1, 3))
    ('3.5', '4', '0.33')
    """
    return trimmed(rounded(Fraction(marks), 2))


def number_tex(text: str) -> str:
    """A plain number as LaTeX, thousands set apart from five digits on."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = digits.partition(".")
    if len(whole) > 4 and whole.isdigit():
        whole = f"{int(whole):,}".replace(",", "{,}")
    return sign + whole + point + rest


def subscript(symbol: str, labels: tuple[str, ...]) -> str:
    """`symbol` with subscripts merged into those it has: w, (2, 1) -> w_{21}; commas above 9.

    >>> subscript(r"\\delta_o", ("2",))
    '\\\\delta_{o2}'
    """
    labels = tuple(label for label in labels if label)
    if not labels:
        return symbol
    had = _SUBSCRIPT.match(symbol)
    parts = list(labels)
    base, rest = symbol, ""
    if had:
        base, rest = had["base"], had["rest"]
        inner = had["many"] if had["many"] is not None else had["one"]
        parts = [inner, *parts]
    spelled = [label if label.isdigit() or len(label) < 2 or "\\" in label
               else rf"\text{{{label}}}" for label in parts]
    wide = any(len(label) > 1 and "\\" not in label for label in parts) and len(parts) > 1
    joined = (",\\," if any("text" in s for s in spelled) else ",").join(spelled) if wide \
        else "".join(spelled)
    needs_braces = len(joined) > 1
    return f"{base}_{{{joined}}}{rest}" if needs_braces else f"{base}_{joined}{rest}"


def shape_text(sizes: tuple[Any, ...]) -> str:
    """A shape as typed: 55×55×96."""
    return "×".join(str(size) for size in sizes)
