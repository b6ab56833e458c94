"""From marks to answers, the page of doubts, and the commands that a user runs."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from softmark.commands import scan as work
from softmark.grader.reading import read as read_answer
from softmark.rendering.bubbles import Bubble, Column, Field
from softmark.scanner import pile as piles
from softmark.scanner.doubts import doubts_html

pytest.importorskip("cv2")

from softmark.scanner.measure import Measured
from softmark.scanner.reading import read_field, spelled


def grid(parts):
    columns = [Column("sign", (Bubble(0, 0, "-"),), (0, 0, 4, 6)), Column("hand", (Bubble(0, 0, "*"),))]
    columns += [Column(part, tuple(Bubble(0, 0, d) for d in "0123456789"), (0, 0, 4, 6))
                for part in parts]
    return Field(1, "z", "number", "1a", "", "z", 0, 0, 1, 1, tuple(columns))


@pytest.mark.parametrize(("filled", "text"), [
    ("-| 12.50 ", "-12.50"), (" |   .5  ", "0.5"), (" |007.   ", "7"), (" |   .   ", ""),
    ("-|   .   ", None), (" |1 2.   ", None), (" |12 .   ", None), (" |  1. 5 ", None),
    ("*|  1.   ", None), ("-|  0.   ", "-0"),
])
def test_how_a_grid_is_read(filled, text):
    sign, digits = filled.split("|")
    digits = digits.replace(".", "")
    one = grid(["whole"] * 3 + ["decimals"] * (len(digits) - 3))
    marked = [sign == "-", sign == "*", *digits]
    darkness = tuple(tuple(0.5 if (m is True or b.value == m) else 0.0 for b in column.bubbles)
                     for column, m in zip(one.columns, marked, strict=True))
    reading = read_field(one, Measured(darkness, (0.0,) * len(one.columns), 0.3, (0, 0)))
    assert (None if reading.doubt else reading.text) == text


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
@pytest.mark.parametrize("text", ["-12.345", "0.500", "1234", "-0.1234", "7.0"])
def test_a_number_means_the_same_to_a_grader_of_any_locale(text, locale):
    found = read_answer(spelled(text, "number", locale), "number", locale=locale)
    assert (found.status, found.value) == ("one", Decimal(text))


def test_what_is_written_without_a_bubble_is_doubted():
    one = grid(["whole", "whole"])
    nothing = tuple(tuple(0.0 for _ in column.bubbles) for column in one.columns)
    assert read_field(one, Measured(nothing, (0, 0, 0, 3.0), 0.3, (0, 0))).doubt
    assert not read_field(one, Measured(nothing, (0, 0, 0, 0.1), 0.3, (0, 0))).doubt
    assert read_field(one, Measured(nothing, (0,) * 4, 0.01, (0, 0))).doubt


def test_the_page_of_doubts_runs_nothing_of_what_it_shows():
    cell = piles.Cell(1, "z", doubt="</script><img src=x onerror=alert(1)>", where="<i>.pdf")
    script = piles.Script("P", "s", "<b>Ada", "q", cells={(1, "z"): cell})
    html = doubts_html([script], [("paper",), ("</script><script>alert(1)",)])
    assert "<img src=x" not in html and "<b>Ada" not in html and "<i>.pdf" not in html
    assert html.count("</script>") == 2
    data = html.split('id="rows">')[1].split("</script>")[0]
    assert json.loads(data)[1] == ["</script><script>alert(1)"]
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.parametrize(("count", "first"), [("last", ["1", "?"]), ("best", ["1", "?"]), ("first", [])])
def test_question_marks_never_come_first_where_the_first_submission_counts(count, first, tmp_path):
    cells = {(1, "a"): piles.Cell(1, "a", "1"), (1, "b"): piles.Cell(1, "b", doubt="faint")}
    files = work.write(tmp_path, piles.Pile({"P": piles.Script("P", "s", "S", "q", "en", count, cells)}), False)

    def answers(path):
        with open(path, encoding="utf-8") as file:
            return [row["answer"] for row in csv.DictReader(file)]

    assert answers(files[0]) == first and answers(files[1]) == ["?", "1"]


def test_both_commands_as_a_user_runs_them(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from softmark.cli import app

    monkeypatch.chdir(tmp_path)
    Path("quiz.toml").write_text('title = "T"\n[[question]]\ntemplate = "convolution/conv_output_size"\nmarks = 1\n'
                                 '[marking]\nlocale = "de"\n')
    made = CliRunner().invoke(app, ["quiz", "quiz.toml", "--bubbles", "--out", "w"])
    assert made.exit_code == 0 and "answer pages to print: w/all_answer_pages.pdf" in made.stdout
    ran = CliRunner().invoke(app, ["scan", "w/answer_pages", "nothing.png", "--json"])
    found = json.loads(ran.stdout)
    assert ran.exit_code == 0 and found["pages"] == found["papers"] == 1 and found["doubtful"] == 0
    assert found["problems"] == ["nothing.png: there is no such file"]
    assert "note: nothing.png: there is no such file" in ran.stderr
    assert found["files"] == ["scanned/scanned.csv"]


def test_words_written_by_hand_wait_for_a_person():
    box = Field(1, "f", "write", "1a", "", "f", 0, 0, 1, 1, box=(0, 0, 100, 10))
    assert read_field(box, Measured((), (9.0,), 1.0, (0, 0))).doubt
    assert read_field(box, Measured((), (0.0,), 1.0, (0, 0))) == read_field(box, Measured((), (0.1,), 1, (0, 0)))


BROWSER = """
let saved = null, pressed = null;
const element = {addEventListener: (_, run) => { pressed = run; }};
const document = {
  getElementById: name => name === "rows" ? {textContent: DATA} : element,
  querySelectorAll: () => TYPED.map(([row, text, blank]) => ({dataset: {row: String(row)}, querySelector:
    what => what.includes("checkbox") ? {checked: blank} : {value: text}})),
  createElement: () => ({click() {}}) };
class Blob { constructor(parts) { saved = parts.join(""); } }
const URL = {createObjectURL: () => ""};
"""


def test_what_is_typed_into_the_page_of_doubts_comes_back_as_csv(tmp_path):
    import quickjs

    from softmark.grader.submissions import read_submissions

    names = ("a", "b", "c", "d")
    cells = {(1, name): piles.Cell(1, name, doubt='3 and "5", both') for name in names} | {(1, "sure"): piles.Cell(1, "sure", "7")}
    files = work.write(tmp_path, piles.Pile({"P": piles.Script("P", "=s1", "Ada", "q", cells=cells)}), False)
    page = files[2].read_text(encoding="utf-8")
    data = page.split('id="rows">')[1].split("</script>")[0]
    script = page.split("<script>")[1].split("</script>")[0]
    typed = [(0, " -0.7 ", False), (1, '4 3; "2", 4', False), (2, "8", True), (3, "", False)]
    engine = quickjs.Context()
    engine.eval(f"const DATA = {json.dumps(data)}; const TYPED = {json.dumps(typed)}; {BROWSER} {script}; pressed();")
    (tmp_path / "back.csv").write_text(engine.eval("saved"), encoding="utf-8")
    (found,), problems = read_submissions([tmp_path / "back.csv"])
    assert not problems and (found.paper, found.student) == ("P", "=s1"), "without the sign that keeps it from being a formula"
    assert found.answers == {"q1.a": "-0.7", "q1.b": '4 3; "2", 4', "q1.c": "", "q1.d": "?", "q1.sure": "7"}
