"""Training families but optimizers: regularization, normalization, first weights, on independent witnesses.

Deck and line are those of the plain-text decks.
"""

import math
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softmark.solvers import initialization, normalization, regularization
from softmark.templates.training.batchnorm import Batchnorm
from softmark.templates.training.dropout import Dropout
from softmark.templates.training.early_stopping import EarlyStopping
from softmark.templates.training.feature_scaling import FeatureScaling
from softmark.templates.training.regularisation import Regularisation
from softmark.templates.training.vanishing_product import VanishingProduct
from softmark.templates.training.variance_propagation import VariancePropagation
from softmark.templates.training.weight_decay import WeightDecay
from softmark.templates.training.weight_init import WeightInit
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve

DECAY = {"w": [2, -1.5], "b": 0.5, "g": [[0.4, -0.2], [0.1, 0.3]], "h": [0.3, -0.1], "eta": 0.1,
         "lam": 2, "n": 8}
PENALISED = {"losses": [0.2, 0.5, 0.8], "w": [[2, -1], [0.5, -3]], "b": 1, "lam": 1.5}
DROPPED = {"a": [1, 2, 3, 4], "r": [1, 0, 1, 1], "p": 0.25, "w": [1, 1, -1, 2], "b": 0.5}
VALIDATION = [0.9, 0.7, 0.72, 0.6, 0.61, 0.65, 0.64, 0.4]
STOPPED = {"training": [0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.1], "validation": VALIDATION, "patience": 2}
BATCH = {"z": [1, -2, 4, 0.5], "gamma": 1.5, "beta": -0.5, "eps": 0.1}
CHAIN = {"w": 0.9, "k": 1, "i": 9, "limit": 0.5, "show": 9}
FIRST = {"n_in": 100, "n_out": 50, "u": [0.5, -1]}
SCALED = {"x": [2, 4, 9, 5], "new": 12}
SPREAD = {"m": [40, 20, 30], "s": 0.2, "v": 1.5}
FAMILIES = (WeightDecay, Regularisation, Dropout, EarlyStopping, Batchnorm, WeightInit,
            VanishingProduct, FeatureScaling, VariancePropagation)


def values(cls, given_values):
    return {name: done.value for name, done in solve(cls.from_json(given_values)).items()}


def wrong_value(cls, given_values, mistake, step):
    problem = cls.from_json(given_values)
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


# -- penalties and weight decay


@pytest.mark.oracle
@pytest.mark.parametrize("scale", regularization.SCALES)
@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_penalised_cost_and_gradient_agree_with_autograd(torch, scale, kind):
    found = values(Regularisation, {**PENALISED, "scale": scale, "kind": kind})
    w = torch.tensor(PENALISED["w"], dtype=torch.float64, requires_grad=True)
    total = w.abs().sum() if kind == "l1" else (w ** 2).sum()
    penalty = {"lambda/2n": 1.5 / 6, "lambda/n": 1.5 / 3, "lambda/2": 1.5 / 2, "lambda": 1.5}[scale] * total
    penalty.backward()
    assert found["J"] == pytest.approx(0.5 + penalty.item())
    assert found["D"] == pytest.approx(w.grad.numpy())


def test_penalty_of_the_deck_has_no_half():
    """Deck 003, lines 864 and 873, write λ/n; deck 002, line 1072, writes λ/(2m)."""
    third = values(Regularisation, {**PENALISED, "scale": "lambda/n"})
    second = values(Regularisation, {**PENALISED, "scale": "lambda/2n"})
    assert third["J"] == pytest.approx(0.5 + 0.5 * 14.25)
    assert second["J"] == pytest.approx(0.5 + 0.25 * 14.25)
    assert wrong_value(Regularisation, {**PENALISED, "scale": "lambda/2n"},
                       "left the half out of the penalty", "J") == pytest.approx(third["J"])


@pytest.mark.oracle
def test_weight_decay_agrees_with_torch(torch):
    """Deck 003, line 893: weight_decay of torch.optim.SGD is the λ/2 penalty; the bias is left out."""
    found = values(WeightDecay, {**DECAY, "scale": "lambda/2"})
    w = torch.tensor(DECAY["w"], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(DECAY["b"], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [w], "weight_decay": 2.0}, {"params": [b]}], lr=0.1)
    for t in (1, 2):
        w.grad = torch.tensor(DECAY["g"][t - 1], dtype=torch.float64)
        b.grad = torch.tensor(DECAY["h"][t - 1], dtype=torch.float64)
        optimizer.step()
        assert found[f"w.{t}"] == pytest.approx(w.detach().numpy())
        assert found[f"b.{t}"] == pytest.approx(b.item())


