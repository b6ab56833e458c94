"""The key page: what is said to be accepted is accepted, and what it calls a mistake is one."""

import html
import io
import re
from fractions import Fraction

import pytest
from pypdf import PdfReader

from softmark.grader.marking import mark
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.key import key_html
from softmark.rendering.pdf import render_pdf
from softmark.worksheet.asks import asks_of
from tests.paper_forms import paper_of, quiz

RANGE = re.compile(r"<td>(−?[\d.]+) to (−?[\d.]+)</td>")


def question(slug, seed):
    text = f'title = "Key"\n[[question]]\ntemplate = "{slug}"\nlevel = "easy"\n'
    return make_paper(parse_quiz(text), Student(str(seed), "S"), b"key")


@pytest.mark.parametrize("slug", ["losses/cross_entropy", "training/adam", "losses/elbo",
                                  "convolution/sobel"])
def test_the_ends_of_a_printed_range_are_right_and_a_unit_beyond_is_not(slug):
    paper = question(slug, 1)
    problem = paper.problems[0].problem
    asks = asks_of(problem)
    scalars = [ask for ask in asks if not ask.shape and not isinstance(ask.value, str | int | tuple)]
    page = html.unescape(key_html(paper))
    ranges = [[Fraction(end.replace("−", "-")) for end in found] for found in RANGE.findall(page)]
    assert ranges

    def verdict(ask, value):
        (cell,) = [cell for cell in mark(problem, asks, {ask.name: str(float(value))}).cells
                   if cell.verdict.answer.ask.name == ask.name]
        return cell.verdict.verdict

    moved = [ask for ask in scalars if any(lo <= Fraction(float(ask.value)) <= hi for lo, hi in ranges)]
    assert moved
    for ask in moved:
        lo, hi = next((lo, hi) for lo, hi in ranges if lo <= Fraction(float(ask.value)) <= hi)
        beyond = 2 * (hi - lo)
        assert [verdict(ask, lo), verdict(ask, hi)] == ["right", "right"]
        assert verdict(ask, hi + beyond) != "right" != verdict(ask, lo - beyond)


def test_it_names_students_questions_marks_and_model_answers():
    paper = paper_of()
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(render_pdf(key_html(paper)))).pages)
    for said in ("Key", paper.paper_id, paper.student.name, "Accepted", "Usual mistakes"):
        assert said in text
    assert text.count("Question") == len(quiz().question)
