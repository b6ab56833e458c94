"""Charts with axes: curves and series of points, told apart by marker and by a word at their end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from softmark.worksheet.drawing import Circle, Colour, Drawing, Line, Mark, Point, Polyline, Rect, Text

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 210.0, 112.0, 34.0, 12.0, 58.0, 14.0
#: how high a name is
LINE = 9.0
COLOURS: tuple[Colour, ...] = ("accent", "warm", "ink", "soft")


@dataclass(frozen=True, slots=True)
class Series:
    """Points in the plane under a word; joined by a line, with a marker at each, as asked."""

    points: tuple[Point, ...]
    label: str = ""
    joined: bool = True
    marked: bool = False
    colour: Colour | None = None


def chart(series: Sequence[Series], x_label: str, y_label: str, alt: str,
          square: bool = False) -> Drawing:
    """All series over one pair of axes with ticks at round numbers; a unit up is a unit across if
    `square`, so that circles are round.

    Its words name axes and series; values stay where the statement or the eye finds them.
    """
    xs = _ticks([x for one in series for x, _ in one.points])
    ys = _ticks([y for one in series for _, y in one.points])
    wide = HIGH * (xs[-1] - xs[0]) / (ys[-1] - ys[0]) if square else WIDE

    def at(x: float, y: float) -> Point:
        return (LEFT + (x - xs[0]) / (xs[-1] - xs[0]) * wide,
                TOP + HIGH - (y - ys[0]) / (ys[-1] - ys[0]) * HIGH)

    marks: list[Mark] = [Line(at(xs[0], ys[0]), (LEFT + wide + 9, TOP + HIGH), arrow=True),
                         Line(at(xs[0], ys[0]), (LEFT, TOP - 7), arrow=True),
                         Text((LEFT + wide + 16, TOP + HIGH), x_label, 8, italic=True,
                              anchor="start"),
                         Text((LEFT + 6, TOP - 6), y_label, 8, italic=True, anchor="start")]
    for tick in xs:
        x, y = at(tick, ys[0])
        marks += [Line((x, y), (x, y + 2.5)), Text((x, y + 8), f"{tick:g}", 6.5)]
    for tick in ys:
        x, y = at(xs[0], tick)
        marks += [Line((x, y), (x + wide, y), 0.3, "pale"), Line((x, y), (x - 2.5, y)),
                  Text((x - 5, y), f"{tick:g}", 6.5, anchor="end")]
    ends = []
    for place, one in enumerate(series):
        colour = one.colour or COLOURS[place % len(COLOURS)]
        points = [at(x, y) for x, y in one.points]
        marks += _drawn(one, points, place, colour)
        if one.label:
            ends.append((_beside(points) if one.joined else points[-1], one.label, colour))
    marks += _names(ends, LEFT + wide)
    names = [one.label for one in series if one.label]
    told = (f"{alt}: {x_label} from {xs[0]:g} to {xs[-1]:g}, {y_label} from {ys[0]:g} to {ys[-1]:g}"
            + (f"; drawn: {', '.join(names)}" if names else ""))
    return Drawing(LEFT + wide + RIGHT, TOP + HIGH + BOTTOM, tuple(marks), told)


def _drawn(one: Series, points: list[Point], place: int, colour: Colour) -> list[Mark]:
    marks: list[Mark] = [Polyline(tuple(points), 1.1, colour)] if one.joined else []
    if one.marked:
        marks += [_marker(point, place, colour) for point in points]
    return marks


def _beside(points: list[Point]) -> Point:
    """Where the name of a line begins: at its last point, above or below if the line comes from there."""
    (x, y), (before, height) = points[-1], points[-2:][0]
    if before <= x:
        return x, y
    return x, y + LINE * (0.8 if height < y else -0.8)


def _names(ends: list[tuple[Point, str, Colour]], edge: float) -> list[Mark]:
    """The name of each curve beside its last point, clear of the axis and of each other."""
    marks: list[Mark] = []
    # the axis has its name at its end
    placed = [(edge, math.inf, TOP + HIGH)]
    for (x, y), name, colour in sorted(ends, key=lambda end: -end[0][1]):
        wide = 4.5 * len(name) + 3
        end = x + 4 + wide
        y = min([y, *(below - LINE for left, right, below in placed if x < right and left < end)])
        placed.append((x, end, y))
        marks += [Rect((x + 4, y - LINE / 2), wide, LINE, "paper", None),
                  Text((x + 6, y), name, 7.5, colour, anchor="start")]
    return marks


def _marker(at: Point, kind: int, colour: Colour) -> Mark:
    if kind == 1:
        return Circle(at, 2.4, "paper", colour, 1.1)
    if kind == 2:
        return Rect((at[0] - 2.2, at[1] - 2.2), 4.4, 4.4, "paper", colour)
    return Circle(at, 2.4, colour, colour)


def _ticks(values: Sequence[float]) -> list[float]:
    """Round numbers from below the smallest value to above the largest, about six."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    raw = (high - low) / 6
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 9) for i in range(first, last + 1)]
