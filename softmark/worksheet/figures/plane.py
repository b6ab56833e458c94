"""Points of several classes in the plane, and straight lines through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Rect, Text

SIDE, LEFT, TOP, RIGHT, BOTTOM = 150.0, 26.0, 8.0, 78.0, 24.0
#: lines are told apart by their dashes, in print too: length of a dash and of a gap, in points
DASHES = ((0.0, 0.0), (7.0, 3.0), (2.0, 2.0), (12.0, 3.0))
Coefficients = tuple[float, float, float]


def plane(points: Sequence[tuple[float, float]], classes: Sequence[str], alt: str,
          new: tuple[float, float] | None = None,
          lines: Sequence[tuple[str, Coefficients]] = (),
          frame: tuple[float, float] | None = None) -> Drawing:
    """Points told apart by shape and filling, a legend, whole-number axes; `new` is a cross.

    `lines` are (name, (w0, w1, w2)), drawn where w0 + w1 x1 + w2 x2 = 0 lies in the frame. A point
    whose class is "" is a dot numbered from 1. `frame` is the lowest and highest number on the axes.
    """
    names = list(dict.fromkeys(name for name in classes if name))
    low, high = frame or _frame([*points, *([new] if new else [])], bool(lines))
    scale = SIDE / (high - low)

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - low) * scale, TOP + SIDE - (y - low) * scale

    marks: list[Mark] = [Line(at(low, low), at(high, low), arrow=True),
                         Line(at(low, low), at(low, high), arrow=True),
                         Text((at(high, low)[0] + 8, at(high, low)[1]), "x_1", 8, italic=True),
                         Text((at(low, high)[0] - 10, TOP + 3), "x_2", 8, italic=True)]
    step = max(1, round((high - low) / 6))
    for tick in range(-(-int(low) // step) * step, int(high), step):
        if tick < low:
            continue
        x, y = at(tick, low)
        marks += [Line((x, y), (x, y + 2.5)), Text((x, y + 8), str(tick), 6.5)]
        x, y = at(low, tick)
        marks += [Line((x, y), (x - 2.5, y)), Text((x - 5, y), str(tick), 6.5, anchor="end")]
    drawn = [(name, ends) for name, line in lines if (ends := crossing(line, low, high))]
    for kind, (_, ends) in enumerate(drawn):
        marks += _dashed(at(*ends[0]), at(*ends[1]), kind)
    for number, (point, name) in enumerate(zip(points, classes, strict=True), 1):
        marks += _marker(at(*point), names.index(name)) if name else _numbered(at(*point), number)
    if new:
        x, y = at(*new)
        marks += [Line((x - 4, y - 4), (x + 4, y + 4), 1.2, "warm"),
                  Line((x - 4, y + 4), (x + 4, y - 4), 1.2, "warm")]
    return Drawing(LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM,
                   tuple(marks + _legend(names, [name for name, _ in drawn])),
                   "; ".join([alt, *_in_words(points, classes, new, [name for name, _ in drawn])]))


def _in_words(points: Sequence[tuple[float, float]], classes: Sequence[str],
              new: tuple[float, float] | None, lines: Sequence[str]) -> Iterator[str]:
    for number, ((x, y), name) in enumerate(zip(points, classes, strict=True), 1):
        yield f"{name or f'point {number}'} at ({x:g}, {y:g})"
    if new:
        yield f"cross at ({new[0]:g}, {new[1]:g})"
    if lines:
        yield f"drawn: {', '.join(lines)}"


def _legend(names: Sequence[str], lines: Sequence[str]) -> list[Mark]:
    marks: list[Mark] = []
    for row, name in enumerate([*names, *lines]):
        x, y = LEFT + SIDE + 14, TOP + 22 + 13.0 * row
        marks += _marker((x, y), row) if row < len(names) else \
            _dashed((x - 6, y), (x + 8, y), row - len(names))
        marks.append(Text((x + (8 if row < len(names) else 12), y), name, 8, anchor="start"))
    return marks


def _frame(points: Sequence[tuple[float, float]], crossed: bool) -> tuple[float, float]:
    """The lowest and highest number on both axes, with a margin."""
    numbers = [value for point in points for value in point]
    low = min(numbers) - 1
    return (low if low < 0 or (crossed and low < 1) else 0.0), max(numbers) + 1


def crossing(line: Coefficients, low: float, high: float
             ) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Where w0 + w1 x1 + w2 x2 = 0 enters and leaves the square from low to high, if it does."""
    w0, w1, w2 = line
    found: list[tuple[float, float]] = []
    for edge in (low, high):
        if w2:
            found.append((edge, -(w0 + w1 * edge) / w2))
        if w1:
            found.append((-(w0 + w2 * edge) / w1, edge))
    slack = 1e-9 * (high - low)
    inside = sorted(p for p in found if all(low - slack <= v <= high + slack for v in p))
    if not inside or inside[0] == inside[-1]:
        return None
    return inside[0], inside[-1]


def _dashed(start: tuple[float, float], end: tuple[float, float], kind: int) -> list[Mark]:
    dash, gap = DASHES[kind % len(DASHES)]
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    if not dash:
        return [Line(start, end, 1.1, "accent")]

    def along(t: float) -> tuple[float, float]:
        share = min(t / length, 1.0)
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

    begins = [i * (dash + gap) for i in range(int(length / (dash + gap)) + 2)]
    return [Line(along(a), along(a + dash), 1.1, "accent") for a, _ in pairwise(begins) if a < length]


def _numbered(at: tuple[float, float], number: int) -> list[Mark]:
    return [Circle(at, 1.8, "ink"), Text((at[0] + 6, at[1] - 5), str(number), 7.5)]


def _marker(at: tuple[float, float], kind: int) -> list[Mark]:
    x, y = at
    if kind == 0:
        return [Circle(at, 3.2, "accent", "accent")]
    if kind == 1:
        return [Circle(at, 3.2, "paper", "warm", 1.2)]
    fill = "ink" if kind == 2 else "paper"
    return [Rect((x - 3, y - 3), 6, 6, fill, "ink")]  # type: ignore[arg-type]
