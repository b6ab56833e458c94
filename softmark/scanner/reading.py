"""From darkness to answers: what is surely marked, what is surely empty, and what a person must see."""

from __future__ import annotations

from dataclasses import dataclass

from softmark.rendering.bubbles import Column, Field
from softmark.scanner.measure import LEAST_RING, Measured

#: lighter than this is empty, darker than that is marked; between lies what was erased or hardly filled
EMPTY, MARKED = 0.045, 0.20
#: written on: mm² of ink in a box above a column, in a box for words
WRITTEN, WRITTEN_SIGN, WRITTEN_WORDS = 0.45, 0.15, 0.6


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in a field; `doubt` says why a person must look, "" if none need to."""

    text: str
    doubt: str = ""


class _Doubt(Exception):
    """Why a person must look."""


def read_field(one: Field, found: Measured, scatter: float = 0.0) -> Reading:
    """The answer in a field. What is not certain is never guessed: it comes back with a doubt."""
    if one.kind == "write":
        return Reading("", "in words: read it" if found.ink[0] > WRITTEN_WORDS else "")
    if found.ring < LEAST_RING:
        return Reading("", "its bubbles are not where they should be")
    empty = max(EMPTY, 5 * scatter)
    if empty > MARKED / 1.5:
        return Reading("", "the page is too stained or noisy")
    try:
        if one.kind == "choice":
            return Reading(_chosen(one.columns[0], found.darkness[0], empty))
        return Reading(_number(one, found, empty))
    except _Doubt as doubt:
        return Reading("", str(doubt))


def spelled(text: str, kind: str, locale: str) -> str:
    """A reading as the grader of a locale takes it: a point would part thousands where commas do not."""
    return text.replace(".", ",") if kind == "number" and locale != "en" else text


def _chosen(column: Column, darkness: tuple[float, ...], empty: float) -> str:
    """The value of the one bubble that is marked, "" for none."""
    marked = [bubble.value for bubble, value in zip(column.bubbles, darkness, strict=True)
              if value >= MARKED]
    between = [bubble.value for bubble, value in zip(column.bubbles, darkness, strict=True)
               if empty <= value < MARKED]
    if len(marked) > 1:
        raise _Doubt(f"{' and '.join(marked)} are both marked")
    if between:
        what = "faint or erased" if not marked else f"erased, or a second mark beside {marked[0]}"
        raise _Doubt(f"{' and '.join(between[:3])}: {what}")
    return marked[0] if marked else ""


def _number(one: Field, found: Measured, empty: float) -> str:
    """The number or shape in a grid."""
    chosen = [_chosen(column, darkness, empty)
              for column, darkness in zip(one.columns, found.darkness, strict=True)]
    hand = next(n for n, column in enumerate(one.columns) if column.part == "hand")
    if chosen[hand]:
        raise _Doubt("written by hand: read it")
    for column, digit, ink in zip(one.columns, chosen, found.ink, strict=True):
        if ink > (WRITTEN_SIGN if column.part == "sign" else WRITTEN) and not digit:
            raise _Doubt("written, but no bubble filled below" if column.part not in ("sign", "hand")
                         else "something is written where the sign goes")
    sign = next((digit for column, digit in zip(one.columns, chosen, strict=True)
                 if column.part == "sign"), "")
    parts: dict[str, list[str]] = {column.part: [] for column in one.columns
                                   if column.part not in ("sign", "hand")}
    for column, digit in zip(one.columns, chosen, strict=True):
        if column.part in parts:
            parts[column.part].append(digit)
    if one.kind == "shape":
        return _shape([_whole(digits) for digits in parts.values()])
    whole = _whole(parts["whole"])
    decimals = _whole(parts.get("decimals", [])[::-1])[::-1]
    if not whole and not decimals:
        if sign:
            raise _Doubt("a minus without a number")
        return ""
    text = whole.lstrip("0") or "0"
    return sign + text + (f".{decimals}" if decimals else "")


def _whole(digits: list[str]) -> str:
    """Digits that end at the point, with nothing missing in between."""
    text = "".join(digit or " " for digit in digits).lstrip(" ")
    if " " in text:
        raise _Doubt("a digit is missing inside the number, or it does not stand at the point")
    return text


def _shape(sizes: list[str]) -> str:
    given = [size for size in sizes if size]
    if sizes[:len(given)] != given:
        raise _Doubt("a size is missing in front of another")
    return "×".join(size.lstrip("0") or "0" for size in given)
