"""Synthetic scans: answer pages drawn, filled in by a pencil of some hand, and scanned badly.

Nothing here shares code with the scanner but the layout, which says where the bubbles are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from softmark.rendering.bubble_frame import BUBBLE
from softmark.rendering.bubbles import Bubble, Field, Sheet

#: pixels a millimetre of the page that is written on
FINE = 10
#: what may go wrong; only what is written as well can be seen to lack its bubble
SLIPS = ("unfilled", "erased", "double", "faint")


@dataclass(slots=True)
class Hand:
    """How somebody fills bubbles: darkness of the pencil, share of the bubble, style, digits written."""

    strength: float = 0.65
    cover: float = 0.95
    style: str = "solid"
    writes: bool = True

    @classmethod
    def of(cls, rng: np.random.Generator) -> Hand:
        """Somebody's."""
        return cls(float(rng.uniform(0.38, 0.85)), float(rng.uniform(0.8, 1.15)),
                   str(rng.choice(["solid", "scribble", "scribble"])), bool(rng.random() < 0.8))


@dataclass(slots=True)
class Scan:
    """How a page is scanned."""

    dpi: int = 200
    turn: float = 0.0
    perspective: float = 0.0
    noise: float = 4.0
    shading: float = 0.0
    blur: float = 0.6
    quality: int = 80
    coffee: bool = False
    cropped: bool = False

    @classmethod
    def of(cls, rng: np.random.Generator, dpi: int) -> Scan:
        """An ordinary bad scan."""
        return cls(dpi, float(rng.uniform(-5, 5)) + (180 if rng.random() < 0.3 else 0),
                   float(rng.uniform(0, 0.012)), float(rng.uniform(2, 9)), float(rng.uniform(0, 0.3)),
                   float(rng.uniform(0.4, 0.9)), int(rng.integers(60, 92)), bool(rng.random() < 0.05))


@dataclass(slots=True)
class Filled:
    """A page as it was filled in: what each cell says, and for which a doubt is in order."""

    image: Any
    truth: dict[tuple[int, str], str] = field(default_factory=dict)
    odd: dict[tuple[int, str], str] = field(default_factory=dict)
    marks: int = 0


