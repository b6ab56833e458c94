"""A chain of parts that a value runs through, and a loss that compares its ends as in an autoencoder."""

from __future__ import annotations

from collections.abc import Sequence

from softmark.worksheet.drawing import Drawing, Line, Mark, Rect, Text

WIDE, TALL, ARROW, LETTER, DEEP = 60.0, 24.0, 20.0, 16.0, 18.0


def chain(values: Sequence[str], parts: Sequence[str], loss: str = "") -> Drawing:
    """Boxes with the letters of the values before, between and behind them.

    values: one more than parts; x~ is written with a tilde, a value without a letter is "". The
    dashed line below tells that `loss`, if there is one, compares the first value with the last.
    """
    marks: list[Mark] = []
    middle, x = TALL / 2 + 2, 2.0
    for value, part in zip(values, ("", *parts), strict=True):
        if part:
            marks += [Line((x + 1, middle), (x + ARROW - 1, middle), 0.7, arrow=True),
                      Rect((x + ARROW, middle - TALL / 2), WIDE, TALL, "pale"),
                      Text((x + ARROW + WIDE / 2, middle), part, 8.5)]
            x += ARROW + WIDE
        if part and value:
            marks.append(Line((x + 1, middle), (x + ARROW - 1, middle), 0.7, arrow=True))
            x += ARROW
        if value:
            marks += _letter(value, x + LETTER / 2, middle)
            x += LETTER
    way = " ".join(word for pair in zip(values, (*parts, ""), strict=True)
                   for word in (pair[0], f"→ {pair[1]} →" if pair[1] else "") if word)
    way = way.replace("→ →", "→")
    if not loss:
        return Drawing(x + 2, middle + TALL / 2 + 4, tuple(marks), way)
    marks += _compared(2 + LETTER / 2, x - LETTER / 2, middle, loss)
    return Drawing(x + 2, middle + TALL / 2 + DEEP + 8, tuple(marks),
                   f"{way}; the {loss} compares {values[-1]} with {values[0]}")


def _letter(value: str, x: float, y: float) -> list[Mark]:
    letter = Text((x, y), value.rstrip("~"), 10, italic=True)
    return [letter, Text((x + 0.5, y - 6), "~", 8)] if value.endswith("~") else [letter]


def _compared(first: float, last: float, middle: float, loss: str) -> list[Mark]:
    below, centre, half = middle + TALL / 2 + DEEP, (first + last) / 2, 2.4 * len(loss) + 4
    return [Line((first, middle + 9), (first, below), 0.7, "soft", dashed=True),
            Line((first, below), (last, below), 0.7, "soft", dashed=True),
            Line((last, middle + 9), (last, below), 0.7, "soft", dashed=True),
            Rect((centre - half, below - 6), 2 * half, 12, "paper", None),
            Text((centre, below), loss, 8)]
