"""Hostile input at every door: nothing is evaluated, nothing hangs, each gets one sentence."""

import pytest

from softmark.grader.marking import mark
from softmark.grader.reading import KINDS, read
from softmark.grader.submissions import read_submissions
from softmark.problem_bank import catalogue
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import load_roster
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError

ATTACKS = [
    "__import__('os').system('x')", "().__class__.__bases__", "eval('1')", "exec('1')", "lambda: 1",
    "{{7*7}}", "{% raw %}", "${7*7}", "<script>alert(1)</script>", "'; DROP TABLE paper;--",
    "9**9**9**9", "9^9^9^9", "2e999999999", "1e-999999999", "1E+400", "9" * 150, "9" * 100_000,
    "0." + "0" * 150 + "1", "1" + ",111" * 60, "1/" + "9" * 60, "1/3/5/7", "((((((((((1))))))))))",
    "(" * 5000, ")" * 5000, "[" * 5000 + "]" * 5000, "{" * 300, "1 " * 3000, "a" * 10_000,
    "=1+1", "+cmd|'/c calc'!A0", "@SUM(A1)", "\t=1", "-1+1|cmd", "\x00", "1\x00", "\u202e123", "1\u202e2",
    "١٢٣", "1̸", "𝟏𝟐", "NaN", "Infinity", "-inf", "0x10", "0b11", "0o7", "1_000", "1j", "True", "None",
    "\\frac{1}{0}", "\\frac" * 500, "\\begin{bmatrix}" * 50, "\\input{/etc/passwd}", "$" * 500, "%" * 200,
    "e" * 200, "1e", "--" * 200, "±1", "1±2", "½½½", "⁻" * 100, "10^10^10^10", "1×10^999999999999",
    "file:///etc/passwd", "../../../etc/passwd", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "w=" * 400, "a=1," * 1000, "K" * 50, "1KKKKK", "1 billion billion billion",
]


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("kind", KINDS)
def test_the_reader(kind, text):
    for locale in ("en", "de"):
        reading = read(text, kind, shape=(2,) if kind in ("vector", "design") else None,
                       labels=("0", "1"), options=("yes", "no"), locale=locale)
        assert reading.status in ("one", "ambiguous", "invalid", "blank")
        assert len(reading.message) < 200


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_the_marker(text):
    cls = catalogue.find("backprop/mlp_forward")
    problem = certified_draw(cls, Rng.of(1), "easy")
    asks = asks_of(problem)
    marks = mark(problem, asks, {cell.name: text for ask in asks for cell in ask.cells})
    assert marks.marks < marks.out_of
    assert mark(problem, asks, {text: text, "z": text}).marks == 0


def test_values_that_blow_up_are_left_to_a_person():
    cls = catalogue.find("backprop/mlp_forward")
    problem = certified_draw(cls, Rng.of(1), "easy")
    asks = asks_of(problem)
    first = asks[0].cells[0].name
    marks = mark(problem, asks, {first: "1e50", asks[-1].cells[0].name: "1e50"})
    assert marks.marks == 0


@pytest.mark.parametrize("text", [
    "", "\0", "title", "[[question]]" * 5000, "title = 'x'\n" + "a." * 500 + "b = 1", "x = " + "[" * 3000,
    "title = 'x'\n[[question]]\ntemplate = '../../etc/passwd'", "title = 1", "question = 3\ntitle='x'",
    "title = 'x'\n[[question]]\ntext = 'a'\nmarks = 1e400", "title = 'x'\n[[question]]\ntext='a'\nmarks=nan"])
def test_quiz_files(text):
    from softmark.problem_bank.papers import check_quiz

    with pytest.raises(UserError) as caught:
        check_quiz(parse_quiz(text, "quiz.toml"), "quiz.toml")
    assert "\n" not in str(caught.value)
    assert "quiz.toml" in str(caught.value)


@pytest.mark.parametrize("data", [
    b"", b"\xff\xfe\x00", b"id,name\n", b"id,name\n1,\n", b"id,name\n1,a\n1,b\n", b"foo,bar\n1,2\n",
    b"id,name\n\x001,a", "id,name\n1,\u0007x\n".encode(), b"id,name\n" + b"x" * 300 + b",a\n",
    b'id,name\n"1,a\n', "id,name\n1,ä\n".encode("latin-1")])
def test_rosters(tmp_path, data):
    path = tmp_path / "class.csv"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load_roster(path)
    assert "class.csv" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "data"), [
    ("a.csv", b""), ("a.csv", b"\xff\xff"), ("a.csv", b"question,ask,answer\n1,z,2\n"), ("a.csv", b"student\nx\n"),
    ("a.json", b"{"), ("a.json", b'{"a": NaN}'), ("a.json", b'{"a": 1, "a": 2}'), ("a.json", b"[" * 100_000),
    ("a.json", b'[{"answers": {}}]'), ("a.json", b'{"paper": "x", "answers": [1]}'), ("a.zip", b"PK\x03\x04"),
    ("a.pdf", b"%PDF-1.4"), ("a.csv", b'paper,question,ask,answer\n"x')])
def test_submissions(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    found, problems = read_submissions([path])
    assert problems or not any(one.answers for one in found)
    assert all("\n" not in problem and name in problem for problem in problems)
