"""One number, in every form that people type or paste.

A text is cleaned character by character and then scanned once, left to right; nothing is
evaluated, and exponents are bounded before they are used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from softmark.worksheet.records import Reading

MAX_LENGTH = 200
MAX_EXPONENT = 60

_MINUS = "−–—‒﹣－‐‑"
_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5),
           "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8),
           "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}
_SCALES = {"k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "millions": 6, "b": 9, "bn": 9,
           "billion": 9, "billions": 9, "g": 9, "t": 12, "trillion": 12}
_UNITS = frozenset({
    "mb", "kb", "gb", "tb", "mib", "kib", "gib", "bytes", "byte", "bit", "bits", "nats", "nat",
    "ms", "s", "sec", "seconds", "px", "pixels", "params", "parameters", "weights", "values",
    "mbyte", "mbytes", "megabytes", "flops", "macs"})
_MARKS = ("≈", "~", "≅", "=")
_BODY = re.compile(
    r"(?P<int>\d*)(?:\.(?P<frac>\d*))?(?:[eE](?P<exp>[+-]?\d{1,9})(?![\d.]))?")
_TIMES_TEN = re.compile(r"\s*(?:\*|x|·)\s*10\s*(?:\^|\*\*)\s*\(?\s*([+-]?\d{1,6})\s*\)?")
_BARE_TEN = re.compile(r"10\s*(?:\^|\*\*)\s*\(?\s*([+-]?\d{1,6})\s*\)?$")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?![\d,])")
_POINTED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])")
_LABEL = re.compile(r"[^\W\d][\w\[\](){}'^\\,]{0,30}\s*(?:=|:|≈)\s*")
_PLAIN = re.compile(r"-?(?:\d+\.?|\d*\.\d+)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Found:
    value: Decimal | Fraction
    digits: int | None


class Unreadable(ValueError):
    """The text has no reading; the message says why."""


def read_number(text: str, locale: str = "en", unit: str | None = None) -> Reading:
    """One number.

    `digits` counts the decimals typed: 0.50 has 2, 1.2e-3 has 4, 35K has −3; whole numbers and
    fractions written as such have None or 0. In English a comma sets thousands apart; in other
    locales ("de", "fr", …) it is the decimal sign.
    """
    if locale == "en" and len(text) <= 40 and _PLAIN.match(text):
        return _plain(text)
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return _invalid("the answer is too long for a number")
    try:
        cleaned = clean(text)
        if not cleaned:
            return Reading("blank")
        other = _second_reading(cleaned, locale)
        found = _scan(_unify_separators(cleaned, locale), unit)
        if other is not None:
            second = _scan(other, unit)
            if second.value != found.value:
                return Reading("ambiguous", found.value, second.value, found.digits,
                               f"{text.strip()!r} could be {_shown(found.value)} or "
                               f"{_shown(second.value)}")
        return Reading("one", found.value, digits=found.digits)
    except Unreadable as error:
        return _invalid(str(error))


def _plain(text: str) -> Reading:
    point = text.find(".")
    return Reading("one", Decimal(text), digits=0 if point < 0 else len(text) - point - 1)


def _invalid(why: str) -> Reading:
    return Reading("invalid", message=why)


def _shown(value: Decimal | Fraction) -> str:
    return str(value) if isinstance(value, Fraction) else format(value, "f")


def clean(text: str, latex: bool = True) -> str:
    """The text in plain ASCII notation, character by character: signs, digits, superscripts.

    Not NFKC over the whole text, which would turn 10⁻³ into 10−3. With `latex`, the few LaTeX
    commands that numbers are written with are replaced as well.
    """
    out: list[str] = []
    raised = False
    for char in text.strip():
        if char in _SUPER:
            out.append(_SUPER[char] if raised else "^" + _SUPER[char])
            raised = True
            continue
        raised = False
        if char in _MINUS:
            out.append("-")
        elif char in _VULGAR:
            over, under = _VULGAR[char]
            joined = "+" if out and out[-1].isdigit() else ""
            out.append(f"{joined}{over}/{under}")
        elif char in "×✕⨯":
            out.append("x")
        elif char in "⋅∙•":
            out.append("·")
        elif char.isdigit():
            out.append(str(unicodedata.digit(char)))
        elif char in "\u00a0\u2009\u202f\u2007\u3000\t\n\r":
            out.append(" ")
        elif char in "\u200b\u200c\u200d\ufeff\u2060":
            continue
        elif "\U0001d400" <= char <= "\U0001d7ff":
            out.append(unicodedata.normalize("NFKC", char))
        elif "！" <= char <= "～":
            out.append(chr(ord(char) - 0xFEE0))
        elif char == "∕" or char == "⁄":
            out.append("/")
        elif unicodedata.category(char)[0] == "C":
            raise Unreadable("the answer holds a control character")
        else:
            out.append(char)
    plain = "".join(out)
    return (_without_latex(plain) if latex else plain).strip()


_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{\s*([^{}]{1,40})\}\s*\{\s*([^{}]{1,40})\}|(\d)\s*(\d))")


def _without_latex(text: str) -> str:
    if "\\" not in text and "$" not in text and "{" not in text:
        return text
    text = text.replace("$", "").replace("{,}", ",").replace(r"\,", " ").replace(r"\%", "%")
    text = text.replace(r"\cdot", "·").replace(r"\times", "x").replace(r"\approx", "≈")
    text = text.replace(r"\left", "").replace(r"\right", "").replace(r"\!", "")
    text = _LATEX_FRACTION.sub(
        lambda m: f"({m[1] or m[3]})/({m[2] or m[4]})", text)
    return text.replace("{", "(").replace("}", ")")


def _second_reading(text: str, locale: str) -> str | None:
    """The text as the other decimal sign would have it, where that is a standard reading."""
    if text.count(",") == 1 and "." not in text:
        before, after = text.split(",")
        grouped = re.match(r"\d{3}(?!\d)", after) and re.search(r"(?<!\d)[1-9]\d{0,2}$", before)
        if locale == "en" and not grouped and after[:1].isdigit():
            return text.replace(",", ".") if before[-1:].isdigit() else None
        if locale != "en" and grouped:
            return text.replace(",", "")
    if locale != "en" and text.count(".") == 1 and "," not in text:
        before, after = text.split(".")
        if re.match(r"\d{3}(?!\d)", after) and re.search(r"(?<!\d)[1-9]\d{0,2}$", before):
            return text
    return None


def _unify_separators(text: str, locale: str) -> str:
    """Thousands apart by nothing, decimals by a point."""
    text = re.sub(r"(?<=\d)[ '’_](?=\d{3}(?!\d))", "", text)
    if locale != "en":
        text = _POINTED.sub(lambda m: m[0].replace(".", ""), text)
        return text.replace(",", ".")
    text = _GROUPED.sub(lambda m: m[0].replace(",", ""), text)
    if text.count(",") == 1 and re.search(r"\d,\d", text):
        return text.replace(",", ".")
    return text


def _scan(text: str, unit: str | None) -> _Found:
    text = _without_wrapping(text)
    label = _LABEL.match(text)
    if label:
        text = text[label.end():]
    text = text.lstrip("".join(_MARKS) + " ")
    percent = text.endswith("%")
    text = text.rstrip("%").strip() if percent else text
    body, power = _without_suffix(text.rstrip(" ,;."), unit)
    found = _sum(_without_wrapping(body))
    shift = power - (2 if percent else 0)
    if not shift:
        return found
    value = found.value * 10**shift if shift > 0 else found.value / 10**-shift
    digits = found.digits
    if digits == 0 and power:
        # the zeros of 800K may only fill up places
        digits -= len(body) - len(body.rstrip("0"))
    return _Found(value, None if digits is None else digits - shift)


def _without_wrapping(text: str) -> str:
    text = text.strip()
    while len(text) > 2 and text[0] + text[-1] in ("()", "[]", "{}", "||") and \
            text[0] not in text[1:-1] and text[-1] not in text[1:-1] and text[0] != "|":
        text = text[1:-1].strip()
    return text


def _without_suffix(text: str, unit: str | None) -> tuple[str, int]:
    """The text without its unit and scale word, and the power of ten of the scale."""
    words = re.search(r"[a-zA-Zµ]+(?:/[a-z]{1,4})?$", text)
    power = 0
    for _ in range(2):
        if not words or not words.start():
            break
        word = words[0].lower()
        if word in _SCALES and not (word == "b" and unit == "B"):
            return text[:words.start()].strip(), power + _SCALES[word]
        if word in _UNITS or (unit and word == unit.lower()):
            text = text[:words.start()].strip()
            words = re.search(r"[a-zA-Z]+$", text)
            continue
        break
    return text, power


def _sum(text: str) -> _Found:
    """A number, a fraction, or a mixed number (1 1/2, 1+1/2)."""
    if not text:
        raise Unreadable("there is no number in the answer")
    mixed = re.match(r"([+-]?)\s*(\d{1,15})(?:\s+|\s*\+\s*)(\d{1,15})\s*/\s*(\d{1,15})$", text)
    if mixed:
        sign = -1 if mixed[1] == "-" else 1
        return _Found(sign * (int(mixed[2]) + _over(int(mixed[3]), int(mixed[4]))), None)
    over, slash, under = text.partition("/")
    if slash:
        top, bottom = _signed(over), _signed(under)
        return _Found(_over(top.value, bottom.value), None)
    return _signed(text)


def _over(top: Decimal | Fraction | int, bottom: Decimal | Fraction | int) -> Fraction:
    if bottom == 0:
        raise Unreadable("a fraction cannot have 0 below the line")
    return Fraction(top) / Fraction(bottom)


def _signed(text: str) -> _Found:
    text = _without_wrapping(text)
    sign = 1
    signs = 0
    while text[:1] in ("+", "-"):
        sign = -sign if text[0] == "-" else sign
        text = text[1:].lstrip()
        signs += 1
        text = _without_wrapping(text)
    if signs > 1:
        raise Unreadable("the number has more than one sign")
    found = _unsigned(text)
    return _Found(sign * found.value, found.digits)


def _unsigned(text: str) -> _Found:
    bare = _BARE_TEN.match(text)
    if bare:
        return _power(Decimal(1), 0, bare[1])
    body = _BODY.match(text)
    if not body or not (body["int"] or body["frac"]):
        raise Unreadable(f"{text[:30]!r} is not a number")
    frac = body["frac"] or ""
    value = Decimal(f"{body['int'] or '0'}.{frac or '0'}")
    rest = text[body.end():]
    power = body["exp"] or "0"
    ten = _TIMES_TEN.match(rest)
    if ten and not body["exp"]:
        power, rest = ten[1], rest[ten.end():]
    if rest.strip():
        raise Unreadable(f"there is something left behind the number: {rest.strip()[:30]!r}")
    return _power(value, len(frac), power)


def _power(value: Decimal, digits: int, power: str) -> _Found:
    exponent = int(power)
    if abs(exponent) > MAX_EXPONENT:
        raise Unreadable("the exponent is too large")
    return _Found(value.scaleb(exponent), digits - exponent)
