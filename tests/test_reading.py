"""What people type, and how it is read."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmark.grader.reading import KINDS, read

NUMBERS = {
    ".474": ("0.474", 3), "−0.7": ("-0.7", 1), "–0.7": ("-0.7", 1), "1.2e-3": ("0.0012", 4),
    "1.2×10^-3": ("0.0012", 4), "1.2 x 10^{-3}": ("0.0012", 4), "10⁻³": ("0.001", 3), "2e3": ("2000", -3),
    "1,728": ("1728", 0), "1 728": ("1728", 0), "1,234,567": ("1234567", 0), "35K": ("35000", -3),
    "3.2M": ("3200000", -5), "800K": ("800000", -5), "14.4 billion": ("14400000000", -8),
    "93 MB": ("93", 0), "47%": ("0.47", 2), "x = 3": ("3", 0), "w_{14}=0.3": ("0.3", 1),
    "≈ 0.33": ("0.33", 2), "(-0.7)": ("-0.7", 1), "２.５": ("2.5", 1), "٣": ("3", 0), "1,5": ("1.5", 1),
    r"2.5\cdot10^{-3}": ("0.0025", 4), "$0.5$": ("0.5", 1), "+4": ("4", 0), "4.": ("4", 0),
    "- 3": ("-3", 0), "0.50": ("0.50", 2),
}
FRACTIONS = {"1/3": Fraction(1, 3), "1½": Fraction(3, 2), "1 1/2": Fraction(3, 2),
             r"\frac{1}{3}": Fraction(1, 3), r"-\frac12": Fraction(-1, 2), "-1/2": Fraction(-1, 2)}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers(text):
    reading = read(text, "number")
    value, digits = NUMBERS[text]
    assert (reading.status, reading.value, reading.digits) == ("one", Decimal(value), digits)


@pytest.mark.parametrize("text", FRACTIONS)
def test_fractions(text):
    assert read(text, "number").value == FRACTIONS[text]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "NaN", "∞", "banana", "?", "--3", "1.2.3", "1/0",
                                  "1e999999", "1e100", "3 4 5", "0.5e", "[[[[", "1" * 300, "3\x00"])
def test_what_is_no_number_is_said_to_be_none(text):
    reading = read(text, "number")
    assert reading.status == "invalid"
    assert 10 < len(reading.message) < 120


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b"])
def test_blank(text):
    assert read(text, "number").status == "blank"


def test_the_decimal_comma_by_locale():
    assert read("1,5", "number", locale="de").value == Decimal("1.5")
    assert read("1.234,5", "number", locale="de").value == Decimal("1234.5")
    doubtful = read("1.234", "number", locale="de")
    assert doubtful.status == "ambiguous"
    assert {doubtful.value, doubtful.other} == {Decimal("1234"), Decimal("1.234")}


@settings(max_examples=300, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-10**9, max_value=10**9, places=6))
def test_any_plain_decimal_comes_back(value):
    assert read(format(value, "f"), "number").value == value
    assert read(format(value, "f").replace("-", "−"), "number").value == value


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60), st.sampled_from(KINDS))
def test_no_text_breaks_the_reader(text, kind):
    reading = read(text, kind, shape=(2, 2) if kind == "matrix" else None, options=("a", "b"))
    assert reading.status in ("one", "ambiguous", "invalid", "blank")
    assert reading.message or reading.status in ("one", "blank")


@pytest.mark.parametrize("text", [
    "[[4,3],[2,4]]", "4 3; 2 4", "[[ 4.  3.]\n [ 2.  4.]]", "4\t3\n2\t4", "(4, 3), (2, 4)",
    r"\begin{bmatrix}4&3\\2&4\end{bmatrix}", r"\left(\begin{array}{cc}4&3\\2&4\end{array}\right)",
    "np.array([[4, 3], [2, 4]])", "[4 3; 2 4]", "A = [[4,3],[2,4]]"])
def test_matrices(text):
    assert read(text, "matrix", shape=(2, 2)).value == ((4, 3), (2, 4))


@pytest.mark.parametrize("text", ["1, 2, 3", "(1 2 3)", "1;2;3", "[1\n2\n3]", "[[1],[2],[3]]",
                                  r"\begin{pmatrix}1\\2\\3\end{pmatrix}", "w2=3, w0=1, w1=2"])
def test_vectors(text):
    assert read(text, "vector", shape=(3,), labels=("0", "1", "2")).value == (1, 2, 3)


def test_shapes_are_compared_before_values():
    assert "2×2" in read("[[1,2,3]]", "matrix", shape=(2, 2)).message
    assert "3 numbers" in read("1 2", "vector", shape=(3,)).message


@pytest.mark.parametrize("text", ["55×55×96", "55x55x96", "(55, 55, 96)", "55*55*96", "96@55x55"])
def test_array_shapes(text):
    assert read(text, "shape").value == (55, 55, 96)


def test_choices_and_sets():
    assert read(">=0", "choice", options=("≥ 0", "< 0")).value == "≥ 0"
    assert read("B", "choice", options=("yes", "no")).value == "no"
    assert read("{Sun, moon}", "set").value == ("sun", "moon")
