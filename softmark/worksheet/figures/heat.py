"""Maps as squares whose size shows the value, told apart in black and white too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from softmark.worksheet.drawing import Drawing, Mark, Rect, Text
from softmark.worksheet.terms import leaf_text

SIDE, GAP, TITLE = 22.0, 26.0, 14.0


def heat(maps: Sequence[tuple[str, Any]], alt: str) -> Drawing:
    """Titled maps side by side: in each cell a square, filled where the value is positive and open
    where it is negative, its area in proportion to the size of the value; the number below it."""
    most = max((abs(float(v)) for _, rows in maps for row in rows for v in row), default=0.0) or 1.0
    marks: list[Mark] = []
    x, tall = 1.0, 0.0
    for title, rows in maps:
        wide = len(rows[0]) * SIDE
        marks.append(Text((x + wide / 2, 6), title, 8, "accent"))
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                left, top = x + j * SIDE, TITLE + i * (SIDE + 9)
                half = (SIDE - 4) / 2 * (abs(float(value)) / most) ** 0.5
                marks += [Rect((left, top), SIDE, SIDE + 9, "paper", "soft", 0.4),
                          Text((left + SIDE / 2, top + SIDE + 4), leaf_text(value), 7)]
                if half:
                    marks.append(Rect((left + SIDE / 2 - half, top + SIDE / 2 - half), 2 * half, 2 * half,
                                      "accent" if value > 0 else "paper", "ink", 0.7))
        x += wide + GAP
        tall = max(tall, len(rows) * (SIDE + 9))
    words = "; ".join(f"{title} = [" + " / ".join(" ".join(map(leaf_text, row)) for row in rows) + "]"
                      for title, rows in maps)
    return Drawing(x - GAP + 1, TITLE + tall + 2, tuple(marks), f"{alt}: {words}")
