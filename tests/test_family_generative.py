"""Autoencoders, up-sampling, style and graphs: solvers against PyTorch, the decks, wrong givens."""

from fractions import Fraction

import numpy as np
import pytest

from softmark.solvers.autoencoder import contractive_terms, cross_entropies, l1_penalty, reduced
from softmark.solvers.graphs import aggregate, aggregate_in_turn, neighbours, pooled
from softmark.solvers.style import (
    activation_map,
    class_scores,
    differences,
    global_average,
    gram,
    layer_style_loss,
    squared_differences,
    variation,
)
from softmark.solvers.upsampling import (
    bed_of_nails,
    bilinear,
    max_positions,
    max_unpool,
    nearest,
    source,
    transposed_conv,
    transposed_size,
)
from softmark.templates.generative.autoencoder_losses import AutoencoderLosses
from softmark.templates.generative.cam_gap import CamGap
from softmark.templates.generative.gnn_aggregation import GnnAggregation
from softmark.templates.generative.gram import GramLosses
from softmark.templates.generative.max_unpooling import MaxUnpooling
from softmark.templates.generative.total_variation import TotalVariation
from softmark.templates.generative.transposed_conv import TransposedConv
from softmark.templates.generative.upsampling import Upsampling
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistaken, solve


def values(cls, **given):
    return {name: done.value for name, done in solve(cls.from_json(given)).items()}


def tensor(torch, array):
    return torch.tensor(np.asarray(array, dtype=float))[None, None]


# -- solvers against oracles


@pytest.mark.oracle
@pytest.mark.parametrize("alignment", ["half_pixel", "corners"])
@pytest.mark.parametrize("factor", [2, 3])
def test_bilinear_agrees_with_torch(torch, alignment, factor):
    image = np.random.default_rng(1).integers(0, 50, (3, 4)).astype(float)
    theirs = torch.nn.functional.interpolate(tensor(torch, image), scale_factor=factor, mode="bilinear",
                                             align_corners=alignment == "corners")
    assert bilinear(image, factor, alignment).astype(float) == pytest.approx(theirs[0, 0].numpy())


@pytest.mark.oracle
def test_nearest_agrees_with_torch(torch):
    image = np.arange(6.0).reshape(2, 3)
    theirs = torch.nn.functional.interpolate(tensor(torch, image), scale_factor=3, mode="nearest")
    assert (nearest(image, 3) == theirs[0, 0].numpy()).all()


@pytest.mark.oracle
@pytest.mark.parametrize("window", [2, 3])
def test_max_unpooling_agrees_with_torch(torch, window):
    rng = np.random.default_rng(2)
    image = rng.permutation(36).reshape(6, 6)
    side = 6 // window
    _, indices = torch.nn.functional.max_pool2d(tensor(torch, image), window, return_indices=True)
    places = max_positions(image, window)
    assert [i * 6 + j for i, j in places] == indices.ravel().tolist()
    z = rng.integers(-9, 9, (side, side))
    theirs = torch.nn.functional.max_unpool2d(tensor(torch, z), indices, window)
    assert (max_unpool(z, places, (6, 6)) == theirs[0, 0].numpy()).all()


@pytest.mark.oracle
@pytest.mark.parametrize(("n", "k", "s", "p"), [(2, 3, 1, 0), (3, 3, 2, 1), (2, 2, 3, 0), (4, 3, 1, 2)])
def test_transposed_convolution_agrees_with_torch(torch, n, k, s, p):
    rng = np.random.default_rng(3)
    image, kernel = rng.integers(-5, 5, (n, n)), rng.integers(-5, 5, (k, k))
    theirs = torch.nn.functional.conv_transpose2d(tensor(torch, image), tensor(torch, kernel), stride=s,
                                                  padding=p)[0, 0].numpy()
    assert (transposed_conv(image, kernel, s, p) == theirs).all()
    assert transposed_size(n, k, s, p) == theirs.shape[0]


@pytest.mark.oracle
def test_contractive_penalty_agrees_with_autograd(torch):
    rng = np.random.default_rng(4)
    W, b, x = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    jacobian = torch.autograd.functional.jacobian(
        lambda v: torch.sigmoid(torch.tensor(W) @ v + torch.tensor(b)), torch.tensor(x))
    h = 1 / (1 + np.exp(-(W @ x + b)))
    assert contractive_terms(h, W).sum() == pytest.approx((jacobian**2).sum().item())


