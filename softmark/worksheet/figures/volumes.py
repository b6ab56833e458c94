"""Volumes of maps with a window on the first: how a convolution layer is drawn on a board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from softmark.worksheet.drawing import Colour, Drawing, Line, Mark, Point, Polyline, Rect, Text

SIDE, SHRINK, WINDOW, GAP, TOP, SIZE = 56.0, 12.0, 17.0, 104.0, 26.0, 8.0
DEEP: Point = (20.0, -13.0)


class Volume(NamedTuple):
    """What stands at a volume's sides, "" for nothing, and its name below."""

    height: str = ""
    width: str = ""
    depth: str = ""
    name: str = ""


def volumes(shapes: Sequence[Volume], layers: Sequence[tuple[str, str]], alt: str) -> Drawing:
    """Volumes in a row, between them arrows with a text above and one below.

    layers: one fewer than shapes. Sizes are not to scale; a window through the full depth is marked
    on each volume that an arrow leaves.
    """
    marks: list[Mark] = []
    x, middle = 40.0, TOP + SIDE / 2
    for place, shape in enumerate(shapes):
        side = SIDE - SHRINK * (place > 0)
        marks += _volume(shape, (x, middle - side / 2), side, place < len(layers))
        x += side
        if place < len(layers):
            # the next volume's height stands between it and the arrow
            begin, end = x + DEEP[0] + 8, x + GAP - (18 if shapes[place + 1].height else 8)
            above, below = layers[place]
            marks += [Line((begin, middle), (end, middle), 0.8, arrow=True),
                      Text(((begin + end) / 2, middle - 8), above, SIZE),
                      Text(((begin + end) / 2, middle + 9), below, SIZE)]
            x += GAP
    words = [", ".join(text for text in shape if text) for shape in shapes]
    told = words[0] + "".join(
        f"; through {', '.join(text for text in layer if text)} to {after or 'the next maps'}"
        for layer, after in zip(layers, words[1:], strict=True))
    return Drawing(x + DEEP[0] + 40, middle + SIDE / 2 + 26, tuple(marks), f"{alt}: {told}")


def _volume(shape: Volume, corner: Point, side: float, window: bool) -> list[Mark]:
    (x, y), (dx, dy) = corner, DEEP
    marks: list[Mark] = [*_solid(corner, side, "ink"),
                         Text((x - 4, y + side / 2), shape.height, SIZE, "accent", "end"),
                         Text((x + side / 2, y + side + 7), shape.width, SIZE, "accent"),
                         Text((x + side + dx / 2 + 3, y + side + dy / 2 + 5), shape.depth, SIZE,
                              "accent", "start"),
                         Text((x + side / 2, y + side + (18 if shape.width else 8)), shape.name, SIZE,
                              italic=True)]
    return marks + (_solid((x + 5, y + 5), WINDOW, "warm") if window else [])


def _solid(corner: Point, side: float, colour: Colour) -> list[Mark]:
    """A box seen from the front and a little from above and the right."""
    (x, y), (dx, dy) = corner, DEEP
    right, bottom = x + side, y + side
    return [Polyline(((x, y), (x + dx, y + dy), (right + dx, y + dy), (right + dx, bottom + dy),
                      (right, bottom)), 0.8, colour),
            Polyline(((right, y), (right + dx, y + dy)), 0.8, colour),
            Rect(corner, side, side, "pale" if colour == "ink" else "paper", colour, 0.8)]
