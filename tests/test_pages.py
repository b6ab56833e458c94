"""Pages as they are printed: their size and type, what stands on them and where they break."""

import io
import itertools
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from softmark.grader.marked import mark_paper
from softmark.grader.submissions import Submission
from softmark.problem_bank.papers import make_paper, paper_record
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.assets import has_katex
from softmark.rendering.forms import form_of
from softmark.rendering.katex import side_by_side
from softmark.rendering.key import key_html
from softmark.rendering.pages import feedback_html, paper_html, sheet_html
from softmark.rendering.pdf import lay_out, quiet, render_pdf
from softmark.rendering.text import markdown_html
from softmark.rendering.workings import worked_html

pymupdf = pytest.importorskip("pymupdf")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#12ab34"/></svg>'
FOOTER = "<b>no</b> } @page { size: a0 } \\22 & phones"
PAGE = f"footer = '{FOOTER}'\n"
QUIZ = """
title = "Week 3"
course = "Neural networks"
minutes = 90
instructions = "Use a *pencil*."
[page]
{}
[[question]]
template = "backprop/backprop_numeric"
level = "hard"
marks = 6
[[question]]
template = "training/early_stopping"
level = "hard"
[[question]]
template = "sequences/tfidf"
marks = 4
[[question]]
text = "Why?"
[[question]]
template = "convolution/xo_filtering"
level = "hard"
"""
PAGES = {"a4": "", "letter": 'size = "letter"\ntitle_page = true\n' + PAGE, "large": 'print = "large"\n' + PAGE,
         "large letter": 'size = "letter"\nprint = "large"\ntitle_page = true\n'}
SIZES = {"a4": (595.28, 841.89), "letter": (612, 792)}


def paper_for(page, student=None):
    quiz = parse_quiz(QUIZ.format(page)).model_copy(update={"attached": {"logo": SVG}})
    return make_paper(quiz, student or Student("s1", "Ann"), b"secret")


@pytest.fixture(scope="module", params=list(PAGES))
def printed(request):
    """(name, paper, the paper as PDF)"""
    paper = paper_for(PAGES[request.param])
    with quiet() as said:
        data = render_pdf(paper_html(paper), form=form_of(paper, "seal"))
    assert not said
    return request.param, paper, data


@pytest.fixture(scope="module")
def document(printed):
    with pymupdf.open(stream=printed[2]) as document:
        yield document


@pytest.fixture(scope="module")
def laid_out(printed):
    """The paper and its solution sheet."""
    return [lay_out(html).pages for html in (paper_html(printed[1]), sheet_html(printed[1]))]


def test_every_page_has_the_size_that_was_asked_for(printed):
    size = SIZES["letter" if "letter" in printed[0] else "a4"]
    pages = PdfReader(io.BytesIO(printed[2])).pages
    assert len(pages) > 2
    for page in pages:
        assert [float(at) for at in page.mediabox] == pytest.approx([0, 0, *size], abs=0.1)


def test_type_is_as_large_as_was_asked_for(printed, document):
    sizes = [round(span["size"], 1) for page in document for block in page.get_text("dict")["blocks"]
             for line in block.get("lines", ()) for span in line["spans"] if "erif" in span["font"]]
    base = 18.0 if "large" in printed[0] else 10.5
    assert sizes.count(base) > 30
    assert min(sizes) >= 0.8 * base


def test_nothing_stands_outside_the_margins(printed, document):
    edge = 15
    for page in document:
        wide, high = page.rect.width, page.rect.height
        for kind, (left, top, right, bottom) in page.get_bboxlog():
            if "clip" not in kind and right > left:
                assert edge < left and right < wide - edge and top > 10 and bottom < high - 10, (page.number, kind)


@pytest.mark.skipif(not has_katex(), reason="the plainer engine does not shrink formulas")
def test_nothing_is_wider_than_the_text(laid_out):
    for pages in laid_out:
        for number, page in enumerate(pages, 1):
            body = page._page_box
            right = body.content_box_x() + body.width
            for box in flow(page):
                element = box.element
                if element is not None and "part" in element.get("class", ""):
                    continue
                if type(box).__name__ in ("TextBox", "InlineReplacedBox", "BlockReplacedBox", "InlineBlockBox"):
                    assert box.position_x + box.margin_width() <= right + 2, (number, box, element.attrib)