@pytest.mark.oracle
def test_cross_entropy_agrees_with_torch(torch):
    x, r = np.array([1.0, 0.0, 0.3]), np.array([0.8, 0.4, 0.5])
    for reduction in ("sum", "mean"):
        theirs = torch.nn.functional.binary_cross_entropy(torch.tensor(r), torch.tensor(x),
                                                          reduction=reduction)
        assert reduced(cross_entropies(x, r), reduction) == pytest.approx(theirs.item())
    with pytest.raises(ValueError, match="sum or mean"):
        reduced(x, "none")


def test_gram_matrix_is_the_sum_of_outer_products():
    F = np.random.default_rng(5).normal(size=(3, 5))
    assert gram(F) == pytest.approx(sum(np.outer(column, column) for column in F.T))


def test_style_factors_differ_by_four():
    squares = squared_differences(np.eye(2), np.zeros((2, 2)))
    assert layer_style_loss(squares, 2, 3, "N2M2") == 4 * layer_style_loss(squares, 2, 3)
    assert layer_style_loss(squares, 2, 3, "none") == 2
    with pytest.raises(ValueError, match="factor is one of"):
        layer_style_loss(squares, 2, 3, "half")


def test_score_is_the_mean_of_the_activation_map():
    rng = np.random.default_rng(6)
    f, w = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 2))
    scores = class_scores(w, global_average(f))
    for c in range(2):
        m = activation_map(f, w[:, c])
        assert m.mean() == pytest.approx(scores[c])


def test_total_variation_of_a_step_is_its_height():
    image = np.array([[0, 0, 5], [0, 0, 5]])
    across, down = differences(image)
    assert (variation(across), variation(across, "squared"), variation(down)) == (10, 50, 0)
    with pytest.raises(ValueError, match="absolute or squared"):
        variation(across, "cubic")


def test_aggregation_is_multiplication_by_the_adjacency_matrix():
    edges, h = [(0, 1), (1, 2), (2, 0), (2, 3)], np.random.default_rng(7).normal(size=(4, 3))
    A = np.zeros((4, 4))
    for a, b in edges:
        A[a, b] = A[b, a] = 1
    near = neighbours(edges, 4)
    assert aggregate(h, near) == pytest.approx(A @ h)
    assert aggregate(h, near, "mean") == pytest.approx(A @ h / A.sum(axis=1)[:, None])
    assert aggregate(h, neighbours(edges, 4, True)) == pytest.approx((A + np.eye(4)) @ h)
    assert aggregate(h, near, "max")[2] == pytest.approx(h[[0, 1, 3]].max(axis=0))
    assert not np.allclose(aggregate_in_turn(h, near, "sum", lambda x, a: x + a), A @ h)
    with pytest.raises(ValueError, match="aggregated by"):
        pooled(h, "median")


# -- the decks


def test_deck_003_line_1714_transposed_convolution_has_16_values():
    y = values(TransposedConv, image=[[1, 2], [3, 4]], kernel=[[1, 0, 1], [0, 1, 0], [1, 1, 1]], n=2, k=3)
    assert y["o"] == 4 and y["y"].shape == (4, 4)
    assert y["y"].sum() == 10 * 6


@pytest.mark.oracle
def test_deck_003_line_1717_printed_tensor(torch):
    """The printed output of ConvTranspose2d(3×3) on rand(2×2), both from seed 123."""
    torch.manual_seed(123)
    a = torch.rand(4).view(1, 1, 2, 2)
    layer = torch.nn.ConvTranspose2d(1, 1, kernel_size=(3, 3), padding=0, stride=1)
    ours = transposed_conv(a[0, 0].numpy().astype(float),
                           layer.weight[0, 0].detach().numpy().astype(float)) + layer.bias.item()
    printed = [[-0.2863, -0.2766, -0.1478, -0.3274], [-0.3522, -0.5356, -0.1591, -0.2911],
               [-0.3054, -0.4644, -0.3286, -0.2444], [-0.2332, -0.2557, -0.1876, -0.3970]]
    assert ours == pytest.approx(np.array(printed), abs=6e-5)


@pytest.mark.parametrize(("factor", "scale"), [("4N2M2", 4 * 4 * 9), ("N2M2", 4 * 9), ("none", 1)],
                         ids=["003 line 2301", "003 line 2167", "003 line 2313"])
