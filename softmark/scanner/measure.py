"""How dark every bubble of a page is, against the page's own paper and its own empty bubbles.

Darkness is 0 for bare paper and 1 for black. All lengths are in millimetres, as in the layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

from softmark.rendering.bubble_frame import A4, BUBBLE, PATCH_RADIUS, RING, Frame
from softmark.rendering.bubbles import Field
from softmark.scanner.frames import SCALE

#: the part of a bubble that is measured, and the ring of paper around it that it is compared with
INNER, AROUND = 1.15, (1.82, 2.1)
#: how far a field may lie from where the page's frame says, and a small one from its neighbours
SHIFT, SMALL_SHIFT = 1.1, 0.4
#: fields of fewer bubbles cannot be looked for by themselves
FEW = 10
#: how much darker than its surroundings the printed ring must be for a field to count as found
LEAST_RING = 0.035
DARK = 0.13
#: how dark the pale discs of a page may seem; else light strokes are lost, or light grey is black
PALE = (0.09, 0.5)
#: how far an empty bubble may be from the typical one
LIGHT = 0.06

Pixels = Any


@dataclass(frozen=True, slots=True)
class Measured:
    """A field as it was found: darkness by column and bubble, ink in boxes (mm²), ring contrast."""

    darkness: tuple[tuple[float, ...], ...]
    ink: tuple[float, ...]
    ring: float
    shift: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """What holds for a whole page: how much empty bubbles scatter, how dark its pale discs seem."""

    scatter: float
    pale: tuple[float, ...]

    @property
    def fault(self) -> str:
        """Why nothing on the page is to be trusted, "" if nothing speaks against it."""
        if max(self.pale) < PALE[0] or min(self.pale) > PALE[1]:
            return ("was scanned too bright, too dark or in black and white only, so that light marks "
                    "are lost; scan it in grey")
        return ""


def darkness_of(straight: Pixels) -> Pixels:
    """Darkness of every pixel of a page laid straight, shading taken out."""
    height, width = straight.shape
    small = cv2.resize(straight, (width // SCALE, height // SCALE), interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 4)
    paper = cv2.resize(np.maximum(paper, 30), (width, height), interpolation=cv2.INTER_LINEAR)
    return 1.0 - straight.astype(np.float32) / paper


def measure(straight: Pixels, fields: Sequence[Field], frame: Frame = A4
            ) -> tuple[list[Measured], Page]:
    """Every field of a page, and what holds for all of it."""
    dark = darkness_of(straight)
    shifts = _shifts(dark, fields)
    found = [_field(dark, one, shift) for one, shift in zip(fields, shifts, strict=True)]
    empty, scatter = _empty(fields, found)
    return [Measured(tuple(tuple(float(value - empty.get(bubble.value, empty["any"]))
                                 if column.part != "choice" else float(value - empty["choice"])
                                 for value, bubble in zip(values, column.bubbles, strict=True))
                           for values, column in zip(darkness, one.columns, strict=True)),
                     ink, ring, shift)
            for one, (darkness, ink, ring, shift) in zip(fields, found, strict=True)], \
        Page(scatter, tuple(_pale(dark, x, y) for x, y in frame.patches))


def _pale(dark: Pixels, x: float, y: float) -> float:
    """How dark a pale disc is against the paper around it."""
    row, column = round(y * SCALE - 0.5), round(x * SCALE - 0.5)
    inner, around = _disc(0, 0.65 * PATCH_RADIUS), _disc(1.3 * PATCH_RADIUS, 1.6 * PATCH_RADIUS)
    return float(dark[row + inner[0], column + inner[1]].mean()
                 - np.median(dark[row + around[0], column + around[1]]))


@cache
def _disc(inner: float, outer: float) -> Any:
    """Offsets (y, x) of the pixels of a ring or disc."""
    reach = int(outer * SCALE) + 1
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    far = np.hypot(y, x) / SCALE
    return np.stack([part[(far >= inner) & (far <= outer)] for part in (y, x)])


@cache
def _ring_kernel() -> Pixels:
    """Positive on a bubble's printed ring, negative just inside and outside of it."""
    reach = int((BUBBLE + 0.5) * SCALE) + 1
    y, x = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    far = np.abs(np.hypot(y, x) / SCALE - BUBBLE)
    on, off = far <= RING, (far > 2.2 * RING) & (far <= 0.5)
    return (on / on.sum() - off / off.sum()).astype(np.float32)


def _centres(one: Field) -> Any:
    """Rows and columns of the middles of a field's bubbles."""
    points = np.array([(bubble.y, bubble.x) for bubble in one.bubbles]) * SCALE
    return np.round(points - 0.5).astype(int).T


