"""Computational graphs: inputs on the left, the result on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from softmark.solvers.autodiff import Operation
from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Point, Rect, Text

STEP, ROW, RADIUS, MARGIN = 62.0, 40.0, 11.0, 22.0
SIGNS = {"*": "×", "/": "÷", "-": "−", "^": "(·)²", "log": "ln", "sqrt": "√", "sigmoid": "σ"}


def computation(program: Sequence[Operation], inputs: Mapping[str, str], alt: str,
                names: Mapping[str, str] | None = None) -> Drawing:
    """The graph of a program: a circle for each operation, a box for each input with its value.

    `inputs` are name -> the number beside it; `names` says what stands in the boxes instead.
    """
    places = _places(program, list(inputs))
    tall = max(y for _, y in places.values())
    at = {name: (MARGIN + RADIUS + STEP * x, MARGIN + ROW * y) for name, (x, y) in places.items()}
    edges: list[Line] = []
    for operation in program:
        for arg in operation.args:
            if arg in at:
                others = [at[name] for name in at if name not in (arg, operation.name)]
                edges += _edge(at[arg], at[operation.name], others)
    marks: list[Mark] = [*edges]
    for name, value in inputs.items():
        x, y = at[name]
        marks += [Rect((x - RADIUS, y - RADIUS), 2 * RADIUS, 2 * RADIUS, "paper"),
                  Text((x, y), (names or {}).get(name) or _subscripted(name), 8.5),
                  Text((x, y + RADIUS + 6), value, 7.5, "accent")]
    for operation in program:
        x, y = at[operation.name]
        sign = SIGNS.get(operation.op, operation.op)
        numbers = [arg for arg in operation.args if arg not in at]
        marks += [Circle((x, y), RADIUS), Text((x, y), sign + "".join(numbers), 8.5, bold=True),
                  Text(_name_place(x, y, edges), _subscripted(operation.name), 8, "accent")]
    wide = max(x for x, _ in at.values())
    return Drawing(wide + RADIUS + MARGIN, MARGIN + ROW * tall + RADIUS + MARGIN, tuple(marks),
                   f"{alt}: {_in_words(program, inputs, names or {})}")


def _in_words(program: Sequence[Operation], inputs: Mapping[str, str], names: Mapping[str, str]) -> str:
    def line(operation: Operation) -> str:
        args = [names.get(arg, arg) for arg in operation.args]
        if operation.op == "^":
            return f"{operation.name} = {args[0]} squared"
        formula = f" {operation.op} ".join(args) if len(args) == 2 and not operation.op.isalpha() \
            else f"{operation.op}({', '.join(args)})"
        return f"{operation.name} = {formula}"

    boxes = [f"{names.get(name, name)}{f' = {value}' if value else ''}" for name, value in inputs.items()]
    return f"inputs {', '.join(boxes)}; " + "; ".join(map(line, program))


def _subscripted(name: str) -> str:
    return f"{name[0]}_{{{name[1:]}}}"


def _places(program: Sequence[Operation], inputs: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Column and row of every node: operations follow what they use, and no two share a spot."""
    column: dict[str, int] = dict.fromkeys(inputs, 0)
    for operation in program:
        column[operation.name] = 1 + max(column.get(arg, 0) for arg in operation.args)
    for name in inputs:
        # an input stands just before the first operation that uses it
        column[name] = min(column[o.name] for o in program if name in o.args) - 1
    rows: dict[str, float] = {}
    for number in range(max(column.values()) + 1):
        here = [name for name in [*(o.name for o in program), *inputs] if column[name] == number]
        before = {o.name: [rows[arg] for arg in o.args if arg in rows] for o in program}
        wanted = {name: sum(before.get(name, [])) / len(before[name]) if before.get(name)
                  else float(inputs.index(name)) if number == 0 and name in inputs else 99.0
                  for name in here}
        taken = -1.0
        for name in sorted(here, key=lambda name: wanted[name]):
            rows[name] = max(taken + 1, 0.0 if wanted[name] == 99 else wanted[name])
            # an edge past a node of the column between would run through it: half a row aside
            if number % 2 and name not in inputs and len(here) == 1:
                rows[name] += 0.35
            taken = rows[name]
    return {name: (column[name], rows[name]) for name in rows}


def _name_place(x: float, y: float, edges: Sequence[Line]) -> Point:
    """Above the node, or beside or below it where an edge runs through there."""
    places = [(x, y - RADIUS - 6), (x + 13, y - 13), (x, y + RADIUS + 7), (x - 13, y - 13)]
    return next((p for p in places if not any(
        abs(end[0] - p[0]) < 8 and abs(end[1] - p[1]) < 6 for edge in edges
        for end in (edge.start, edge.end))), places[0])


def _edge(start: Point, end: Point, others: Sequence[Point]) -> list[Line]:
    """An arrow that bends as far as it must to keep clear of the other nodes."""
    (x1, y1), (x2, y2) = start, end
    for bulge in (0.0, -0.6, 0.6, -1.0, 1.0, -1.5, 1.5):
        bend = ((x1 + x2) / 2, (y1 + y2) / 2 + bulge * ROW)
        path = [_between(start, bend, end, i / 24) for i in range(25)]
        if all(_apart(p, o) > RADIUS + 3 for p in path for o in others):
            break
    outside = [p for p in path if min(_apart(p, start), _apart(p, end)) > RADIUS + 1]
    tip = _towards(end, outside[-1], RADIUS + 1)
    line = [_towards(start, outside[0], RADIUS + 1), *outside]
    return [*(Line(a, b, 0.7, "soft") for a, b in pairwise(line)),
            Line(outside[-1], tip, 0.7, "soft", arrow=True)]


def _between(start: Point, bend: Point, end: Point, t: float) -> Point:
    """A point of the parabola from start to end that is drawn towards bend."""
    (a, b), (c, d), (e, f) = start, bend, end
    u, v, w = (1 - t) ** 2, 2 * t * (1 - t), t * t
    return u * a + v * c + w * e, u * b + v * d + w * f


def _apart(p: Point, q: Point) -> float:
    return float(((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) ** 0.5)


def _towards(centre: Point, other: Point, distance: float) -> Point:
    """The point at `distance` from centre on the way to other."""
    share = distance / _apart(centre, other)
    return centre[0] + share * (other[0] - centre[0]), centre[1] + share * (other[1] - centre[1])
