"""`check`: kind, answer, reference and options -> verdict, for every kind and option."""

import math
from decimal import Decimal

import pytest

from softmark.grader.checking import KINDS, check
from softmark.worksheet.errors import UserError

C, W, A, I, B = "correct", "wrong", "ambiguous", "invalid", "blank"  # noqa: E741
DE, FR = {"locale": "de"}, {"locale": "fr"}

NUMBERS = [
    # ties and ends of tolerances
    ("0.325", 0.33, {"dec": 2}, C), ("0.335", 0.33, {"dec": 2}, C), ("0.3350001", 0.33, {"dec": 2}, W), ("0.12", 0.125, {"dec": 2}, C),
    ("0.13", 0.125, {"dec": 2}, C), ("-0.13", -0.125, {"dec": 2}, C), ("0.11", 0.125, {"dec": 2}, W), ("3", 2.5, {"dec": 0}, C),
    ("3.001", 2.5, {"dec": 0}, W), ("1.05", 1, {"tol": 0.05}, C), ("1.0500001", 1, {"tol": 0.05}, W), ("101", 100, {"rtol": 0.01}, C),
    ("101.0001", 100, {"rtol": 0.01}, W), ("-99", -100, {"rtol": 0.01}, C), ("0.001", 0, {"rtol": 0.5}, W), ("1.2", 1, {"tol": 0.1, "rtol": 0.2}, C),
    ("1.0", 1, {"tol": 0}, C), ("0.3", Decimal("0.3"), {}, C), ("0.1", 0.1, {}, C), ("0.3333", "1/3", {}, W), ("0.3333333333", "1/3", {}, C),
    # signs, digits, points
    ("−0.7", -0.7, {}, C), ("–0.7", -0.7, {}, C), ("—.7", -0.7, {}, C), ("- 0.7", -0.7, {}, C), ("+.7", 0.7, {}, C), ("--0.7", 0.7, {}, I),
    ("(-0.7)", -0.7, {}, C), ("[0.7]", 0.7, {}, C), ('"0.7"', 0.7, {}, C), ("0.7.", 0.7, {}, C), ("7.", 7, {}, C), ("007", 7, {}, C), ("-0", 0, {}, C),
    ("１２．５", 12.5, {}, C), ("١٢٫٥", 12.5, {}, C), ("𝟏𝟐.𝟓", 12.5, {}, C), ("1\u20602", 12, {}, C), ("3.0", 3, {}, C), (3, 3, {}, C), (0.5, 0.5, {}, C),
    # powers of ten, fractions, percent
    ("1.5e3", 1500, {}, C), ("1.5E−3", 0.0015, {}, C), ("1.5×10⁻³", 0.0015, {}, C), ("1.5 * 10^3", 1500, {}, C), ("1.5*10**3", 1500, {}, C),
    ("1.5x10-3", 0.0015, {}, C), (r"2.5\times10^{-3}", 0.0025, {}, C), (r"2.5\cdot 10^{3}", 2500, {}, C), ("10^-3", 0.001, {}, C), ("1e400", 1, {}, I),
    ("3/4", 0.75, {}, C), ("3⁄4", 0.75, {}, C), ("3/-4", -0.75, {}, C), ("1½", 1.5, {}, C), ("-1 1/2", -1.5, {}, C), (r"\frac{3}{4}", 0.75, {}, C),
    (r"-\tfrac34", -0.75, {}, C), (r"1\frac{3}{4}", 1.75, {}, C), ("1/0", 0, {}, I), ("47%", 0.47, {}, C), ("47 percent", 0.47, {}, C), ("47 Prozent", 0.47, DE, C),
    ("47%", 47, {}, A), ("47%", 47, {"unit": "%"}, C), ("47", 0.47, {}, W), (r"47\%", 0.47, {}, C),
    # thousands and the decimal comma
    ("1,728", 1728, {}, C), ("1,728", 1.728, {}, A), ("1.728", 1728, DE, C), ("1.728", 1.728, DE, A), ("1,728", 1.728, DE, C), ("1 728", 1728, {}, C),
    ("1\u202f728,5", 1728.5, FR, C), ("1'728.5", 1728.5, {}, C), ("1_728", 1728, {}, C), ("1.728,5", 1728.5, DE, C), ("1,728.5", 1728.5, DE, C), ("0,5", 0.5, {}, C),
    ("1,23,456", 123456, {}, C), ("1,2,3", 123, {}, I), ("12.34.56", 1, {}, I), ("12 34", 1234, {}, I), ("0{,}75", 0.75, {}, C), ("1,2e-3", 0.0012, DE, C),
    # words and units
    ("35K", 35000, {}, C), ("1.2 Mio.", 1200000, {}, C), ("3B", 3e9, {}, C), ("14.4 billion", 14.4e9, {}, C), ("1,5 Milliarden", 1.5e9, DE, C),
    ("138M params", 138e6, {}, C), ("93000 kB", 93, {"unit": "MB"}, C), ("1 MiB", 1048576, {"unit": "B"}, C), ("1 MB", 1048576, {"unit": "B"}, W),
    ("1 KiB", 1024, {"unit": "bytes"}, C), ("2 Mebibytes", 2, {"unit": "MiB"}, C), ("8 bits", 1, {"unit": "byte"}, C), ("8 Mbit", 1, {"unit": "MB"}, C), ("5 ms", 0.005, {"unit": "s"}, C),
    ("5 µs", 5, {"unit": "us"}, C), ("2 min", 120, {"unit": "s"}, C), ("5 MB", 5, {"unit": "s"}, I), ("4 GFLOPs", 4e9, {}, C), ("4 GFLOPs", 4, {"unit": "GFLOPs"}, C),
    ("3 apples", 3, {}, I), (r"93\,\text{MB}", 93, {"unit": "MB"}, C), ("3 px", 3, {}, C),
    # names and workings
    ("x = 3", 3, {}, C), ("x = 3", 3, {"label": "x"}, C), ("y = 3", 3, {"label": "x"}, I), ("x ≈ 3", 3, {}, C), ("x := 3", 3, {}, C), ("≈3", 3, {}, C), ("ca. 3", 3, {}, C),
    ("1/3 = 0.33", 0.333, {"dec": 2}, C), ("1/3 ≈ 0.33", 0.333, {"dec": 2}, C), ("1/3 = 0.5", 0.5, {}, I), (">= 3", 3, {}, I), ("x > 3", 3, {}, I), ("3 ± 0.1", 3, {}, I),
    ("3 or 4", 3, {}, I), ("3, 4", 3.4, {}, I), (r"\(0.75\)", 0.75, {}, C), ("$0.75$", 0.75, {}, C), ("0x10", 16, {}, I), ("1j", 1, {}, I),
    ("2*3", 6, {}, I), ("2*3", 6, {"expr": True}, C), ("sqrt(2)", math.sqrt(2), {"expr": True}, C), ("√2/2", "sqrt(1/2)", {"expr": True}, C), ("2(3+4)", 14, {"expr": True}, C),
    ("ln(2)", math.log(2), {"expr": True}, C), ("log(100)", 2, {"expr": True}, A), ("sqrt(-1)", 0, {"expr": True}, I), ("3.14159", "pi", {"tol": 1e-5}, C),
    ("nan", 1, {}, I), ("inf", 1, {}, I), ("True", 1, {}, I), ("?", 1, {}, I), ("-", 1, {}, I), ("", 1, {}, B), (" \t", 1, {}, B), (None, 1, {}, B), ("\u200b", 1, {}, B)]

