"""PDF operators on WeasyPrint's streams: glyphs of our own fonts, circles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from softmark.rendering.fonts import PrintFont, load_font
from softmark.rendering.katex_layout import Glyph

#: how far the handles of a quarter of a circle lie from its ends, in radii
_ROUND = 0.5522847498


def draw_glyphs(stream: Any, glyphs: Iterable[Glyph], em: float, baseline: float) -> None:
    """Text operators for glyphs whose positions are in em, y upwards from the baseline."""
    stream.begin_text()
    for glyph in glyphs:
        # one font object a document: WeasyPrint asks each for the glyphs it used
        name = f"own {glyph.font}"
        font = stream._fonts.get(name) or PrintFont(load_font(glyph.font))
        stream._fonts[name] = font
        number = font.use(glyph.char)
        stream.set_font_size(font.hash, glyph.size * em)
        stream.set_text_matrix(1, 0, 0, -1, glyph.x * em, baseline - glyph.y * em)
        stream.show_text(f"<{number:04x}>")
    stream.end_text()


def circle(stream: Any, x: float, y: float, radius: float) -> None:
    """A circle's outline, to be stroked or filled."""
    stream.move_to(round(x + radius, 3), y)
    for quarter in range(4):
        a, b = (math.pi / 2 * (quarter + n) for n in (0, 1))
        ca, sa, cb, sb = (radius * f(angle) for angle in (a, b) for f in (math.cos, math.sin))
        stream.curve_to(*(round(value, 3) for value in (
            x + ca - _ROUND * sa, y + sa + _ROUND * ca, x + cb + _ROUND * sb, y + sb - _ROUND * cb,
            x + cb, y + sb)))
