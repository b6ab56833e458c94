"""The instructor's report: files, pages that need nothing from elsewhere, names that mean harm."""

import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader

from softmark.commands import report as work
from softmark.grader.marked import mark_paper
from softmark.grader.report import class_report
from softmark.grader.scripts import values_of, written
from softmark.grader.submissions import Submission
from softmark.problem_bank.ledger import open_bank
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering import pdf
from softmark.rendering.charts import (
    HeatRow,
    QuestionBar,
    error_strip,
    heat_map,
    histogram,
    question_bars,
    tint,
)
from softmark.rendering.report import report_css, report_html, shown
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import solve

ROOT = Path(__file__).parent.parent
TOML = """
title = "Quiz <b>1</b>"
course = "Networks & more"
[[question]]
template = "backprop/mlp_forward"
level = "easy"
marks = 6
[[question]]
template = "convolution/conv_output_size"
level = "easy"
marks = 2
[[question]]
text = "Say why."
marks = 2
answer = "So."
"""
QUIZ = parse_quiz(TOML, "quiz")
HOSTILE = ["<script>alert(1)</script>", "\u202etxt.exe\u202c \x07\x1b[31m", "\"><img src=x onerror=y>",
           "J_{12}_a & 'q'", "محمد", "a" * 900, "x" + "\u0301" * 500, "Z\ufffe\ud800", "{{ 7*7 }}", ""]
HEADINGS = ["Totals", "Questions", "Where scripts first went wrong", "Misconceptions",
            "Answers that wait for a person", "Answers that fit another student", "Students and questions",
            "How these figures are made"]
