"""`check` for shapes, tables, sets, choices and designs, and whole files of answers."""

import json
import subprocess
import sys

import pytest

from softmark.commands.read import MAX_LINE, batch_lines
from softmark.grader.checking import KINDS, check
from softmark.worksheet.errors import UserError

C, W, A, I, B = "correct", "wrong", "ambiguous", "invalid", "blank"  # noqa: E741
DE = {"locale": "de"}

IMAGE = "55x55x96"
SHAPES = [(text, IMAGE, {}, C) for text in (
    "55x55x96", "55×55×96", "55 X 55 X 96", "(55,55,96)", "(55, 55, 96,)", "[55, 55, 96]", "55*55*96", "55·55·96", r"55\times55\times96", r"$55 \times 55 \times 96$", "55 55 96", "55;55;96", "96x55x55",
    "(96, 55, 55)", "96@55x55", "96 @ 55 × 55", "96 feature maps of 55x55", "96 channels of size 55×55", "55 by 55 by 96", "55×55×96 = 290400", "torch.Size([96, 55, 55])", "H=55, W=55, C=96",
    "height: 55, width: 55, channels: 96", "(None, 55, 55, 96)", "output: 55x55x96", "shape = (55,55,96)", "５５×５５×９６", "55²×96", "55^2 x 96", "55 × 55 × 96 px", "55×55×96.", "055x55x96", [55, 55, 96])]
SHAPES += [
    ("55x55x95", IMAGE, {}, W), ("55x55", IMAGE, {}, W), ("1x55x55x96", IMAGE, {}, W), ("290400", IMAGE, {}, W), ("0x0x0", IMAGE, {}, W), ("-1x55x96", IMAGE, {}, I), ("55.0x55x96", IMAGE, {}, I), ("x", IMAGE, {}, I),
    ("55х55х96", IMAGE, {}, I), ("55x55@96", IMAGE, {}, I), ("999999999999x1x1", IMAGE, {}, I), ("", IMAGE, {}, B), ("55x55x96", IMAGE, {"layout": "HWC"}, C), ("96x55x55", IMAGE, {"layout": "HWC"}, W),
    ("55x55x96", IMAGE, {"layout": "CHW"}, W), ("96x55x55", IMAGE, {"layout": "CHW"}, C), ("96x55x55", "96x55x55", {"layout": "CHW"}, C), ("3x4x5", "3x4x5", {"layout": "CHW"}, C), ("5x3x4", "3x4x5", {"layout": "any"}, C),
    ("5x3x4", "3x4x5", {"layout": "HWC"}, W), ("4x5x3", "3x4x5", {"layout": "any"}, W), ("(10,)", "10", {}, C), ("10", [10], {}, C), ("3x4", "4x3", {}, W)]
SHAPES += [(text, IMAGE, {"layout": layout}, C) for layout in ("HWC", "CHW", "any") for text in ("96@55x55", "C=96, H=55, W=55")]

NET = {"conv1": 35, "fc": 1000, "out": 0.5}
TABLES = [(text, NET, {}, C) for text in (
    "conv1: 35\nfc: 1000\nout: 0.5", "out: 0.5\r\nconv1: 35\r\nfc: 1,000\r\n", "conv1 = 35, fc = 1,000, out = 0.5", "conv1=35; fc=1000; out=.5", "conv1=35 fc=1000 out=0.5", "conv1:35,fc:1000,out:.5", "Conv1: 35\nFC: 1000\nOut: 0.5",
    "| layer | value |\n|---|---|\n| conv1 | 35 |\n| fc | 1000 |\n| out | 0.5 |", "| conv1 | 35 |\n|---|---|\n| fc | 1000 |\n| out | 0.5 |", "conv1 | 35\nfc | 1000\nout | 0.5", '{"conv1": 35, "fc": 1000, "out": 0.5}',
    "{'conv1': 35, 'fc': 1000, 'out': 0.5}", '{\n  "conv1": 35,\n  "fc": 1000,\n  "out": 0.5\n}', "conv1\t35\nfc\t1000\nout\t0.5", "layer\tvalue\nconv1\t35\nfc\t1000\nout\t0.5", "conv1,35\nfc,1000\nout,0.5",
    "layer,value\nconv1,35\nfc,1000\nout,0.5", "conv1;35\nfc;1000\nout;0.5", "conv1 35\nfc 1000\nout 0.5", "35\n1000\n0.5", "35, 1000, 0.5", "35; 1000; 0.5", "35 1000 0.5", "conv1 → 35\nfc -> 1000\nout → 0.5",
    "- conv1: 35\n- fc: 1000\n- out: 0.5", "* conv1: 35\n* fc: 1000\n* out: 0.5", "1. conv1: 35\n2. fc: 1000\n3. out: 0.5", "**conv1**: 35\nfc: 1000\nout: 0.5", "conv1： 35\nfc： 1000\nout： 0.5",
    "conv1: 35 params\nfc: 1K\nout: 50%", NET, [35, 1000, 0.5])]