def test_weight_decay_of_the_deck():
    """Deck 002, line 1114: (1 − αλ/m) w − α · (from backpropagation); line 1106 lost its plus."""
    found = values(WeightDecay, DECAY)
    assert found["f"] == pytest.approx(1 - 0.1 * 2 / 8)
    assert found["w.1"] == pytest.approx([0.975 * 2 - 0.04, 0.975 * -1.5 + 0.02])
    assert found["b.1"] == pytest.approx(0.5 - 0.03)
    assert wrong_value(WeightDecay, DECAY, "multiplied the two gradients instead of adding them", "w.1") \
        == pytest.approx([2 - 0.1 * 0.4 * 2 / 8 * 2, -1.5 - 0.1 * -0.2 * 2 / 8 * -1.5])
    assert wrong_value(WeightDecay, DECAY, "left out the number of samples", "f") == pytest.approx(0.8)
    assert wrong_value(WeightDecay, DECAY, "let the bias decay too", "b.1") \
        == pytest.approx(0.975 * 0.5 - 0.03)


# -- dropout


def test_thinned_networks():
    """Deck 004, line 1541: M units leave 2 to the power of M networks."""
    assert values(Dropout, DROPPED)["networks"] == 16
    assert wrong_value(Dropout, DROPPED, "counted two networks a unit", "networks") == 8


def test_kept_in_one_deck_is_dropped_in_the_other():
    """p is the share kept in deck 002, line 1163, and the share dropped in deck 004, line 1464."""
    kept = values(Dropout, {**DROPPED, "p_means": "keep"})
    dropped = values(Dropout, {**DROPPED, "p_means": "drop"})
    assert (kept["q"], dropped["q"]) == (0.25, 0.75)
    assert wrong_value(Dropout, DROPPED, "took p for the probability to keep", "train") \
        == pytest.approx(kept["train"])


@pytest.mark.oracle
def test_inverted_dropout_scales_as_torch(torch):
    torch.manual_seed(0)
    a = torch.arange(1.0, 9.0, dtype=torch.float64)
    dropped = torch.nn.functional.dropout(a, 0.25, training=True)
    mask = (dropped != 0).int().tolist()
    found = values(Dropout, {"a": a.tolist(), "r": mask, "p": 0.25, "w": [1] * 8, "b": 0})
    assert found["train"] == pytest.approx(dropped.numpy())
    assert found["use"] == pytest.approx(torch.nn.functional.dropout(a, 0.25, training=False).numpy())


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=4), st.floats(0.1, 0.9))
def test_both_variants_agree_in_the_mean(a, keep):
    """Over all masks, weighted by their probability, training hands on what use does."""
    activations = np.array(a)
    for variant in ("classic", "inverted"):
        mean = 0.0
        for mask in np.ndindex(*[2] * len(a)):
            share = np.prod([keep if r else 1 - keep for r in mask])
            mean = mean + share * regularization.dropout_train(activations, np.array(mask), keep, variant)
        assert mean == pytest.approx(regularization.dropout_test(activations, keep, variant), abs=1e-9)


# -- early stopping


def test_patience():
    found = values(EarlyStopping, STOPPED)
    assert (found["stop"], found["best"]) == (6, 4)
    assert found["gap"] == Fraction("0.2")
    assert wrong_value(EarlyStopping, STOPPED, "stopped at the first epoch without improvement", "stop") == 3
    assert wrong_value(EarlyStopping, STOPPED, "took the smallest training loss", "best") == 6
    assert wrong_value(EarlyStopping, STOPPED, "took the smallest validation loss of the whole table",
                       "best") == 8


@pytest.mark.parametrize(("losses", "patience", "min_delta", "expected"), [
    ([3, 2, 1], 2, 0, (3, 3)), ([1, 1, 1], 2, 0, (1, 3)), ([1, 2], 1, 0, (1, 2)),
    ([1, 0.95, 0.85, 0.8], 1, 0.1, (1, 2)), ([5, 4, 4, 3, 9, 9, 9], 3, 0, (4, 7))])
def test_early_stopping_counts(losses, patience, min_delta, expected):
    assert regularization.early_stopping(losses, patience, min_delta) == expected