def test_fields_lie_on_the_page_and_not_over_words(printed, document):
    seen, large, typed = 0, "large" in printed[0], set()
    for page in document:
        words = [pymupdf.Rect(word[0], word[1] + 2, word[2], word[3] - 2) for word in page.get_text("words")]
        for widget in page.widgets():
            box = widget.rect
            if box.is_empty:
                continue
            seen += 1
            assert page.rect.contains(box)
            assert 8 <= widget.text_fontsize <= (17 if large else 10)
            typed.add(widget.text_fontsize)
            assert not [word for word in words if (word & box).get_area() > 0.15 * word.get_area()], widget.field_name
    assert seen > 40 and max(typed) == (17 if large else 10)


def test_logo_and_footer_are_there_and_words_stay_words(printed, document):
    _, paper, _ = printed
    green = [one for one in document[0].get_drawings() if one.get("fill") == pytest.approx((18 / 255, 171 / 255, 52 / 255), abs=0.01)]
    assert len(green) == 1 and green[0]["rect"].width > 20
    for page in document:
        text = " ".join(page.get_text().split())
        assert (FOOTER in text) == bool(paper.quiz.page.footer)
        assert f"{page.number + 1} of {len(document)}" in text


def test_a_title_page_says_what_there_is_and_has_boxes_for_marks(printed, document):
    _, paper, _ = printed
    first = " ".join(document[0].get_text().split())
    assert "Week 3" in first and "Ann" in first and paper.paper_id in first and "Use a pencil" in first
    if paper.quiz.page.title_page:
        assert "Given" in first and "TF-IDF" in first and "Net input" not in first
        assert "Question 1" in document[1].get_text()
    else:
        assert "Given" not in first and "Question 1" in first


def test_marks_of_the_parts_stand_in_the_margin(printed, document):
    parts = [word for page in document for word in page.get_text("words") if word[4] in ("[1]", "[0.6]")]
    column = max(word[2] for page in document for word in page.get_text("words")
                 if word[4] in ("mark", "marks") and page.number)
    margin = [word for word in parts if word[0] >= column]
    assert len(parts) >= 14 and len(margin) >= 0.8 * len(parts), "but for the left of two side by side"
    assert all(word[2] < document[0].rect.width - 15 for word in margin)


def flow(page):
    """The boxes of a page between its margins, in the order of reading."""
    for child in page._page_box.children:
        if type(child).__name__ != "MarginBox":
            yield child
            yield from child.descendants()


def test_pages_break_where_nothing_is_orphaned(laid_out):
    for pages in laid_out:
        for number, page in enumerate(pages, 1):
            # a paragraph without a line is what is left of one that went overleaf
            elements = {id(box.element): box.element for box in flow(page) if box.element is not None
                        and (box.element.tag != "p" or type(box).__name__ == "LineBox")}
            tags = [(one.tag, one.get("class") or "", "data-field" in one.attrib) for one in elements.values()]
            last = [n for n, (tag, _, _) in enumerate(tags) if tag == "h2"][-1:]
            assert not last or {"p", "div"} & {tag for tag, _, _ in tags[last[0] + 1:]}, f"heading last on {number}"
            asked = [n for n, (tag, kind, _) in enumerate(tags) if tag == "p" and kind == "asked"]
            for begin, end in itertools.pairwise([*asked, len(tags)]):
                assert any(field for _, _, field in tags[begin:end]), f"part without a box on page {number}"
            bottoms = [box.position_y + box.margin_height() for box in flow(page) if type(box).__name__ == "LineBox"]
            room = page._page_box
            filled = (max(bottoms) - room.content_box_y()) / room.height
            assert number == len(pages) or filled > 0.4, f"page {number} of {len(pages)} is nearly empty"
            rows = [box for box in flow(page) if type(box).__name__ == "TableRowBox"]
            assert all(box.position_y + box.height <= room.content_box_y() + room.height + 1 for box in rows)


