"""Pictures that go to print as PDF operators of our own: a page names them by address.

For WeasyPrint each is an image with `get_intrinsic_size(resolution, font_size)` and
`draw(stream, width, height, style)`, which it finds in the cache of images given to it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Protocol

#: how many of a kind are remembered: many times what a page of sixty questions holds
MOST = {"math": 20_000, "drawing": 1_500}
_ADDRESS = re.compile(r"\b(?:math|drawing):[0-9a-f]{24}\b")


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