def counted_by_hand(losses, patience):
    """As a training loop does it."""
    best, best_epoch, since = float("inf"), 0, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best:
            best, best_epoch, since = loss, epoch, 0
        else:
            since += 1
            if since >= patience:
                return best_epoch, epoch
    return best_epoch, len(losses)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.integers(1, 4))
def test_early_stopping_is_a_loop_with_a_counter(losses, patience):
    assert regularization.early_stopping(losses, patience) == counted_by_hand(losses, patience)


# -- batch normalization


@pytest.mark.oracle
def test_batch_normalization_agrees_with_torch(torch):
    """Training and use, running statistics with the unbiased variance."""
    found = values(Batchnorm, {**BATCH, "momentum": 0.1, "old_mean": 0.4, "old_variance": 2, "x": 1.5})
    layer = torch.nn.BatchNorm1d(1, eps=0.1, momentum=0.1).double()
    with torch.no_grad():
        layer.weight.fill_(1.5)
        layer.bias.fill_(-0.5)
        layer.running_mean.fill_(0.4)
        layer.running_var.fill_(2.0)
        trained = layer(torch.tensor(BATCH["z"], dtype=torch.float64)[:, None])[:, 0]
        layer.eval()
        used = layer(torch.tensor([[1.5]], dtype=torch.float64))
    assert found["a"] == pytest.approx(trained.numpy())
    assert found["run_mean"] == pytest.approx(layer.running_mean.item())
    assert found["run_var"] == pytest.approx(layer.running_var.item())
    assert found["use"] == pytest.approx(used.item())


def test_batch_normalization_divides_by_n():
    """Deck 003, lines 961 and 970: 1/n in the variance, ε under the root."""
    found = values(Batchnorm, BATCH)
    z = np.array(BATCH["z"])
    assert found["var"] == pytest.approx(z.var())
    assert found["z_hat"] == pytest.approx((z - z.mean()) / np.sqrt(z.var() + 0.1))
    assert wrong_value(Batchnorm, BATCH, "divided by n − 1 in the variance", "var") \
        == pytest.approx(z.var(ddof=1))
    assert wrong_value(Batchnorm, BATCH, "left out ε", "z_hat") == pytest.approx((z - z.mean()) / z.std())
    assert normalization.batchnorm(BATCH["z"], 1.5, -0.5, 0.1) == pytest.approx(found["a"])


# -- first weights


@pytest.mark.oracle
@pytest.mark.parametrize(("shape", "given_values"), [
    ((50, 100), FIRST), ((32, 16, 3, 3), {"c_in": 16, "c_out": 32, "side": 3, "u": [0.5]})])
@pytest.mark.parametrize("scheme", ["glorot", "he"])
def test_bounds_agree_with_torch(torch, shape, given_values, scheme):
    """Deck 003, lines 1106 and 1142: the largest of many draws comes up to the bound, never above."""
    torch.manual_seed(1)
    weights = torch.empty(*shape, dtype=torch.float64)
    if scheme == "glorot":
        torch.nn.init.xavier_uniform_(weights)
    else:
        torch.nn.init.kaiming_uniform_(weights, nonlinearity="relu")
    found = values(WeightInit, {**given_values, "scheme": scheme, "distribution": "uniform"})
    largest = weights.abs().max().item()
    assert 0.99 * found["r"] < largest <= found["r"]
    assert weights.std().item() == pytest.approx(found["std"], rel=0.05)


@pytest.mark.oracle
def test_xavier_is_no_rule_for_biases(torch):
    """Deck 003, line 1118, initializes biases by a rule that needs a fan-out."""
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        torch.nn.init.xavier_uniform_(torch.empty(4))


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_variances_are_those_of_many_random_networks(activation):
    """Deck 003, line 1080: Var(z) = m Var(w) Var(a)."""
    rng = np.random.default_rng(3)
    found = values(VariancePropagation, {**SPREAD, "activation": activation})
    a = rng.normal(0, sqrt(1.5), (8_000, 40))
    for layer, (n_in, n_out) in enumerate([(40, 20), (20, 30), (30, 10)], 1):
        # weights of its own for every sample, so that the mean runs over networks too
        z = np.array([np.einsum("sij,sj->si", rng.normal(0, 0.2, (1000, n_out, n_in)), part)
                      for part in np.split(a, 8)]).reshape(8_000, n_out)
        assert found[f"v.{layer}"] == pytest.approx(z.var(), rel=0.06)
        a = np.maximum(z, 0) if activation == "relu" else z
    assert found["keep"] == pytest.approx(sqrt((2 if activation == "relu" else 1) / 30))