TABLES += [
    ("conv1: 35\nfc: 1000", NET, {}, W), ("conv1: 35\nfc: 1000\nout:", NET, {}, W), ({"conv1": None, "fc": 1000, "out": 0.5}, NET, {}, W), ("conv1: 36\nfc: 1000\nout: 0.5", NET, {}, W), ("conv1: 35\nfc: 1000\nout: ?", NET, {}, I),
    ("conv1: 35\nfc: 1000\nout: 0.5\nbias: 3", NET, {}, I), ("conv1: 35\nconv1: 36\nfc: 1000\nout: 0.5", NET, {}, I), ("conv1 - 35\nfc - 1000\nout - 0.5", NET, {}, I), ("conv1", NET, {}, I), ("", NET, {}, B), ({}, NET, {}, W),
    ("conv1: 35\nfc: 1.000\nout: 0,5", NET, DE, C), ("conv1 = 35, fc = 1000, out = 0,5", NET, DE, C), ("35; 1000; 0,5", NET, DE, C), ("conv1: 35\nfc: 1000\nout: 0.505", NET, {"dec": 2}, C), ("conv1: 35\nfc: 1000\nout: 0.506", NET, {"dec": 2}, W),
    ("W=1, w=2", {"W": 1, "w": 2}, {}, C), ("W=2, w=1", {"W": 1, "w": 2}, {}, W), ("w_1=3, w_{2}=4", {"w1": 3, "w2": 4}, {}, C), ("layer 1: (55, 55, 96), layer 2: 10", {"layer 1": IMAGE, "layer 2": 10}, {}, C),
    ("w=[1,2], b=3", {"w": [1, 2], "b": 3}, {}, C), ("a: relu\nb: sigmoid", {"a": "ReLU", "b": "sigmoid"}, {}, C), ("a: relu\nb: tanh", {"a": "ReLU", "b": "sigmoid"}, {}, W), ("fc: 1,728\nout: 1", {"fc": 1.728, "out": 1}, {}, A)]

SETS = [(text, "{1,2,3}", {}, C) for text in (
    "{1,2,3}", "3,2,1", "1 2 3", "[1,2,3]", "(1,2,3)", "{1;2;3}", "1\n2\n3", "{1,2,3,3,1}", "{1.0, 4/2, 3}", r"\{1,2,3\}", r"$\{1, 2, 3\}$", "S = {1,2,3}", "x ∈ {1,2,3}", "1 and 2 and 3", "{1, 2 und 3}", "1, 2, 3,", "{1,2,3}.",
    "set([1,2,3])", "x=1, x=2, x=3", "x=1 or x=2 or x=3", "x_1=1, x_2=2, x_3=3", [3, 1, 2])]
SETS += [
    ("1, 2", "{1,2,3}", {}, W), ("1,2,3,4", "{1,2,3}", {}, W), ("{1,2,3", "{1,2,3}", {}, I), ("{1],{2}", "{1,2}", {}, I), ("∅", "{}", {}, C), ("{}", [], {}, C), ("{1}", "{}", {}, W), ("∅", "{1}", {}, W), ("", "{}", {}, B),
    ("{1/2, 1.5}", "{0.5, 3/2}", {}, C), ("0,5; 1,5", "{0.5,1.5}", DE, C), ("0,5; 1,5", "{0.5,1.5}", {}, C), ("{1,2,3}", "{1,2,3}", DE, C), ("{1, 2}", "{1,2}", DE, C), ("{1,2}", "{1,2}", DE, A), ("{1,2}", "{1.2}", DE, C),
    ("1.005, 2", "{1,2}", {"dec": 2}, C), ("1.0051, 2", "{1,2}", {"dec": 2}, W), ("sun and Moon", "{sun, moon}", {}, C), ("vertical edge, horizontal edge", "{horizontal edge, vertical edge}", {}, C),
    ("(1,1), (0,0)", "{(0,0),(1,1)}", {}, C), ("{(1, 0), (0, 1.0)}", "{(0,1),(1,0)}", {}, C), ("(0,0), (0,1)", "{(0,0),(1,0)}", {}, W), ("sqrt(2), 1", "{sqrt(2),1}", {"expr": True}, C), ("{1,2}", "{1,1,2}", {}, C)]

