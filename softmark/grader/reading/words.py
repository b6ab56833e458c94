"""Shapes, choices and sets of words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from softmark.grader.reading.numbers import Unreadable, clean
from softmark.worksheet.records import Reading

MAX_LENGTH = 5_000
_AT = re.compile(r"\s*(\d{1,9})\s*(?:@|(?:feature ?)?(?:maps|channels|filters|images)(?: of(?: size)?)?)"
                 r"\s*(\d{1,9})\s*x\s*(\d{1,9})\s*", re.ASCII)
_SIZE_NAMED = re.compile(r"([hwcd])\w{0,8}\s?[=:]\s?(\d{1,9})", re.ASCII)
_AROUND = re.compile(r"^\s*(?:[a-z_ ]{0,20}[=:]\s*)?(?:(?:torch\.)?(?:size|shape|tuple)\s?\()?"
                     r"|(?:px|pixels)?[\s.)]*$")
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
    named = dict(_SIZE_NAMED.findall(cleaned))
    if {"h", "w"} <= set(named) and len(named) == 3:
        return Reading("one", tuple(int(named[key]) for key in sorted(named, key="hwcd".index)))
    cleaned = _AROUND.sub("", cleaned).replace(" by ", " x ")
    feature_maps = _AT.fullmatch(cleaned)
    if feature_maps:
        depth, height, width = (int(size) for size in feature_maps.groups())
        return Reading("one", (height, width, depth))
    cleaned = re.sub(r"(\d{1,9})\s?\^\s?2(?!\d)", r"\1x\1", cleaned.strip(" ()[],"))
    cleaned, total = re.sub(r"^none,\s?", "", cleaned).partition("=")[::2]
    cleaned = cleaned.strip()
    if not _SIZES.fullmatch(cleaned) or (total and not re.fullmatch(r"\s?[\d ,.]{1,30}", total)):
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
    letter = given.strip("().:\"' ")
    if len(letter) == 1 and "a" <= letter <= "z" and ord(letter) - 97 < len(options):
        return Reading("one", options[ord(letter) - 97])
    return Reading("invalid", message="it is none of " + ", ".join(options))


def read_letters(text: str, options: Sequence[str], multi: bool = False) -> Reading:
    """The letters of the options chosen, in order: by letter, by number of letters, or by words.

    With `multi`, several: "a, c", "AC", "a and c", or the options' own words apart by ";".
    """
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long")
    known = {chr(97 + place): _folded(option) for place, option in enumerate(options[:26])}
    count = len(known) or 26
    whole = _letter(text, known, count)
    if whole:
        return Reading("one", (whole,))
    parts = [part for part in re.split(r"\s*(?:[,;/&+\n]|\b(?:and|und|et)\b)\s*|\s+",
                                       _plain_letters(text)) if part]
    if len(parts) == 1 and parts[0].isalpha() and len(parts[0]) <= count:
        parts = list(parts[0])
    if parts and not all(_letter(part, known, count) for part in parts):
        parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
    found = tuple(sorted({_letter(part, known, count) for part in parts}))
    if not found or "" in found:
        return Reading("invalid", message="it is none of " + (", ".join(options) or "the letters"))
    if len(found) > 1 and not multi:
        return Reading("invalid", message="one choice is asked, not several")
    return Reading("one", found)


def _plain_letters(text: str) -> str:
    text = re.sub(r"[\[\](){}\"'“”‘’.:]", " ", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"^\s*(?:(?:the )?(?:right )?(?:answer|options?|choices?)(?: is)?)\b", " ", text)


def _letter(text: str, known: Mapping[str, str], count: int) -> str:
    """The letter of the option that a text names, by its words, itself or "a) words"; or ""."""
    folded = _folded(text)
    trimmed = folded.strip("\"'“”‘’!.")
    for way in (folded, trimmed):
        for letter, option in known.items():
            if option in (way, way + "."):
                return letter
    bare = _plain_letters(text).strip()
    named = re.match(r"([a-z])\s?[-–—]\s?(.{1,200})$", bare)
    if named and known.get(named[1]) == _folded(named[2]):
        return named[1]
    return bare if len(bare) == 1 and bare.isascii() and bare.isalpha() and ord(bare) - 97 < count \
        else ""


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
    # what a scan leaves open, and what nobody can have typed
    if set("".join(words)) <= {"?", "\ufffd"}:
        return Reading("invalid", message="a question mark is no answer")
    return Reading("one", words)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.strip().strip("$")).casefold()
    for sign, plain in _ALIKE.items():
        text = text.replace(sign, plain)
    return re.sub(r"\s+", "", text)
