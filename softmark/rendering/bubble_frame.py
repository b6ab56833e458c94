"""What every answer page to be scanned has in common: its frame, in millimetres from the top left.

Nothing heavy is imported here, so that the process that looks for the frame starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass

#: part of every page's code; another number is another arrangement
VERSION = 1
MARKER_SIDE = 6.0
MARKER_HOLE = 2.6
QR_TOP, QR_SIDE = 10.0, 19.0
PATCH_RADIUS, PATCH_GREY = 2.0, 0.78

BUBBLE = 1.6
RING = 0.13
PITCH_X, PITCH_Y = 4.2, 4.2


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a size of paper; `letter` stands in the code, so that the scanner knows it."""

    width: float
    height: float
    letter: str = ""
    #: what may be written on begins here
    left: float = 18.0
    top: float = 38.0

    @property
    def right(self) -> float:
        """Where what may be written on ends."""
        return self.width - self.left

    @property
    def bottom(self) -> float:
        """Where what may be written on ends."""
        return self.height - 19.0

    @property
    def markers(self) -> tuple[Point, ...]:
        """Centres of the corner squares: top left (the one with a hole), then clockwise."""
        right, low = self.width - 12.0, self.height - 12.0
        return (12.0, 12.0), (right, 12.0), (right, low), (12.0, low)

    @property
    def qr_left(self) -> float:
        """The left edge of the code without its white border."""
        return self.width - 42.0

    @property
    def patches(self) -> tuple[Point, ...]:
        """Pale discs, by which the scanner sees whether a light stroke would have come through."""
        return (26.0, self.height - 12.0), (self.width - 26.0, self.height - 12.0)


FRAMES = {"a4": Frame(210.0, 297.0), "letter": Frame(215.9, 279.4, "L")}
A4 = FRAMES["a4"]


def frame_of(code: str) -> Frame:
    """The frame of the page that bears a code.

    >>> frame_of("SM:K7QM-3X9P-2:3:1L-0A9F3C").width
    215.9
    """
    kind = code.rpartition(":")[2].partition("-")[0]
    return next((frame for frame in FRAMES.values() if frame.letter and kind.endswith(frame.letter)), A4)


def code_of(paper_id: str, page: int, layout: str) -> str:
    """What the code of a page says; all of it in the alphabet that codes are densest in.

    >>> code_of("K7QM-3X9P-2", 3, "1-0A9F3C")
    'SM:K7QM-3X9P-2:3:1-0A9F3C'
    """
    return f"SM:{paper_id}:{page}:{layout}"
