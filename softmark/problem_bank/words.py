"""The words that softmark itself prints on pages, language by language.

A language is one TOML file: keys and phrases with named {placeholders}. Texts of families are not
here; they are written once, in English.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from softmark.problem_bank.files import read_text
from softmark.worksheet.errors import UserError
from softmark.worksheet.notation import marks_text

FOLDER = Path(__file__).parent / "languages"
ENGLISH = "en"
MAX_BYTES = 100_000
MAX_PHRASE = 1000
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: what a phrase that is a setting may be
_SETTINGS = {"number.decimal": (".", ","), "number.one": ("1", "below 2")}


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of a page's language."""

    language: str
    phrases: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.phrases[key]

    def plural(self, key: str, number: Fraction | int) -> str:
        """The phrase in the form that goes with a number."""
        one = number < 2 if self["number.one"] == "below 2" else number == 1
        return self[f"{key}.{'one' if one else 'other'}"]

    def marks(self, number: Fraction | int) -> str:
        """Marks as a page shows them, with the language's decimal sign."""
        return marks_text(number).replace(".", self["number.decimal"])


@lru_cache(maxsize=1)
def shipped() -> tuple[str, ...]:
    """The languages that come with softmark."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache(maxsize=8)
def _shipped_phrases(language: str) -> dict[str, str]:
    return flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def words_for(language: str = ENGLISH, own: bytes = b"") -> Words:
    """The words of a language: those of a file of one's own first, English where there is none."""
    base = language.split("-")[0]
    phrases = _shipped_phrases(base) if base in shipped() else {}
    return Words(language, {**_shipped_phrases(ENGLISH), **phrases, **_own_phrases(own)})


@lru_cache(maxsize=8)
def _own_phrases(file: bytes) -> dict[str, str]:
    return flat(tomllib.loads(file.decode("utf-8-sig")))


def flat(tables: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Tables of phrases as one, keys joined by dots; ValueError for what is no phrase."""
    found: dict[str, str] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping) and before.count(".") < 2:
            found |= flat(value, f"{before}{name}.")
        elif isinstance(value, str):
            found[before + name] = value
        else:
            raise ValueError(f"{before + name} should be a phrase in quotation marks")
    return found


def check(own: Mapping[str, str]) -> None:
    """ValueError in one sentence for the first of one's own phrases that cannot be used."""
    english = _shipped_phrases(ENGLISH)
    for key, phrase in own.items():
        if key not in english:
            near = difflib.get_close_matches(key, english, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"there is no phrase {key!r}{hint}")
        _check(key, phrase, english[key])


def _check(key: str, phrase: str, english: str) -> None:
    if key in _SETTINGS:
        if phrase not in _SETTINGS[key]:
            raise ValueError(f"{key} = {phrase[:30]!r}: should be one of "
                             f"{', '.join(map(repr, _SETTINGS[key]))}")
        return
    if not phrase.strip() or len(phrase) > MAX_PHRASE or _CONTROL.search(phrase):
        raise ValueError(f"{key}: should be one line of 1 to {MAX_PHRASE} characters")
    wanted, there = _PLACEHOLDER.findall(english), _PLACEHOLDER.findall(phrase)
    if sorted(wanted) != sorted(there) or re.search(r"[{}]", _PLACEHOLDER.sub("", phrase)):
        names = " and ".join(f"{{{name}}}" for name in wanted)
        raise ValueError(f"{key}: should hold {names}, each once" if wanted
                         else f"{key}: should hold no braces")
    if key == "head.folio" and there != wanted:
        # the style sheet counts in this order
        raise ValueError(f"{key}: should hold {{page}} before {{pages}}")


def missing(language: str, own: bytes = b"") -> list[str]:
    """The phrases that a language lacks, and that therefore stand in English."""
    if language.split("-")[0] in shipped():
        return []
    return [key for key in _shipped_phrases(ENGLISH) if key not in _own_phrases(own)]


def read_words(path: Path) -> bytes:
    """A file of phrases of one's own; UserError in one sentence if it cannot be used."""
    text = read_text(path, "file of words (TOML)", MAX_BYTES)
    try:
        check(flat(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is not valid TOML: {error}") from None
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    return text.encode()