LABELS = {"labels": ["w1", "w2", "w3"]}
VECTORS = [(text, [1, 2, 3], {}, C) for text in (
    "1,2,3", "[1 2 3]", "(1, 2, 3)", "1\n2\n3", "1\t2\t3", "1;2;3", "[1, 2, 3]^T", "[1 2 3]'", "(1,2,3)ᵀ", "⟨1,2,3⟩", r"\langle 1,2,3\rangle", "{1,2,3}", "w = [1,2,3]",
    "w^{(1)} = (1,2,3)", "[1. 2. 3.]", "array([1., 2., 3.])", "np.array([1., 2., 3.], dtype=float32)", "tensor([1., 2., 3.], grad_fn=<AddBackward0>)",
    "tensor([1., 2., 3.], device='cuda:0', requires_grad=True)", "[np.float64(1.0), np.float64(2.0), np.float64(3.0)]", "array([[1.],\n       [2.],\n       [3.]])",
    "[1.00000000e+00 2.00000000e+00\n 3.00000000e+00]", r"\begin{pmatrix}1\\2\\3\end{pmatrix}", r"\left(1, 2, 3\right)", r"$(1,2,3)^\top$", r"\(1,2,3\)", "1 | 2 | 3",
    "| 1 | 2 | 3 |", "[1,2,3].", "1, 2 and 3", "1, 2, and 3", "1,2,3,", "1/1, 4/2, 3", "x1 = 1\nx2 = 2\nx3 = 3", "w_{1} = 1, w_{2} = 2, w_{3} = 3", "1e0 2 3", "1\u00a02\u20093", [1, 2, 3], ["1", "2", "3"])]