OPTIONS = ["ReLU", "sigmoid", "tanh", "none of these"]
ONE, MANY = {"options": OPTIONS}, {"options": OPTIONS, "multi": True}
CHOICES = [(text, "a", ONE, C) for text in (
    "a", "A", "(a)", "a)", "a.", "[a]", '"a"', "Option a", "answer: a", "The answer is A", "ReLU", "relu", " Re LU ", "a) ReLU", "a: ReLU", "A - ReLU", "(A) ReLU", "ReLU!", "'ReLU'", "ａ", "𝐚", ["a"])]
CHOICES += [(text, "a, c", MANY, C) for text in (
    "a, c", "c,a", "AC", "ca", "a c", "a;c", "a and c", "a und c", "a & c", "a+c", "a/c", "{a,c}", "[a, c]", "(a), (c)", "a\nc", "a)c)", "A, C.", "ReLU; tanh", "ReLU, tanh", "ReLU and tanh", "ReLU, c", "options a and c", "a,a,c", ["a", "c"])]
CHOICES += [
    ("b", "a", ONE, W), ("sigmoid", "a", ONE, W), ("none of these", "d", ONE, C), ("e", "a", ONE, I), ("1", "a", ONE, I), ("a, b", "a", ONE, I), ("a or b", "a", ONE, I), ("not a", "a", ONE, I), ("а", "a", ONE, I), ("", "a", ONE, B),
    ("a", "a, c", MANY, W), ("a, b, c", "a, c", MANY, W), ("a, x", "a, c", MANY, I), ("a, c", ["a", "c"], MANY, C), ("c", "b", {}, W), ("b", "b", {}, C), ("≥ 0", "a", {"options": [">= 0", "< 0"]}, C), (r"\geq 0", "a", {"options": ["≥ 0", "< 0"]}, C),
    ("a", "ReLU", ONE, C), ("10", "a", {"options": ["10", "20"]}, C), ("b", "b", {"options": ["b", "a"]}, C), ("decreases", "b", {"options": ["increases", "decreases"]}, C)]

LINE = ["w0 + w1 > 0", "w0 < 0", "w2 >= 1"]
DESIGNS = [(text, LINE, {}, C) for text in (
    "-1, 2, 1", "w0=-1, w1=2, w2=1", "w2=1, w0=-1, w1=2", "[-1,2,1]", "(-1 2 1)", "w_0 = −1\nw_1 = 2\nw_2 = 1", "w₀=-1, w₁=2, w₂=1", "-1/2, 1, 1", "-1,5; 2; 1", {"w1": 2, "w0": -1, "w2": 1})]
DESIGNS += [
    ("-1,1,1", LINE, {}, W), ("-1,2,0.999", LINE, {}, W), ("1e3,2,1", LINE, {}, W), ("-1, 2", LINE, {}, I), ("-1,2,1,4", LINE, {}, I), ("w0=-1, w1=2, w3=1", LINE, {}, I), ("w0=-1, w1=2", LINE, {}, I), ("a,b,c", LINE, {}, I), ("", LINE, {}, B),
    ("1,2", ["x + y = 3"], {"labels": ["x", "y"]}, C), ("1,2.1", ["x + y = 3"], {}, W), ("2,1", ["x > y"], {"vars": "x y"}, C), ("1", ["0 < x < 2"], {}, C), ("2", ["0 < x < 2"], {}, W), ("1", ["x != 1"], {}, W), ("2", ["x ≠ 1"], {}, C),
    ("0.1, 0.2", ["x + y <= 0.3"], {}, C), ("0.1, 0.2", ["x + y >= 0.3"], {}, C), ("0.1, 0.2", ["x + y > 0.3"], {}, W), ("0.3", ["x - 0.1 - 0.2 >= 0"], {}, C), ("1e-9", ["x > 0"], {}, C), ("0", ["1/x > 0"], {}, W), ("-1", ["sqrt(x) < 1"], {}, W),
    ("1,2", {"conditions": ["a < b"]}, {}, C), ("1,2", [1, 2], {}, C), ("1,3", [1, 2], {}, W), ("1", ["x² ≥ 1"], {}, C)]
