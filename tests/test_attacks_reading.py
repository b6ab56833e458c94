"""Hostile answers of every kind at every door of the reader: no verdict but one, no hang, no harm."""

import json
import signal
from contextlib import contextmanager

import pytest

from softmark.commands.read import MAX_LINE, batch_lines, read_one
from softmark.grader.answers import answers_to
from softmark.grader.checking import KINDS as CHECKED
from softmark.grader.checking import check
from softmark.grader.marking import mark
from softmark.grader.reading import KINDS
from softmark.grader.reading.arrays import named_values
from softmark.grader.responses import values_in
from softmark.problem_bank import catalogue
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError

SECONDS = 8
ATTACKS = {
    "import": "__import__('os').system('touch x')", "dunder": "().__class__.__bases__[0].__subclasses__()", "getattr": "x.__globals__", "eval": "eval(compile('1','','eval'))",
    "lambda": "(lambda: (yield))()", "walrus": "(x:=1)", "f-string": "{x.__class__}", "format": "%s%s%s%n%x", "format index": "{0.__class__.__mro__}", "template": "{{config}}", "jinja": "{% for x in [] %}", "shell": "$(rm -rf /)",
    "backtick": "`id`", "pipe": "| cat /etc/passwd", "sql": "1'; DROP TABLE papers; --", "sql or": "' OR '1'='1", "xss": "<img src=x onerror=alert(1)>", "path": "../../../../etc/passwd", "url": "http://127.0.0.1/x", "pickle": "cos\nsystem\n(S'id'\ntR.",
    "yaml": "!!python/object/apply:os.system ['id']", "xml": "<!DOCTYPE a [<!ENTITY b 'c'>]>", "ldap": "*)(uid=*))(|(uid=*", "csv formula": "=cmd|'/c calc'!A0", "tower": "9^9^9^9^9", "python tower": "9**9**9**9", "e tower": "e^e^e^e^e^e^e",
    "ten tower": "10^10^10^10", "exponent": "1e999999999", "small": "1e-999999999", "huge exponent": "1e" + "9" * 180, "superscripts": "10" + "⁹" * 150, "digits": "9" * 199, "many digits": "9" * 100_000, "decimals": "0." + "0" * 19_000 + "1",
    "fraction of digits": "1/" + "9" * 190, "factorials": "9" + "!" * 190, "open": "(" * 19_000, "close": ")" * 19_000, "square": "[" * 9_000 + "]" * 9_000, "curly": "{" * 900, "wrapped": "(" * 90 + "1" + ")" * 90, "mixed brackets": "([{" * 60 + "}])" * 60,
    "crossed": "[1,(2],3)", "bars": "|" * 900, "bars and names": "|x" * 400, "functions": "sin(" * 200 + "x" + ")" * 200, "bare functions": "sin " * 240, "glued functions": "sin" * 330, "logs": "log_" * 240, "logs of logs": "log_2" * 190,
    "roots": r"\sqrt" * 190, "nth roots": r"\sqrt[3]" * 120, "nth roots nested": r"\sqrt[" * 150, "fracs": r"\frac" * 190, "fracs nested": r"\frac{" * 160, "fracs full": r"\frac{1}" * 2_000, "left": r"\left(" * 160, "environments": r"\begin{bmatrix}" * 1_300,
    "environment name": r"\begin{" + "a" * 900, "ampersands": "&" * 19_000, "line ends": r"\\" * 9_000, "row ends": ";" * 19_000, "row end and space": "; " * 9_000, "backslashes": "\\" * 999, "input": r"\input{/etc/passwd}", "write": r"\immediate\write18{id}",
    "def loop": r"\def\x{\x\x}\x", "ones": "1," * 9_900, "ones apart": "1 " * 9_900, "ones lines": "1\n" * 9_900, "tabs": "1\t" * 9_900, "commas": "," * 19_000, "points": "." * 199, "groups": "1" + ",111" * 4_900, "groups in points": "1" + ".111" * 48,
    "x": "x " * 9_900, "xx": "x" * 999, "products": "x*" * 450, "sums": "x+" * 450, "signs": "-" * 199, "pluses": "+-" * 450, "equals": "=" * 19_000, "names": "a=1," * 4_900, "names apart": "a = 1 " * 3_000, "name and colon": "a:" * 9_000,
    "one name": "w" * 19_000 + "=1", "names unended": "w1=1, " * 3_300 + "w", "names and spaces": "w" + " " * 19_000 + "=", "spaces": "1" + " " * 19_000 + "x", "colons": ":" * 19_000, "e": "e" * 1_000, "1e": "1e" * 99, "K": "K" * 199, "billions": "1" + " billion" * 24,
    "percents": "1" + "%" * 190, "units": "1 " + "k/" * 90, "dots": "1..2..3" * 25, "at": "1@" * 90, "times": "1x" * 99, "crosses": "×" * 199, "none": "none," * 39, "and": " and " * 3_900, "or": "1 or " * 3_900, "quotes": '"' * 19_000, "dollars": "$" * 19_000,
    "braces and names": "w_{" * 300, "primes": "x" + "'" * 900, "subscripts": "x" + "_1" * 450, "array": "array(" * 3_000, "np": "np.float64(" * 1_700, "settings": "array([1]" + ", dtype=a" * 2_000, "transposes": "[1]" + "^T" * 9_000, "letters": "a, " * 1_600,
    "option": "option " * 700, "table rows": "a|b\n" * 4_900, "rules": "|-" * 9_000, "arrows": "->" * 9_000, "bullets": "- " * 9_000, "json": '{"a":' * 3_000, "labelled": "(" + "x," * 49 + ") = " + "1" * 40, "halves": "½" * 199, "mixed": "1 1/2 " * 33,
    "nul": "1\x002", "only nul": "\x00" * 50, "escape": "\x1b[2J1", "bell": "1\a", "bidi": "\u202e321", "isolate": "1\u2066 2\u2069", "left mark": "\u200e1\u200f2", "zero width": "1\u200b\u200c\u200d2\ufeff", "only zero width": "\u200b" * 199,
    "homoglyph": "х = 1", "greek o": "1ο", "combining": "1\u0336\u0337", "zalgo": "1" + "\u0301" * 190, "lone surrogate": "\ud800", "surrogates": "1\udfff", "private": "\ue000\ue001", "private brackets": "[1\ue0002]", "tags": "\U000e0031", "variation": "1\ufe0f\u20e3",
    "circled": "①②", "roman": "Ⅷ", "cjk": "三", "arabic": "٣٫٥٬٠", "devanagari": "१२", "mathematical": "𝟙𝟚", "fullwidth": "（１＋２）", "ideographic": "1\u30002", "line separator": "1\u20282", "form feed": "1\f2", "vertical": "1\v2", "minus": "−" * 99, "emoji": "👩‍👩‍👧" * 30,
    "bold": "𝐱" * 400, "sharp s": "ß" * 400, "dotted i": "İ" * 400, "ligature": "ﷺ" * 190, "nan": "nan", "inf": "-inf", "infinity": "∞", "hex": "0xff", "complex": "1j", "true": "True", "none word": "None", "ellipsis": "...", "comment": "1 # 2", "semicolon": "1; import os",
    "ln of nothing": "ln" * 400, "zero division": "1/0", "nested zero": "1/(1/(1/0))", "0^0": "0^0^-1", "max": "max(" + "x," * 140 + "x)", "cancelled": "1e30-1e30", "overflow": "exp(exp(exp(exp(9))))", "tan": "tan(" * 40 + "1" + ")" * 40,
}
REFERENCES = {"number": 41.5, "vector": [41.5, 2, 7], "matrix": [[41.5, 2], [3, 4]], "shape": "55x55x96", "table": {"fc": 41.5, "W": [1, 2], "s": "5x5", "t": "relu"}, "expression": "x*sin(x)+a",
              "set": "{41.5, 2, (1,2)}", "choice": "b", "design": ["w1 + w2 > 0", "w1 < 0"]}
