"""A layered network with its weights on the edges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Point, Rect, Text
from softmark.worksheet.terms import leaf_text

#: a letter with a number: the number is written below
_NUMBERED = re.compile(r"^([A-Za-z])(\d+)$")
#: where a label may sit on its edge
FRACTIONS = [f / 100 for f in range(18, 83, 2)]
GAP, ROW, RADIUS, MARGIN, SIZE = 118.0, 44.0, 12.0, 30.0, 7.5


def network(layers: Sequence[Sequence[str]], weights: Mapping[tuple[str, str], str],
            beside: Mapping[str, str] | None = None, alt: str = "") -> Drawing:
    """Nodes by layer, edges labelled from weights {(from, to): text}, texts beside nodes.

    Each label sits on white at a fraction of its edge where no other edge and no other label comes
    near. The words for those who cannot see it hold all texts.
    """
    tall = max(len(layer) for layer in layers)
    height = ROW * tall + 26
    places = {node: (MARGIN + RADIUS + GAP * column,
                     height / 2 + ROW * (row - (len(layer) - 1) / 2))
              for column, layer in enumerate(layers) for row, node in enumerate(layer)}
    lines: list[Mark] = [_edge(places[source], places[target]) for source, target in weights]
    labels = _labels({(places[source], places[target]): (text, _fraction(layers, source, target))
                      for (source, target), text in weights.items()})
    nodes: list[Mark] = []
    for node, (x, y) in places.items():
        nodes += [Circle((x, y), RADIUS), Text((x, y), _NUMBERED.sub(r"\1_{\2}", node), 8.5, bold=True)]
        if beside and node in beside:
            nodes.append(Text((x, y - RADIUS - 6.5), beside[node], SIZE, "accent"))
    width = 2 * (MARGIN + RADIUS) + GAP * (len(layers) - 1)
    return Drawing(width, height, tuple(lines + labels + nodes),
                   f"{alt}: {_in_words(layers, weights, beside or {})}")


def _in_words(layers: Sequence[Sequence[str]], weights: Mapping[tuple[str, str], str],
              beside: Mapping[str, str]) -> str:
    nodes = ", then ".join(" and ".join(layer) for layer in layers)
    edges = [f"{source} to {target}: {text}" if text else f"{source} to {target}"
             for (source, target), text in weights.items()]
    return "; ".join([f"nodes {nodes}", *(f"at {node}: {text}" for node, text in beside.items()), *edges])


def _edge(start: tuple[float, float], end: tuple[float, float]) -> Line:
    (x1, y1), (x2, y2) = start, end
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length * RADIUS, (y2 - y1) / length * RADIUS
    return Line((x1 + ux, y1 + uy), (x2 - ux, y2 - uy), 0.6, "soft", arrow=True)


def _fraction(layers: Sequence[Sequence[str]], source: str, target: str) -> float:
    """Edges out of different nodes are labelled at different distances."""
    layer = next(layer for layer in layers if source in layer)
    above = next(layer for layer in layers if target in layer)
    turn = (layer.index(source) + above.index(target)) % 2
    return 0.34 if turn == 0 else 0.64


def _labels(edges: Mapping[tuple[Point, Point], tuple[str, float]]) -> list[Mark]:
    """The text of each edge near its wished fraction, where it stands clear of edges and labels."""
    boxes: list[Rect] = []
    marks: list[Mark] = []
    for edge, (text, wish) in edges.items():
        others = [other for other in edges if other != edge]
        tries = [_box(edge, text, fraction) for fraction in _nearest_first(wish)]
        box = next((box for box in tries if _clear(box, others, boxes)), _box(edge, text, wish))
        boxes.append(box)
        x, y = box.corner
        marks += [box, Text((x + box.width / 2, y + box.height / 2), text, SIZE)]
    return marks


def _nearest_first(wish: float) -> list[float]:
    return [wish, *sorted(FRACTIONS, key=lambda fraction: abs(fraction - wish))]


def _box(edge: tuple[Point, Point], text: str, fraction: float) -> Rect:
    (x1, y1), (x2, y2) = edge
    x, y = x1 + fraction * (x2 - x1), y1 + fraction * (y2 - y1)
    width = 0.56 * SIZE * len(text) + 2.5
    return Rect((x - width / 2, y - 5), width, 10, "paper", None)


def _clear(box: Rect, edges: Sequence[tuple[Point, Point]], boxes: Sequence[Rect]) -> bool:
    """Whether no edge runs through the box, and no other box touches it."""
    (left, top), right, bottom = box.corner, box.corner[0] + box.width, box.corner[1] + box.height
    for (x1, y1), (x2, y2) in edges:
        if x1 < right and left < x2:
            heights = [y1 + (x - x1) / (x2 - x1) * (y2 - y1) for x in (left, right)]
            if not (max(heights) < top or min(heights) > bottom):
                return False
    return not any(left < other.corner[0] + other.width and other.corner[0] < right
                   and top < other.corner[1] + other.height and other.corner[1] < bottom
                   for other in boxes)


def layered(inputs: Sequence[object],
            stages: Sequence[tuple[Sequence[Sequence[object]], Sequence[object]]],
            alt: str) -> Drawing:
    """A network from its inputs and its stages of (weights, biases); nodes numbered through."""
    layers = [[str(i + 1) for i in range(len(inputs))]]
    weights: dict[tuple[str, str], str] = {}
    beside = {name: f"x = {leaf_text(value)}"
              for name, value in zip(layers[0], inputs, strict=True) if value is not None}
    for rows, biases in stages:
        first = sum(map(len, layers)) + 1
        names = [str(first + i) for i in range(len(rows))]
        for name, row, bias in zip(names, rows, biases, strict=True):
            beside[name] = f"b = {leaf_text(bias)}"
            for source, value in zip(layers[-1], row, strict=True):
                weights[source, name] = leaf_text(value)
        layers.append(names)
    return network(layers, weights, beside, alt)


def unit(weights: Sequence[str], output: str, alt: str) -> Drawing:
    """A single unit with its weights, bias first: the bias is the weight of an input that is always 1."""
    inputs = ["1", *(f"x{number}" for number in range(1, len(weights)))]
    return network([inputs, [output]], {(name, output): text
                                        for name, text in zip(inputs, weights, strict=True)}, alt=alt)
