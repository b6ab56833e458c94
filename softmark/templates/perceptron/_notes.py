"""What the sheets of threshold units say of their sums."""

from __future__ import annotations

from typing import Any

from softmark.worksheet.notation import number_tex, number_text
from softmark.worksheet.terms import plain_value


def written(value: Any) -> str:
    """An exact number of two decimals at most, as LaTeX."""
    return number_tex(number_text(plain_value(value), 2))


def compared(symbol: str, total: Any, bound: Any = 0) -> str:
    r"""A sum beside its threshold, as a sentence.

    >>> compared("s_1", -3), compared("s_2", 4, 4)
    ('$s_1=-3<0$.', '$s_2=4$, exactly on the border.')
    """
    if total == bound:
        return f"${symbol}={written(total)}$, exactly on the border."
    return f"${symbol}={written(total)}{'>' if total > bound else '<'}{written(bound)}$."
