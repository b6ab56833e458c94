"""A layered network with its weights on the edges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Rect, Text
from softmark.worksheet.terms import leaf_text

#: a letter with a number: the number is written below
_NUMBERED = re.compile(r"^([A-Za-z])(\d+)$")
GAP, ROW, RADIUS, MARGIN, SIZE = 118.0, 44.0, 12.0, 30.0, 7.5


def network(layers: Sequence[Sequence[str]], weights: Mapping[tuple[str, str], str],
            beside: Mapping[str, str] | None = None, alt: str = "") -> Drawing:
    """Nodes by layer, edges labelled from weights {(from, to): text}, texts beside nodes.

    Each label sits at its own fraction of its edge, on white, so that labels never collide. The words
    for those who cannot see it hold all texts.
    """
    tall = max(len(layer) for layer in layers)
    height = ROW * tall + 26
    places = {node: (MARGIN + RADIUS + GAP * column,
                     height / 2 + ROW * (row - (len(layer) - 1) / 2))
              for column, layer in enumerate(layers) for row, node in enumerate(layer)}
    lines: list[Mark] = []
    labels: list[Mark] = []
    for (source, target), text in weights.items():
        lines.append(_edge(places[source], places[target]))
        labels += _label(places[source], places[target], text, _fraction(layers, source, target))
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


def _label(start: tuple[float, float], end: tuple[float, float], text: str,
           fraction: float) -> list[Mark]:
    (x1, y1), (x2, y2) = start, end
    x, y = x1 + fraction * (x2 - x1), y1 + fraction * (y2 - y1)
    width = 0.56 * SIZE * len(text) + 2.5
    return [Rect((x - width / 2, y - 5), width, 10, "paper", None), Text((x, y), text, SIZE)]


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
