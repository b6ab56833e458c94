"""Drawings as SVG."""

from __future__ import annotations

from markupsafe import escape

from softmark.rendering.strokes import LINE_DASH, RECT_DASH, arrow, baseline, fill_of, runs
from softmark.rendering.terminal import tex_text
from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Polyline, Rect, Text


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
        return (f'<polyline points="{points}" fill="none" stroke="{fill_of(mark.colour)}" '
                f'stroke-width="{mark.width:g}"/>')
    if isinstance(mark, Circle):
        x, y = mark.centre
        return (f'<circle cx="{x:g}" cy="{y:g}" r="{mark.radius:g}" fill="{fill_of(mark.fill)}" '
                f'stroke="{fill_of(mark.colour)}" stroke-width="{mark.width:g}"/>')
    if isinstance(mark, Rect):
        x, y = mark.corner
        dash = _dash(RECT_DASH) if mark.dashed else ""
        return (f'<rect x="{x:g}" y="{y:g}" width="{mark.width:g}" height="{mark.height:g}" '
                f'fill="{fill_of(mark.fill)}" stroke="{fill_of(mark.colour)}" '
                f'stroke-width="{mark.stroke:g}"{dash}/>')
    return _text(mark)


def _dash(lengths: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{",".join(map(str, lengths))}"'


def _line(line: Line) -> str:
    (x1, y1), ((x2, y2), corners) = line.start, arrow(line)
    colour = fill_of(line.colour)
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
    head = f'<polygon points="{points}" fill="{colour}"/>' if corners else ""
    return (f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}" '
            f'stroke-width="{line.width:g}"{_dash(LINE_DASH) if line.dashed else ""}/>{head}')


def _text(text: Text) -> str:
    style = (' font-style="italic"' if text.italic else "") + \
        (' font-weight="600"' if text.bold else "")
    return (f'<text x="{text.at[0]:g}" y="{baseline(text):.2f}" font-size="{text.size:g}" '
            f'text-anchor="{text.anchor}" fill="{fill_of(text.colour)}" '
            f'font-family="softmark-sans, sans-serif"{style}>{_spans(text)}</text>')


def _spans(text: Text) -> str:
    out, dropped = [], 0.0
    for run in runs(text):
        words = str(escape(run.text))
        if run.drop != dropped or run.drop:
            size = f' font-size="{run.size:.2f}"' if run.drop else ""
            words = f'<tspan dy="{run.drop - dropped:.2f}"{size}>{words}</tspan>'
        out.append(words)
        dropped = run.drop
    return "".join(out)
