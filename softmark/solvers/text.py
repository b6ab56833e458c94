"""Text features: bag of words, TF, DF, IDF, TF-IDF.

Conventions: lower case, runs of letters and digits are the tokens, vocabulary in alphabetical
order. Tables are words × documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from softmark.solvers.functions import log

_TOKEN = re.compile(r"[^\W_]+")


def tokens(document: str) -> list[str]:
    """The document's words in lower case, punctuation dropped."""
    return _TOKEN.findall(document.lower())


def vocabulary(documents: Sequence[str], stop: Collection[str] = ()) -> tuple[str, ...]:
    """Every different word once, in alphabetical order, without the words of `stop`."""
    return tuple(sorted({word for document in documents for word in tokens(document)} - {*stop}))


def counts(documents: Sequence[str], stop: Collection[str] = ()) -> Any:
    """How often each word of the vocabulary occurs in each document: words × documents."""
    split = [tokens(document) for document in documents]
    return np.array([[words.count(word) for words in split] for word in vocabulary(documents, stop)])


def term_frequency(table: Any, lengths: Any) -> Any:
    """Count over the document's length in words."""
    return table / lengths


def document_frequency(table: Any) -> Any:
    """In how many documents each word occurs."""
    return (np.asarray(table) > 0).sum(axis=1)


def inverse_document_frequency(documents: Any, frequency: Any, base: str = "10") -> Any:
    """log(N / df), to base 10, e or 2 (Spärck Jones, 1972), without smoothing."""
    return log(documents / frequency, base)
