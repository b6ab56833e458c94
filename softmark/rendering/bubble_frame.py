"""What every answer page to be scanned has in common: its frame, in millimetres from the top left.

Nothing is imported here, so that the process that looks for the frame starts at once.
"""

from __future__ import annotations

#: part of every page's code; another number is another arrangement
VERSION = 1
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
#: what may be written on
LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 38.0, 278.0

#: centres of the corner squares: top left (the one with a hole), top right, bottom right, bottom left
MARKERS = ((12.0, 12.0), (198.0, 12.0), (198.0, 285.0), (12.0, 285.0))
MARKER_SIDE = 6.0
MARKER_HOLE = 2.6

#: the code without its white border
QR_LEFT, QR_TOP, QR_SIDE = 168.0, 10.0, 19.0

#: pale discs, by which the scanner sees whether a light stroke would have come through
PATCHES = ((26.0, 285.0), (184.0, 285.0))
PATCH_RADIUS, PATCH_GREY = 2.0, 0.78

BUBBLE = 1.6
RING = 0.13
PITCH_X, PITCH_Y = 4.2, 4.2


def code_of(paper_id: str, page: int, layout: str) -> str:
    """What the code of a page says; all of it in the alphabet that codes are densest in.

    >>> code_of("K7QM-3X9P-2", 3, "1-0A9F3C")
    'SM:K7QM-3X9P-2:3:1-0A9F3C'
    """
    return f"SM:{paper_id}:{page}:{layout}"
