"""Graphs of functions of one number, and bar charts of a few numbers or distributions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from softmark.worksheet.drawing import Anchor, Colour, Drawing, Line, Mark, Polyline, Rect, Text
from softmark.worksheet.terms import leaf_text

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 190.0, 110.0, 26.0, 12.0, 74.0, 20.0
SAMPLES = 240
#: nearer to each other than this, two numbers run together
NUMBER = 24.0
#: curves stay apart without colours: whole, dashed, dotted, dashed and heavy
STYLES: tuple[tuple[Colour, float, tuple[float, float]], ...] = (
    ("accent", 1.4, (0, 0)), ("warm", 1.2, (6, 3)), ("ink", 1.3, (1.2, 2)), ("soft", 2.2, (9, 4)))
FILLS: tuple[Colour, ...] = ("accent", "pale", "soft", "warm")
BAR, GROUP_GAP, CHART = 15.0, 13.0, 84.0


def curves(functions: Sequence[tuple[str, Callable[[float], float]]], low: float, high: float,
           alt: str, at: Sequence[Any] = (), axis: str = "z") -> Drawing:
    """Named functions from low to high in one frame; short dashed lines mark the places `at`."""
    xs = [low + (high - low) * i / SAMPLES for i in range(SAMPLES + 1)]
    graphs = [(name, [function(x) for x in xs]) for name, function in functions]
    bottom = min(0.0, *(min(ys) for _, ys in graphs))
    top = max(0.0, *(max(ys) for _, ys in graphs))
    across, up = WIDE / (high - low), HIGH / ((top - bottom) or 1.0)

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - low) * across, TOP + (top - y) * up

    marks = _axes(place, (low, high), (bottom, top), axis) + _places_marked(at, bottom, top, place)
    for row, (name, ys) in enumerate(graphs):
        colour, width, dash = STYLES[row % len(STYLES)]
        points = [place(x, y) for x, y in zip(xs, ys, strict=True)]
        marks += _stroke(points, colour, width, dash)
        y = TOP + 10 + 14.0 * row
        marks += _stroke([(LEFT + WIDE + 12 + i, y) for i in range(17)], colour, width, dash)
        marks.append(Text((LEFT + WIDE + 32, y), name, 8, anchor="start"))
    marked = f", marked at {', '.join(map(leaf_text, at))}" if len(at) else ""
    return Drawing(LEFT + WIDE + RIGHT, TOP + HIGH + BOTTOM, tuple(marks),
                   f"{alt}: {', '.join(name for name, _ in functions)} for {axis} from {low:g} to "
                   f"{high:g}{marked}")


def _axes(place: Callable[[float, float], tuple[float, float]], wide: tuple[float, float],
          tall: tuple[float, float], axis: str) -> list[Mark]:
    """Numbered axes on the left and below, where no curve runs into the numbers; thin lines through 0."""
    (left, right), (low, high) = wide, tall
    marks: list[Mark] = [Line(place(left, 0), place(right, 0), 0.4, "soft"),
                         Line(place(left, low), place(right, low), 0.7, arrow=True),
                         Line(place(left, low), place(left, high), 0.7, arrow=True),
                         Text((place(right, 0)[0] + 8, place(0, low)[1]), axis, 8, italic=True)]
    if left < 0 < right:
        marks.append(Line(place(0, low), place(0, high), 0.4, "soft"))
    for tick in _ticks(*wide):
        x, y = place(tick, low)
        marks += [Line((x, y), (x, y + 2.5)), Text((x, y + 8), f"{tick:g}", 6.5)]
    for tick in _ticks(*tall):
        x, y = place(left, tick)
        marks += [Line((x, y), (x - 2.5, y)), Text((x - 5 - 1.7 * len(f"{tick:g}"), y), f"{tick:g}", 6.5)]
    return marks


def _places_marked(at: Sequence[Any], low: float, high: float,
                   place: Callable[[float, float], tuple[float, float]]) -> list[Mark]:
    """A dashed line at each place; the numbers of two neighbours lean away from each other."""
    marks: list[Mark] = []
    for value in at:
        x = place(float(value), 0)[0]
        beside = [place(float(other), 0)[0] - x for other in at if other != value]
        lean = next((d for d in beside if abs(d) < NUMBER), None)
        anchor: Anchor = "middle" if lean is None else "end" if lean > 0 else "start"
        marks += [Line((x, place(0, low)[1]), (x, place(0, high)[1]), 0.5, "soft", dashed=True),
                  Text((x, TOP - 5), leaf_text(value), 6.5, "ink", anchor=anchor)]
    return marks


def _ticks(low: float, high: float) -> list[float]:
    step = next(s for s in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1e9)
                if (high - low) / s <= 7)
    first = -int(-low // step) if low > 0 else -int(-low / step)
    return [round(i * step, 2) for i in range(first, int(high / step) + 1)]


def _stroke(points: Sequence[tuple[float, float]], colour: Colour, width: float,
            dash: tuple[float, float]) -> list[Mark]:
    """A line through the points, by turns drawn and left out over the lengths of `dash`."""
    if not any(dash):
        return [Polyline(tuple(points), width, colour)]
    pieces, piece, done, drawing = [], [points[0]], 0.0, True
    for here, there in pairwise(points):
        done += math.dist(here, there)
        if drawing:
            piece.append(there)
        if done >= dash[0 if drawing else 1]:
            if drawing:
                pieces.append(piece)
            drawing, piece, done = not drawing, [there], 0.0
    if drawing and len(piece) > 1:
        pieces.append(piece)
    return [Polyline(tuple(p), width, colour) for p in pieces]


def bars(series: Sequence[tuple[str, Sequence[Any]]], names: Sequence[str], alt: str) -> Drawing:
    """One group of bars for each of `names`, one bar of it for each series, values written at it.

    The words for those who cannot see it hold the numbers.
    """
    values = [float(v) for _, row in series for v in row]
    top, bottom = max(0.0, *values), min(0.0, *values)
    scale = CHART / ((top - bottom) or 1.0)
    zero = TOP + top * scale
    wide = max(BAR, 4.4 * max(len(leaf_text(v)) for _, row in series for v in row))
    marks: list[Mark] = []
    for group, name in enumerate(names):
        left = 4 + group * (wide * len(series) + GROUP_GAP)
        for row, (_, numbers) in enumerate(series):
            height, x = float(numbers[group]) * scale, left + row * wide
            marks += [Rect((x, zero - max(height, 0)), wide - 2, abs(height), FILLS[row % len(FILLS)]),
                      Text((x + wide / 2 - 1, zero - height + (-5 if height >= 0 else 6)),
                           leaf_text(numbers[group]), 6.5)]
        marks.append(Text((left + (wide * len(series) - 2) / 2, TOP + CHART + (8 if bottom == 0 else 17)),
                          name, 8, italic=True))
    right = 4 + len(names) * (wide * len(series) + GROUP_GAP)
    marks.append(Line((0, zero), (right - 6, zero)))
    for row, (title, _) in enumerate(series if len(series) > 1 else ()):
        y = TOP + 8 + 14.0 * row
        marks += [Rect((right + 2, y - 4), 9, 8, FILLS[row % len(FILLS)]),
                  Text((right + 15, y), title, 8, anchor="start")]
    legend = 20 + 5.0 * max(len(title) for title, _ in series) if len(series) > 1 else 0
    told = "; ".join(f"{title} = ({', '.join(map(leaf_text, row))})" for title, row in series)
    return Drawing(right + legend, TOP + CHART + (16 if bottom == 0 else 25), tuple(marks),
                   f"{alt}: {told}")
