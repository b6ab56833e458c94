"""Scripts made for tests and studies: what a hand would write down for given values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from softmark.worksheet.asks import Ask
from softmark.worksheet.expressions import Expression
from softmark.worksheet.fields import Shape
from softmark.worksheet.notation import decimals_for, number_text, plain, rounded
from softmark.worksheet.runs import Run
from softmark.worksheet.terms import plain_value


def values_of(run: Run) -> dict[str, Any]:
    """The value of every step of a run."""
    return {name: done.value for name, done in run.items()}


def written(asks: Sequence[Ask], values: Mapping[str, Any], extra_digits: int = 0) -> dict[str, str]:
    """The answers to `asks` as typed: cell name -> text, with as many digits as asked (or more)."""
    sheet = {}
    for ask in asks:
        if ask.name not in values:
            continue
        value = plain_value(values[ask.name])
        for cell in ask.cells:
            at = value[cell.index] if cell.index else value
            sheet[cell.name] = _typed(at, ask.decimals, extra_digits)
    return sheet


def _typed(value: Any, decimals: int, extra: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Shape | Expression):
        return str(value)
    if isinstance(value, tuple | frozenset):
        return ", ".join(str(item) for item in value)
    value = value.item() if isinstance(value, np.generic) else value
    if extra and not isinstance(value, int):
        return plain(rounded(value, decimals_for(value, decimals) + extra))
    return number_text(value, decimals)
