"""A layer under dropout: dropped units are crossed out, and only the others feed the next unit."""

from __future__ import annotations

from collections.abc import Sequence

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Text

ROW, RADIUS, ACROSS = 30.0, 10.0, 120.0


def thinned(texts: Sequence[str], mask: Sequence[int], output: str, alt: str) -> Drawing:
    """Units in a column with `texts` beside them, and one unit called `output` that they feed."""
    height = ROW * len(texts)
    end = (70 + ACROSS, height / 2)
    lines: list[Mark] = []
    nodes: list[Mark] = []
    for place, (text, stays) in enumerate(zip(texts, mask, strict=True)):
        x, y = 70.0, ROW * (place + 0.5)
        nodes += [Circle((x, y), RADIUS, "paper" if stays else "pale", "ink" if stays else "soft"),
                  Text((x, y), str(place + 1), 8.5, "ink" if stays else "soft", bold=bool(stays)),
                  Text((x - RADIUS - 6, y), text, 8, anchor="end")]
        lines.append(Line((x, y), end, 0.8 if stays else 0.5, "ink" if stays else "soft",
                          dashed=not stays))
        if not stays:
            nodes += [Line((x - 9, y - 9), (x + 9, y + 9), 1.3, "warm"),
                      Line((x - 9, y + 9), (x + 9, y - 9), 1.3, "warm")]
    nodes += [Circle(end, RADIUS), Text(end, output, 8.5, bold=True)]
    return Drawing(end[0] + 24, height, tuple(lines + nodes), alt)
