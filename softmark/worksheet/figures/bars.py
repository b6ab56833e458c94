"""Bars over whole-number places: histograms, with their heights written on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from softmark.worksheet.drawing import Drawing, Line, Mark, Rect, Text
from softmark.worksheet.terms import leaf_text

TALL, WIDE, GAP, TOP, BOTTOM, LEFT = 60.0, 22.0, 6.0, 14.0, 26.0, 8.0


def bars(heights: Sequence[Any], names: Sequence[str], alt: str, below: str = "") -> Drawing:
    """Bars with their heights above and their names below; `below` names the axis.

    The words for those who cannot see it hold all heights.
    """
    highest = max(float(height) for height in heights) or 1.0
    floor = TOP + TALL
    marks: list[Mark] = []
    for place, (height, name) in enumerate(zip(heights, names, strict=True)):
        left = LEFT + GAP / 2 + place * (WIDE + GAP)
        tall = float(height) / highest * TALL
        if tall:
            marks.append(Rect((left, floor - tall), WIDE, tall, "pale"))
        marks += [Text((left + WIDE / 2, floor - tall - 6), leaf_text(height), 8),
                  Text((left + WIDE / 2, floor + 7), name, 8)]
    width = LEFT + len(heights) * (WIDE + GAP) + 4
    marks.append(Line((LEFT - 4, floor), (width - 2, floor)))
    if below:
        marks.append(Text((width / 2, floor + 19), below, 8, "accent"))
    return Drawing(width, floor + BOTTOM, tuple(marks), f"{alt}: " + ", ".join(
        f"{name}: {leaf_text(height)}" for name, height in zip(names, heights, strict=True)))
