"""Convolution and pooling families on the decks' worked examples, and on givens that are none."""

import numpy as np
import pytest

from softmark.solvers.architecture import ALEXNET
from softmark.templates.convolution.conv_numeric import ConvNumeric
from softmark.templates.convolution.conv_output_size import ConvOutputSize
from softmark.templates.convolution.pool_output_size import PoolOutputSize
from softmark.templates.convolution.pooling import Pooling
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.typeset import typeset

SIZE = {"height": 32, "width": 32, "depth": 3, "kernel": 5, "stride": 1, "padding": 0, "filters": 6}
CONV = {"image": [[1, 2, 0], [3, 1, 1], [0, 2, 4]], "kernel": [[1, 0], [2, -1]]}



def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def test_first_layer_of_alexnet():
    assert ALEXNET[0] == "CONV11-96 s4"
    size = values(ConvOutputSize.from_json(
        {**SIZE, "height": 227, "width": 224, "kernel": 11, "stride": 4, "filters": 96}))
    assert (size["height"], size["width"], size["channels"]) == (55, 54, 96)


@pytest.mark.parametrize(("mistake", "changes", "height"), [
    ("forgot to add 1", {}, 27), ("padded one side only", {"padding": 2}, 30),
    ("rounded up", {"stride": 2}, 15), ("ignored the dilation", {"dilation": 3}, 28)])
def test_mistakes_about_sizes(mistake, changes, height):
    assert wrong_value(ConvOutputSize.from_json({**SIZE, **changes}), mistake, "height") == height


def test_mistakes_that_cannot_apply_are_not_offered():
    assert set(mistake_names(ConvOutputSize.from_json(SIZE))) == {
        "forgot to add 1", "kept the channels of the input"}
    symmetric = ConvNumeric.from_json({**CONV, "kernel": [[1, 2], [2, 1]]})
    assert set(mistake_names(symmetric)) == {"added kernel and window instead of multiplying"}


def test_convolution_slides_the_kernel_unflipped():
    problem = ConvNumeric.from_json(CONV)
    assert values(problem)["y"].tolist() == [[6, 3], [1, 1]]
    assert wrong_value(problem, "flipped the kernel", "y").tolist() == [[4, -1], [1, 5]]
    padded = ConvNumeric.from_json({**CONV, "padding": 1, "stride": 2, "b": 1})
    assert values(padded)["y"].tolist() == [[0, 5], [1, 2]]
    assert wrong_value(padded, "left the bias out", "y").tolist() == [[-1, 4], [0, 1]]
    assert wrong_value(padded, "slid by 1 instead of the stride", "y").tolist() == [[0, 1], [-2, 7]]


def test_convolution_is_written_out_as_on_the_board():
    """Deck 004, line 408, lists the same four products."""
    line = typeset(ConvNumeric.from_json(CONV))[0]
    assert line.worked[0].formula.replace(r"\,", " ") == \
        "x_{11} k_{11} + x_{12} k_{12} + x_{21} k_{21} + x_{22} k_{22}"
    assert line.worked[0].numbers == r"1 \cdot 1 + 2 \cdot 0 + 3 \cdot 2 + 1 \cdot (-1)"


def test_sums_and_roots_of_squares_of_a_window():
    """The map of deck 000, line 325; pooling is named there by these kinds too."""
    found = values(Pooling.from_json({
        "image": [[12, 20, 30, 0], [8, 12, 2, 0], [34, 70, 37, 4], [112, 100, 25, 12]], "kinds": ["sum", "l2"]}))
    assert found["sum"].tolist() == [[52, 32], [316, 78]]
    assert found["l2"].astype(float)[1] == pytest.approx(
        [np.sqrt(34**2 + 70**2 + 112**2 + 100**2), np.sqrt(37**2 + 4**2 + 25**2 + 12**2)])


def test_partial_windows_dropped_or_padded():
    image = [[-1, -2, -3], [-4, -5, -6], [-7, -8, -9]]
    counted = PoolOutputSize.from_json({"image": image, "rounding": "ceil"})
    assert values(counted)["y"].tolist() == [[-1, -3], [-7, -9]]
    assert wrong_value(counted, "padded the partial windows with zeros", "y").tolist() == [[-1, 0], [0, 0]]
    assert wrong_value(counted, "dropped the partial windows", "height") == 1
    dropped = PoolOutputSize.from_json({"image": image, "rounding": "floor"})
    assert values(dropped) == {"height": 1, "width": 1, "y": np.array([[-1]])}
    assert typeset(counted)[0].worked[0].numbers == r"\left\lceil \frac{3 - 2}{2}\right\rceil + 1"


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (ConvOutputSize, {**SIZE, "kernel": 40}, "must fit"),
    (ConvOutputSize, {**SIZE, "stride": 0}, "stride"),
    (ConvOutputSize, {**SIZE, "height": 32.5}, "whole number"),
    (ConvNumeric, {**CONV, "image": [[1] * 10] * 10}, "9×9"),
    (ConvNumeric, {**CONV, "kernel": [[1]] * 6}, "5×5"),
    (ConvNumeric, {**CONV, "kernel": [[1] * 4]}, "must fit"),
    (ConvNumeric, {**CONV, "image": [[1, 2], [3]]}, "different lengths"),
    (ConvNumeric, {**CONV, "kernel": [[1000, 1], [1, 1]]}, "999"),
    (Pooling, {"image": [[1, 2], [3, 4]], "window": 3}, "must fit"),
    (Pooling, {"image": [[1, 2], [3, 4]], "kinds": ["max", "max"]}, "differ"),
    (Pooling, {"image": [[1, 2], [3, 4]], "kinds": ["median"]}, "kinds"),
    (PoolOutputSize, {"image": [[1, 2, 3]] * 3, "stride": 3}, "at most the window"),
    (PoolOutputSize, {"image": [[1, 2, 3]] * 3, "rounding": "up"}, "rounding")])
def test_givens_that_cannot_be_worked_are_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)
