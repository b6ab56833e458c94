"""Boolean functions as the corners of squares and cubes: filled where the function is 1."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Text

EDGE, DEPTH, SPACE, TOP, LEFT, BOTTOM = 46.0, 20.0, 34.0, 20.0, 16.0, 16.0


def corners(inputs: Sequence[Sequence[int]], functions: Sequence[tuple[str, Sequence[int]]],
            alt: str) -> Drawing:
    """One square (two inputs) or cube (three) a function, side by side, x1 to the right, x2 up.

    `functions` are (name, outputs in the order of `inputs`); the third input goes backwards.
    """
    cubes = len(inputs[0]) == 3
    back = DEPTH if cubes else 0.0
    marks: list[Mark] = []
    for place, (name, outputs) in enumerate(functions):
        left, bottom = LEFT + place * (EDGE + back + SPACE), TOP + back + EDGE
        places = {tuple(x): (left + EDGE * x[0] + (back * x[2] if cubes else 0),
                             bottom - EDGE * x[1] - (0.7 * back * x[2] if cubes else 0))
                  for x in inputs}
        for a, b in combinations(places, 2):
            if sum(p != q for p, q in zip(a, b, strict=True)) == 1:
                hidden = cubes and any(c == (0, 0, 1) for c in (a, b))
                marks.append(Line(places[a], places[b], 0.6, "soft", dashed=hidden))
        for x, value in zip(inputs, outputs, strict=True):
            marks.append(Circle(places[tuple(x)], 4, "ink" if value else "paper", "ink", 1.0))
        marks += [Text((left + (EDGE + back) / 2, 7), name, 8, "accent"),
                  Text((left + EDGE / 2, bottom + 10), "x_1", 7, italic=True),
                  Text((left - 10, bottom - EDGE / 2), "x_2", 7, italic=True)]
        if cubes:
            marks.append(Text((left + EDGE + back / 2 + 8, bottom - 0.35 * back + 2), "x_3", 7,
                              italic=True))
    return Drawing(LEFT + len(functions) * (EDGE + back + SPACE) - 10, TOP + back + EDGE + BOTTOM,
                   tuple(marks), f"{alt}: " + "; ".join(
                       f"{name} filled at {_places(inputs, outputs)}" for name, outputs in functions))


def _places(inputs: Sequence[Sequence[int]], outputs: Sequence[int]) -> str:
    return ", ".join("(" + ", ".join(map(str, x)) + ")"
                     for x, value in zip(inputs, outputs, strict=True) if value) or "no corner"
