"""Units that see a window each: one row of an image, and the units along it."""

from __future__ import annotations

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Text

INPUTS, APART, RISE, RADIUS = 9, 26.0, 46.0, 5.5


def windows(kernel: int, stride: int, own: bool) -> Drawing:
    """Nine inputs below, above them the units that see `kernel` of them, `stride` apart.

    own: every unit has weights of its own (numbered w₁, w₂ …); else all share one set.
    """
    marks: list[Mark] = []
    tops = range(0, INPUTS - kernel + 1, stride)
    for number, first in enumerate(tops):
        x = 12 + (first + (kernel - 1) / 2) * APART
        for tap in range(kernel):
            marks.append(Line((12 + (first + tap) * APART, 22 + RISE), (x, 22), 0.7,
                              "ink" if number % 2 == 0 else "soft", dashed=number % 2 == 1))
        marks += [Circle((x, 22), RADIUS, "pale"),
                  Text((x, 8), f"w_{{{number + 1}}}" if own else "w", 8, "accent", italic=True)]
    marks += [Circle((12 + place * APART, 22 + RISE), RADIUS) for place in range(INPUTS)]
    wide = 24 + (INPUTS - 1) * APART
    marks += [Text((wide + 4, 22), "units, their weights above", 8, anchor="start"),
              Text((wide + 4, 22 + RISE), "one row of the input (sketch)", 8, anchor="start")]
    whose = "weights of its own" if own else "the same weights"
    return Drawing(wide + 124, 32 + RISE, tuple(marks),
                   f"A sketch in one dimension: each unit sees {kernel} neighbouring values, "
                   f"with {whose}")
