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

from softmark.grader.reading.units import SCALES, Unit, unit_of_word
from softmark.worksheet.records import Reading, Status

MAX_LENGTH = 200
MAX_EXPONENT = 99

_MINUS = "−–—‒﹣－‐‑"
SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5),
           "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8),
           "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}
_MARKS = ("≈", "~", "≅", "=")
_SUFFIX = re.compile(r"(?:[a-zA-Zµμ]+/)?[a-zA-Zµμ]+$")
_BODY = re.compile(
    r"(?P<int>\d*)(?:\.(?P<frac>\d*))?(?:\s?[eE]\s?(?P<exp>[+-]?\d{1,9})(?![\d.]))?")
# behind a sign the raised exponent of a pasted text may have come down: 1.2x10-3
_TIMES_TEN = re.compile(
    r"\s*(?:\*|x|·)\s*10\s*(?:(?:\^|\*\*)\s*\(?\s*([+-]?\d{1,6})\s*\)?|([+-]\d{1,2})$)")
_BARE_TEN = re.compile(r"10\s*(?:\^|\*\*)\s*\(?\s*([+-]?\d{1,6})\s*\)?$")
_CHUNK = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?![\d.,]*\d)")
# in threes, or as in India: 12,34,567
_GROUPS = {sign: re.compile(rf"[1-9]\d{{0,2}}(?:[{sign}]\d{{3}})+"
                            rf"|[1-9]\d?(?:[{sign}]\d\d)+[{sign}]\d{{3}}") for sign in ",."}
