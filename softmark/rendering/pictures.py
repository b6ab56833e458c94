"""Pictures that go to print as PDF operators of our own: a page names them by address.

For WeasyPrint each is an image with `get_intrinsic_size(resolution, font_size)` and
`draw(stream, width, height, style)`, which it finds in the cache of images given to it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from typing import Any, Protocol

from softmark.rendering.fonts import PrintFont, load_font
from softmark.rendering.katex_layout import Glyph

#: how many of a kind are remembered: many times what a page of sixty questions holds
MOST = {"math": 20_000, "drawing": 1_500}
_ADDRESS = re.compile(r"\b(?:math|drawing):[0-9a-f]{24}\b")
#: how far the handles of a quarter of a circle lie from its ends, in radii
_ROUND = 0.5522847498


class Picture(Protocol):
    """What WeasyPrint asks of an image."""

    def get_intrinsic_size(self, resolution: Any, font_size: float) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        ...

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draws from the upper left corner, y downwards, into a box of this size."""
        ...


_pictures: dict[str, dict[str, Picture]] = {kind: {} for kind in MOST}


def remember(kind: str, content: str, picture: Picture) -> str:
    """The address under which a page finds the picture; the same for the same content."""
    address = f"{kind}:{hashlib.sha256(content.encode()).hexdigest()[:24]}"
    known = _pictures[kind]
    # what is used anew is the youngest again: a page never loses its own pictures
    known.pop(address, None)
    forget_oldest(known, MOST[kind])
    known[address] = picture
    return address


def forget_oldest(known: dict[Any, Any], most: int) -> None:
    """Keeps the memory of a long run flat."""
    while len(known) >= most:
        del known[next(iter(known))]


def pictures_of(html: str) -> dict[str, Picture]:
    """The page's pictures by their address."""
    return {address: known[address] for address in set(_ADDRESS.findall(html))
            if address in (known := _pictures[address.partition(":")[0]])}


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
