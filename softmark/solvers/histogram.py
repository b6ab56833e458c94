"""Histogram equalisation on counts of grey levels 0 … L − 1 (Gonzalez and Woods, 2018, section 3.3)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np


def cumulative(counts: Any) -> Any:
    """Pixels at or below each level."""
    total: Any = 0
    out = []
    for count in counts:
        total = total + count
        out.append(total)
    return np.array(out)


def stretched(cdf: Any, pixels: Any, top: Any, lowest: Any = 0) -> Any:
    """Where each level goes before rounding: (L − 1) · c / N with `top` = L − 1.

    With `lowest`, the count at the darkest level in use, (L − 1)(c − c_min) / (N − c_min): the
    darkest level goes to 0.
    """
    if lowest == 0:
        return top * cdf / pixels
    return top * (cdf - lowest) / (pixels - lowest)


def rounded_level(value: Any, rounding: str = "nearest") -> int:
    """The level as a whole number: "nearest" (a half goes up) or "floor"."""
    if rounding not in ("nearest", "floor"):
        raise ValueError(f"levels are rounded to the nearest or by floor, not {rounding!r}")
    level: int = math.floor(value + Fraction(1, 2) if rounding == "nearest" else value)
    return level


def moved(counts: Any, levels: Any, size: int) -> list[Any]:
    """The new histogram: level k's pixels are counted at levels[k]."""
    out: list[Any] = [0] * size
    for count, level in zip(counts, levels, strict=True):
        out[level] = out[level] + count
    return out
