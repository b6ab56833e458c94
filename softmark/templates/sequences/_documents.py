"""What the families about a few sentences share."""

from __future__ import annotations

from pydantic import field_validator

from softmark.solvers import text
from softmark.worksheet import Template, given


class Documents(Template):
    """Short sentences whose words are counted."""

    documents: tuple[str, ...] = given(about="the sentences", min_length=2, max_length=6)

    @field_validator("documents")
    @classmethod
    def _has_words(cls, documents: tuple[str, ...]) -> tuple[str, ...]:
        if not all(text.tokens(d) for d in documents) or max(map(len, documents)) > 200:
            raise ValueError("every sentence needs words, and 200 characters are the most")
        if len(text.vocabulary(documents)) > 25:
            raise ValueError("together the sentences have more than 25 different words")
        return documents