def test_layout_changes_nothing_that_is_drawn():
    papers = [paper_for(page) for page in PAGES.values()] + [paper_for("", Student("s1", "Ann", print="large"))]
    assert len({paper.paper_id for paper in papers}) == 1
    assert len({str([paper_record(item) for item in paper.problems]) for paper in papers}) == 1


def test_a_student_who_needs_large_print_gets_all_pages_in_it():
    paper = paper_for("", Student("s1", "Ann", print="large"))
    marked = mark_paper(paper, Submission(paper.paper_id, paper.student.id, "x", {}), [])
    for html in (paper_html(paper), sheet_html(paper), feedback_html(paper, marked.questions)):
        assert 'class="large"' in html[:300]
    assert 'class="screen"' in paper_html(paper, "screen")[:300]
    plain = paper_for("")
    assert "large" not in paper_html(plain)[:300]
    assert set(form_of(paper, "x").fields) == set(form_of(plain, "x").fields)


def test_feedback_has_the_size_and_the_logo_of_the_quiz():
    paper = paper_for(PAGES["letter"])
    marked = mark_paper(paper, Submission(paper.paper_id, paper.student.id, "x", {}), [])
    with quiet() as said, pymupdf.open(stream=render_pdf(feedback_html(paper, marked.questions))) as document:
        assert (document[0].rect.width, document[0].rect.height) == pytest.approx(SIZES["letter"], abs=0.1)
        assert any(one.get("fill") for one in document[0].get_drawings())
    assert not said


def test_wide_tables_go_on_below_in_large_print():
    text = "| a | " + " | ".join(map(str, range(12))) + " |\n" + "|---" * 13 + "|\n| row |" + " x |" * 12
    assert markdown_html(text).count("<table") == 1
    parted = markdown_html(text, "large")
    assert parted.count("<table") == 2 and parted.count("row") == 2 and parted.count("<td>x") == 12
    assert markdown_html("| a |\n|---|\n| b |", "large").count("<table") == 1


@pytest.mark.skipif(not has_katex(), reason="KaTeX's files are not here")
def test_formulas_too_wide_for_the_page_go_on_below():
    wide = r"\quad ".join(f"w_{{{n}}} = -0.25," for n in range(8))
    assert len(side_by_side(wide)) == 8
    assert markdown_html(f"$${wide}$$", "large").count("<img") == 8
    assert markdown_html("$$a \\quad b$$", "large").count("<img") == 1
    # a maximum is broken at its commas and stays as large as the text
    numbers = r",\; ".join(["-0.333"] * 16)
    for target in ("pdf", "large"):
        assert "font-size" not in worked_html(["m", rf"\max({numbers})", "0.5"], target)
    assert "font-size" in worked_html(["m", r"\left(" + "x" * 90 + r"\right)"])


def test_a_line_is_filled_though_the_space_behind_it_does_not_fit():
    text = "fully connected layer takes all values of the map before it. Every filter and every unit has a bias, which"
    for width in range(640, 700):
        html = f'<body><p style="width:{width}px">{text} <strong>counts</strong> as a parameter of the layer.</p></body>'
        (line, *_) = [box for box in flow(lay_out(html).pages[0]) if type(box).__name__ == "LineBox"]
        assert line.width > 0.7 * width, width


def test_a_picture_that_is_no_logo_is_not_fetched():
    with quiet() as said:
        render_pdf('<body><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><img src="data:text/html,x"></body>')
    assert len(said) == 2 and all("own files" in one for one in said)


@pytest.mark.parametrize("page", [*PAGES.values(), 'language = "de"'])
def test_pages_are_xml_and_so_quick_to_print(page):
    paper = paper_for(page, Student("s1", "A & <B>"))
    for html in (paper_html(paper), sheet_html(paper), key_html(paper)):
        assert ElementTree.fromstring(html.removeprefix("<!doctype html>")).tag == "html"


def test_a_name_that_xml_forbids_is_printed_all_the_same():
    assert render_pdf(paper_html(paper_for("", Student("s1", "A\x0bB")))).startswith(b"%PDF")