VECTORS += [
    ("w3=3, w1=1, w2=2", [1, 2, 3], LABELS, C), ("w_1 = 1\nw_2 = 2\nw_3 = 3", [1, 2, 3], LABELS, C), ("w1=1 and w2=2 and w3=3", [1, 2, 3], LABELS, C), ("w1: 1; w2: 2; w3: 3", [1, 2, 3], LABELS, C),
    ('{"w1": 1, "w2": 2, "w3": 3}', [1, 2, 3], LABELS, C), ({"w2": 2, "w1": 1, "w3": 3}, [1, 2, 3], LABELS, C), ("1,2,3", [1, 2, 3], LABELS, C), ("w1=1, w2=2", [1, 2, 3], LABELS, I),
    ("w1=1, w2=2, w4=3", [1, 2, 3], LABELS, I), ("w1=1, w1=5, w2=2, w3=3", [1, 2, 3], LABELS, I), ("w1=1,b1=2", [1, 2], {"labels": ["w1", "b1"]}, C), ("b1=2,w1=1", [1, 2], {"labels": "w1 b1"}, C),
    ("W=1, w=2", [1, 2], {"labels": ["W", "w"]}, C), ("(x, y) = (1, 2)", [1, 2], {"labels": ["x", "y"]}, C), ("(y, x) = (1, 2)", [1, 2], {"labels": ["x", "y"]}, I),
    ("a=1,5; b=2,5", [1.5, 2.5], {"labels": ["a", "b"], **DE}, C), ("1,5; 2,5", [1.5, 2.5], DE, C), ("1,5 2,5", [1.5, 2.5], DE, C), ("(1,5 | 2,5)", [1.5, 2.5], DE, C), ("1,2", [1, 2], DE, C),
    (r"\begin{pmatrix}\frac{1}{2}\\-\frac13\end{pmatrix}", ["1/2", "-1/3"], {}, C), ("sqrt(2), 1", ["sqrt(2)", 1], {"expr": True}, C), ("(1+2)/3, 2(3+1)", [1, 8], {"expr": True}, C),
    ("max(1,2), 1", [2, 1], {"expr": True}, C), ("3 MB, 4000 kB", [3, 4], {"unit": "MB"}, C), ("50%, 25%", [0.5, 0.25], {}, C), ("1,000; 2,000", [1000, 2000], {}, C),
    ("1,2,4", [1, 2, 3], {}, W), ("3,2,1", [1, 2, 3], {}, W), ("1,2", [1, 2, 3], {}, W), ("1,2,3,4", [1, 2, 3], {}, W), ("1, , 3", [1, 2, 3], {}, I), ("1,2,x", [1, 2, 3], {}, I), ("[1,2,3", [1, 2, 3], {}, I),
    ("[1 ... 3]", [1, 2, 3], {}, I), ("[]", [1], {}, I), ("", [1], {}, B), ("1.005 2", [1, 2], {"dec": 2}, C), ("1.0051 2", [1, 2], {"dec": 2}, W), ("1 2", [[1], [2]], {}, C), ("1 2", "[1,2]", {}, C)]

MATRICES = [(text, [[1, 2], [3, 4]], {}, C) for text in (
    "[[1,2],[3,4]]", "[[1. 2.]\n [3. 4.]]", "[[ 1.0e+00  2.0e+00]\n [ 3.0e+00  4.0e+00]]", "array([[1, 2],\n       [3, 4]])", "Matrix([[1, 2], [3, 4]])", "tensor([[1., 2.],\n        [3., 4.]], grad_fn=<MmBackward0>)",
    "1 2\n3 4", "1,2\n3,4", "1\t2\r\n3\t4\r\n", "1;2\n3;4", "[1 2; 3 4]", "[1, 2; 3, 4];", "[1 2;\n 3 4]", "{{1,2},{3,4}}", "((1,2),(3,4))", "(1 2)(3 4)", "[1,2],[3,4]", "| 1 2 |\n| 3 4 |", "| 1 | 2 |\n| 3 | 4 |",
    "|1|2|\n|-|-|\n|3|4|", "⎡1  2⎤\n⎢    ⎥\n⎣3  4⎦", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "\\begin{bmatrix}\n 1 & 2 \\\\\n 3 & 4 \\\\\n\\end{bmatrix}", r"\begin{bmatrix}1&2\\[2pt]3&4\end{bmatrix}",
    r"\left[\begin{array}{rr}1&2\\3&4\end{array}\right]", r"$$\begin{bmatrix}1&2\\3&4\end{bmatrix}$$", r"\[\begin{bmatrix}1&2\\3&4\end{bmatrix}\]", r"W^T = [[1,2],[3,4]]", "W^{(1)} = [[1,2],[3,4]]", "=[[1,2],[3,4]]", "[[1,3],[2,4]]^T",
    "[[1,3],[2,4]].T", r"\begin{pmatrix}1&3\\2&4\end{pmatrix}^\top", [[1, 2], [3, 4]])]
