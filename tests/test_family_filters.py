"""Filters, histograms and match scores: against scipy, and on the decks' examples."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from softmark.grader.marking import mark
from softmark.grader.verdicts import COARSE, TRUNCATED
from softmark.solvers import filters, histogram, pooling
from softmark.templates.convolution.conv_definition import ConvDefinition
from softmark.templates.convolution.gaussian_filter import GaussianFilter
from softmark.templates.convolution.histogram_equalisation import HistogramEqualisation
from softmark.templates.convolution.linear_filters import LinearFilters
from softmark.templates.convolution.sobel import Sobel
from softmark.templates.convolution.unsharp_mask import UnsharpMask
from softmark.templates.convolution.xo_filtering import XoFiltering
from softmark.worksheet.accepted import intervals
from softmark.worksheet.asks import asks_of
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve

#: deck 004, lines 469, 497, 502 and 506: an X, and the three features it is searched for
X_IMAGE = [[1 if 0 < i < 8 and (i == j or i + j == 8) else -1 for j in range(9)] for i in range(9)]
DIAGONAL, CROSSING = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], [[1, -1, 1], [-1, 1, -1], [1, -1, 1]]
RISING = DIAGONAL[::-1]
#: deck 004, lines 809 and 889: two maps of match scores, cut off after two decimals
CROSS = [[0.77, -0.11, 0.11, 0.33, 0.55, -0.11, 0.33], [-0.11, 1.0, -0.11, 0.33, -0.11, 0.11, -0.11],
         [0.11, -0.11, 1.0, -0.33, 0.11, -0.11, 0.55], [0.33, 0.33, -0.33, 0.55, -0.33, 0.33, 0.33],
         [0.55, -0.11, 0.11, -0.33, 1.0, -0.11, 0.11], [-0.11, 0.11, -0.11, 0.33, -0.11, 1.0, -0.11],
         [0.33, -0.11, 0.55, 0.33, 0.11, -0.11, 0.77]]
STAR = [[0.33, -0.55, 0.11, -0.11, 0.11, -0.55, 0.33], [-0.55, 0.55, -0.55, 0.33, -0.55, 0.55, -0.55],
        [0.11, -0.55, 0.55, -0.77, 0.55, -0.55, 0.11], [-0.11, 0.33, -0.77, 1.0, -0.77, 0.33, -0.11],
        [0.11, -0.55, 0.55, -0.77, 0.55, -0.55, 0.11], [-0.55, 0.55, -0.55, 0.33, -0.55, 0.55, -0.55],
        [0.33, -0.55, 0.11, -0.11, 0.11, -0.55, 0.33]]
EDGE_KERNEL = [[1, 1, 1], [1, -8, 1], [1, 1, 1]]


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def whole(shape, seed=0, low=-9, high=9):
    return np.random.default_rng(seed).integers(low, high, shape, endpoint=True)


@pytest.mark.parametrize(("border", "mode"), [("zero", "constant"), ("replicate", "nearest")])
@pytest.mark.parametrize("name", list(filters.KERNELS))
def test_filters_agree_with_scipy(name, border, mode):
    x = whole((5, 4), 3, 0, 20).astype(float)
    rows, divisor = filters.KERNELS[name]
    k = np.array(rows)
    for operation, oracle in (("correlation", ndimage.correlate), ("convolution", ndimage.convolve)):
        assert filters.linear_filter(x, k, divisor, operation, border) == pytest.approx(
            oracle(x, k / divisor, mode=mode))


def test_sobel_agrees_with_scipy():
    x = whole((3, 3), 5, 0, 99).astype(float)
    right, down = filters.sobel(x, 1, up=False)
    assert right == ndimage.sobel(x, axis=1, mode="nearest")[1, 1]
    assert down == ndimage.sobel(x, axis=0, mode="nearest")[1, 1]
    assert filters.sobel(x, 8) == (right / 8, -down / 8)
    assert filters.direction(-1.0, 1.0) == 135


@pytest.mark.parametrize("side", [3, 5])
def test_gaussian_weights_agree_with_scipy(side):
    squares, counts = filters.distances(side)
    e = filters.gaussian_falloff(np.array(squares), 1.3)
    s = filters.kernel_sum(e, np.array(counts))
    impulse = np.zeros((side, side))
    impulse[side // 2, side // 2] = 1
    blurred = ndimage.gaussian_filter(impulse, 1.3, radius=side // 2, mode="constant")
    reach = np.arange(side) - side // 2
    distance = reach[:, None] ** 2 + reach ** 2
    for square, weight in zip(squares, e / s, strict=True):
        assert blurred[distance == square] == pytest.approx(weight)
    assert sum(counts) == side ** 2


def test_two_gaussian_blurs_are_one():
    impulse = np.zeros(201)
    impulse[100] = 1.0
    twice = ndimage.gaussian_filter1d(ndimage.gaussian_filter1d(impulse, 3.0), 4.0)
    once = ndimage.gaussian_filter1d(impulse, filters.repeated_sigma([3.0, 4.0]))
    assert filters.repeated_sigma([3.0, 4.0]) == 5
    assert twice == pytest.approx(once, abs=1e-4)
    assert filters.gaussian_density(filters.gaussian_falloff(0, 2.0), 2.0) == pytest.approx(
        1 / (8 * np.pi))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=3, max_size=9).filter(lambda h: sum(h) > 0),
       st.sampled_from(["nearest", "floor"]))
def test_equalisation_agrees_with_doing_it_pixel_by_pixel(counts, rounding):
    pixels = np.repeat(np.arange(len(counts)), counts)
    c = histogram.cumulative(np.array(counts))
    assert (c == np.searchsorted(pixels, np.arange(len(counts)), "right")).all()
    t = [histogram.stretched(Fraction(int(v)), len(pixels), len(counts) - 1) for v in c]
    new = [histogram.rounded_level(v, rounding) for v in t]
    assert histogram.moved(counts, new, len(counts)) == np.bincount(
        np.array(new)[pixels], minlength=len(counts)).tolist()


def test_unknown_ways_are_refused():
    for call in (lambda: filters.bordered(np.eye(3), 1, "mirror"),
                 lambda: histogram.rounded_level(0.5, "ceil"),
                 lambda: pooling.flatten(np.zeros((1, 2, 2)), "column by column"),
                 lambda: pooling.pool_gradient(np.eye(2), np.eye(1), 2, 2, "l2")):
        with pytest.raises(ValueError):
            call()


def test_feature_map_of_zeros_and_ones():
    """Deck 003, lines 375 to 425; the kernel is symmetric, so both definitions agree."""
    image = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
    kernel = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    with pytest.raises(UserError, match="turned by 180°"):
        ConvDefinition.from_json({"image": image, "kernel": kernel})
    found = values(LinearFilters.from_json({"image": image, "kernel": kernel}))
    assert found["y"].astype(int).tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


def test_a_blur_without_its_divisor_makes_images_nine_times_brighter():
    """Deck 002, line 1715, prints the kernel of ones without 1/9; line 1726 has −8 in the middle."""
    bright = LinearFilters.from_json({"image": [[10] * 3] * 3, "kernel": [[1] * 3] * 3})
    assert (values(bright)["sum"], values(bright)["uniform"]) == (9, 90)
    proper = bright.replace(divisor=9)
    assert values(proper)["uniform"] == 10
    assert wrong_value(proper, "left out the divisor", "y")[0, 0] == 90
    edges = LinearFilters.from_json({"image": [[0, 0, 0], [0, 5, 0], [0, 0, 0]], "kernel": EDGE_KERNEL})
    assert values(edges)["y"].tolist() == [[-40]]
    assert values(edges)["sum"] == 0


def test_a_shift_depends_on_the_operation():
    """Deck 002, line 1460: the weight on the right shifts to the left, in a correlation."""
    shift = {"image": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
             "border": "zero"}
    left = LinearFilters.from_json(shift)
    assert values(left)["y"].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    right = LinearFilters.from_json({**shift, "operation": "convolution"})
    assert values(right)["y"].tolist() == [[0, 1, 2], [0, 4, 5], [0, 7, 8]]
    assert values(right)["effect"] == "shifts it to the right"
    assert wrong_value(right, "took correlation for convolution", "y").tolist() == \
        values(left)["y"].tolist()


def test_adding_back_what_blurring_takes_away():
    """Deck 002, lines 1465 and 1510 to 1530: with α = 1 it is twice the pixel less the mean."""
    image = whole((4, 4), 7, 0, 50)
    problem = UnsharpMask.from_json({"image": image.tolist(), "alpha": 1})
    found = values(problem)
    kernel = np.array([[-1, -1, -1], [-1, 17, -1], [-1, -1, -1]]) / 9
    assert found["y"] == pytest.approx(signal.correlate2d(image, kernel, "valid"))
    assert (found["middle"], found["corner"]) == pytest.approx((17 / 9, -1 / 9))
    assert wrong_value(problem, "left the blur out of the middle", "middle") == 2
    smooth = problem.replace(alpha=2, blur="weighted mean")
    blurred = ndimage.correlate(image.astype(float), np.outer([1, 2, 1], [1, 2, 1]) / 16)[1:-1, 1:-1]
    assert values(smooth)["b"] == pytest.approx(blurred)
    assert values(smooth)["y"] == pytest.approx(3 * image[1:-1, 1:-1] - 2 * blurred)
    assert (values(smooth)["middle"], values(smooth)["corner"]) == (2.5, -0.125)


def test_blurring_twice():
    """Deck 002, line 1506: twice σ is once √2·σ."""
    problem = GaussianFilter.from_json({"sigma": 1, "widths": [1]})
    assert values(problem)["total"] == pytest.approx(np.sqrt(2))
    assert wrong_value(problem, "added the widths", "total") == 2
    assert values(problem)["S"] == pytest.approx(1 + 4 * np.exp(-0.5) + 4 * np.exp(-1))
    density = problem.replace(normalise=False)
    assert values(density)["g"][0] == pytest.approx(1 / (2 * np.pi), abs=1e-5)


def test_sobel_of_the_deck():
    """Deck 002, lines 1540 to 1551: both kernels with 1/8, y upwards."""
    ramp = Sobel.from_json({"patch": [[2, 3, 4], [1, 2, 3], [0, 1, 2]], "scale": 8, "threshold": 2})
    found = values(ramp)
    assert (found["sx"], found["sy"], found["theta"]) == (1, 1, pytest.approx(45))
    assert found["m"] == pytest.approx(np.sqrt(2))
    assert found["edge"] == "no edge"
    assert wrong_value(ramp, "left out the divisor", "sx") == 8
    assert mistaken(ramp, "left out the divisor")["edge"].value == "edge"
    assert wrong_value(ramp, "let y point the other way", "theta") == pytest.approx(-45)
    steep = Sobel.from_json({"patch": [[9, 5, 1], [9, 4, 0], [8, 4, 0]]})
    x, y = values(steep)["sx"], values(steep)["sy"]
    assert (x, y, values(steep)["theta"]) == (-34, 4, pytest.approx(np.degrees(np.arctan2(4, -34))))
    assert wrong_value(steep, "swapped the arguments of the arctangent", "theta") == pytest.approx(
        np.degrees(np.arctan2(-34, 4)))


@pytest.mark.parametrize(("feature", "printed"), [
    pytest.param(DIAGONAL, CROSS, id="004-809"), pytest.param(CROSSING, STAR, id="004-889"),
    pytest.param(RISING, CROSS[::-1], id="004-916")])
def test_match_scores_of_the_x(feature, printed):
    """The deck cuts its scores off: 7/9 is printed 0.77, ours is 0.78."""
    problem = XoFiltering.from_json({"image": X_IMAGE, "feature": feature, "decimals": 2})
    found = values(problem)
    cut = np.array([int(100 * v) for v in found["s"].ravel()]).reshape(7, 7) / 100
    assert cut == pytest.approx(np.array(printed))
    assert found["best"] == 1
    assert Fraction(7, 9) in found["s"] or Fraction(-7, 9) in found["s"]
    assert not intervals(problem)["s"].holds(0.77, tuple(np.argwhere(abs(found["s"]) == Fraction(7, 9))[0]))


def test_a_score_that_is_cut_off_is_told_from_a_wrong_one():
    """Deck 004, line 809, prints 0.77 and 0.55 for 7/9 and 5/9."""
    problem = XoFiltering.from_json({"image": X_IMAGE[:3], "feature": DIAGONAL, "decimals": 2})
    script = {f"s[1][{j + 1}]": f"{v:.2f}" for j, v in enumerate(CROSS[0])}
    marks = mark(problem, asks_of(problem, "s"), script)
    seen = {cell.verdict.verdict for cell, v in zip(marks.cells, CROSS[0], strict=True)
            if v in (0.77, 0.55)}
    assert seen == {COARSE, TRUNCATED}
    assert marks.mistakes == []


def test_one_score_of_the_x():
    """Deck 004, line 777: two products of nine are −1, .55 is cut from 5/9."""
    window = XoFiltering.from_json({"image": [[1, -1, 1], [-1, 1, -1], [1, -1, 1]], "feature": DIAGONAL})
    assert values(window)["best"] == Fraction(5, 9)
    assert wrong_value(window, "forgot to divide by the number of pixels", "s") == 5
    assert wrong_value(window, "counted matching pixels without taking off the others", "s") == \
        Fraction(7, 9)


def test_equalised_histogram_by_hand():
    problem = HistogramEqualisation.from_json({"counts": [10, 6, 2, 2]})
    found = values(problem)
    assert found["c"].tolist() == [10, 16, 18, 20]
    assert found["t"].tolist() == pytest.approx([1.5, 2.4, 2.7, 3])
    assert found["T"].tolist() == [2, 2, 3, 3]
    assert found["h"].tolist() == [0, 0, 16, 4]
    assert wrong_value(problem, "rounded down", "T").tolist() == [1, 2, 2, 3]
    assert wrong_value(problem, "counted only the last of the levels that meet", "h").tolist() == [
        0, 0, 6, 2]
    assert mistaken(problem, "took the counts themselves")["t"].value.tolist() == pytest.approx(
        [1.5, 0.9, 0.3, 0.3])
    stretched = problem.replace(lowest="zero")
    assert values(stretched)["t"].tolist() == pytest.approx([0, 1.8, 2.4, 3])
    assert wrong_value(stretched, "left the smallest count in", "t").tolist() == pytest.approx(
        [1.5, 2.4, 2.7, 3])


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (UnsharpMask, {"image": [[1, 2], [3, 4]], "alpha": 1}, "3×3 at least"),
    (UnsharpMask, {"image": [[1] * 3] * 3, "alpha": 0}, "alpha"),
    (XoFiltering, {"image": [[1, 0]], "feature": [[1]]}, "1 or -1"),
    (XoFiltering, {"image": [[1]], "feature": [[1, 1]]}, "must fit"),
    (LinearFilters, {"image": [[1, 2]], "kernel": [[1]]}, "3×3 or 5×5"),
    (LinearFilters, {"image": [[1, 2]], "kernel": [[1] * 3] * 3}, "must fit"),
    (GaussianFilter, {"sigma": 1, "widths": [1], "side": 4}, "centre"),
    (GaussianFilter, {"sigma": 1, "widths": [-1]}, "above 0"),
    (GaussianFilter, {"sigma": 0, "widths": [1]}, "sigma"),
    (Sobel, {"patch": [[1] * 3] * 3}, "no direction"),
    (Sobel, {"patch": [[1, 2], [3, 4]]}, "3×3"),
    (HistogramEqualisation, {"counts": [4, 0, 0]}, "two levels"),
    (HistogramEqualisation, {"counts": [4, -1, 3]}, "from 0"),
    (HistogramEqualisation, {"counts": [0, 5, 5], "lowest": "zero"}, "level 0 must occur")])
def test_givens_that_cannot_be_worked_are_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)