def test_scaled_inputs_agree_with_scikit_learn():
    """Deck 003, line 927: inputs are normalized before gradient descent."""
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    x, new = np.array(SCALED["x"], dtype=float)[:, None], np.array([[12.0]])
    for method, scaler in (("standard", preprocessing.StandardScaler()),
                           ("range", preprocessing.MinMaxScaler())):
        found = values(FeatureScaling, {**SCALED, "method": method, "back": 0.5 * (method == "standard")})
        assert found["z"] == pytest.approx(scaler.fit_transform(x)[:, 0])
        assert found["new"] == pytest.approx(scaler.transform(new)[0, 0])
        if method == "standard":
            assert found["back"] == pytest.approx(scaler.inverse_transform([[0.5]])[0, 0])
    assert wrong_value(FeatureScaling, SCALED, "counted the new sample in", "mean") == pytest.approx(6.4)
    assert wrong_value(FeatureScaling, {**SCALED, "method": "range"}, "counted the new sample in", "high") \
        == 12
    assert wrong_value(FeatureScaling, SCALED, "divided by n − 1 in the variance", "std") \
        == pytest.approx(np.std(SCALED["x"], ddof=1))


# -- vanishing and exploding


def test_ten_sigmoid_layers():
    """Deck 003, line 1015: 0.25 to the power of 10 is about one millionth."""
    found = values(VanishingProduct, {"w": 1, "slope": 0.25, "k": 0, "i": 10, "limit": 0.001,
                                      "decimals": 9})
    assert found["product"] == pytest.approx(9.5367e-7, rel=1e-4)
    assert found["N"] == 5
    assert wrong_value(VanishingProduct, {**CHAIN, "show": 0}, "counted both ends", "product") \
        == pytest.approx(0.9 ** 9)


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.9))
def test_the_exponent_of_a_bound_is_where_counting_ends(c, limit):
    n = math.ceil(initialization.exponent_at(c, limit))
    assert c ** n <= limit * (1 + 1e-9)
    assert c ** (n - 1) >= limit * (1 - 1e-9)


# -- what is refused


@pytest.mark.parametrize(("cls", "given_values", "reason"), [
    (WeightDecay, {**DECAY, "h": [1]}, "one number a row"),
    (Regularisation, {**PENALISED, "losses": [1000]}, "between -100 and 100"),
    (Regularisation, {**PENALISED, "w": [[1] * 13]}, "12 weights at most"),
    (Dropout, {**DROPPED, "r": [1, 0, 2, 1]}, "0 and 1 only"),
    (Dropout, {**DROPPED, "r": [1, 0]}, "one number a unit"),
    (EarlyStopping, {**STOPPED, "training": [1]}, "one number an epoch"),
    (EarlyStopping, {**STOPPED, "validation": [*VALIDATION[:-1], -1]}, "between 0 and 1000"),
    (Batchnorm, {**BATCH, "z": [1, 1]}, "must not be all equal"),
    (WeightInit, {**FIRST, "side": 3}, "nothing else"),
    (WeightInit, {**FIRST, "distribution": "uniform", "u": [2]}, "between -1 and 1"),
    (VanishingProduct, {**CHAIN, "limit": 2}, "both be below 1, or both above"),
    (VanishingProduct, {**CHAIN, "i": 1}, "i comes after k"),
    (VanishingProduct, {**CHAIN, "limit": 0.81}, "power of the factor itself"),
    (VanishingProduct, {**CHAIN, "w": 0.1, "i": 20}, "too small or too large"),
    (FeatureScaling, {**SCALED, "x": [3, 3]}, "not be all equal"),
    (FeatureScaling, {**SCALED, "x": [3, 30000]}, "between -10,000"),
    (VariancePropagation, {**SPREAD, "m": [0, 4]}, "1 to 10,000")])
def test_givens_that_are_none(cls, given_values, reason):
    with pytest.raises(UserError, match=reason):
        cls.from_json(given_values)


@pytest.mark.parametrize("cls", FAMILIES)
def test_every_level_has_several_mistakes(cls):
    for level in cls.levels:
        problem = certified_draw(cls, Rng.of("training", level), level)
        assert len(mistake_names(problem)) >= 2