VOID = {"meta", "br", "col", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """Reads a page and insists that its elements are nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def right_answers(paper):
    return {f"q{item.number}.{cell}": text for item in paper.problems if item.problem is not None
            for cell, text in written(item.asks, values_of(solve(item.problem))).items()}


def marked_class():
    found = []
    papers = [make_paper(QUIZ, Student(f"s{n}", name, ""), b"s" * 32) for n, name in enumerate(HOSTILE)]
    for place, paper in enumerate(papers):
        answers = right_answers(papers[1] if place == 6 else paper)
        cells = list(answers)
        if place == 2:
            answers[cells[0]] = "<svg onload=alert(2)>" * 950
            answers[cells[1]] = "\u202e1\u20660\x00\ud800"
        if place in (3, 4):
            answers[cells[0]] = "17"
            del answers[cells[-1]]
        found.append(mark_paper(paper, Submission(paper.paper_id, "", "test", answers), []))
    return found


@pytest.fixture(scope="module")
def report():
    return class_report(marked_class())


@pytest.fixture(scope="module")
def screen(report):
    return report_html(report, "screen")


def test_the_page_is_well_formed_and_complete(screen):
    page = Page(screen)
    assert page.tags.count("h1") == 1 and page.tags.count("svg") >= 5
    assert all(heading in screen for heading in HEADINGS)
    assert all("<title>" in svg for svg in re.findall(r"<svg[^>]*role=\"img\" width.*?</svg>", screen, re.S))
    screen.encode()


def test_the_page_fetches_nothing(screen):
    page = Page(screen)
    assert not {"script", "link", "iframe", "object", "img", "base", "form"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not {"href", "src", "srcset", "action", "xlink:href"} & names
    assert not any(name.startswith("on") for name in names)
    assert all(url.startswith("data:font/woff2") for url in re.findall(r"url\(\"?([^)]*)\)", screen))
    without_fonts = re.sub(r"url\(data:[^)]*\)", "", screen)
    assert "file:" not in without_fonts and "@import" not in without_fonts
    assert set(re.findall(r"https?://[^\s\"'<]*", without_fonts)) <= {"http://www.w3.org/2000/svg"}


def test_hostile_names_and_answers_are_words(screen):
    assert "<script" not in screen and "&lt;script&gt;" in screen and "Quiz &lt;b&gt;1" in screen
    assert "<img" not in screen and "<svg onload" not in screen and "{{ 7*7 }}" in screen
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", screen)
    assert "‹U+202E›" in screen and "characters)" in screen
    assert len(re.findall("onload", screen)) < 20
    assert "محمد" in screen and "<bdi>" in screen


def test_what_people_typed_is_shown_on_one_short_line():
    assert shown("a\n\tb") == "a  b" and shown("  0.5 ") == "0.5"
    assert shown("x" * 20_000).endswith("(20,000 characters)") and len(shown("x" * 20_000)) < 200
    assert shown("\u200f1") == "‹U+200F›1" and shown("می\u200cخواهم") == "می\u200cخواهم"
    assert len(shown("x" + "\u0301" * 500, 900)) < 10
    assert len(shown("\x00" * 20_000)) < 2_000


def test_the_pdf_reads_back(report):
    with pdf.quiet() as said:
        data = pdf.render_pdf(report_html(report), report_css())
    assert not [one for one in said if "glyph" not in one]
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    flat = re.sub(r"\s+", " ", text)
    assert all(heading in flat for heading in HEADINGS)
    assert "<script>alert(1)</script>" in flat and "median" in flat


def test_charts_stand_any_class():
    assert heat_map([HeatRow("J_{1} <i>", (None, (1.0, "4", True)))], ["1", "all"], "alt").count("4?") == 1
    assert "<b>" not in question_bars([QuestionBar("1", "<b>", 0.0, None, None)], "<b>")
    assert "median 0.0" in histogram([(0, 1, 3)], [0, 0, 0], (0, 0, 0), "marks", "alt")
    assert error_strip([(1, 1)] * 90, 400, "alt").count("<rect") > 90
    assert tint(0) == "#ffffff" and tint(1) == tint(7) == "#1d4e6b"


def test_a_class_of_one_and_a_class_that_left_all_blank():
    papers = [make_paper(QUIZ, Student(f"b{n}", "B", ""), b"s" * 32) for n in range(3)]
    for number in (1, 3):
        found = [mark_paper(p, Submission(p.paper_id, "", "t", {}), []) for p in papers[:number]]
        Page(report_html(class_report(found), "screen"))


def softmark(*words, cwd):
    return subprocess.run([sys.executable, "-m", "softmark.cli", *map(str, words)], cwd=cwd,
                          capture_output=True, text=True, timeout=120, check=False,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


@pytest.fixture
def bank(tmp_path):
    """A bank with two quizzes, one of which came back."""
    ledger = open_bank(str(tmp_path / "softmark.db"), create=True)
    for title in ("Quiz A", "Quiz B"):
        quiz = parse_quiz(TOML.replace("Quiz <b>1</b>", title), "quiz")
        ledger.keep_quiz(quiz)
        for number in range(3):
            ledger.keep_paper(make_paper(quiz, Student(f"s{number}", f"N{number}", ""), ledger.secret))
    return ledger


def send_back(bank, *titles):
    for paper in bank.papers():
        if paper.quiz.title in titles:
            bank.keep_submission(paper.paper_id, "a.csv", right_answers(paper))


def test_the_command_writes_both_files(bank, tmp_path):
    send_back(bank, "Quiz A")
    done = softmark("report", "--out", "out", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["title"] == "Quiz A" and len(said["rows"]) == 3 and said["totals"]["median"] == 8
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(UserError, match="--force"):
        work.refuse_to_overwrite(tmp_path / "out", False)
    work.refuse_to_overwrite(tmp_path / "out", True)


def test_nothing_came_back_is_one_sentence(bank, tmp_path):
    done = softmark("report", cwd=tmp_path)
    assert done.returncode == 2 and "no answers" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "report").exists()
    send_back(bank, "Quiz A")
    with pytest.raises(UserError, match="'Quiz B' have come back"):
        work.papers_of_one_quiz(bank, "softmark.db", "Quiz B", [])


def test_two_quizzes_have_to_be_told_apart(bank):
    send_back(bank, "Quiz A", "Quiz B")
    with pytest.raises(UserError, match="2 quizzes.*--quiz.*'Quiz A'.*'Quiz B'"):
        work.papers_of_one_quiz(bank, "softmark.db", None, [])
    assert len(work.papers_of_one_quiz(bank, "softmark.db", "Quiz B", [])) == 3
    name = next(paper.quiz.name for paper in bank.papers())
    assert len(work.papers_of_one_quiz(bank, "softmark.db", name, [])) == 3
