"""Answer pages with bubbles, drawn: frame and bubbles straight into the PDF, words as HTML above them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from softmark.rendering import bubble_frame as frame
from softmark.rendering.bubbles import Column, Field, Layout, Sheet
from softmark.rendering.operators import circle
from softmark.rendering.speech import Speech
from softmark.rendering.text import math_html, words_html

_SANS = '"softmark-sans", "softmark-sans-latin-ext", "softmark-sans-greek", sans-serif'
CSS = f"""
body {{ font: 8pt/1.2 {_SANS}; }}
.sheet {{ position: relative; break-after: page; overflow: hidden; }}
.sheet:last-child {{ break-after: auto; }}
.sheet > * {{ position: absolute; white-space: nowrap; }}
.sheet > img.frame {{ left: 0; top: 0; }}
.sheet .title {{ left: 18mm; top: 9mm; font-weight: 600; font-size: 12pt; max-width: 140mm;
  overflow: hidden; }}
.sheet .who {{ left: 18mm; top: 15.5mm; font-size: 9.5pt; max-width: 140mm; overflow: hidden; }}
.sheet .how {{ left: 18mm; top: 21mm; width: 138mm; white-space: normal; color: #333; }}
.sheet .foot {{ left: 18mm; right: 18mm; bottom: 9.5mm; text-align: center; color: #555; }}
.sheet .label {{ height: 5mm; line-height: 5mm; overflow: hidden; }}
.sheet .label b {{ color: #1d4e6b; margin-right: .8mm; }}
.sheet .option {{ line-height: 5mm; }}
"""
#: what depends on the size of the paper; a section as high as the page would begin another
SIZED = """
@page {{ size: {0.width}mm {0.height}mm; margin: 0;
  @top-left {{ content: none; }} @bottom-right {{ content: none; }} }}
.sheet {{ width: {0.width}mm; height: calc({0.height}mm - .1mm); }}
.sheet > img.frame {{ width: {0.width}mm; height: {0.height}mm; }}
"""

#: the signs in the bubbles as strokes in a box 1 wide and 1.6 high, so that no typeface is needed
_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((.3, 0), (.7, 0), (1, .35), (1, 1.25), (.7, 1.6), (.3, 1.6), (0, 1.25), (0, .35), (.3, 0)),),
    "1": (((.15, .35), (.55, 0), (.55, 1.6)),),
    "2": (((0, .35), (.3, 0), (.7, 0), (1, .3), (1, .6), (0, 1.6), (1, 1.6)),),
    "3": (((0, .25), (.3, 0), (.7, 0), (1, .25), (1, .55), (.75, .78), (.4, .78)),
          ((.75, .78), (1, 1), (1, 1.35), (.7, 1.6), (.3, 1.6), (0, 1.35))),
    "4": (((.75, 1.6), (.75, 0), (0, 1.1), (1, 1.1)),),
    "5": (((.95, 0), (.15, 0), (.08, .7), (.65, .62), (1, .9), (1, 1.3), (.7, 1.6), (.3, 1.6),
           (0, 1.4)),),
    "6": (((.9, .1), (.45, .1), (.05, .7), (0, 1.25), (.3, 1.6), (.7, 1.6), (1, 1.3), (1, 1), (.7, .72),
           (.3, .72), (.02, 1)),),
    "7": (((0, 0), (1, 0), (.4, 1.6)),),
    "8": (((.3, 0), (.7, 0), (.95, .25), (.95, .5), (.7, .76), (.3, .76), (.05, .5), (.05, .25), (.3, 0)),
          ((.3, .76), (0, 1.05), (0, 1.35), (.3, 1.6), (.7, 1.6), (1, 1.35), (1, 1.05), (.7, .76))),
    "9": (((.1, 1.5), (.55, 1.5), (.95, .9), (1, .35), (.7, 0), (.3, 0), (0, .3), (0, .6), (.3, .88),
           (.7, .88), (.98, .6)),),
    "-": (((.05, .8), (.95, .8)),),
    "*": (((.5, .3), (.5, 1.3)), ((.07, .55), (.93, 1.05)), ((.93, .55), (.07, 1.05))),
    ".": (((.45, 1.45), (.55, 1.45), (.55, 1.55), (.45, 1.55), (.45, 1.45)),),
    ",": (((.55, 1.4), (.55, 1.6), (.4, 1.95)),),
    "×": (((.1, .4), (.9, 1.2)), ((.9, .4), (.1, 1.2))),
}
_SIGN_WIDTH = 0.95


def bubbles_html(paper: Any, layout: Layout) -> tuple[str, dict[str, Any]]:
    """The answer pages as HTML, and the images that `render_pdf` needs for them."""
    images: dict[str, Any] = {}
    pages = []
    point = "." if paper.quiz.marking.locale == "en" else ","
    for sheet in layout.sheets:
        key = f"bubbles:{sheet.number}"
        images[key] = _Frame(layout.frame, sheet, layout.code(sheet), point)
        pages.append(_page(paper, layout, sheet, key))
    say = Speech(paper.quiz.wording)
    title = say("bubbles.title", quiz=paper.quiz.title)
    return (f'<!doctype html><html lang="{say.language}"><head><meta charset="utf-8"/>'
            f'<title>{title}</title></head>'
            f'<body class="pdf">{"".join(pages)}</body></html>'), images


def bubbles_pdf(paper: Any, layout: Layout) -> bytes:
    """The answer pages as a PDF."""
    from softmark.rendering.pdf import render_pdf

    html, images = bubbles_html(paper, layout)
    return render_pdf(html, SIZED.format(layout.frame) + CSS, images=images)


def _page(paper: Any, layout: Layout, sheet: Sheet, key: str) -> str:
    say = Speech(paper.quiz.wording)
    labels = "".join(_label(one, say.english) for one in sheet.fields)
    foot = say("bubbles.foot", paper=paper.paper_id, page=sheet.number, pages=len(layout.sheets))
    return (f'<section class="sheet"><img class="frame" src="{key}" alt=""/>'
            f'<div class="title">{escape(paper.quiz.title)}</div>'
            f'<div class="who">{escape(paper.student.name)} · {escape(paper.student.id)} · '
            f'{escape(paper.paper_id)}</div>'
            f'<div class="how">{words_html(say.words["bubbles.how"])}</div>{labels}'
            f'<div class="foot">{foot}</div></section>')


def _label(one: Field, english: Markup) -> Markup:
    caption = words_html(one.caption) + " " if one.caption else Markup("")
    width = one.width if one.kind != "choice" else 44.0
    top = one.y if one.kind != "choice" else one.y + 0.6
    parts = [Markup('<div class="label"{} style="left:{}mm;top:{}mm;width:{}mm"><b>{}</b>{}{}</div>')
             .format(english, one.x, round(top, 2), width, one.letter, caption,
                     math_html(one.symbol))]
    if one.options:
        parts += [Markup('<div class="option"{} style="left:{}mm;top:{}mm">{}</div>').format(
            english, round(bubble.x + frame.BUBBLE + 1.2, 2), round(bubble.y - 2.5, 2), words_html(word))
            for bubble, word in zip(one.bubbles, one.options, strict=True)]
    return Markup("").join(parts)


class _Frame:
    """Frame, code and bubbles of a page as WeasyPrint's idea of an image."""

    def __init__(self, on: frame.Frame, sheet: Sheet, code: str, point: str) -> None:
        self.frame, self.sheet, self.code, self.point = on, sheet, code, point

    def get_intrinsic_size(self, resolution: Any, font_size: float) -> tuple[float, float, float]:
        """Width, height and their ratio."""
        scale = 96 / 25.4
        return (self.frame.width * scale, self.frame.height * scale,
                self.frame.width / self.frame.height)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draws in millimetres."""
        stream.push_state()
        scale = width / self.frame.width
        stream.transform(scale, 0, 0, scale, 0, 0)
        stream.set_color_rgb(0, 0, 0)
        half = frame.MARKER_SIDE / 2
        for number, (x, y) in enumerate(self.frame.markers):
            stream.rectangle(x - half, y - half, 2 * half, 2 * half)
            stream.fill()
            if number == 0:
                stream.set_color_rgb(1, 1, 1)
                hole = frame.MARKER_HOLE
                stream.rectangle(x - hole / 2, y - hole / 2, hole, hole)
                stream.fill()
                stream.set_color_rgb(0, 0, 0)
        stream.set_color_rgb(*[frame.PATCH_GREY] * 3)
        for x, y in self.frame.patches:
            circle(stream, x, y, frame.PATCH_RADIUS)
            stream.fill()
        stream.set_color_rgb(0, 0, 0)
        self._draw_code(stream)
        for one in self.sheet.fields:
            _draw_field(stream, one, self.point)
        stream.pop_state()

    def _draw_code(self, stream: Any) -> None:
        import segno

        # level Q: a quarter of the code may be stained
        code = segno.make_qr(self.code, error="q", boost_error=False)
        rows = list(code.matrix)
        side = frame.QR_SIDE / len(rows)
        for y, row in enumerate(rows):
            x = 0
            while x < len(row):
                end = x
                while end < len(row) and row[end]:
                    end += 1
                if end > x:
                    stream.rectangle(self.frame.qr_left + x * side, frame.QR_TOP + y * side,
                                     (end - x) * side, side)
                x = end + 1
        stream.fill()


def _draw_field(stream: Any, one: Field, point: str) -> None:
    stream.set_color_rgb(0.35, 0.35, 0.35, stroke=True)
    stream.set_line_width(0.15)
    boxes = [column.box for column in one.columns if column.box] + ([one.box] if one.box else [])
    for box in boxes:
        stream.rectangle(*box)
    if boxes:
        stream.stroke()
    stream.set_line_width(frame.RING)
    for bubble in one.bubbles:
        circle(stream, bubble.x, bubble.y, frame.BUBBLE)
    stream.stroke()
    stream.set_line_width(0.3)
    stream.set_color_rgb(0, 0, 0, stroke=True)
    for x, y, sign in one.signs:
        _strokes(stream, point if sign == "." else sign, x, y + (0.6 if sign == "." else 0))
    # pale, so that an empty bubble stays light to the scanner
    stream.set_color_rgb(0.66, 0.66, 0.66, stroke=True)
    stream.set_line_width(0.16)
    for column in one.columns:
        _signs(stream, column)


def _signs(stream: Any, column: Column) -> None:
    if column.part != "choice":
        for bubble in column.bubbles:
            _strokes(stream, bubble.value, bubble.x, bubble.y)


def _strokes(stream: Any, sign: str, x: float, y: float) -> None:
    left, top = x - _SIGN_WIDTH / 2, y - 0.8 * _SIGN_WIDTH
    for line in _STROKES[sign]:
        points = [(round(left + px * _SIGN_WIDTH, 2), round(top + py * _SIGN_WIDTH, 2))
                  for px, py in line]
        stream.move_to(*points[0])
        for point in points[1:]:
            stream.line_to(*point)
    stream.stroke()
