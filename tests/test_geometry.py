"""Pages read back from their PDFs: what they say, and where it stands. No pixels are compared.

The texts are in tests/pages. After a change that is meant, look at the pages (`make gallery`), then write
the texts anew: SOFTMARK_WRITE_PAGES=1 pytest tests/test_geometry.py
"""

import html.parser
import io
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from pypdf import PdfReader

from softmark.grader.marked import mark_paper
from softmark.grader.submissions import Submission
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from softmark.rendering.assets import has_katex
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of
from softmark.rendering.drawings import drawing_html
from softmark.rendering.forms import fields_of
from softmark.rendering.pages import feedback_html, paper_html, sheet_html
from softmark.rendering.pdf import render_pdf
from softmark.worksheet.figures.series import Series, chart
from tests.page_geometry import Watched, clashes, fields, inside, overlaps, spans, words

pymupdf = pytest.importorskip("pymupdf")

SECRET = b"secret"
TEXTS = Path(__file__).parent / "pages"
#: points from the edge of the sheet that no printer reaches, and those that the margins leave free of boxes
EDGE, MARGIN = 17, 42
#: a matrix, a table, a choice and a figure; an instructor's own question. The values are given, so that
#: the stored text changes with words only, not with every draw
QUIZ = """
title = "Week 3"
course = "Neural networks"
date = "2026-11-30"
minutes = 45
instructions = "Give *four* decimals."
%s
[[question]]
template = "convolution/conv_numeric"
marks = 4
given = { image = [[5, 3, 5, 0], [5, 5, 2, 5], [4, 5, 3, 1], [3, 5, 2, 3]], kernel = [[-1, 1, 1], [2, -1, 2], [2, -1, 1]], b = -1 }

[[question]]
template = "perceptron/boolean_network"
marks = 6
given = { lines = [[-40, 3, 2], [-30, 3, 3], [-12, 3, -2]], targets = [0, 0, 1, 0, 1, 1, 1, 1], point = [1.7, 7.8] }

[[question]]
template = "backprop/backprop_numeric"
marks = 5
given = { x = [0.7, 0.6], W = [[0.1, 0.9], [0.8, -0.1]], b = [0.6, -0.5], V = [[0.1, 0.3]], c = [0.5], y = [1], eta = 0.9 }

[[question]]
text = "Why is $\\\\sigma$ a poor choice for deep networks?"
answer = "Its slope is at most $1/4$."
marks = 2
"""
PAGES = {"A4": "", "Letter": '[page]\nsize = "letter"', "large": '[page]\nprint = "large"', "title": "[page]\ntitle_page = true"}
KINDS = ("paper", "sheet", "feedback")


def paper_of(page=""):
    return make_paper(parse_quiz(QUIZ % page, "quiz.toml"), Student("s1", "Ann Ångström"), SECRET)


def html_of(paper, kind, target="pdf"):
    if kind == "feedback":
        answers = {f"q{item.number}.{cell.name}": "0.5" for item in paper.problems for ask in item.asks for cell in ask.cells}
        return feedback_html(paper, mark_paper(paper, Submission("p", "s1", "test", answers), []).questions, target)
    return (paper_html if kind == "paper" else sheet_html)(paper, target)


def laid_out(paper, kind):
    """A document of MuPDF's, and what the layout knew of it."""
    form = Watched(seal(SECRET, paper.paper_id), fields_of(paper)) if kind == "paper" else Watched("")
    data = render_pdf(html_of(paper, kind), form=form)
    return pymupdf.open(stream=data), form, data


@pytest.fixture(scope="module", params=[*(("A4", kind) for kind in KINDS), ("Letter", "paper"), ("large", "paper"), ("title", "paper")], ids="-".join)
def document(request):
    page, kind = request.param
    return (page, kind, *laid_out(paper_of(PAGES[page]), kind))


def test_all_stands_on_the_page(document):
    size, kind, pages, form, _ = document
    for page in pages:
        width, height = page.rect.width, page.rect.height
        assert (round(width), round(height)) == ((612, 792) if size == "Letter" else (595, 842))
        for place, text in spans(page):
            assert inside(place, (EDGE, EDGE, width - EDGE, height - EDGE)), text
        for place, name in fields(page):
            assert inside(place, (MARGIN, MARGIN, width - MARGIN, height - MARGIN)), name
        for number, place in form.figures:
            assert number != page.number or inside(place, (MARGIN, MARGIN, width - MARGIN, height - MARGIN))
    assert sum(len(spans(page)) for page in pages) > 60
    assert len(form.figures) == (0 if kind == "feedback" else 3)
    assert (sum(len(fields(page)) for page in pages) > 20) == (kind == "paper")