def _shifts(dark: Pixels, fields: Sequence[Field]) -> list[tuple[int, int, float]]:
    """For each field how far it lies off, in pixels down and right, and its ring's contrast."""
    large = {number: _shift(dark, one, (0, 0), SHIFT) for number, one in enumerate(fields)
             if len(list(one.bubbles)) >= FEW}
    known = [(dy, dx) for dy, dx, ring in large.values() if ring >= LEAST_RING]
    middle = np.median(known, axis=0) if known else (0, 0)
    usual = (int(middle[0]), int(middle[1]))
    reach = SMALL_SHIFT if known else SHIFT
    return [large[number] if number in large else
            _shift(dark, one, usual, reach) if one.columns else (*usual, 1.0)
            for number, one in enumerate(fields)]


def _shift(dark: Pixels, one: Field, about: tuple[int, int], reach: float) -> tuple[int, int, float]:
    rows, columns = _centres(one)
    most = round(reach * SCALE)
    kernel = _ring_kernel()
    margin = most + max(map(abs, about)) + kernel.shape[0] // 2 + 1
    top, left = max(0, rows.min() - margin), max(0, columns.min() - margin)
    part = dark[top:rows.max() + margin + 1, left:columns.max() + margin + 1]
    rings = cv2.filter2D(np.clip(part, 0, 0.6), cv2.CV_32F, kernel)
    best = (-1.0, *about)
    # every other pixel first, then around the best
    for step, span in ((2, most), (1, 1)):
        offsets = np.arange(-span, span + 1, step)
        dy, dx = (grid.ravel()[:, None] for grid in np.meshgrid(best[1] + offsets, best[2] + offsets))
        contrast = rings[rows - top + dy, columns - left + dx].mean(axis=1)
        at = int(contrast.argmax())
        best = (float(contrast[at]), int(dy[at, 0]), int(dx[at, 0]))
    return best[1], best[2], best[0]


def _field(dark: Pixels, one: Field, shift: tuple[int, int, float]
           ) -> tuple[list[Any], tuple[float, ...], float, tuple[int, int]]:
    dy, dx, ring = shift
    darkness = []
    if one.columns:
        rows, columns = _centres(one)
        inner, around = _disc(0, INNER), _disc(*AROUND)
        inside = dark[rows[:, None] + dy + inner[0], columns[:, None] + dx + inner[1]].mean(axis=1)
        # the lighter part of what is around: a stroke that left the bubble must not count as paper
        rim = dark[rows[:, None] + dy + around[0], columns[:, None] + dx + around[1]]
        paper = np.partition(rim, rim.shape[1] // 4, axis=1)[:, rim.shape[1] // 4]
        values = iter(inside - paper)
        darkness = [[next(values) for _ in column.bubbles] for column in one.columns]
    boxes = [column.box for column in one.columns] if one.columns else [one.box]
    return darkness, tuple(_ink(dark, box, dy, dx) if box else 0.0 for box in boxes), ring, (dy, dx)


def _ink(dark: Pixels, box: tuple[float, float, float, float], dy: int, dx: int) -> float:
    """The area in a box that is written on."""
    inset = 0.75
    x, y, width, height = (value * SCALE for value in
                           (box[0] + inset, box[1] + inset, box[2] - 2 * inset, box[3] - 2 * inset))
    part = dark[round(y) + dy:round(y + height) + dy, round(x) + dx:round(x + width) + dx]
    if not part.size:
        return 0.0
    smooth = cv2.blur(np.ascontiguousarray(part), (3, 3))
    base = float(np.percentile(smooth, 30))
    return float((smooth > base + DARK).sum()) / SCALE**2


def _empty(fields: Sequence[Field], found: list[Any]) -> tuple[dict[str, float], float]:
    """The darkness of an empty bubble by its printed sign, and how much empty ones scatter."""
    by_sign: dict[str, list[float]] = {"any": [], "choice": []}
    for one, (darkness, *_) in zip(fields, found, strict=True):
        for column, values in zip(one.columns, darkness, strict=True):
            for bubble, value in zip(column.bubbles, values, strict=True):
                if column.part == "choice":
                    by_sign["choice"].append(value)
                else:
                    by_sign.setdefault(bubble.value, []).append(value)
                    by_sign["any"].append(value)
    typical = float(np.median(by_sign["any"] or [0.0]))
    # a sign that most students fill (a minus, a word) must not pass for what empty bubbles look like
    light = {sign: [value for value in values if abs(value - typical) < LIGHT]
             for sign, values in by_sign.items()}
    empty = {"any": typical, "choice": 0.0}
    empty |= {sign: float(np.median(values)) for sign, values in light.items() if len(values) >= 8}
    left = np.array([value - empty.get(sign, typical) for sign, values in by_sign.items()
                     if sign not in ("any", "choice") for value in values] or [0.0])
    return empty, float(1.4826 * np.median(np.abs(left)))
