"""From raw strings to cells: what a student wrote for each value asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from softmark.grader.reading import read
from softmark.worksheet.asks import Ask, Cell
from softmark.worksheet.records import Reading

BLANK = Reading("blank")
_ONE_BY_ONE = {"vector": "number", "matrix": "number", "design": "number", "integer": "number"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was written for one cell, kept as it was, and how it is read."""

    ask: Ask
    cell: Cell
    raw: str
    reading: Reading
    as_other: bool = False

    @property
    def value(self) -> Any:
        """The number, shape or words, `as_other` those of the less usual reading; None if unread."""
        if self.reading.status in ("blank", "invalid"):
            return None
        return self.reading.other if self.as_other else self.reading.value


def answers_to(ask: Ask, raw: Mapping[str, str], locale: str = "en") -> list[Answer]:
    """The answer to every cell of an ask.

    An array may be given cell by cell (`z[4]`) or whole (`z`); a cell given alone goes first.
    """
    single = len(ask.cells) == 1 and not ask.shape
    whole = raw.get(ask.name, "") if not single else ""
    parts = _whole_array(ask, whole, locale) if whole.strip() else {}
    found = []
    for cell in ask.cells:
        text = str(raw.get(cell.name, ""))
        if text.strip():
            found.append(Answer(ask, cell, text, _read_cell(ask, text, locale)))
        elif cell.index in parts or parts.get(None):
            reading = parts.get(cell.index) or parts[None]
            found.append(Answer(ask, cell, whole, reading))
        else:
            found.append(Answer(ask, cell, "", BLANK))
    return found


def _read_cell(ask: Ask, text: str, locale: str) -> Reading:
    kind = _ONE_BY_ONE.get(ask.kind, ask.kind)
    if kind == "text":
        kind = "set"
    if ask.symbolic:
        kind = "expression"
    return read(text, kind, options=ask.options, locale=locale, symbols=ask.symbols)


def _whole_array(ask: Ask, text: str, locale: str) -> dict[Any, Reading]:
    """Readings by index of an array given in one piece; the key None stands for all cells."""
    kind = "matrix" if len(ask.shape) == 2 else "vector"
    labels = ask.axes[0] if len(ask.axes) == 1 else None
    reading = read(text, kind, shape=ask.shape, labels=labels, locale=locale)
    if reading.status in ("blank", "invalid"):
        return {None: reading}
    others = dict(_items(reading.other)) if reading.other is not None else {}
    return {index: Reading("one", value, others[index] if others.get(index, value) != value else None,
                           _nested(reading.digits, index), reading.message)
            for index, value in _items(reading.value)}


def _items(value: Any, index: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], Any]]:
    if not isinstance(value, tuple | list):
        return [(index, value)]
    return [pair for i, item in enumerate(value) for pair in _items(item, (*index, i))]


def _nested(digits: Any, index: tuple[int, ...]) -> Any:
    for i in index:
        if not isinstance(digits, tuple | list):
            return digits
        digits = digits[i]
    return digits


def carried(value: Any, exact: bool) -> Any:
    """A typed value as a run goes on with it."""
    if isinstance(value, Decimal | Fraction | int):
        return Fraction(value) if exact else float(value)
    return value
