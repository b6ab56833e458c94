"""Layers as upright bars, as high as they have units: an hourglass for an autoencoder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from softmark.worksheet.drawing import Drawing, Line, Mark, Rect, Text

BAR, SPACE, HIGHEST, LOWEST = 13.0, 36.0, 74.0, 16.0


def layers_of_units(sizes: Sequence[int], marked: int, caption: str) -> Drawing:
    """A bar a layer with its number of units above; the `marked` one is filled and named below.

    Heights grow with the logarithm, so that 1000 units and 8 fit into one picture.
    """
    low, high = math.log(min(sizes)), math.log(max(sizes))
    middle = 14 + HIGHEST / 2
    marks: list[Mark] = []
    for place, size in enumerate(sizes):
        share = (math.log(size) - low) / (high - low) if high > low else 1.0
        tall = LOWEST + share * (HIGHEST - LOWEST)
        left = 14 + place * (BAR + SPACE)
        if place:
            marks.append(Line((left - SPACE + 4, middle), (left - 4, middle), 0.7, arrow=True))
        marks += [Rect((left, middle - tall / 2), BAR, tall, "soft" if place == marked else "pale"),
                  Text((left + BAR / 2, middle - tall / 2 - 7), f"{size:,}", 8)]
        if place == marked:
            marks.append(Text((left + BAR / 2, middle + tall / 2 + 8), caption, 8, "accent"))
    sizes_in_words = ", ".join(map(str, sizes))
    return Drawing(28 + len(sizes) * (BAR + SPACE) - SPACE, middle + HIGHEST / 2 + 4, tuple(marks),
                   f"Layers of {sizes_in_words} units; {caption}: {sizes[marked]}")
