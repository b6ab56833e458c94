"""Pictures of papers and solution sheets: from a family's problem to small images of its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction

import pymupdf
from PIL import Image, ImageChops

from softmark.problem_bank import catalogue
from softmark.problem_bank.papers import Item, Paper
from softmark.problem_bank.quizfile import Quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.pages import paper_html, sheet_html
from softmark.rendering.pdf import render_pdf
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.template import Template

#: a page as high as it needs to be, with the question alone on it
WHOLE = """
@page { size: 194mm 3000mm; margin: 3mm 16mm 3mm 4mm; @top-left { content: none }
        @bottom-right { content: none } }
.head, .recap { display: none }
h2 { margin-top: 0 }
"""
MARKS = 10


def shown(slug: str, level: str, seed: int = 0) -> Template:
    """The problem that `softmark show SLUG --level LEVEL --seed SEED` shows."""
    return certified_draw(catalogue.find(slug), Rng.of("show", slug, level, seed), level)


def paper_of(problem: Template, level: str) -> Paper:
    """A paper with the problem as its only question."""
    item = Item(1, Fraction(MARKS), problem.title, problem, asks_of(problem), level=level)
    quiz = Quiz.model_validate({"title": problem.slug(), "course": level,
                                "question": [{"template": problem.slug()}]})
    return Paper("ABC-DEF", quiz, Student("1", "Gallery"), 0, [item])


def pages(html: str, width: int, css: str = "") -> Iterator[Image.Image]:
    """The pages of the PDF, each `width` pixels wide and cut off below its last mark."""
    with pymupdf.open(stream=render_pdf(html, css), filetype="pdf") as document:
        for page in document:
            box = page.rect
            found = page.get_bboxlog()
            bottom = max((one[1][3] for one in found), default=box.y1)
            clip = pymupdf.Rect(box.x0, box.y0, box.x1, min(box.y1, bottom + 12))
            zoom = width / box.width
            pixels = page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), clip=clip, alpha=False)
            yield Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)


def whole(problem: Template, level: str, width: int) -> tuple[Image.Image, Image.Image]:
    """The problem and its solution, each in one picture cut to what is on it."""
    paper = paper_of(problem, level)
    drawn = [next(pages(html, width, WHOLE)) for html in (paper_html(paper), sheet_html(paper))]
    return trimmed(drawn[0]), trimmed(drawn[1])


def trimmed(picture: Image.Image, margin: int = 14) -> Image.Image:
    """The picture without the empty stripe below; its width stays."""
    empty = Image.new("RGB", picture.size, "white")
    box = ImageChops.difference(picture, empty).getbbox()
    return picture.crop((0, 0, picture.width, min(picture.height, box[3] + margin))) if box else picture


def png(picture: Image.Image, colours: int = 16) -> bytes:
    """A small PNG; the same picture gives the same bytes."""
    few = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
