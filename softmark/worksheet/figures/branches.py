"""A module of branches that run side by side and are joined: inception modules."""

from __future__ import annotations

from collections.abc import Sequence

from softmark.worksheet.drawing import Colour, Drawing, Line, Mark, Rect, Text

WIDE, TALL, SPACE, RISE = 88.0, 18.0, 12.0, 14.0


def branches(source: str, columns: Sequence[Sequence[tuple[str, str]]], target: str,
             alt: str) -> Drawing:
    """Columns of (name, detail) boxes between a box for the input above and the joint below.

    Short columns stand at the bottom, beside the last boxes of the others, as papers draw them.
    """
    deep = max(map(len, columns))
    wide = len(columns) * (WIDE + SPACE) - SPACE + 2
    top, bottom = TALL + 1, TALL + 1 + deep * (TALL + RISE) + RISE
    marks: list[Mark] = [Rect((wide / 2 - WIDE, 1), 2 * WIDE, TALL, "pale"),
                         Text((wide / 2, 1 + TALL / 2), source, 8.5),
                         Rect((wide / 2 - WIDE, bottom), 2 * WIDE, TALL, "pale"),
                         Text((wide / 2, bottom + TALL / 2), target, 8.5)]
    for place, column in enumerate(columns):
        middle = 1 + place * (WIDE + SPACE) + WIDE / 2
        first = bottom - len(column) * (TALL + RISE)
        # the outer lines leave and reach the wide boxes at their ends
        port = wide / 2 + (place - (len(columns) - 1) / 2) * 2 * WIDE / (len(columns) + 1)
        # past the taller columns straight down
        level = min(top + RISE - 4, first - 5)
        marks += [Line((port, top), (middle, level), 0.7),
                  Line((middle, level), (middle, first - 1), 0.7, arrow=True),
                  Line((middle, bottom - RISE), (port, bottom - 1), 0.7, arrow=True)]
        for row, (name, detail) in enumerate(column):
            y = first + row * (TALL + RISE)
            if row:
                marks.append(Line((middle, y - RISE), (middle, y - 1), 0.7, arrow=True))
            fill: Colour = "paper" if detail else "pale"
            marks.append(Rect((middle - WIDE / 2, y), WIDE, TALL, fill))
            caption = f"{name}, {detail}" if detail else name
            marks.append(Text((middle, y + TALL / 2), caption, 8))
    ways = "; ".join(", then ".join(f"{name} with {detail}" if detail else name
                                    for name, detail in column) for column in columns)
    return Drawing(wide, bottom + TALL + 2, tuple(marks), f"{alt}, from {source} to {target}: {ways}")