_NAME = r"(?:d|∂|Δ|\\)?[^\W\d][\w\[\](){}'^\\,]{0,30}"
_LABEL = re.compile(rf"({_NAME}(?:\s?/\s?{_NAME})?)\s*(?:=|:|≈|~)\s*")
_ABOUT = re.compile(r"(?:about|approx(?:imately)?\.?|ca\.?|circa|roughly)\s+", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:percent|per cent|prozent|pct)\.?$", re.IGNORECASE)
_MAYBE_OTHER = re.compile(r"(?<!\d)[1-9]\d{0,2}[.,]\d{3}(?!\d)|%|p.{0,3}[cz]", re.IGNORECASE)
_PLAIN = re.compile(r"-?(?:\d+\.?|\d*\.\d+)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Found:
    value: Decimal | Fraction
    digits: int | None


class Unreadable(ValueError):
    """The text has no reading; the message says why."""


def read_number(text: str, locale: str = "en", unit: str | None = None,
                label: str | None = None) -> Reading:
    """One number.

    `digits` counts the decimals typed: 0.50 has 2, 1.2e-3 has 4, 35K has −3; whole numbers and
    fractions written as such have None or 0. A comma or point before three digits may set
    thousands apart: in English the comma does, in other locales ("de", "fr", …) the point; the
    other usage is kept as the second reading, and so is 47 for 47%. With `unit`, other units of
    its kind are converted, and those of another kind are invalid; with `label`, so is another
    name before the number.
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
        body, percent = _body(cleaned, locale, unit, label)
        spellings = _spellings(body, locale)
        found = _scan(spellings[0], percent, unit)
    except Unreadable as error:
        return _invalid(str(error))
    return _with_other(Reading("one", found.value, digits=found.digits), text, locale, unit, label)


def _with_other(reading: Reading, text: str, locale: str, unit: str | None,
                label: str | None) -> Reading:
    """The reading, with the other standard one that the text may have."""
    if not _MAYBE_OTHER.search(text):
        return reading
    body, percent = _body(clean(text), locale, unit, label)
    spellings = _spellings(body, locale)
    try:
        other = _scan(spellings[-1], percent, unit).value
    except Unreadable:
        return reading
    if other == reading.value and percent and unit != "%":
        other = _scan(spellings[0], False, unit).value
    if other == reading.value:
        return reading
    # a point before three digits is either in a country that sets thousands apart with it
    status: Status = "ambiguous" if locale != "en" and "." in body and not percent else "one"
    return Reading(status, reading.value, other, reading.digits,
                   f"{text.strip()[:40]!r} could be {_shown(reading.value)} or {_shown(other)}")


def _plain(text: str) -> Reading:
    point = text.find(".")
    digits = 0 if point < 0 else len(text) - point - 1
    if digits == 3 and _GROUPS["."].fullmatch(text.lstrip("-")):
        other = Decimal(text.replace(".", ""))
        return Reading("one", Decimal(text), other, 3, f"{text!r} could be {text} or {other}")
    return Reading("one", Decimal(text), digits=digits)


def _invalid(why: str) -> Reading:
    return Reading("invalid", message=why)


def _shown(value: Decimal | Fraction) -> str:
    return str(value) if isinstance(value, Fraction) else f"{value:f}"


def clean(text: str, latex: bool = True) -> str:
    """The text in plain ASCII notation, character by character: signs, digits, superscripts.

    Not NFKC over the whole text, which would turn 10⁻³ into 10−3. With `latex`, the few LaTeX
    commands that numbers are written with are replaced as well.
    """
    out: list[str] = []
    raised = False
    for char in text.strip():
        if char in SUPER:
            out.append(SUPER[char] if raised else "^" + SUPER[char])
            raised = True
            continue
        raised = False
        if char in _MINUS:
            out.append("-")
        elif char in VULGAR:
            over, under = VULGAR[char]
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
        elif char in "٫٬，．":
            out.append("." if char in "٫．" else ",")
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
    text = re.sub(r"\\(?:text|mathrm|operatorname)\s?\{([^{}]{0,20})\}", r" \1 ", text)
    text = re.sub(r"\\[()\[\];: ]|\\q?quad(?![a-zA-Z])|~", " ", text)
    text = _LATEX_FRACTION.sub(
        lambda m: f"({m[1] or m[3]})/({m[2] or m[4]})", text)
    return text.replace("{", "(").replace("}", ")")


def _body(text: str, locale: str, unit: str | None, label: str | None) -> tuple[str, bool]:
    """What is left without name, words and signs around the number; is it a percentage?"""
    text = _without_wrapping(_ABOUT.sub("", text, count=1))
    named = _LABEL.match(text)
    if named:
        if label and _plain_name(named[1]) != _plain_name(label):
            raise Unreadable(f"this is named {named[1].strip()[:20]}, but {label} is asked")
        text = text[named.end():]
    text = _ABOUT.sub("", text.lstrip("".join(_MARKS) + " "), count=1)
    before, equals, after = text.replace("≈", "=").rpartition("=")
    if equals:
        text = _result(before, after, locale, unit)
    text = _PERCENT.sub("%", text)
    percent = text.rstrip(" .;,").endswith("%")
    return (text.rstrip(" .;,%") if percent else text), percent


def _plain_name(name: str) -> str:
    return re.sub(r"[\s_{}\\()\[\]]", "", name).lower()


def _result(before: str, after: str, locale: str, unit: str | None) -> str:
    """What stands behind the last sign of equality, if what stands before is the same number."""
    if before.rstrip()[-1:] in ("<", ">", "≤", "≥", "≠", "!"):
        raise Unreadable("a number is asked, not an inequality")
    first = read_number(before, locale, unit)
    last = read_number(after, locale, unit)
    if first.status == "one" and last.status == "one":
        typed = Fraction(10) ** -(last.digits or 0)
        if abs(Fraction(first.value) - Fraction(last.value)) > typed * Fraction(51, 100):
            raise Unreadable("there are two different numbers in the answer")
    return after


def _spellings(text: str, locale: str) -> list[str]:
    """The text with thousands closed up and decimals behind a point; then as others would read it."""
    text = re.sub(r"(?<=\d)[ '’_](?=\d{3}(?!\d))", "", text)
    if " " in text:
        text = re.sub(r"(\.\d{3,30}) (?=\d{1,3}(?:[eE]|$))", r"\1", text)
    if "," not in text and "." not in text:
        return [text]
    found = [_CHUNK.sub(lambda m: _separated(m[0], sign), text)  # noqa: B023
             for sign in (",." if locale == "en" else ".,")]
    return found if found[0] != found[1] else found[:1]


def _separated(chunk: str, thousands: str) -> str:
    """A chunk of digits with points and commas as Python writes it."""
    kinds = {sign for sign in ",." if sign in chunk}
    if len(kinds) == 2:
        decimal = max(",.", key=chunk.rindex)
        whole, _, rest = chunk.rpartition(decimal)
        other = "," if decimal == "." else "."
        if _GROUPS[other].fullmatch(whole):
            return whole.replace(other, "") + "." + rest
        raise Unreadable(f"points and commas stand in odd places in {chunk[:30]!r}")
    if not kinds:
        return chunk
    sign = kinds.pop()
    grouped = bool(_GROUPS[sign].fullmatch(chunk))
    if grouped and (sign == thousands or chunk.count(sign) > 1):
        return chunk.replace(sign, "")
    if chunk.count(sign) > 1:
        raise Unreadable(f"points and commas stand in odd places in {chunk[:30]!r}")
    return chunk.replace(sign, ".")


def _scan(text: str, percent: bool, unit: str | None) -> _Found:
    body, power, factor = _without_suffix(text.rstrip(" ,;.").strip(), unit)
    found = _sum(_without_wrapping(body))
    shift = power - (2 if percent and unit != "%" else 0)
    value: Decimal | Fraction = found.value if factor == 1 else Fraction(found.value) * factor
    if not shift:
        return _Found(value, found.digits)
    value = value * 10**shift if shift > 0 else value / 10**-shift
    digits = found.digits
    if digits == 0 and power:
        # the zeros of 800K may only fill up places
        digits -= len(body) - len(body.rstrip("0"))
    return _Found(value, None if digits is None else digits - shift)


def _without_wrapping(text: str) -> str:
    text = text.strip()
    while len(text) > 2 and text[0] + text[-1] in ("()", "[]", "{}", "||", '""', "''", "“”", "„“") and \
            text[0] not in text[1:-1] and text[-1] not in text[1:-1] and text[0] != "|":
        text = text[1:-1].strip()
    return text


def _without_suffix(text: str, unit: str | None) -> tuple[str, int, Fraction]:
    """The text without its unit and scale word; the scale's power of ten and the unit's factor."""
    power, factor = 0, Fraction(1)
    asked = unit_of_word(unit) if unit else None
    for _ in range(3):
        words = _SUFFIX.search(text)
        if not words or not words.start():
            break
        word = words[0]
        is_scale = word.lower() in SCALES and word != unit
        found = unit_of_word(word)
        if found and (not is_scale or (asked and found[0] == asked[0] == "byte")):
            factor *= _conversion(found, asked, word, unit)
        elif is_scale:
            power += SCALES[word.lower()]
        elif not unit or word.lower() != unit.lower():
            break
        text = text[:words.start()].strip()
    return text, power, factor


def _conversion(found: Unit, asked: Unit | None, word: str, unit: str | None) -> Fraction:
    if asked is None:
        # without a unit to convert to, GFLOPs is a number of operations and MB a word
        return found[1] if found[0] == "count" else Fraction(1)
    if found[0] != asked[0] and "count" not in (found[0], asked[0]):
        raise Unreadable(f"the answer is in {word}, but {unit} is asked")
    return found[1] / asked[1] if found[0] == asked[0] else Fraction(1)


def _sum(text: str) -> _Found:
    """A number, a fraction, or a mixed number (1 1/2, 1+1/2)."""
    if not text:
        raise Unreadable("there is no number in the answer")
    mixed = re.match(r"([+-]?)\s*(\d{1,15})(?:\s+|\s*\+\s*)(\d{1,15})\s*/\s*(\d{1,15})$", text)
    if mixed:
        sign = -1 if mixed[1] == "-" else 1
        return _Found(sign * (int(mixed[2]) + _over(int(mixed[3]), int(mixed[4]))), None)
    stacked = re.match(r"([+-]?)\s*(\d{1,15})\s*\((\d{1,15})\)/\((\d{1,15})\)$", text)
    if stacked:
        sign = -1 if stacked[1] == "-" else 1
        return _Found(sign * (int(stacked[2]) + _over(int(stacked[3]), int(stacked[4]))), None)
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
    if not text:
        raise Unreadable("there is no number in the answer")
    if not body or not (body["int"] or body["frac"]):
        raise Unreadable(f"{text[:30]!r} is not a number")
    frac = body["frac"] or ""
    value = Decimal(f"{body['int'] or '0'}.{frac}" if frac else body["int"])
    rest = text[body.end():]
    power = body["exp"] or "0"
    ten = _TIMES_TEN.match(rest)
    if ten and not body["exp"]:
        power, rest = ten[1] or ten[2], rest[ten.end():]
    if rest.strip():
        raise Unreadable(f"there is something left behind the number: {rest.strip()[:30]!r}")
    return _power(value, len(frac), power)


def _power(value: Decimal, digits: int, power: str) -> _Found:
    exponent = int(power)
    if abs(exponent) > MAX_EXPONENT:
        raise Unreadable("the exponent is too large")
    return _Found(value.scaleb(exponent), digits - exponent)
