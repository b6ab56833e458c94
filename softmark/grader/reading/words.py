"""Shapes, choices and sets of words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from softmark.grader.reading.numbers import Unreadable, clean
from softmark.worksheet.records import Reading

MAX_LENGTH = 5_000
_AT = re.compile(r"^\s*(\d{1,9})\s*@\s*(\d{1,9})\s*x\s*(\d{1,9})\s*$")
_SIZES = re.compile(r"\d{1,9}(?:(?:\s*[,;x*·]\s*|\s+)\d{1,9}){0,7}", re.ASCII)
_ALIKE = {"≥": ">=", "⩾": ">=", "≤": "<=", "⩽": "<=", "\\geq": ">=", "\\ge": ">=",
          "\\leq": "<=", "\\le": "<=", "=>": ">=", "=<": "<="}


def read_shape(text: str, layout: str = "HWC") -> Reading:
    """Sizes such as 55×55×96, (96, 55, 55) or 96@55x55, in the order height, width, channels.

    With layout "CHW" the channels are typed first; "96@55x55" always names them first.
    """
    if not text.strip():
        return Reading("blank")
    if len(text) > 200:
        return Reading("invalid", message="the answer is too long for a shape")
    try:
        cleaned = clean(text).lower()
    except Unreadable as error:
        return Reading("invalid", message=str(error))
    cleaned = re.sub(r"^[a-z_ ]{0,12}=", "", cleaned)
    feature_maps = _AT.match(cleaned)
    if feature_maps:
        depth, height, width = (int(size) for size in feature_maps.groups())
        return Reading("one", (height, width, depth))
    cleaned = cleaned.strip(" ()[]")
    if not _SIZES.fullmatch(cleaned):
        return Reading("invalid", message="a shape is whole numbers such as 55×55×96")
    sizes = tuple(int(size) for size in re.findall(r"\d+", cleaned))
    if layout == "CHW" and len(sizes) == 3:
        sizes = (sizes[1], sizes[2], sizes[0])
    return Reading("one", sizes)


def read_choice(text: str, options: Sequence[str]) -> Reading:
    """One of the options, by its words or by its letter a, b, c, …"""
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long")
    given = _folded(text)
    for option in options:
        if _folded(option) == given:
            return Reading("one", option)
    letter = given.strip("().: ")
    if len(letter) == 1 and "a" <= letter <= "z" and ord(letter) - 97 < len(options):
        return Reading("one", options[ord(letter) - 97])
    return Reading("invalid", message="it is none of " + ", ".join(options))


def read_set(text: str) -> Reading:
    """Words or numbers apart by commas, semicolons, lines or spaces, in or without brackets."""
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long")
    inner = text.strip().strip("{}[]()")
    parts = re.split(r"[,;\n]+", inner) if re.search(r"[,;\n]", inner) else inner.split()
    words = tuple(part.strip().strip("\"'“”‘’").lower() for part in parts if part.strip())
    if not words:
        return Reading("invalid", message="there is nothing in the brackets")
    return Reading("one", words)


def _folded(text: str) -> str:
    text = text.strip().strip("$").casefold()
    for sign, plain in _ALIKE.items():
        text = text.replace(sign, plain)
    return re.sub(r"\s+", "", text)
