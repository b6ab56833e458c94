"""What a drawing's marks come to, on a screen and in print: heads of arrows, dashes, runs of text."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from softmark.worksheet.drawing import PALETTE, Line, Point, Text
from softmark.worksheet.notation import with_minus

HEAD = 4.5
LINE_DASH, RECT_DASH = (3, 2), (2, 1.5)
_SUBSCRIPT = re.compile(r"_(?:\{([^{}]*)\}|(\w))")


def fill_of(colour: str | None) -> str:
    """The colour as #rrggbb, "none" where there is none."""
    return PALETTE[colour] if colour else "none"


def arrow(line: Line) -> tuple[Point, list[Point]]:
    """Where an arrow's shaft ends, and the corners of its head; the line's own end without a head."""
    (x1, y1), (x2, y2) = line.start, line.end
    if not line.arrow:
        return (x2, y2), []
    angle = math.atan2(y2 - y1, x2 - x1)
    corners = [(x2, y2)] + [(x2 - HEAD * math.cos(angle + turn), y2 - HEAD * math.sin(angle + turn))
                            for turn in (0.38, -0.38)]
    return (x2 - 0.7 * HEAD * math.cos(angle), y2 - 0.7 * HEAD * math.sin(angle)), corners


class Run(NamedTuple):
    """A piece of a line of text: its size, and how far below the line it stands."""

    text: str
    size: float
    drop: float


def baseline(text: Text) -> float:
    """The y of the line that the text stands on."""
    return text.at[1] + 0.35 * text.size


def runs(text: Text) -> list[Run]:
    """The text in pieces, subscripts smaller and lower; numbers with a minus for a hyphen.

    >>> runs(Text((0, 0), "-w_{14}", size=10))
    [Run(text='-w', size=10, drop=0.0), Run(text='14', size=7.2, drop=2.2)]
    """
    found, last = [], 0
    words = with_minus(text.text)
    for match in _SUBSCRIPT.finditer(words):
        inner = match[1] if match[1] is not None else match[2]
        found += [Run(words[last:match.start()], text.size, 0.0),
                  Run(inner, round(0.72 * text.size, 2), round(0.22 * text.size, 2))]
        last = match.end()
    found.append(Run(words[last:], text.size, 0.0))
    return [run for run in found if run.text]
