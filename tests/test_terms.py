"""Terms compute like numbers and write themselves down; what is written can be read back."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmark.solvers.functions import exp, maximum, relu, sigmoid, softplus, sqrt
from softmark.worksheet.formulas import formula, numbers_put_in
from softmark.worksheet.notation import decimals_for, number_tex, number_text, subscript
from softmark.worksheet.terms import Margins, Term, effort
from softmark.worksheet.texvalue import tex_value


def leaf(number, symbol="x"):
    return Term(number, symbol=symbol, text=f"{number:g}", drawn=True)


def test_a_dot_product_reads_like_a_hand_wrote_it():
    w = np.array([leaf(0.2, "w_{14}"), leaf(-0.5, "w_{34}")], dtype=object)
    x = np.array([leaf(1, "x_1"), leaf(-1, "x_3")], dtype=object)
    z = w @ x + leaf(-0.4, "b_4")
    assert formula(z) == "w_{14} x_1 + w_{34} x_3 + b_4"
    assert numbers_put_in(z) == r"0.2 \cdot 1 + (-0.5) \cdot (-1) - 0.4"
    assert z.number == pytest.approx(0.3)


def test_a_factor_that_stands_beside_itself_is_raised():
    w, k, three, high = leaf(-28, "W"), leaf(5, "K"), leaf(3, ""), leaf(2, "h^{(1)}")
    assert formula(w * w * k) == "W^{2} K"
    assert numbers_put_in(w * w * k) == r"(-28)^{2} \cdot 5"
    # what has no name, stands apart or carries a superscript is written factor by factor
    assert formula(three * three * k) == r"3 \cdot 3\,K"
    assert formula(k * w * k) == r"K\,W\,K"
    assert formula(high * high) == "h^{(1)} h^{(1)}"
    change, greek = leaf(2, r"\Delta w"), leaf(2, r"\sigma_1")
    assert formula(change * change) == r"\Delta w\,\Delta w"
    assert formula(greek * greek) == r"\sigma_1^{2}"


def test_a_leading_zero_of_a_sum_vanishes():
    assert formula(sum([leaf(1, "a"), leaf(2, "b")])) == "a + b"


def test_a_zero_of_the_border_leaves_its_product_out():
    padded = np.pad(np.array([leaf(2, "x"), leaf(0, "y")], dtype=object), 1)
    k = np.array([leaf(3, name) for name in "abcd"], dtype=object)
    assert formula((padded * k).sum()) == r"x\,b + y\,c"


def test_a_negative_coefficient_without_a_name_is_a_minus():
    w, u, coefficient = leaf(2, "w"), leaf(5, "u"), Term(-3, text="-3")
    assert formula(w + coefficient * u) == r"w - 3\,u"
    assert formula(w + Term(-1, text="-1") * u) == "w - u"
    assert formula(Term(-1, text="-1") * u + w) == "-u + w"
    assert numbers_put_in(w + coefficient * u) == r"2 + (-3) \cdot 5"


def test_minus_of_a_sum_and_of_a_negative_number_is_bracketed():
    assert numbers_put_in(leaf(1) - (leaf(2) + leaf(-3))) == "1 - (2 - 3)"
    assert numbers_put_in(leaf(1) - leaf(-3)) == "1 - (-3)"
    assert numbers_put_in(leaf(2) + leaf(-3) * leaf(4)) == r"2 + (-3) \cdot 4"


def test_the_logistic_function_of_a_negative_number():
    assert numbers_put_in(sigmoid(leaf(-0.7, "z"))) == r"\frac{1}{1+e^{0.7}}"


def test_comparisons_look_at_the_number_and_are_watched():
    with Margins() as margins:
        assert leaf(2) > 1
        assert leaf(2) >= 2
    assert margins.smallest == 0


def test_a_term_is_an_index_only_if_it_is_whole():
    assert list(range(leaf(3))) == [0, 1, 2]
    with pytest.raises(TypeError):
        range(leaf(2.5))
    with pytest.raises(TypeError):
        float(leaf(2.5))


def test_whole_numbers_divide_exactly():
    assert (leaf(1) / leaf(3)).number == Fraction(1, 3)
    assert (leaf(6) / leaf(3)).number == 2


def test_effort_counts_hand_operations():
    assert effort(leaf(1) * leaf(2) + leaf(3)) == 3
    assert effort(exp(leaf(1))) == 4


numbers = st.integers(-99, 99).map(lambda n: n / 10).filter(lambda v: v != 0)


def trees():
    return st.recursive(
        numbers.map(leaf),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
            st.tuples(inner, numbers.map(leaf)).map(lambda p: p[0] / p[1]),
            inner.map(lambda t: -t), inner.map(relu), inner.map(lambda t: abs(t)),
            st.tuples(inner, inner).map(lambda p: maximum(*p)),
            inner.map(lambda t: sqrt(t * t)), inner.map(lambda t: t ** 2)),
        max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(trees())
def test_what_is_printed_is_worth_what_was_computed(term):
    value = float(term.number)
    assert tex_value(numbers_put_in(term)) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_a_fraction_in_an_exponent_stays_on_the_line():
    r, width = leaf(2, "r"), leaf(0.5, r"\sigma")
    weight = exp(-(r / (2 * width ** 2)))
    assert formula(weight) == r"e^{-r/(2\,\sigma^{2})}"
    assert tex_value(numbers_put_in(weight)) == pytest.approx(float(weight.number))
    assert formula(exp((r + 1) / width)) == r"e^{(r + 1)/\sigma}"


def test_two_minus_signs_never_meet():
    x, y = leaf(-0.7, "x"), leaf(2, "y")
    assert formula(exp(-x)) == "e^{-x}" and numbers_put_in(exp(-x)) == "e^{0.7}"
    assert numbers_put_in(exp(-(x / y))) == "e^{-(-0.7)/2}"
    assert numbers_put_in(exp(-(x * y))) == r"e^{-(-0.7) \cdot 2}"
    assert numbers_put_in(-(x * y)) == r"-(-0.7) \cdot 2"
    assert formula(exp(-(x + y))) == "e^{-(x + y)}"
    assert numbers_put_in(softplus(-x)) == r"\ln(1+e^{0.7})"
    assert numbers_put_in(sigmoid(x * y)) == r"\frac{1}{1+e^{-(-0.7) \cdot 2}}"


def test_what_floats_leave_of_0_is_written_0():
    assert number_text(0.1 + 0.2 - 0.3, 4) == "0" and number_text(0.00001, 4) == "0.00001"


@pytest.mark.parametrize(("symbol", "labels", "written"), [
    ("w", ("2", "1"), "w_{21}"), ("w", ("12", "1"), "w_{12,1}"), ("z", ("4",), "z_4"),
    (r"\delta_o", ("2",), r"\delta_{o2}"), ("w'", ("1",), "w'_1"), ("z", (), "z")])
def test_subscripts_merge(symbol, labels, written):
    assert subscript(symbol, labels) == written


@pytest.mark.parametrize(("value", "decimals", "text"), [
    (0.0065123, 3, "0.00651"), (-0.7000000000000001, 3, "-0.7"), (123.45678, 3, "123.457"),
    (1 / 3, 4, "0.3333"), (0.5, 0, "0.5"), (Fraction(39, 2), 2, "19.5"), (7, 3, "7"),
    (0.99996, 4, "1.0000"), (-0.0000412345, 4, "-0.0000412"), (2.5e-9, 3, "0.000000")])
def test_numbers_are_written_to_their_stated_place(value, decimals, text):
    assert number_text(value, decimals) == text


def test_three_significant_digits_at_least():
    assert decimals_for(0.0065, 3) == 5
    assert decimals_for(0.65, 3) == 3


def test_thousands_are_set_apart_from_five_digits_on():
    assert number_tex("34944") == "34{,}944"
    assert number_tex("-1728.5") == "-1728.5"