CASES = [(kind, *case) for kind, cases in (("shape", SHAPES), ("table", TABLES), ("set", SETS), ("choice", CHOICES), ("design", DESIGNS))
         for case in cases]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]!r}"[:50])
def test_check(case):
    kind, answer, reference, opts, wanted = case
    found = check(kind, answer, reference, opts)
    assert found.verdict == wanted, (found.reading, found.message)
    assert bool(found.message) >= (wanted in (I, A))


def test_a_file_of_all_cases_and_their_ids(tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text("\n\n".join(json.dumps(dict(zip(("id", "kind", "answer", "reference", "opts"), (number, *case), strict=False)))
                                for number, case in enumerate(CASES)) + "\n", encoding="utf-8-sig")
    for case, (line, problem) in zip(CASES, batch_lines(file), strict=True):
        assert json.loads(line)["verdict"] == case[4], case
        assert not problem


@pytest.mark.parametrize(("line", "said"), [
    ("{", "JSON"), ("[1]", "object"), ("3", "object"), ('"x"', "object"), ("[" * 10_000, "JSON"), ('{"kind": "number"}', "'answer' is missing"), ('{"kind": "number", "answer": 1}', "'reference' is missing"),
    ('{"kind": "numbr", "answer": 1, "reference": 1}', "there are number"), ('{"kind": ["number"], "answer": 1, "reference": 1}', "no kind"), ('{"kind": null, "answer": 1, "reference": 1}', "no kind"),
    ('{"kind": "number", "answer": NaN, "reference": 1}', "NaN"), ('{"kind": "number", "answer": 1, "reference": Infinity}', "Infinity"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": [1]}', "opts"),
    ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"tol": "a"}}', "tol"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"dec": -1}}', "dec"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"dec": 1.5}}', "dec"),
    ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"dec": 1e9}}', "dec"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"tol": 1e999999}}', "tol"), ('{"kind": "number", "answer": 1, "reference": 1e9999999}', "reference"),
    ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"tolerance": 1}}', "no option 'tolerance'"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"locale": 3}}', "locale"), ('{"kind": "number", "answer": 1, "reference": 1, "opts": {"unit": 3}}', "unit"),
    ('{"kind": "choice", "answer": "a", "reference": "a", "opts": {"options": 3}}', "options"), ('{"kind": "vector", "answer": "1", "reference": [1], "opts": {"labels": 3}}', "labels"), ('{"kind": "expression", "answer": "x", "reference": "x", "opts": {"vars": 3}}', "vars"),
    ('{"kind": "shape", "answer": "1", "reference": "1", "opts": {"layout": 3}}', "layout"), ('{"kind": "matrix", "answer": "1", "reference": [[]]}', "reference"), ('{"kind": "vector", "answer": "1", "reference": [{"a": 1}]}', "reference"),
    ('{"kind": "number", "answer": 1, "reference": {"a": 1}}', "reference"), ('{"kind": "number", "answer": 1, "reference": null}', "reference"), ('{"kind": "number", "answer": 1, "reference": true}', "reference"),
    ('{"x": "' + "a" * MAX_LINE + '"}', "longer")])
def test_a_line_that_cannot_be_used(tmp_path, line, said):
    file = tmp_path / "answers.jsonl"
    file.write_text(line + '\n{"id": 2, "kind": "number", "answer": "3", "reference": 3}\n', encoding="utf-8")
    found = list(batch_lines(file))
    first, problem = found[0]
    assert json.loads(first)["verdict"] == "invalid"
    assert said in problem and "line 1" in problem and len(problem) < 400
    assert json.loads(found[-1][0])["verdict"] == "correct", "the other lines are read all the same"


def test_the_command(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "a", "kind": "number", "answer": "0,5", "reference": 0.5, "opts": {"locale": "de"}}\n')
    done = subprocess.run([sys.executable, "-m", "softmark.cli", "read", "--batch", "a.jsonl"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == {"id": "a", "verdict": "correct", "reading": "0.5", "message": ""}
    assert done.returncode == 0
    with pytest.raises(UserError):
        list(batch_lines(tmp_path / "none.jsonl"))


def test_every_kind_is_here_or_beside():
    assert {case[0] for case in CASES} | {"number", "vector", "matrix", "expression"} == set(KINDS)
