"""Undirected graphs, their nodes on a circle."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Text

RING, RADIUS, MARGIN = 44.0, 12.0, 46.0


def graph(nodes: Sequence[str], edges: Sequence[tuple[int, int]], beside: Sequence[str],
          alt: str) -> Drawing:
    """Nodes by name, the first at the top and on clockwise, with a text outside of each."""
    centre = RING + MARGIN
    turns = [2 * pi * place / len(nodes) - pi / 2 for place in range(len(nodes))]
    places = [(centre + RING * cos(turn), centre - 20 + RING * sin(turn)) for turn in turns]
    marks: list[Mark] = [Line(places[a], places[b], 0.9) for a, b in edges]
    for name, text, turn, (x, y) in zip(nodes, beside, turns, places, strict=True):
        side = cos(turn)
        anchor = "middle" if abs(side) < 0.3 else "start" if side > 0 else "end"
        away = RADIUS + (8 if anchor == "middle" else 4)
        marks += [Circle((x, y), RADIUS), Text((x, y), name, 9, bold=True),
                  Text((x + away * cos(turn), y + away * sin(turn)), text, 8, "accent",
                       anchor)]  # type: ignore[arg-type]
    joined = ", ".join(f"{nodes[a]}–{nodes[b]}" for a, b in edges)
    return Drawing(2 * centre, 2 * centre - 40, tuple(marks), f"{alt}: edges {joined}")
