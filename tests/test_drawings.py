"""Drawings in print by operators of our own, held against the same drawings as SVG."""

import re

import pytest

from softmark.problem_bank import catalogue
from softmark.rendering.assets import has_katex
from softmark.rendering.drawings import drawing_html
from softmark.rendering.pdf import quiet, render_pdf
from softmark.rendering.svg import drawing_svg
from softmark.worksheet.drawing import Circle, Drawing, Line, Polyline, Rect, Text
from softmark.worksheet.draws import Rng

pymupdf = pytest.importorskip("pymupdf")
pytestmark = pytest.mark.skipif(not has_katex(), reason="without fonts of its own softmark prints SVG")

EVERYTHING = Drawing(200, 100, (
    Line((10, 10), (60, 40), arrow=True), Line((10, 90), (190, 90), 2, "warm", dashed=True),
    Polyline(((70, 10), (90, 30), (110, 10)), 1.5, "soft"), Circle((140, 30), 12), Circle((170, 30), 6, None, "accent", 2),
    Rect((10, 55), 40, 20, "pale"), Rect((60, 55), 40, 20, None, "warm", 1.2, dashed=True), Rect((110, 55), 30, 20, "accent", None), Rect((110, 50), 30, 0),
    Text((150, 65), "w_{14} = -0.5", 9, anchor="start"), Text((100, 50), "θ_1 ŷ × σ", italic=True),
    Text((195, 80), "bold", anchor="end", bold=True)), "everything that can be drawn")


def page_of(drawn, drawing):
    with quiet() as said:
        data = render_pdf(f'<html class="pdf"><body><figure class="drawing" style="width:{drawing.width:.0f}pt">{drawn}</figure></body></html>')
    assert not said
    return pymupdf.open(stream=data)[0]


def letters(page):
    return sorted(((letter["c"], round(span["size"], 1)), letter["origin"]) for block in page.get_text("rawdict")["blocks"]
                  for line in block.get("lines", ()) for span in line["spans"] for letter in span["chars"] if letter["c"].strip())


def strokes(page):
    """Every path painted: its place, its colours, its width and dashes."""
    return sorted((tuple(map(round, path["rect"])), *looks(path)) for path in page.get_drawings())


def looks(path):
    colour, fill = ([round(part, 2) for part in path[name]] if path[name] else [] for name in ("color", "fill"))
    dashes = [round(float(length)) for length in re.findall(r"[\d.]+", path["dashes"] or "")] if colour else []
    # lines of an SVG are filled, black, with nothing in between
    return colour, [] if fill == [0, 0, 0] else fill, colour and round(path["width"], 1), dashes


def figures():
    yield pytest.param(EVERYTHING, id="everything")
    for slug in ("backprop/backprop_numeric", "convolution/conv_numeric", "sequences/lstm_forward", "losses/softmax_temperature",
                 "perceptron/boolean_network", "training/gradient_descent"):
        cls = catalogue.find(slug)
        drawing = next(filter(None, (cls.draw(Rng.of("print", slug, level), level).figure() for level in cls.levels)), None)
        if drawing is not None:
            yield pytest.param(drawing, id=slug)


@pytest.mark.parametrize("drawing", list(figures()))
def test_print_and_svg_show_the_same(drawing):
    ours, svg = (page_of(drawn, drawing) for drawn in (drawing_html(drawing, "pdf"), drawing_svg(drawing)))
    assert len(strokes(ours)) == len(strokes(svg)) >= 3
    for one, other in zip(strokes(ours), strokes(svg), strict=True):
        assert one[1:] == other[1:] and all(abs(a - b) <= 1 for a, b in zip(one[0], other[0], strict=True))
    for (letter, here), (same, there) in zip(letters(ours), letters(svg), strict=True):
        # SVG's letters are kerned, and its Greek may be the machine's
        assert letter == same and all(abs(a - b) < 1.5 for a, b in zip(here, there, strict=True))


def test_what_no_face_of_ours_has_is_drawn_as_svg():
    drawing = Drawing(50, 20, (Text((5, 5), "слово"),), "a word")
    assert drawing_html(drawing, "pdf").startswith("<svg") and drawing_html(EVERYTHING, "pdf").startswith("<img")
    assert drawing_html(EVERYTHING, "screen").startswith("<svg")


def test_the_words_of_a_drawing_are_escaped():
    assert 'alt="&lt;b&gt; &#34;c&#34;"' in drawing_html(Drawing(9, 9, (), '<b> "c"'), "pdf")
