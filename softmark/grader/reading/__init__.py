"""Reading answers: what a person typed, as a value, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from softmark.grader.reading.arrays import read_array
from softmark.grader.reading.expressions import read_expression
from softmark.grader.reading.numbers import read_number
from softmark.grader.reading.words import read_choice, read_set, read_shape
from softmark.worksheet.expressions import Expression
from softmark.worksheet.records import Reading

KINDS = ("number", "integer", "vector", "matrix", "shape", "expression", "choice", "set", "text",
         "design")


def read(text: str, kind: str, *, shape: Sequence[int] | None = None,
         labels: Sequence[str] | None = None, options: Sequence[str] = (), locale: str = "en",
         unit: str | None = None, layout: str = "HWC",
         symbols: Mapping[str, Expression] | None = None, label: str | None = None,
         element: Callable[[str], Reading] | None = None) -> Reading:
    """How `text` is read as an answer of the kind; ValueError for a kind there is not."""
    if kind in ("number", "integer"):
        return read_number(text, locale, unit, label)
    if kind in ("vector", "matrix", "design"):
        rank = 2 if kind == "matrix" else 1
        return read_array(text, shape, labels, locale, rank, element)
    if kind == "shape":
        return read_shape(text, layout)
    if kind == "expression":
        return read_expression(text, symbols or {}, locale)
    if kind == "choice":
        return read_choice(text, options)
    if kind in ("set", "text"):
        return read_set(text)
    raise ValueError(f"there is no kind of answer called {kind!r}")


__all__ = ["KINDS", "Reading", "read"]
