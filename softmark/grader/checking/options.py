"""What a line of a batch may say, how numbers are read under it, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from softmark.grader.reading import read
from softmark.grader.reading.expressions import constant_value, read_expression
from softmark.worksheet.errors import UserError
from softmark.worksheet.records import Reading

CORRECT, WRONG, AMBIGUOUS, INVALID, BLANK = "correct", "wrong", "ambiguous", "invalid", "blank"
#: without a tolerance, floats in a reference may be this far off, relative to their size
FLOAT = Fraction(1, 10**9)
LARGEST = 1e100
MOST_DECIMALS = 50
OPTIONS = frozenset(("dec", "tol", "rtol", "unit", "locale", "label", "labels", "vars", "positive",
                     "unit_interval", "expr", "options", "multi", "layout"))


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on an answer, how it was read, and a sentence where that helps."""

    verdict: str
    reading: str = ""
    message: str = ""


@dataclass(slots=True)
class Options:
    """The options of a line, validated; UserError for one that makes no sense."""

    given: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.given) - OPTIONS)
        if unknown:
            raise UserError(f"there is no option {unknown[0]!r}; there are {', '.join(sorted(OPTIONS))}")
        for name in ("dec", "tol", "rtol"):
            value = self.given.get(name)
            if value is not None and not (is_number(value) and value >= 0 and in_range(value)):
                raise UserError(f"the option {name} should be a number from 0 on")
        dec = self.given.get("dec")
        if dec is not None and (dec != int(dec) or dec > MOST_DECIMALS):
            raise UserError(f"the option dec should be a whole number up to {MOST_DECIMALS}")
        for name in ("unit", "locale", "label", "layout"):
            if not isinstance(self.given.get(name) or "", str):
                raise UserError(f"the option {name} should be a text")
        for name in ("labels", "vars", "options"):
            if not isinstance(self.given.get(name) or [], list | tuple | str):
                raise UserError(f"the option {name} should be a list of texts")

    @property
    def locale(self) -> str:
        """Two letters; "en" unless told."""
        return str(self.given.get("locale") or "en")[:2].lower()

    def slack(self, wanted: Fraction) -> Fraction:
        """How far an answer may lie from the wanted value; a tie of `dec` counts either way."""
        sizes = [FLOAT * abs(wanted)]
        if self.given.get("dec") is not None:
            sizes.append(Fraction(10) ** -int(self.given["dec"]) / 2 * (1 + FLOAT))
        sizes.append(Fraction(self.given.get("tol") or 0) * (1 + FLOAT))
        sizes.append(Fraction(self.given.get("rtol") or 0) * abs(wanted) * (1 + FLOAT))
        return max(sizes)

    def near(self, value: Any, wanted: Any) -> bool:
        """Is a number the wanted one, within the tolerance?"""
        return abs(Fraction(value) - Fraction(wanted)) <= self.slack(Fraction(wanted))


def as_text(answer: Any) -> str:
    """A JSON answer as it would be typed."""
    if isinstance(answer, Mapping):
        return ", ".join(f"{name} = {as_text(value)}" for name, value in answer.items())
    if isinstance(answer, list):
        return "[" + ", ".join(map(as_text, answer)) + "]"
    return str(answer)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def in_range(number: Any) -> bool:
    """Is it 0, or of a size that arithmetic with fractions can bear?"""
    return bool(number == 0 or 1 / LARGEST <= number <= LARGEST or -LARGEST <= number <= -1 / LARGEST)


def unread(reading: Reading) -> Checked | None:
    if reading.status in ("blank", "invalid"):
        return Checked(BLANK if reading.status == "blank" else INVALID, "", reading.message)
    return None


def settled(reading: Reading, right: Callable[[Any], bool], message: str = "") -> Checked:
    """Right by the usual reading, by the other one only, or wrong."""
    if right(reading.value):
        return Checked(CORRECT, shown(reading.value))
    if reading.other is not None and right(reading.other):
        return Checked(AMBIGUOUS, f"{shown(reading.value)} or {shown(reading.other)}", reading.message)
    return Checked(WRONG, shown(reading.value), message)


def shown(value: Any) -> str:
    """A value that was read, as text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {shown(item)}" for name, item in value.items())
    if isinstance(value, Shape):
        return "×".join(map(str, value))
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Fraction) and value.denominator > 10_000:
        return f"{float(value):.10g}"
    return str(value)


class Shape(tuple[int, ...]):
    """Sizes that are shown with crosses."""


def read_value(text: str, options: Options) -> Reading:
    """A number, or a constant expression where that is welcome."""
    label = options.given.get("label")
    reading = read(text, "number", locale=options.locale, unit=options.given.get("unit"), label=label)
    if reading.status == "invalid" and options.given.get("expr"):
        formula = read_expression(text, {}, options.locale)
        if formula.status in ("one", "ambiguous"):
            return _constant(formula, reading)
    return reading


def _constant(formula: Reading, otherwise: Reading) -> Reading:
    value = constant_value(formula.value)
    other = constant_value(formula.other) if formula.other is not None else None
    if value is None:
        return Reading("invalid", message="the formula has no value (a division by 0, or too large)")
    return Reading(formula.status, value, other, None, formula.message or otherwise.message
                   if other is not None else "")


def wanted_number(reference: Any, options: Options) -> Fraction:
    if is_number(reference):
        if not in_range(reference):
            raise UserError(f"the reference {str(reference)[:40]!r} is out of range")
        return Fraction(reference) if not isinstance(reference, float) else Fraction(str(reference))
    loose = Options({**{k: v for k, v in options.given.items() if k in ("unit",)}, "expr": True})
    reading = read_value(reference if isinstance(reference, str) else "", loose)
    if reading.status not in ("one", "ambiguous"):
        raise UserError(f"the reference {str(reference)[:40]!r} is no number")
    return Fraction(reading.value)


def listed(value: Any) -> list[str]:
    """Names given as a list, or as words in one text."""
    return value.replace(",", " ").split() if isinstance(value, str) else list(map(str, value or ()))


def plain(name: str) -> str:
    return re.sub(r"[\s_{}\\$]", "", name).casefold()