OPTS = {"number": {"expr": True, "label": "z", "unit": "MB"}, "vector": {"labels": ["w1", "w2", "w3"], "expr": True}, "matrix": {"expr": True}, "table": {"expr": True}, "expression": {"vars": "x a", "tol": 1e-6},
        "set": {"expr": True}, "choice": {"options": ["yes", "no", "none of these"], "multi": True}}
ATTACKS = {name: text for name, text in ATTACKS.items() if text}


@contextmanager
def soon(what):
    """Fails where something runs for many times longer than it should: a blow-up, not a slow machine."""
    def stop(*_):
        raise AssertionError(f"{what} did not end")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_there_are_many():
    assert len(ATTACKS) > 150
    assert set(REFERENCES) == set(CHECKED)


@pytest.mark.parametrize("name", ATTACKS)
def test_checked(name):
    text = ATTACKS[name]
    for kind in CHECKED:
        for opts in (OPTS.get(kind, {}), {"locale": "de"})[:1 + (len(text) < 5_000)]:
            with soon(f"{kind} {opts}"):
                found = check(kind, text, REFERENCES[kind], opts)
            assert found.verdict in ("wrong", "invalid", "blank"), (kind, found)
            assert len(found.message) < 300 and "Traceback" not in found.message
            json.dumps([found.reading, found.message])


