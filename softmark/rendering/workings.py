"""Worked lines on the page: on one line where there is room, else broken at = and +."""

from __future__ import annotations

from markupsafe import Markup

from softmark.rendering.math import get_engine
from softmark.rendering.text import math_html

#: room for a worked line on A4, in em of its own text
ROOM = {"pdf": 40.0, "screen": 40.0, "large": 22.5}
#: what fits between the step's indent and the edge of the page
PAGE = {"pdf": 41.0, "screen": 41.0, "large": 23.3}
#: about the width of a character, where the engine cannot say
ROUGH = 0.42


def worked_html(parts: list[str], target: str = "pdf") -> Markup:
    """symbol = formula = numbers = result, in display size."""
    line = r"\displaystyle " + " = ".join(parts)
    room = ROOM[target]
    # a formula of so many signs never fits: spare the engine the try
    if len(parts) < 2 or (len(line) < 12 * room and width(line) <= room):
        return math_html(line, target)
    rows = []
    for place, part in enumerate(parts[1:]):
        pieces = broken(part, room)
        rows.append((parts[0] if not place else "") + " &= " + pieces[0])
        rows += [r" &\quad " + piece for piece in pieces[1:]]
    whole = r"\begin{aligned} " + "".join(map(_ended, rows[:-1])) + rows[-1] + r" \end{aligned}"
    wide = width(whole)
    # in print the engine itself draws smaller what is wider than the page
    if wide <= PAGE[target] or (target != "screen" and hasattr(get_engine(), "layout")):
        return math_html(whole, target)
    # a fraction or a maximum of many numbers has no place to break
    return Markup('<span style="font-size:{}%">{}</span>').format(
        max(55, int(100 * PAGE[target] / wide)), math_html(whole, target))


def _ended(row: str) -> str:
    # KaTeX counts from the foot of a letter, not of a fraction
    return row + (r" \\[0.9em] " if r"\frac" in row else r" \\ ")


def width(latex: str) -> float:
    """The formula's width in em, as far as the engine can tell."""
    layout = getattr(get_engine(), "layout", None)
    formula = layout(latex) if layout is not None else None
    return formula.width if formula is not None else ROUGH * len(latex)


def broken(part: str, room: float) -> list[str]:
    """A long sum in pieces that fit, each but the first beginning with its sign."""
    pieces, filled = [""], 0.0
    for addend in _unfolded(part, room):
        # behind an empty atom the sign has the spaces that it has between two addends
        wide = width("{}" + addend)
        if pieces[-1] and filled + wide > room - 4:
            pieces.append("")
            filled = 0.0
        pieces[-1] += addend
        filled += wide
    return pieces


def _unfolded(part: str, room: float) -> list[str]:
    """The addends of a sum; one that is too wide, as a maximum of many numbers, by its commas."""
    found = []
    for addend in _addends(part):
        items = addend.split(r",\; ") if width(addend) > room and r"\left" not in addend else [addend]
        found += [item + r",\; " for item in items[:-1]] + items[-1:]
    return found


def _addends(text: str) -> list[str]:
    """The sum split before each + and − that stands in no bracket."""
    out, depth = [""], 0
    for place, char in enumerate(text):
        depth += char in "({["
        depth -= char in ")}]"
        spaced = text[place - 1:place] == " " == text[place + 1:place + 2]
        if not depth and char in "+-" and spaced:
            out.append("")
        out[-1] += char
    return [part for part in out if part]
