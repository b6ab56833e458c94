"""Convolution layers beyond one map: padding, channels, sharing, gradients, letters, votes."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from softmark.grader.reading.expressions import read_expression
from softmark.solvers import convolution, pooling
from softmark.templates.convolution.connectivity_counts import ConnectivityCounts
from softmark.templates.convolution.conv1d_shared import Conv1dShared
from softmark.templates.convolution.conv_backward import ConvBackward
from softmark.templates.convolution.conv_definition import ConvDefinition
from softmark.templates.convolution.conv_formulas import ConvFormulas
from softmark.templates.convolution.conv_multichannel import ConvMultichannel
from softmark.templates.convolution.conv_symbolic import ConvSymbolic
from softmark.templates.convolution.flatten_vote import FlattenVote
from softmark.templates.convolution.locally_connected import LocallyConnected
from softmark.templates.convolution.padding_same import PaddingSame
from softmark.templates.convolution.pooling_backward import PoolingBackward
from softmark.templates.convolution.xo_stacking import XoStacking
from softmark.worksheet.asks import asks_of
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def whole(shape, seed=0, low=-9, high=9):
    return np.random.default_rng(seed).integers(low, high, shape, endpoint=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 3), st.integers(0, 10**6))
def test_correlation_and_convolution_agree_with_scipy(high, wide, side, seed):
    side = min(side, high, wide)
    x, k = whole((high, wide), seed), whole((side, side), seed + 1)
    assert (convolution.cross_correlate(x, k) == signal.correlate2d(x, k, "valid")).all()
    assert (convolution.convolve(x, k) == signal.convolve2d(x, k, "valid")).all()
    g = signal.correlate2d(x, k, "valid")
    assert (convolution.image_gradient(k, g, x.shape) == signal.convolve2d(g, k, "full")).all()
    assert (convolution.kernel_gradient(x, g, k.shape) == signal.correlate2d(x, g, "valid")).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 4))
def test_same_padding_gives_the_wanted_size(size, kernel, stride):
    out = -(-size // stride)
    total = convolution.same_padding_total(size, out, kernel, stride)
    assert (size + total - kernel) // stride + 1 >= out
    assert total == 0 or (size + total - kernel) // stride + 1 == out
    if kernel % 2 and size >= kernel:
        p = convolution.same_padding(kernel)
        assert convolution.output_size(size, kernel, 1, p) == size


def test_padding_of_an_even_filter_is_refused():
    with pytest.raises(ValueError, match="split evenly"):
        convolution.same_padding(4)
    assert convolution.same_padding(4, 2) == 3


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 9), st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(0, 10**6))
def test_a_band_matrix_does_what_the_filter_does(size, taps, stride, shared, seed):
    count = convolution.output_size(size, taps, stride)
    x, w = whole(size, seed), whole(taps if shared else (count, taps), seed + 1)
    y = convolution.convolve_1d(x, w, stride)
    assert (convolution.band_matrix(w, size, stride).T @ x == y).all()
    if shared:
        assert (y == np.correlate(x, w, "valid")[::stride]).all()


@pytest.mark.oracle
@pytest.mark.parametrize(("size", "side", "stride"), [(4, 2, 1), (5, 3, 2), (6, 3, 3)])
def test_gradients_agree_with_torch(torch, size, side, stride):
    x, k = whole((size, size), 1).astype(float), whole((side, side), 2).astype(float)
    g = whole((convolution.output_size(size, side, stride),) * 2, 3).astype(float)
    tx, tk, tb = (torch.tensor(v, requires_grad=True) for v in (x, k, np.zeros(1)))
    y = torch.nn.functional.conv2d(tx[None, None], tk[None, None], tb, stride=stride)
    y.backward(torch.tensor(g)[None, None])
    problem = values(ConvBackward.from_json({"image": x.tolist(), "kernel": k.tolist(),
                                             "upstream": g.tolist(), "stride": stride}))
    assert (problem["dx"].astype(float) == tx.grad.numpy()).all()
    assert (problem["dw"].astype(float) == tk.grad.numpy()).all()
    assert problem["db"] == tb.grad.item()


@pytest.mark.oracle
@pytest.mark.parametrize(("window", "stride"), [(2, 2), (2, 1), (3, 2)])
def test_pooling_gradients_agree_with_torch(torch, window, stride):
    x = np.random.default_rng(1).permutation(25).reshape(5, 5).astype(float)
    g = whole((pooling.pool_output_size(5, window, stride),) * 2, 3).astype(float)
    for kind, layer in (("max", torch.nn.functional.max_pool2d),
                        ("average", torch.nn.functional.avg_pool2d)):
        tx = torch.tensor(x, requires_grad=True)
        layer(tx[None, None], window, stride).backward(torch.tensor(g)[None, None])
        assert pooling.pool_gradient(x, g, window, stride, kind) == pytest.approx(tx.grad.numpy())


@pytest.mark.oracle
def test_channels_and_flattening_agree_with_torch(torch):
    volume, kernels = whole((2, 4, 4), 1).astype(float), whole((4, 3, 3), 2).astype(float)
    found = values(ConvMultichannel.from_json({
        "volume": volume.tolist(), "kernels": kernels.tolist(), "b": [1, -2]}))
    layer = torch.nn.functional.conv2d(torch.tensor(volume)[None],
                                       torch.tensor(kernels.reshape(2, 2, 3, 3)),
                                       torch.tensor([1.0, -2.0]).double())[0].numpy()
    assert (found["y[1]"].astype(float) == layer[0]).all()
    assert (found["y[2]"].astype(float) == layer[1]).all()
    maps = torch.tensor(volume)
    assert (pooling.flatten(volume) == torch.flatten(maps).numpy()).all()
    assert (pooling.flatten(volume, "pixel by pixel")
            == torch.flatten(maps.permute(1, 2, 0)).numpy()).all()


def test_dense_local_and_shared_layers_of_a_colour_image():
    """Deck 000, lines 280 to 287: 200×200×3, as many hidden units; 3.2 M is 3.24 M."""
    problem = ConnectivityCounts.from_json({"height": 200, "width": 200, "depth": 3, "kernel": 3,
                                            "maps": 3, "bias": False})
    assert values(problem) == {"units": 120_000, "dense": 14_400_000_000, "local": 3_240_000,
                               "conv": 27 * 3, "connections": 3_240_000}
    assert wrong_value(problem, "left the channels out", "conv") == 27


def test_local_connections_of_the_deck():
    """Deck 000, line 33: the band of different weights, on the signal of line 25."""
    x = [2, 3, 4, -2, -3, -4, 8, 6, -1, -1]
    band = [[6, 1, -3], [-7, -4, 5], [-9, 4, -9], [4, 0, 9], [5, -8, 8], [5, -4, 9], [9, 0, -6],
            [-2, -7, -6]]
    problem = LocallyConnected.from_json({"x": x, "weights": band, "b": [0] * 8, "bias": False})
    found = values(problem)
    matrix = convolution.band_matrix(np.array(band), 10)
    assert matrix[:, 0].tolist() == [6, 1, -3] + [0] * 7
    assert matrix[7].tolist() == [0, 0, 0, 0, 0, 9, 0, -2]
    assert (found["y"] == matrix.T @ np.array(x)).all()
    assert (found["local"], found["dense"], found["shared"]) == (24, 80, 3)
    assert wrong_value(problem, "gave every unit a window of its own", "shared") == 24


def test_a_shared_filter_of_the_deck():
    """Deck 000, line 43: the filter 1 0 1 on the signal of line 25."""
    problem = Conv1dShared.from_json({"x": [2, 3, 4, -2, -3, -4, 8, 6, -1, -1], "w": [1, 0, 1]})
    found = values(problem)
    assert found["y"].tolist() == [6, 1, 1, -6, 5, 2, 7, 5]
    assert (found["connections"], found["weights"]) == (24, 3)
    assert wrong_value(problem, "counted the zeros of the matrix", "connections") == 80


@pytest.mark.parametrize(("size", "padding"), [(3, 1), (5, 2), (7, 3)])
def test_pads_that_keep_the_size(size, padding):
    """Deck 002, line 1840: P = 1 for 3×3; line 1812 goes on to 5×5."""
    problem = PaddingSame.from_json({"height": 7, "width": 9, "kernel": size})
    found = values(problem)
    assert (found["P"], found["height"]) == (padding, 7 - size + 1)
    assert wrong_value(problem, "added all the zeros on each side", "P") == 2 * padding


def test_letters_of_the_toy_example():
    """Deck 002, line 1609 on: what it calls a convolution is a cross-correlation."""
    grid = [list("abcd"), list("efgh"), list("ijkl")]
    problem = ConvSymbolic.from_json({"image": grid, "kernel": [["w", "x"], ["y", "z"]]})
    printed = [["aw+bx+ey+fz", "bw+cx+fy+gz", "cw+dx+gy+hz"],
               ["ew+fx+iy+jz", "fw+gx+jy+kz", "gw+hx+ky+lz"]]
    agrees(problem, "y", printed)
    flipped = wrong_value(problem, "flipped the kernel", "y")
    assert str(flipped[0, 0]) == "a*z + b*y + e*x + f*w"
    # the formula on the slide before looks at the neighbours before: that one does flip
    other = problem.replace(operation="convolution")
    assert (values(other)["y"] == flipped).all()


def test_three_formulas_of_the_deck():
    """Deck 002, lines 1582, 1589 and 1599: the neighbours before, after and around the pixel."""
    x, k = whole((6, 5), 1), whole((3, 3), 2)
    found = values(ConvFormulas.from_json({
        "image": x.tolist(), "kernel": k.tolist(), "row": 3, "column": 2,
        "formulas": ["before", "after", "centred"]}))
    assert found == {"before": signal.convolve2d(x, k, "full")[3, 2],
                     "after": signal.correlate2d(x, k, "valid")[3, 2],
                     "centred": signal.convolve2d(x, k, "same")[3, 2]}


def test_letters_look_at_the_neighbours_after():
    """Deck 002, line 1609: aw+bx+ey+fz with whole numbers for the letters."""
    problem = ConvFormulas.from_json({"image": [[1, 2], [5, 6]], "kernel": [[3, 7], [4, 9]], "row": 0,
                                      "column": 0, "formulas": ["after"]})
    assert values(problem)["after"] == 1 * 3 + 2 * 7 + 5 * 4 + 6 * 9
    assert wrong_value(problem, "turned the kernel", "after") == 1 * 9 + 2 * 4 + 5 * 7 + 6 * 3


def test_indexed_letters_of_the_back_propagation_slide():
    """Deck 004, line 415 on."""
    problem = ConvSymbolic.from_json({
        "image": [[f"X{i}{j}" for j in (1, 2, 3)] for i in (1, 2, 3)],
        "kernel": [["W11", "W12"], ["W21", "W22"]], "backward": True,
        "upstream": [["h11", "h12"], ["h21", "h22"]]})
    agrees(problem, "y", [
        ["W11X11 + W12X12 + W21X21 + W22X22", "W11X12 + W12X13 + W21X22 + W22X23"],
        ["W11X21 + W12X22 + W21X31 + W22X32", "W11X22 + W12X23 + W21X32 + W22X33"]])
    agrees(problem, "dw", [["X11 h11 + X12 h12 + X21 h21 + X22 h22",
                            "X12 h11 + X13 h12 + X22 h21 + X23 h22"],
                           ["X21 h11 + X22 h12 + X31 h21 + X32 h22",
                            "X22 h11 + X23 h12 + X32 h21 + X33 h22"]])
    assert values(problem)["dx"][1, 1] == read(problem, "W22 h11 + W21 h12 + W12 h21 + W11 h22")


def read(problem, text):
    return read_expression(text, asks_of(problem)[0].symbols).value


def agrees(problem, step, printed):
    found = values(problem)[step]
    assert found.shape == np.shape(printed)
    for index, text in np.ndenumerate(np.array(printed)):
        assert found[index] == read(problem, text)


def test_votes_of_the_deck():
    """Deck 004, lines 1278 to 1289: twelve values; five of them speak for an X, four for an O."""
    f = [0.9, 0.65, 0.45, 0.87, 0.96, 0.73, 0.23, 0.63, 0.44, 0.89, 0.94, 0.53]
    weights = [[0.2 if i in (0, 3, 4, 9, 10) else 0 for i in range(12)],
               [0.25 if i in (1, 2, 8, 11) else 0 for i in range(12)]]
    problem = FlattenVote.from_json({"maps": np.reshape(f, (3, 2, 2)).tolist(), "weights": weights})
    found = values(problem)
    assert found["f"].astype(float) == pytest.approx(f)
    assert found["v"].astype(float) == pytest.approx([0.912, 0.5175])
    assert found["winner"] == "X"
    turned = wrong_value(problem, "took them pixel by pixel", "f").astype(float)
    assert turned[:3] == pytest.approx([0.9, 0.96, 0.44])


def test_gradients_by_hand():
    given = {"image": [[1, 2, 0], [3, 1, 1], [0, 2, 4]], "kernel": [[1, 0], [2, -1]],
             "upstream": [[1, 2], [0, -1]]}
    problem = ConvBackward.from_json(given)
    found = values(problem)
    assert found["db"] == 2
    assert found["dw"].tolist() == [[4, 1], [3, -1]]
    assert found["dx"].tolist() == [[1, 2, 0], [2, 2, -2], [0, -2, 1]]
    assert wrong_value(problem, "turned the kernel the wrong way", "dx").tolist() == [
        [-1, 0, 4], [0, 2, 0], [0, 0, -1]]
    assert wrong_value(problem, "took the mean instead of the sum", "db") == Fraction(1, 2)


def test_gradients_through_pooling_by_hand():
    given = {"image": [[1, 4, 2], [3, 9, 0], [5, 6, 7]], "upstream": [[1, 2], [3, -4]], "stride": 1}
    problem = PoolingBackward.from_json(given)
    assert values(problem)["dx.max"].tolist() == [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    assert wrong_value(problem, "kept the last window's gradient instead of adding",
                       "dx.max").tolist() == [[0, 0, 0], [0, -4, 0], [0, 0, 0]]
    tied = PoolingBackward.from_json({"image": [[2, 2], [2, 1]], "upstream": [[8]],
                                      "kinds": ["max", "average"]})
    assert tied.tied
    assert values(tied)["dx.max"].tolist() == [[8, 0], [0, 0]]
    assert values(tied)["dx.average"].tolist() == [[2, 2], [2, 2]]
    assert wrong_value(tied, "gave every element the whole gradient", "dx.average").tolist() == [
        [8, 8], [8, 8]]


def test_mistakes_about_channels():
    problem = ConvMultichannel.from_json({"volume": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
                                          "kernels": [[[1, 0]], [[0, 2]]], "b": [10]})
    assert values(problem)["y[1]"].tolist() == [[23], [29]]
    assert wrong_value(problem, "looked at the first channel only", "y[1]").tolist() == [[11], [13]]
    assert wrong_value(problem, "added the bias once for every channel", "y[1]").tolist() == [[33], [39]]


def test_strided_padding_is_split_with_the_larger_half_last():
    problem = PaddingSame.from_json({"height": 7, "width": 6, "kernel": 4, "stride": 2})
    assert values(problem) == {"height": 4, "total_height": 3, "top": 1,
                               "width": 3, "total_width": 2, "left": 1}
    assert wrong_value(problem, "put the larger half first", "top") == 2
    dilated = PaddingSame.from_json({"height": 20, "width": 20, "kernel": 3, "dilation": 4})
    assert values(dilated)["P"] == 4
    assert wrong_value(dilated, "ignored the dilation", "P") == 1


LOCAL = {"x": [1, 2, 3, 4], "weights": [[1, 2], [3, 4], [5, 6]], "b": [0, 0, 0]}
VOTE = {"maps": [[[1]], [[2]]], "weights": [[1, 2], [3, 4]]}
LETTERS = {"image": [["a", "b"], ["c", "d"]], "kernel": [["w", "x"]]}


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (PaddingSame, {"height": 9, "width": 9, "kernel": 4}, "odd filter"),
    (PaddingSame, {"height": 9, "width": 9, "kernel": 3, "stride": 4}, "skipped"),
    (PaddingSame, {"height": 9, "width": 9, "kernel": 5, "dilation": 3}, "must fit"),
    (PaddingSame, {"height": 9, "width": 9, "kernel": 3, "stride": 2, "dilation": 2}, "stride 1 only"),
    (ConvDefinition, {"image": [[1] * 3] * 3, "kernel": [[1, 2], [2, 1]]}, "turned"),
    (ConvDefinition, {"image": [[1]], "kernel": [[1, 2]]}, "must fit"),
    (ConvFormulas, {"image": [[1] * 4] * 4, "kernel": [[1] * 3] * 3, "row": 1, "column": 2},
     "before the pixel"),
    (ConvFormulas, {"image": [[1] * 4] * 4, "kernel": [[1] * 2] * 2, "row": 1, "column": 2,
                    "formulas": ["centred"]}, "has a centre"),
    (ConvFormulas, {"image": [[1] * 4] * 4, "kernel": [[1] * 4] * 4, "row": 1, "column": 2}, "3×3"),
    (ConvMultichannel, {"volume": [[[1]]] * 2, "kernels": [[[1]]] * 3, "b": [1]}, "a kernel for every"),
    (ConvMultichannel, {"volume": [[[1]]] * 2, "kernels": [[[1, 2]]] * 2, "b": [1]}, "must fit"),
    (ConvBackward, {"image": [[1, 2]], "kernel": [[1]], "upstream": [[1]]}, "output's size, 1×2"),
    (ConvBackward, {"image": [[1, 2]], "kernel": [[1], [2]], "upstream": [[1]]}, "must fit"),
    (Conv1dShared, {"x": [1, 2, 3], "w": [1, 2, 3, 4]}, "must fit"),
    (Conv1dShared, {"x": [1, 2, 1000], "w": [1, 2]}, "999"),
    (LocallyConnected, {**LOCAL, "weights": [[1, 2]]}, "3 windows fit"),
    (LocallyConnected, {**LOCAL, "b": [1]}, "one bias a unit"),
    (XoStacking, {"maps": [[[1, 2], [3, 4]]], "poolings": 2}, "must fit"),
    (XoStacking, {"maps": [[[1] * 10] * 10]}, "9×9"),
    (FlattenVote, {**VOTE, "weights": [[1], [2]]}, "a column a value"),
    (FlattenVote, {**VOTE, "classes": ["X", "X"]}, "different names"),
    (PoolingBackward, {"image": [[1, 2], [3, 4]], "upstream": [[1, 2]]}, "pooled map's size, 1×1"),
    (PoolingBackward, {"image": [[1, 2], [3, 4]], "upstream": [[1]], "kinds": ["l2"]}, "kinds"),
    (ConnectivityCounts, {"height": 4, "width": 4, "depth": 1, "kernel": 5, "maps": 1}, "must fit"),
    (ConvSymbolic, {**LETTERS, "kernel": [["a", "b"]]}, "differ"),
    (ConvSymbolic, {**LETTERS, "kernel": [["w+1"]]}, "a place holds a letter"),
    (ConvSymbolic, {**LETTERS, "kernel": [["w", "x", "y"]]}, "must fit"),
    (ConvSymbolic, {**LETTERS, "backward": True, "upstream": [["g"]]}, "output's size, 2×1"),
    (ConvSymbolic, {**LETTERS, "backward": True}, "need rows")])
def test_givens_that_cannot_be_worked_are_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)
