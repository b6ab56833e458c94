"""The words of a page's language on the page; what is English all the same is marked as such."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from softmark.problem_bank.words import ENGLISH, Words, words_for
from softmark.rendering.text import plain_html


@dataclass(frozen=True, slots=True)
class Speech:
    """Speaks a page's language; everything but markup is escaped."""

    words: Words
    target: str = "pdf"

    def __call__(self, key: str, **values: Any) -> Markup:
        """A phrase, filled in."""
        return Markup(escape(self.words[key])).format(**values)

    def count(self, key: str, number: Fraction | int, **values: Any) -> Markup:
        """A phrase in the form that goes with a number, which is its `n`."""
        phrase = Markup(escape(self.words.plural(key, number)))
        return phrase.format(n=self.words.marks(number), **values)

    def marks(self, number: Fraction | int) -> str:
        """Marks, with the language's decimal sign."""
        return self.words.marks(number)

    @property
    def language(self) -> str:
        """The page's language, as HTML names it."""
        return self.words.language

    @property
    def english(self) -> Markup:
        """The attribute of an element whose text is English, where the page's is not."""
        return Markup("") if self.language.split("-")[0] == ENGLISH else Markup(' lang="en"')

    def in_english(self, text: Any) -> Markup:
        """A piece of English in a line of the page's language."""
        return Markup("<span{}>{}</span>").format(self.english, text) if self.english \
            else Markup(escape(text))

    def note(self, note: str) -> Markup:
        """A reason that the grader gives, in the page's language where the catalogue has it."""
        for key, pattern in _notes():
            found = pattern.fullmatch(note)
            if found:
                return self(key, **{name: plain_html(text, self.target)
                                    for name, text in found.groupdict().items()})
        return self.in_english(plain_html(note, self.target))

    @property
    def folio(self) -> dict[str, str]:
        """What stands before, between and behind the number of a page and that of all pages."""
        before, between, behind = re.split(r"\{pages?\}", self.words["head.folio"])
        return {"before": before, "between": between, "behind": behind}


@lru_cache(maxsize=1)
def _notes() -> list[tuple[str, re.Pattern[str]]]:
    """The grader's reasons as patterns of the English catalogue."""
    phrases = words_for().phrases
    return [(key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(phrase)), re.S))
            for key, phrase in phrases.items() if key.startswith("note.")]
