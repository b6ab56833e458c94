"""Grids of numbers: images, kernels, maps, with a window marked and zeros around if asked; and
stacks of layers as boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from softmark.worksheet.drawing import Colour, Drawing, Line, Mark, Rect, Text
from softmark.worksheet.terms import leaf_text

CELL, GAP, TITLE = 21.0, 34.0, 14.0
BOX, TALL, ARROW, PER_ROW = 54.0, 20.0, 11.0, 7
#: poolings and fully connected layers stand out from the convolutions, in print too
FILLS: dict[str, Colour] = {"POOL": "pale", "FC": "soft"}


def grids(tables: Sequence[tuple[str, Any]], alt: str, window: tuple[int, int] | None = None,
          padding: int = 0) -> Drawing:
    """Titled grids side by side; the first may have a window marked and a dashed zero border.

    They hold numbers, or letters as text. The words for those who cannot see it hold them all, row
    by row.
    """
    marks: list[Mark] = []
    x, tall = 1.0, 0.0
    for place, (title, rows) in enumerate(tables):
        border = padding if place == 0 else 0
        high, wide = len(rows) + 2 * border, len(rows[0]) + 2 * border
        cell = max(CELL, 4.6 * max(len(_text(v)) for row in rows for v in row) + 6)
        marks.append(Text((x + wide * cell / 2, 6), title, 8, "accent"))
        marks += _zeros(x, high, wide, border, cell)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                left, top = x + (j + border) * cell, TITLE + (i + border) * CELL
                marks += [Rect((left, top), cell, CELL, "paper"),
                          Text((left + cell / 2, top + CELL / 2), _text(value), 8.5)]
        if window and place == 0:
            marks.append(Rect((x, TITLE), window[1] * cell, window[0] * CELL, None, "warm", 1.6))
        x += wide * cell + GAP
        tall = max(tall, high * CELL)
    return Drawing(x - GAP + 1, TITLE + tall + 2, tuple(marks),
                   f"{alt}: " + ", ".join(_in_words(title, rows) for title, rows in tables))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else leaf_text(value)


def _in_words(title: str, rows: Any) -> str:
    return f"{title} = [" + " / ".join(" ".join(map(_text, row)) for row in rows) + "]"


def _zeros(x: float, high: int, wide: int, border: int, cell: float) -> list[Mark]:
    marks: list[Mark] = []
    for i in range(high):
        for j in range(wide):
            if border and (i < border or j < border or i >= high - border or j >= wide - border):
                left, top = x + j * cell, TITLE + i * CELL
                marks += [Rect((left, top), cell, CELL, "pale", "soft", 0.4, dashed=True),
                          Text((left + cell / 2, top + CELL / 2), "0", 7.5, "soft")]
    return marks


def stack(captions: Sequence[str], source: str, alt: str) -> Drawing:
    """The layers of a network as boxes in reading order, with arrows from `source` on; its words tell
    them all.

    `captions` begin with the kind of the layer: CONV3-64, POOL2, FC-10.
    """
    marks: list[Mark] = []
    for place, caption in enumerate((source, *captions)):
        row, column = divmod(place, PER_ROW)
        left, middle = column * (BOX + ARROW) + ARROW, row * (TALL + ARROW) + TALL / 2 + 1
        if place:
            marks.append(Line((left - ARROW + 1, middle), (left - 1, middle), 0.7, arrow=True))
            fill = FILLS.get(caption.partition("-")[0].rstrip("0123456789"), "paper")
            marks.append(Rect((left, middle - TALL / 2), BOX, TALL, fill))
        white = place and caption.startswith("FC")
        marks.append(Text((left + BOX / 2, middle), caption, 7.5, "paper" if white else "ink"))
    rows, wide = -(-(len(captions) + 1) // PER_ROW), min(len(captions) + 1, PER_ROW)
    return Drawing(wide * (BOX + ARROW) + 1, rows * (TALL + ARROW) - ARROW + 2, tuple(marks),
                   f"{alt}: {', '.join((source, *captions))}")
