"""Answer pages on Letter: their own frame, known by their code, read like those on A4."""

import io
import itertools

import pytest

from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering import bubble_frame as frame
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of

np = pytest.importorskip("numpy")
cv2 = pytest.importorskip("cv2")
pytest.importorskip("zxingcpp")
pytest.importorskip("pypdfium2")

from benchmarks.pencil import Hand, Scan, drawn, fill, scanned  # noqa: E402
from softmark.scanner import pile as piles  # noqa: E402

LETTER = frame.FRAMES["letter"]
QUIZ = """
title = "Letter"
[page]
size = "letter"
[[question]]
template = "architectures/cnn_shape_chain"
"""
BAD = [Scan(200, 4, 0.01, 6, 0.25), Scan(150, 177, 0.004, 5, 0.1), Scan(200, -3, 0, 4, cropped=True)]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    bank = open_bank(str(tmp_path_factory.mktemp("letter") / "bank.db"), create=True)
    quiz = parse_quiz(QUIZ, "quiz")
    bank.keep_quiz(quiz)
    bank.keep_paper(make_paper(quiz, Student("s1", "Ada"), bank.secret))
    return bank


@pytest.fixture(scope="module")
def paper(bank):
    return bank.paper("s1")


@pytest.fixture(scope="module")
def layout(paper):
    return layout_of(paper.paper_id, paper.problems, LETTER)


def test_the_page_is_letter_and_everything_lies_inside(paper, layout):
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(bubbles_pdf(paper, layout))).pages
    assert len(pages) == len(layout.sheets)
    assert all([float(v) for v in page.mediabox] == pytest.approx([0, 0, 612, 792], abs=0.1) for page in pages)
    for sheet in layout.sheets:
        assert frame.frame_of(layout.code(sheet)) is LETTER
        points = [(b.x, b.y) for one in sheet.fields for b in one.bubbles]
        assert all(LETTER.left <= x - frame.BUBBLE and x + frame.BUBBLE <= LETTER.right
                   and LETTER.top <= y - frame.BUBBLE and y + frame.BUBBLE <= LETTER.bottom for x, y in points)
        assert min(np.hypot(a[0] - b[0], a[1] - b[1])
                   for a, b in itertools.combinations(points, 2)) >= 2 * frame.BUBBLE + 0.8
    assert layout.mark != layout_of(paper.paper_id, paper.problems).mark
    assert frame.frame_of("SM:K7QM-3X9P-2:1:1-0A9F3C") is frame.A4


def test_scans_of_letter_pages_are_read(bank, paper, layout, tmp_path):
    rng = np.random.default_rng(2)
    truth = {}
    pages = drawn(bubbles_pdf(paper, layout))
    for number, (sheet, page) in enumerate(zip(layout.sheets, pages, strict=True)):
        filled = fill(page, sheet, rng, Hand())
        truth |= filled.truth
        cv2.imwrite(str(tmp_path / f"{number}.png"), scanned(filled.image, rng, BAD[number % len(BAD)]))
    found = piles.read_pile(bank, [tmp_path])
    script = found.scripts[paper.paper_id]
    assert not found.problems and len(script.pages) == len(layout.sheets)
    cells = script.cells
    assert all(cell.doubt or cell.text == truth[key] for key, cell in cells.items())
    assert sum(bool(cell.doubt) for cell in cells.values()) <= 0.02 * len(cells)


def test_pages_printed_on_the_other_size_are_told(bank, paper, tmp_path):
    other = layout_of(paper.paper_id, paper.problems)
    cv2.imwrite(str(tmp_path / "a4.png"), cv2.resize(drawn(bubbles_pdf(paper, other))[0], None, fx=0.8, fy=0.8))
    found = piles.read_pile(bank, [tmp_path])
    assert not found.scripts and "another arrangement" in found.problems[0]
