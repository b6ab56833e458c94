"""Points of two or more classes in the plane, with a line if there is one."""

from __future__ import annotations

from collections.abc import Sequence

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Rect, Text

SIDE, LEFT, TOP, RIGHT, BOTTOM = 150.0, 26.0, 8.0, 70.0, 24.0


def plane(points: Sequence[tuple[float, float]], classes: Sequence[str], alt: str,
          new: tuple[float, float] | None = None) -> Drawing:
    """Points told apart by shape and filling, a legend, whole-number axes; `new` is a cross."""
    names = list(dict.fromkeys(classes))
    everything = [*points, *([new] if new else [])]
    high = max(max(x, y) for x, y in everything) + 1
    low = min(0.0, min(min(x, y) for x, y in everything) - 1)
    scale = SIDE / (high - low)

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - low) * scale, TOP + SIDE - (y - low) * scale

    marks: list[Mark] = [Line(at(low, low), at(high, low), arrow=True),
                         Line(at(low, low), at(low, high), arrow=True),
                         Text((at(high, low)[0] + 8, at(high, low)[1]), "x_1", 8, italic=True),
                         Text((at(low, high)[0], TOP - 2), "x_2", 8, italic=True)]
    step = max(1, round((high - low) / 6))
    for tick in range(int(low), int(high), step):
        x, y = at(tick, low)
        marks += [Line((x, y), (x, y + 2.5)), Text((x, y + 8), str(tick), 6.5)]
        x, y = at(low, tick)
        marks += [Line((x, y), (x - 2.5, y)), Text((x - 5, y), str(tick), 6.5, anchor="end")]
    for point, name in zip(points, classes, strict=True):
        marks += _marker(at(*point), names.index(name))
    for row, name in enumerate(names):
        place = (LEFT + SIDE + 14, TOP + 14 + 13.0 * row)
        marks += [*_marker(place, row), Text((place[0] + 8, place[1]), name, 8, anchor="start")]
    if new:
        x, y = at(*new)
        marks += [Line((x - 4, y - 4), (x + 4, y + 4), 1.2, "warm"),
                  Line((x - 4, y + 4), (x + 4, y - 4), 1.2, "warm")]
    return Drawing(LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM, tuple(marks), alt)


def _marker(at: tuple[float, float], kind: int) -> list[Mark]:
    x, y = at
    if kind == 0:
        return [Circle(at, 3.2, "accent", "accent")]
    if kind == 1:
        return [Circle(at, 3.2, "paper", "warm", 1.2)]
    fill = "ink" if kind == 2 else "paper"
    return [Rect((x - 3, y - 3), 6, 6, fill, "ink")]  # type: ignore[arg-type]
