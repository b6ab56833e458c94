"""Drawings on the page: SVG for a screen; for print PDF operators of our own, a good deal quicker."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import escape

from softmark.rendering.assets import FACES, SCRIPTS
from softmark.rendering.fonts import first_face
from softmark.rendering.katex_layout import Glyph
from softmark.rendering.operators import circle, draw_glyphs
from softmark.rendering.pictures import remember
from softmark.rendering.strokes import LINE_DASH, RECT_DASH, arrow, baseline, fill_of, runs
from softmark.rendering.svg import drawing_svg
from softmark.rendering.terminal import tex_text
from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Point, Polyline, Rect, Text

_PX = 4 / 3


def drawing_html(drawing: Drawing, target: str) -> str:
    """The drawing; as SVG for a browser, and in print if it holds letters that no face of ours has."""
    if target == "screen":
        return drawing_svg(drawing)
    try:
        letters = {number: _letters(mark) for number, mark in enumerate(drawing.marks)
                   if isinstance(mark, Text)}
    except LookupError:
        return drawing_svg(drawing)
    address = remember("drawing", repr(drawing), _Drawn(drawing, letters))
    return f'<img src="{address}" alt="{escape(tex_text(drawing.alt))}"/>'


@lru_cache(maxsize=4096)
def _letters(text: Text) -> tuple[Glyph, ...]:
    """The text's glyphs, from the left end of its line; LookupError if no face has one."""
    style = f"{600 if text.bold else 400}-{'italic' if text.italic else 'normal'}"
    faces = tuple(f"{FACES['softmark-sans']}-{script}-{style}" for script in SCRIPTS)
    x, glyphs = 0.0, []
    for run in runs(text):
        for char in run.text:
            face, advance = first_face(faces, char)
            glyphs.append(Glyph(face, char, x, -run.drop, run.size))
            x += advance * run.size
    shift = {"start": 0.0, "middle": x / 2, "end": x}[text.anchor]
    return tuple(Glyph(one.font, one.char, one.x - shift, one.y, one.size)
                 for one in glyphs if one.char != " ")


class _Drawn:
    """A drawing as WeasyPrint's idea of an image."""

    def __init__(self, drawing: Drawing, letters: dict[int, tuple[Glyph, ...]]) -> None:
        self.drawing, self.letters = drawing, letters

    def get_intrinsic_size(self, resolution: Any, font_size: float) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        drawing = self.drawing
        return drawing.width * _PX, drawing.height * _PX, drawing.width / drawing.height

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draws in points, y downwards."""
        stream.push_state()
        scale = width / self.drawing.width
        stream.transform(scale, 0, 0, scale, 0, 0)
        for number, mark in enumerate(self.drawing.marks):
            if isinstance(mark, Text):
                _fill_with(stream, mark.colour)
                _write(stream, mark, self.letters[number])
            else:
                _draw(stream, mark)
        stream.pop_state()


def _write(stream: Any, text: Text, letters: tuple[Glyph, ...]) -> None:
    x, y = text.at[0], baseline(text)
    draw_glyphs(stream, [Glyph(one.font, one.char, round(x + one.x, 2), round(one.y - y, 2), one.size)
                         for one in letters], 1, 0)


def _draw(stream: Any, mark: Mark) -> None:
    if isinstance(mark, Line):
        end, corners = arrow(mark)
        _stroke_with(stream, mark.colour, mark.width, LINE_DASH if mark.dashed else ())
        _path(stream, (mark.start, end))
        stream.stroke()
        if corners:
            _fill_with(stream, mark.colour)
            _path(stream, corners)
            stream.fill()
    elif isinstance(mark, Polyline):
        _stroke_with(stream, mark.colour, mark.width)
        _path(stream, mark.points)
        stream.stroke()
    elif isinstance(mark, Circle):
        _set(stream, mark.fill, mark.colour, mark.width)
        circle(stream, *mark.centre, mark.radius)
        _paint(stream, mark.fill, mark.colour)
    elif isinstance(mark, Rect) and mark.width and mark.height:
        # as in SVG, one without height is not drawn
        _set(stream, mark.fill, mark.colour, mark.stroke, RECT_DASH if mark.dashed else ())
        stream.rectangle(*mark.corner, mark.width, mark.height)
        _paint(stream, mark.fill, mark.colour)


def _path(stream: Any, points: tuple[Point, ...] | list[Point]) -> None:
    begin, *others = [(round(x, 2), round(y, 2)) for x, y in points]
    stream.move_to(*begin)
    for point in others:
        stream.line_to(*point)


def _set(stream: Any, fill: str | None, colour: str | None, width: float,
         dash: tuple[float, ...] = ()) -> None:
    """Colours and line, before the path: nothing may stand between it and its painting."""
    if fill:
        _fill_with(stream, fill)
    if colour:
        _stroke_with(stream, colour, width, dash)


def _paint(stream: Any, fill: str | None, colour: str | None) -> None:
    if fill and colour:
        stream.fill_and_stroke()
    elif fill:
        stream.fill()
    elif colour:
        stream.stroke()
    else:
        stream.end()


def _fill_with(stream: Any, colour: str) -> None:
    stream.set_color_rgb(*_rgb(colour))


def _stroke_with(stream: Any, colour: str, width: float, dash: tuple[float, ...] = ()) -> None:
    stream.set_color_rgb(*_rgb(colour), stroke=True)
    stream.set_line_width(width)
    stream.set_dash(dash, 0)


@lru_cache(maxsize=16)
def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(fill_of(colour)[1:])
    return round(red / 255, 4), round(green / 255, 4), round(blue / 255, 4)