def drawn(pdf: bytes) -> list[Any]:
    """The pages of a PDF as grey pixels, FINE a millimetre."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for page in document:
        grey = page.render(scale=FINE * 25.4 / 72, grayscale=True).to_numpy()
        # what is rounded up is no part of the page
        height, width = (round(side * FINE * 25.4 / 72) for side in (page.get_height(), page.get_width()))
        pages.append(grey.reshape(grey.shape[:2])[:height, :width].copy())
    return pages


def fill(page: Any, sheet: Sheet, rng: np.random.Generator, hand: Hand, odd: float = 0.0) -> Filled:
    """The page filled in at random; a share `odd` of the cells by somebody who slipped."""
    filled = Filled(page.astype(np.float32) / 255)
    for one in sheet.fields:
        key = (one.question, one.cell)
        if one.kind == "write" or rng.random() < 0.06:
            filled.truth[key] = ""
            continue
        text, chosen = _answer(one, rng)
        filled.truth[key] = text
        slip = str(rng.choice(SLIPS[one.kind == "choice":])) if rng.random() < odd else ""
        if slip:
            filled.odd[key] = slip
        _fill_field(filled, one, chosen, rng, hand, slip)
    np.clip(filled.image, 0.02, 1, out=filled.image)
    return filled


def _answer(one: Field, rng: np.random.Generator) -> tuple[str, list[Bubble | None]]:
    """A random answer, and the bubble of each column that says it."""
    if one.kind == "choice":
        bubble = one.columns[0].bubbles[int(rng.integers(len(one.columns[0].bubbles)))]
        return bubble.value, [bubble]
    parts: dict[str, list[int]] = {}
    for number, column in enumerate(one.columns):
        parts.setdefault(column.part, []).append(number)
    chosen: list[Bubble | None] = [None] * len(one.columns)

    def put(part: str, text: str) -> None:
        places = parts[part][len(parts[part]) - len(text):] if part != "decimals" else parts[part]
        for place, digit in zip(places, text, strict=False):
            chosen[place] = next(b for b in one.columns[place].bubbles if b.value == digit)

    def digits(most: int) -> str:
        return str(int(rng.integers(0, 10 ** int(rng.integers(1, most + 1)))))

    if one.kind == "shape":
        sizes = [digits(4) for _ in range(int(rng.integers(1, 4)))]
        for number, size in enumerate(sizes):
            put(str(number), size)
        return "×".join(sizes), chosen
    sign = "-" if rng.random() < 0.4 else ""
    if sign:
        chosen[parts["sign"][0]] = one.columns[parts["sign"][0]].bubbles[0]
    whole = digits(min(4, len(parts["whole"])))
    put("whole", whole)
    decimals = ""
    if "decimals" in parts:
        count = int(rng.integers(0, len(parts["decimals"]) + 1))
        decimals = "".join(str(d) for d in rng.integers(0, 10, count))
        put("decimals", decimals)
    return sign + whole + (f".{decimals}" if decimals else ""), chosen


def _fill_field(filled: Filled, one: Field, chosen: list[Bubble | None], rng: np.random.Generator,
                hand: Hand, slip: str) -> None:
    places = [number for number, bubble in enumerate(chosen) if bubble is not None]
    at = int(rng.choice(places)) if slip else -1
    for number in places:
        bubble, column = chosen[number], one.columns[number]
        assert bubble is not None
        if column.box and (hand.writes or (number == at and slip == "unfilled")):
            _write(filled.image, column.box, bubble.value, rng, hand)
        if number != at or slip == "double":
            mark(filled.image, bubble, rng, hand)
            filled.marks += 1
        if number == at:
            others = [b for b in column.bubbles if b is not bubble] or [bubble]
            other = others[int(rng.integers(len(others)))]
            if slip == "double" and other is not bubble:
                mark(filled.image, other, rng, hand)
            elif slip == "erased":
                mark(filled.image, other, rng, hand, rub=float(rng.uniform(0.08, 0.4)))
                mark(filled.image, bubble, rng, hand)
            elif slip == "faint":
                mark(filled.image, bubble, rng, Hand(float(rng.uniform(0.09, 0.22)), 0.9, hand.style))


def mark(image: Any, bubble: Bubble, rng: np.random.Generator, hand: Hand, rub: float = 1.0) -> None:
    """Fills a bubble with pencil; `rub` is what an eraser left of it."""
    x, y = (value * FINE + rng.normal(0, 0.15) * FINE for value in (bubble.x, bubble.y))
    radius = BUBBLE * hand.cover * FINE
    reach = int(2 * BUBBLE * FINE)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    part = image[top:top + 2 * reach, left:left + 2 * reach]
    pencil = np.zeros(part.shape, np.float32)
    middle = (x - left, y - top)
    if hand.style == "solid":
        cv2.ellipse(pencil, (int(middle[0]), int(middle[1])),
                    (int(radius), int(radius * rng.uniform(0.85, 1))), 0, 0, 360, 1, -1, cv2.LINE_AA)
    else:
        _scribble(pencil, middle, radius, rng)
    grain = cv2.GaussianBlur(rng.normal(1, 0.45, part.shape).astype(np.float32), (0, 0), 1.0)
    pencil = cv2.GaussianBlur(pencil, (0, 0), 1.0) * np.clip(grain, 0.5, 1.3) * hand.strength
    if rub < 1:
        pencil = cv2.GaussianBlur(pencil, (0, 0), 0.25 * FINE) * rub
    part *= 1 - np.clip(pencil, 0, 0.97)


def _scribble(pencil: Any, middle: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    """Strokes to and fro."""
    angle = rng.uniform(0, math.pi)
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    points = []
    strokes = int(rng.integers(7, 11))
    for number, offset in enumerate(np.linspace(-0.9, 0.9, strokes)):
        half = math.sqrt(1 - offset**2) * rng.uniform(0.85, 1.1) * (1 if number % 2 else -1)
        points.append(np.array(middle) + radius * (offset * across + half * along))
    line = np.array(points).reshape(-1, 1, 2)
    cv2.polylines(pencil, [np.round(line * 16).astype(np.int32)], False, 1, int(0.45 * FINE),
                  cv2.LINE_AA, 4)


def _write(image: Any, box: tuple[float, float, float, float], text: str, rng: np.random.Generator,
           hand: Hand) -> None:
    """A digit by hand, into its box and now and then a little out of it."""
    x, y, width, height = box
    at = (int((x + width / 2 - 0.9 + rng.normal(0, 0.25)) * FINE),
          int((y + height - 1.4 + rng.normal(0, 0.25)) * FINE))
    ink = np.zeros(image.shape[:2], np.uint8)[:int((y + height + 4) * FINE)]
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.105 * FINE, 255, max(2, int(0.35 * FINE)),
                cv2.LINE_AA)
    image[:ink.shape[0]] *= 1 - hand.strength * ink.astype(np.float32) / 255


def scanned(image: Any, rng: np.random.Generator, how: Scan) -> Any:
    """The page as a scanner saw it: grey pixels."""
    page = image * _shade(image.shape, rng, how.shading) if how.shading else image
    if how.coffee:
        page = page * _coffee(image.shape, rng)
    size = np.array(image.shape[1::-1]) / FINE * how.dpi / 25.4
    margin = 1.0 if how.cropped else 1.16
    canvas = np.round(size * margin).astype(int)
    height, width = image.shape
    corners = np.float64([[0, 0], [width, 0], [width, height], [0, height]])
    angle = math.radians(how.turn)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    placed = (corners - [width / 2, height / 2]) * (size / [width, height]) @ turn.T
    placed += canvas / 2 + rng.uniform(-1, 1, (4, 2)) * how.perspective * size
    warp = cv2.getPerspectiveTransform(corners.astype(np.float32), placed.astype(np.float32))
    shrink = how.dpi / 25.4 / FINE
    page = cv2.GaussianBlur(page, (0, 0), 0.45 / shrink)
    table = float(rng.choice([0.97, 0.85])) if not how.cropped else 0.95
    out = cv2.warpPerspective(page, warp, tuple(int(v) for v in canvas), flags=cv2.INTER_LINEAR,
                              borderValue=table)
    out = cv2.GaussianBlur(out, (0, 0), how.blur) * 245
    out += rng.normal(0, how.noise, out.shape).astype(np.float32)
    grey = np.clip(out, 0, 255).astype(np.uint8)
    return cv2.imdecode(jpeg(grey, how.quality), cv2.IMREAD_GRAYSCALE)


def jpeg(grey: Any, quality: int = 80) -> Any:
    """The bytes of a JPEG."""
    return cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]


def _shade(shape: tuple[int, ...], rng: np.random.Generator, depth: float) -> Any:
    """A shadow that falls over the page from one side."""
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[-1:1:shape[0] * 1j, -1:1:shape[1] * 1j].astype(np.float32)
    side = (x * math.cos(angle) + y * math.sin(angle)) / 1.42
    return 1 - depth * np.clip(0.5 + side / 2, 0, 1) ** 1.5


def _coffee(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """The ring of a cup, darker at its outer edge."""
    y, x = (rng.uniform(0.25, 0.85) * side for side in shape)
    radius = rng.uniform(34, 42) * FINE
    rows, columns = np.ogrid[:shape[0], :shape[1]]
    far = np.hypot(rows - y, columns - x).astype(np.float32) / FINE - radius / FINE
    ring = 0.32 * np.exp(-(far / 1.2) ** 2) + 0.06 / (1 + np.exp(np.clip(far * 2, -30, 30)))
    patchy = cv2.resize(rng.uniform(0.5, 1, (12, 9)).astype(np.float32), shape[::-1],
                        interpolation=cv2.INTER_CUBIC)
    return 1 - np.clip(ring * patchy, 0, 0.5)