def test_deck_003_style_loss_has_three_factors(factor, scale):
    given = {"F": [[1, 2, 0], [0, 1, 1]], "S": [[1, 0, 0], [0, 1, 0]]}
    problem = GramLosses.from_json({**given, "factor": factor})
    total = np.sum((np.array([[5, 2], [2, 2]]) - np.eye(2)) ** 2)
    assert solve(problem)["E"].value == Fraction(int(total), scale)
    if factor == "4N2M2":
        assert mistaken(problem, "left out the factor 4")["E"].value == Fraction(int(total), 36)


# -- families by hand


def test_cam_by_hand():
    got = values(CamGap, f=[[[1, 2], [3, 6]], [[0, 4], [0, 0]]], w=[[1, -1], ["0.5", 2]])
    assert got["F"].tolist() == [3, 1] and got["S"].tolist() == [Fraction(7, 2), -1]
    assert got["winner"] == "1" and got["M"].tolist() == [[1, 4], [3, 6]]


def test_graph_rounds_by_hand():
    path = {"h": [[1], [2], [4]], "edges": [[0, 1], [1, 2]]}
    got = values(GnnAggregation, **path, rounds=2)
    assert got["h1"].tolist() == [3, 7, 6] and got["h2"].tolist() == [10, 16, 13] and got["G"] == 39
    problem = GnnAggregation.from_json(path)
    assert mistaken(problem, "updated the nodes one after the other")["a1"].value.tolist() == [2, 7, 9]


def test_nails_and_places():
    nails = bed_of_nails(np.array([[1, 2]]), 2, (1, 1))
    assert nails.tolist() == [[0, 0, 0, 0], [0, 1, 0, 2]]
    got = values(MaxUnpooling, image=[[1, 5], [3, 2]], values=[[-7]])
    assert (got["pooled"].item(), got["indices"].item()) == (5, 1)
    assert got["y"].tolist() == [[0, -7], [0, 0]]
    with pytest.raises(ValueError, match="alignment"):
        source(0, 2, 2, "centre")
    with pytest.raises(ValueError, match="cuts the whole"):
        transposed_conv(np.eye(2), np.eye(2), 1, 2)


@pytest.mark.parametrize(("cls", "given", "said"), [
    (Upsampling, {"image": [[1] * 5]}, "9×9 at most"),
    (Upsampling, {"image": [[1, 2]], "kinds": ["nails", "nails"]}, "must differ"),
    (MaxUnpooling, {"image": [[1, 2, 3]], "values": [[1]]}, "multiples of the window"),
    (MaxUnpooling, {"image": [[1, 2], [3, 4]], "values": [[1, 2]]}, "one value a window"),
    (TransposedConv, {"image": [[1, 2]], "kernel": [[1]], "n": 2, "k": 1}, "n×n"),
    (TransposedConv, {"image": [[1]], "kernel": [[1]], "n": 1, "k": 1, "q": 1}, "1 to 10 rows"),
    (CamGap, {"f": [[[1]], [[2]]], "w": [[1, 2]]}, "one row a feature map"),
    (CamGap, {"f": [[[1, 1]], [[1, 1]]], "w": [[1, 2], [3, 4]], "normalise": "min-max"}, "constant"),
    (GramLosses, {"F": [[1, 2]], "S": [[1]]}, "same shape"),
    (TotalVariation, {"image": [[1, 2]], "lam": 1}, "2×2 to 5×5"),
    (GnnAggregation, {"h": [[1], [2]], "edges": [[0, 0]]}, "two different nodes"),
    (GnnAggregation, {"h": [[1], [2]], "edges": [[0, 1], [1, 0]]}, "given twice"),
    (GnnAggregation, {"h": [[1], [2], [3]], "edges": [[0, 1]]}, "every node needs an edge"),
    (AutoencoderLosses, {"kind": "denoising", "x": [1, 2], "r": [1, 2]}, "as long as x"),
    (AutoencoderLosses, {"x": [2, 0], "r": ["0.5", "0.5"], "loss": "cross_entropy"}, "between 0 and 1"),
    (AutoencoderLosses, {"x": [1, 0], "r": [1, "0.5"], "loss": "cross_entropy"}, "between 0 and 1"),
    (AutoencoderLosses, {"kind": "contractive", "x": [1, 0], "r": [1, 0], "h": [1], "W": [[1, 1]]},
     "logistic code"),
])
def test_impossible_givens_are_refused_in_one_sentence(cls, given, said):
    with pytest.raises(UserError, match=said):
        cls.from_json(given)


def test_sparse_penalty_counts_sizes():
    assert l1_penalty(np.array([0.5, -1.5])) == 2
