"""Drawings as SVG."""

from __future__ import annotations

import math
import re

from markupsafe import escape

from softmark.rendering.terminal import tex_text
from softmark.worksheet.drawing import (
    PALETTE,
    Circle,
    Drawing,
    Line,
    Mark,
    Polyline,
    Rect,
    Text,
)

_SUBSCRIPT = re.compile(r"_(?:\{([^{}]*)\}|(\w))")
#: a hyphen that is a number's sign
_MINUS = re.compile(r"(?<![\w.)\]-])-(?=\.?\d)")
HEAD = 4.5


def drawing_svg(drawing: Drawing) -> str:
    """The drawing as an inline SVG element, with its words for those who cannot see it."""
    body = "".join(_mark(mark) for mark in drawing.marks)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{drawing.width:g}pt" '
            f'height="{drawing.height:g}pt" viewBox="0 0 {drawing.width:g} {drawing.height:g}">'
            f"<title>{escape(tex_text(drawing.alt))}</title>{body}</svg>")


def _mark(mark: Mark) -> str:
    if isinstance(mark, Line):
        return _line(mark)
    if isinstance(mark, Polyline):
        points = " ".join(f"{x:g},{y:g}" for x, y in mark.points)
        return (f'<polyline points="{points}" fill="none" stroke="{PALETTE[mark.colour]}" '
                f'stroke-width="{mark.width:g}"/>')
    if isinstance(mark, Circle):
        x, y = mark.centre
        return (f'<circle cx="{x:g}" cy="{y:g}" r="{mark.radius:g}" fill="{_fill(mark.fill)}" '
                f'stroke="{PALETTE[mark.colour]}" stroke-width="{mark.width:g}"/>')
    if isinstance(mark, Rect):
        x, y = mark.corner
        dash = ' stroke-dasharray="2,1.5"' if mark.dashed else ""
        return (f'<rect x="{x:g}" y="{y:g}" width="{mark.width:g}" height="{mark.height:g}" '
                f'fill="{_fill(mark.fill)}" stroke="{_fill(mark.colour)}" '
                f'stroke-width="{mark.stroke:g}"{dash}/>')
    return _text(mark)


def _fill(colour: str | None) -> str:
    return PALETTE[colour] if colour else "none"


def _line(line: Line) -> str:
    (x1, y1), (x2, y2) = line.start, line.end
    dash = ' stroke-dasharray="3,2"' if line.dashed else ""
    colour = PALETTE[line.colour]
    head = ""
    if line.arrow:
        angle = math.atan2(y2 - y1, x2 - x1)
        corners = [(x2, y2)] + [(x2 - HEAD * math.cos(angle + turn), y2 - HEAD * math.sin(angle + turn))
                                for turn in (0.38, -0.38)]
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
        head = f'<polygon points="{points}" fill="{colour}"/>'
        x2, y2 = x2 - 0.7 * HEAD * math.cos(angle), y2 - 0.7 * HEAD * math.sin(angle)
    return (f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}" '
            f'stroke-width="{line.width:g}"{dash}/>{head}')


def _text(text: Text) -> str:
    x, y = text.at
    style = (' font-style="italic"' if text.italic else "") + \
        (' font-weight="600"' if text.bold else "")
    return (f'<text x="{x:g}" y="{y + 0.35 * text.size:.2f}" font-size="{text.size:g}" '
            f'text-anchor="{text.anchor}" fill="{PALETTE[text.colour]}" '
            f'font-family="softmark-sans, sans-serif"{style}>{_spans(text)}</text>')


def _spans(text: Text) -> str:
    out, last, lowered = [], 0, False
    words = _MINUS.sub("−", text.text)
    for match in _SUBSCRIPT.finditer(words):
        out.append(_raise_back(escape(words[last:match.start()]), lowered, text.size))
        inner = match[1] if match[1] is not None else match[2]
        out.append(f'<tspan dy="{0.22 * text.size:.2f}" font-size="{0.72 * text.size:.2f}">'
                   f"{escape(inner)}</tspan>")
        last, lowered = match.end(), True
    out.append(_raise_back(escape(words[last:]), lowered, text.size))
    return "".join(out)


def _raise_back(part: str, lowered: bool, size: float) -> str:
    if lowered and part:
        return f'<tspan dy="{-0.22 * size:.2f}">{part}</tspan>'
    return str(part)