MATRICES += [
    ("[[1,2],[3,4]]^T", [[1, 2], [3, 4]], {}, W), ("[1,2]^T", [[1], [2]], {}, C), ("1,5\t2\n3\t4", [[1.5, 2], [3, 4]], DE, C), ("1,5;2\n3;4", [[1.5, 2], [3, 4]], DE, C), ("1,5 2\n3 4", [[1.5, 2], [3, 4]], DE, C),
    (r"\begin{bmatrix}\frac{1}{2}&\sqrt{4}\\-1{,}5&4\end{bmatrix}", [["1/2", 2], [-1.5, 4]], {"expr": True}, C), ("[[0.1 0.2\n  0.3]\n [0.4 0.5\n  0.6]]", [[.1, .2, .3], [.4, .5, .6]], {}, C),
    ("[[1,2],[3]]", [[1, 2], [3, 4]], {}, I), ("[[1,2],[3,4]", [[1, 2], [3, 4]], {}, I), ("1 2 3 4", [[1, 2], [3, 4]], {}, W), ("[[1,2,3],[4,5,6]]", [[1, 2], [3, 4]], {}, W), ("1 2", [[1], [2]], {}, W),
    ("1 2", [[1, 2]], {}, C), ("1;2", [[1], [2]], {}, C), ("5", [[5]], {}, C), ("diag(1,2)", [[1, 0], [0, 2]], {}, I), ("1 2\n3 5", [[1, 2], [3, 4]], {}, W), ("", [[1]], {}, B), ("1,728 0", [[1.728, 0]], {}, A)]


def _checked(kind, case):
    answer, reference, opts, wanted = case
    found = check(kind, answer, reference, opts)
    assert found.verdict == wanted, (found.reading, found.message)
    assert bool(found.message) >= (wanted in (I, A))
    assert len(found.message) < 250


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: repr(case[0]))
def test_numbers(case):
    _checked("number", case)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: repr(case[0])[:40])
def test_vectors(case):
    _checked("vector", case)


@pytest.mark.parametrize("case", MATRICES, ids=lambda case: repr(case[0])[:40])
def test_matrices(case):
    _checked("matrix", case)


@pytest.mark.parametrize(("kind", "reference", "opts", "said"), [
    ("integral", 1, {}, "kind"), ("number", "banana", {}, "reference"), ("number", 1, {"decimals": 2}, "there is no option 'decimals'"), ("number", 1, {"dec": -1}, "dec"),
    ("number", 1, {"tol": "0.1"}, "tol"), ("number", 1, {"rtol": True}, "rtol"), ("vector", "x", {}, "list of numbers"), ("vector", [], {}, "list"), ("matrix", [[1, 2], [3]], {}, "different lengths"),
    ("shape", "banana", {}, "55x55x96"), ("shape", "3x3", {"layout": "NHWC"}, "layout"), ("table", [1], {}, "name"), ("table", {}, {}, "name"), ("expression", "x +", {}, "no formula"),
    ("choice", "z", {"options": ["yes", "no"]}, "none of the options"), ("choice", None, {"options": ["yes"]}, "none of the options"), ("design", [], {}, "conditions"), ("design", ["x"], {}, "comparison"),
    ("design", ["x > foo("], {}, "comparison"), ("design", ["y > 0"], {"labels": ["x"]}, "comparison")])
def test_a_line_that_makes_no_sense_is_the_authors_fault(kind, reference, opts, said):
    with pytest.raises(UserError) as caught:
        check(kind, "1", reference, opts)
    assert said in str(caught.value)


def test_there_are_many_cases():
    assert len(NUMBERS) + len(VECTORS) + len(MATRICES) > 150
    assert set(KINDS) >= {"number", "vector", "matrix"}