@pytest.mark.parametrize("name", ATTACKS)
def test_read(name):
    text = ATTACKS[name]
    for kind in KINDS:
        with soon(kind):
            found = read_one(kind, text, "fr", names="x, a, w1", options="yes,no")
        assert found["status"] in ("one", "ambiguous", "invalid", "blank")
        assert len(found["message"]) < 2_500
    with soon("tables"):
        for names in ((), ("fc", "out"), ("a", "b", "c")):
            rows = named_values(text, names)
            assert rows is None or len(rows) <= 300


@pytest.fixture(scope="module")
def problems():
    return [(problem, asks_of(problem)) for problem in (certified_draw(catalogue.find(name), Rng.of(1), "easy") for name in
                                                        ("backprop/mlp_forward", "perceptron/perceptron_design"))]


@pytest.mark.parametrize("name", ATTACKS)
def test_marked(problems, name):
    text = ATTACKS[name]
    for _, asks in problems:
        with soon("answers"):
            for ask in asks:
                for answer in answers_to(ask, {ask.name: text, ask.cells[0].name: text}):
                    assert answer.reading.status in ("one", "ambiguous", "invalid", "blank")
            values_in(text, asks)
    problem, asks = problems[1]
    with soon("marks"):
        marks = mark(problem, asks, {cell.name: text for ask in asks for cell in ask.cells})
    assert marks.marks < marks.out_of


def test_a_file_of_attacks(tmp_path):
    lines = [{"id": name, "kind": kind, "answer": text, "reference": REFERENCES[kind], "opts": OPTS.get(kind, {})}
             for name, text in ATTACKS.items() for kind in ("number", "expression", "table") if len(text) < MAX_LINE // 8]
    file = tmp_path / "attacks.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with soon("the file"):
        found = [json.loads(line) for line, _ in batch_lines(file)]
    assert [one["id"] for one in found] == [line["id"] for line in lines]
    assert {one["verdict"] for one in found} <= {"wrong", "invalid", "blank"}


@pytest.mark.parametrize("name", ATTACKS)
def test_as_a_reference_it_is_refused_or_it_is_a_value(name):
    for kind in ("number", "vector", "shape", "expression", "choice", "design"):
        with soon("the reference"):
            try:
                found = check(kind, "1", ATTACKS[name] if kind != "design" else [ATTACKS[name][:900] + " > 0"], OPTS.get(kind, {}))
            except UserError as error:
                assert len(str(error)) < 500
            else:
                assert found.verdict in ("correct", "wrong", "invalid", "ambiguous")