def test_nothing_stands_over_anything_else(document):
    _, _, pages, form, _ = document
    for page in pages:
        said, boxes = spans(page), fields(page)
        assert not clashes(said) and not clashes(boxes)
        assert not [(name, text) for box, name in boxes for place, text in said if overlaps(box, place, 0.5)]
        for figure in (place for number, place in form.figures if number == page.number):
            assert not [text for number, line, text in form.lines if number == page.number and overlaps(figure, line, 1)]
            assert not [name for box, name in boxes if overlaps(figure, box, 1)]


def test_two_programs_read_the_same_boxes_and_every_cell_has_one(document):
    _, kind, pages, _, data = document
    found = [name for page in pages for _, name in fields(page)]
    assert len(found) == len(set(found))
    known = {name for name, one in (PdfReader(io.BytesIO(data)).get_fields() or {}).items() if "/FT" in one}
    assert set(found) == known - {"softmark.paper"}
    assert kind != "paper" or set(found) == set(fields_of(paper_of()))


def test_an_answer_page_has_room_for_all_that_stands_on_it():
    paper = paper_of()
    layout = layout_of(paper.paper_id, paper.problems)
    pages = pymupdf.open(stream=bubbles_pdf(paper, layout))
    assert len(pages) == len(layout.sheets)
    for page in pages:
        said = spans(page)
        assert len(said) > 20 and not clashes(said)
        assert all(inside(place, (EDGE, EDGE, page.rect.width - EDGE, page.rect.height - EDGE)) for place, _ in said)


def test_an_overlap_is_found_out():
    page = pymupdf.open().new_page()
    page.insert_text((100, 100), "one word", fontsize=11)
    page.insert_text((110, 102), "another", fontsize=11)
    page.insert_text((100, 116), "below", fontsize=11)
    assert clashes(spans(page)) == [("one word", "another")]


def test_names_of_curves_keep_clear_of_the_axis_and_each_other():
    drawing = chart([Series(((1, 1), (12, end)), name) for name, end in (("training", 0), ("validation", 0.01), ("test", 1), ("best", 1))],
                    "epoch", "loss", "Losses")
    data = render_pdf(f'<figure class="drawing" style="width:{drawing.width:.0f}pt">{drawing_html(drawing, "pdf")}</figure>')
    said = spans(pymupdf.open(stream=data)[0])
    assert {"training", "validation", "test", "best", "epoch"} <= {text for _, text in said} and not clashes(said)


# -- in words


class Pictures(html.parser.HTMLParser):
    """Every picture of a page and what it says of itself."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.titled = None
        self.depth = 0

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if tag == "img":
            self.found.append((tag, known.get("alt") or ""))
        elif tag == "svg":
            self.depth += 1
            if self.depth == 1:
                self.found.append((tag, known.get("aria-label") or ""))
                assert known.get("role") == "img"
        elif tag == "title" and self.found and self.found[-1] == ("svg", ""):
            self.titled = ""

    def handle_data(self, data):
        if self.titled is not None:
            self.titled += data

    def handle_endtag(self, tag):
        self.depth -= tag == "svg"
        if tag == "title" and self.titled is not None:
            self.found[-1] = ("svg", self.titled)
            self.titled = None


@pytest.mark.parametrize("target", ["pdf", "screen"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_formula_and_figure_has_its_words(kind, target):
    pictures = Pictures()
    pictures.feed(html_of(paper_of(), kind, target))
    assert len(pictures.found) > 20 and all(words.strip() for _, words in pictures.found)
    said = [text for tag, text in pictures.found if "three lines in the plane" in text]
    assert len(said) == (kind != "feedback")
    if target == "pdf":
        assert not [text for tag, text in pictures.found if tag == "img" and re.search(r"\\[a-z]", text)], "spoken, not LaTeX"


@pytest.mark.skipif(not has_katex(), reason="the plainer engine sets other signs")
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_what_it_said(kind):
    """Where lines and pages break is of no account, and so is what stands beside what: the words count."""
    pages, _, _ = laid_out(paper_of(), kind)
    said = words(pages, MARGIN)
    file = TEXTS / f"{kind}.txt"
    if os.environ.get("SOFTMARK_WRITE_PAGES"):
        TEXTS.mkdir(exist_ok=True)
        file.write_text(said + "\n", encoding="utf-8")
    now, before = Counter(said.split()), Counter(file.read_text(encoding="utf-8").split())
    assert not now - before and not before - now
