"""Drawings as plain records: a few shapes that go to a screen and to print alike.

Lengths are in points, y grows downwards. Colours come from a small palette that stays
distinguishable in black and white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Colour = Literal["ink", "soft", "accent", "pale", "paper", "warm"]
PALETTE: dict[str, str] = {"ink": "#111111", "soft": "#777777", "accent": "#1d4e6b",
                           "pale": "#e8eef2", "paper": "#ffffff", "warm": "#b5541c"}
Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, with an arrow head at its end if asked; dashed if asked."""

    start: Point
    end: Point
    width: float = 0.8
    colour: Colour = "ink"
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line through several points."""

    points: tuple[Point, ...]
    width: float = 1.0
    colour: Colour = "accent"


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle; `fill` None leaves it open."""

    centre: Point
    radius: float
    fill: Colour | None = "paper"
    colour: Colour = "ink"
    width: float = 0.8


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle from its upper left corner."""

    corner: Point
    width: float
    height: float
    fill: Colour | None = None
    colour: Colour | None = "ink"
    stroke: float = 0.6
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text on its middle or an end; `w_{14}` sets a subscript."""

    at: Point
    text: str
    size: float = 8.0
    colour: Colour = "ink"
    anchor: Anchor = "middle"
    italic: bool = False
    bold: bool = False


Mark = Line | Polyline | Circle | Rect | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: its size, its shapes in painting order, and what it shows in words."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    alt: str
