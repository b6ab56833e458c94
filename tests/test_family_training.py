"""Training families: optimizers, regularization, normalization, first weights, on independent witnesses.

Deck and line are those of the plain-text decks.
"""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softmark.solvers import initialization, normalization, optimizers, regularization
from softmark.solvers.quadratic import quadratic, quadratic_gradient
from softmark.templates.training.adadelta import Adadelta
from softmark.templates.training.adagrad import Adagrad
from softmark.templates.training.adam import Adam
from softmark.templates.training.batchnorm import Batchnorm
from softmark.templates.training.dropout import Dropout
from softmark.templates.training.early_stopping import EarlyStopping
from softmark.templates.training.feature_scaling import FeatureScaling
from softmark.templates.training.gradient_clipping import GradientClipping
from softmark.templates.training.gradient_descent import GradientDescent
from softmark.templates.training.minibatch_descent import MinibatchDescent
from softmark.templates.training.momentum import Momentum
from softmark.templates.training.nesterov import Nesterov
from softmark.templates.training.regularisation import Regularisation
from softmark.templates.training.rmsprop import Rmsprop
from softmark.templates.training.vanishing_product import VanishingProduct
from softmark.templates.training.variance_propagation import VariancePropagation
from softmark.templates.training.weight_decay import WeightDecay
from softmark.templates.training.weight_init import WeightInit
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve

#: J = 3w² + 2u² + wu − 4w + 2u from (1.5, −0.5)
BOWL = {"theta": [1.5, -0.5], "a": 3, "b": 2, "c": 1, "d": -4, "e": 2, "eta": 0.1, "steps": 3}
GRADIENTS = [[1.5, -2.0], [0.5, 3.0], [-2.5, 1.0]]
HISTORY = {"theta": [0.5, -1.0], "g": GRADIENTS, "eps": 0.05}
MOVING = {**BOWL, "v": [0, 0], "gamma": 0.9}
DECAY = {"w": [2, -1.5], "b": 0.5, "g": [[0.4, -0.2], [0.1, 0.3]], "h": [0.3, -0.1], "eta": 0.1,
         "lam": 2, "n": 8}
PENALISED = {"losses": [0.2, 0.5, 0.8], "w": [[2, -1], [0.5, -3]], "b": 1, "lam": 1.5}
DROPPED = {"a": [1, 2, 3, 4], "r": [1, 0, 1, 1], "p": 0.25, "w": [1, 1, -1, 2], "b": 0.5}
VALIDATION = [0.9, 0.7, 0.72, 0.6, 0.61, 0.65, 0.64, 0.4]
STOPPED = {"training": [0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.1], "validation": VALIDATION, "patience": 2}
BATCH = {"z": [1, -2, 4, 0.5], "gamma": 1.5, "beta": -0.5, "eps": 0.1}
CLIPPED = {"g": [[3, -4], [0, 12]], "w": [[1, 1], [1, 1]], "limit": 6.5, "eta": 0.1}
LINE = {"x": [1, 2, -1, 3], "y": [1, -1, 2, 0], "w": 0.5, "b": 0, "eta": 0.1, "size": 2}
CHAIN = {"w": 0.9, "k": 1, "i": 9, "limit": 0.5, "show": 9}
FIRST = {"n_in": 100, "n_out": 50, "u": [0.5, -1]}
SCALED = {"x": [2, 4, 9, 5], "new": 12}
SPREAD = {"m": [40, 20, 30], "s": 0.2, "v": 1.5}
FAMILIES = (GradientDescent, Momentum, Nesterov, Adagrad, Adadelta, Rmsprop, Adam, WeightDecay,
            Regularisation, Dropout, EarlyStopping, Batchnorm, WeightInit, VanishingProduct,
            GradientClipping, MinibatchDescent, FeatureScaling, VariancePropagation)


def values(cls, given_values):
    return {name: done.value for name, done in solve(cls.from_json(given_values)).items()}


def wrong_value(cls, given_values, mistake, step):
    problem = cls.from_json(given_values)
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


# -- optimizers against PyTorch


def bowl_of(torch, theta):
    w, u = theta
    return 3 * w ** 2 + 2 * u ** 2 + w * u - 4 * w + 2 * u


def descended(torch, make, steps=3):
    """The points that a PyTorch optimizer passes on the bowl."""
    theta = torch.tensor([1.5, -0.5], dtype=torch.float64, requires_grad=True)
    optimizer, points = make([theta]), []
    for _ in range(steps):
        optimizer.zero_grad()
        bowl_of(torch, theta).backward()
        optimizer.step()
        points.append(theta.detach().numpy().copy())
    return points


def pushed(torch, make):
    """The parameters that a PyTorch optimizer reaches on the given gradients."""
    theta = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer, points = make([theta]), []
    for g in GRADIENTS:
        theta.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        points.append(theta.detach().numpy().copy())
    return points


@pytest.mark.oracle
@pytest.mark.parametrize(("cls", "extra", "settings"), [
    (GradientDescent, {}, {}),
    (Momentum, {"form": "rate_outside"}, {"momentum": 0.9}),
    (Momentum, {"form": "rate_inside"}, {"momentum": 0.9}),
    (Nesterov, {"form": "torch"}, {"momentum": 0.9, "nesterov": True})])
def test_descent_agrees_with_torch(torch, cls, extra, settings):
    base = BOWL if cls is GradientDescent else MOVING
    found = values(cls, {**base, **extra})
    points = descended(torch, lambda p: torch.optim.SGD(p, lr=0.1, **settings))
    for t, point in enumerate(points, 1):
        assert found[f"theta.{t}"] == pytest.approx(point, rel=1e-12)


@pytest.mark.oracle
def test_a_running_mean_of_gradients_is_dampening(torch):
    """PyTorch leaves the first buffer undamped, so ours begins with it."""
    start = np.array([1.5, -0.5])
    first = quadratic_gradient(start, 3, 2, 1, -4, 2)
    found = values(Momentum, {**MOVING, "v": first.tolist(), "form": "mean"})
    points = descended(torch, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.9))
    for t, point in enumerate(points, 1):
        assert found[f"theta.{t}"] == pytest.approx(point, rel=1e-12)


@pytest.mark.oracle
def test_looking_ahead_agrees_with_autograd(torch):
    """v ← γv + η∇J(θ − γv) with the gradient from autograd (deck 003, line 228)."""
    found = values(Nesterov, {**MOVING, "v": [0.5, -0.2]})
    theta, v = np.array([1.5, -0.5]), np.array([0.5, -0.2])
    for t in range(1, 4):
        ahead = torch.tensor(theta - 0.9 * v, requires_grad=True)
        bowl_of(torch, ahead).backward()
        v = 0.9 * v + 0.1 * ahead.grad.numpy()
        theta = theta - v
        assert found[f"theta.{t}"] == pytest.approx(theta, rel=1e-12)


@pytest.mark.oracle
@pytest.mark.parametrize(("cls", "extra", "make"), [
    (Adagrad, {"eta": 0.5, "G": [0, 0]}, lambda o, p: o.Adagrad(p, lr=0.5, eps=0.05)),
    (Adagrad, {"eta": 0.5, "G": [2, 2]},
     lambda o, p: o.Adagrad(p, lr=0.5, eps=0.05, initial_accumulator_value=2)),
    (Rmsprop, {"eta": 0.5, "E": [0, 0], "gamma": 0.9},
     lambda o, p: o.RMSprop(p, lr=0.5, alpha=0.9, eps=0.05)),
    (Adam, {"eta": 0.5, "beta1": 0.9, "beta2": 0.99},
     lambda o, p: o.Adam(p, lr=0.5, betas=(0.9, 0.99), eps=0.05)),
    (Adadelta, {"gamma": 0.9, "E": [0, 0], "D": [0, 0]},
     lambda o, p: o.Adadelta(p, lr=1.0, rho=0.9, eps=0.05))])
def test_adaptive_optimizers_agree_with_torch(torch, cls, extra, make):
    placed = {} if cls is Adadelta else {"eps_in": "outside"}
    found = values(cls, {**HISTORY, **extra, **placed})
    for t, point in enumerate(pushed(torch, lambda p: make(torch.optim, p)), 1):
        assert found[f"theta.{t}"] == pytest.approx(point, rel=1e-12)


def test_formulas_of_the_deck():
    """Deck 003, lines 240 to 275, with every formula written anew: ε inside the root but in Adam."""
    theta = {name: np.array([0.5, -1.0]) for name in ("adagrad", "rms", "delta", "adam")}
    total = mean = squares = moves = m = v = np.zeros(2)
    grad = values(Adagrad, {**HISTORY, "eta": 0.5, "G": [0, 0]})
    rms = values(Rmsprop, {**HISTORY, "eta": 0.5, "E": [0, 0], "gamma": 0.9})
    delta = values(Adadelta, {**HISTORY, "gamma": 0.9, "E": [0, 0], "D": [0, 0]})
    adam = values(Adam, {**HISTORY, "eta": 0.5, "beta1": 0.9, "beta2": 0.999})
    for t, g in enumerate(map(np.array, GRADIENTS), 1):
        total = total + g * g
        theta["adagrad"] = theta["adagrad"] - 0.5 / np.sqrt(total + 0.05) * g
        mean = 0.9 * mean + 0.1 * g * g
        theta["rms"] = theta["rms"] - 0.5 / np.sqrt(mean + 0.05) * g
        squares = 0.9 * squares + 0.1 * g * g
        step = -np.sqrt(moves + 0.05) / np.sqrt(squares + 0.05) * g
        theta["delta"] = theta["delta"] + step
        moves = 0.9 * moves + 0.1 * step * step
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta["adam"] = theta["adam"] - 0.5 / (np.sqrt(v / (1 - 0.999 ** t)) + 0.05) * m / (1 - 0.9 ** t)
        for name, found in zip(theta, (grad, rms, delta, adam), strict=True):
            assert found[f"theta.{t}"] == pytest.approx(theta[name], rel=1e-12)
        assert delta[f"D.{t}"] == pytest.approx(moves)


@pytest.mark.parametrize(("family", "extra", "mistake", "step", "value"), [
    (Adagrad, {"G": [0, 0]}, "took the last square alone instead of the sum", "G.2", [0.25, 9]),
    (Adagrad, {"G": [0, 0]}, "put ε outside the root", "theta.1",
     [0.5 - 0.5 * 1.5 / 1.55, -1 + 0.5 * 2 / 2.05]),
    (Rmsprop, {"E": [0, 0], "gamma": 0.9}, "swapped γ and 1 − γ", "E.1", [0.9 * 2.25, 0.9 * 4]),
    (Rmsprop, {"E": [0, 0], "gamma": 0.9}, "corrected the bias as Adam does", "theta.1",
     [0.5 - 0.5 * 1.5 / sqrt(2.3), -1 + 0.5 * 2 / sqrt(4.05)]),
    (Adam, {"beta1": 0.9, "beta2": 0.99}, "left out the bias correction", "theta.1",
     [0.5 - 0.5 * 0.15 / (0.15 + 0.05), -1 + 0.5 * 0.2 / (0.2 + 0.05)]),
    (Adam, {"beta1": 0.9, "beta2": 0.99}, "counted the steps from 0 in the correction", "m_hat.2",
     [(0.9 * 0.15 + 0.05) / 0.1, (-0.9 * 0.2 + 0.3) / 0.1])])
def test_mistakes_of_adaptive_optimizers(family, extra, mistake, step, value):
    found = wrong_value(family, {**HISTORY, "eta": 0.5, **extra}, mistake, step)
    assert found == pytest.approx(np.array(value), rel=1e-9)


def test_mistakes_of_descent():
    first = values(GradientDescent, BOWL)
    assert first["g.0"] == pytest.approx([4.5, 1.5])
    assert wrong_value(GradientDescent, BOWL, "added the step instead of subtracting it", "theta.1") \
        == pytest.approx([1.95, -0.35])
    assert wrong_value(GradientDescent, BOWL, "kept the gradient of the starting point", "g.2") \
        == pytest.approx([4.5, 1.5])
    assert wrong_value(Momentum, {**MOVING, "v": [1, 1]}, "weighted the gradient with 1 − γ", "v.1") \
        == pytest.approx([0.9 + 0.1 * 0.1 * 4.5, 0.9 + 0.1 * 0.1 * 1.5])
    assert wrong_value(Nesterov, {**MOVING, "v": [1, 1]}, "looked ahead with a plus", "p.1") \
        == pytest.approx([2.4, 0.4])


@pytest.mark.parametrize("eps_in", optimizers.EPS_PLACES)
def test_fractions_go_through_every_optimizer(eps_in):
    """50 digits of roots, exact otherwise; and the same numbers as in floats."""
    def both(step, *state):
        exact = step(*map(Fraction, state))
        loose = step(*map(float, map(Fraction, state)))
        assert all(isinstance(v, Fraction) for v in exact)
        assert [float(v) for v in exact] == pytest.approx(loose, rel=1e-12)

    both(lambda theta, s, g: optimizers.adagrad(theta, s, g, g, g, eps_in), "1/3", "2", "3/7")
    both(lambda theta, s, g: optimizers.rmsprop(theta, s, g, g, g, g, eps_in), "1/3", "2", "3/7")
    both(lambda theta, s, g: optimizers.adadelta(theta, s, s, g, g, g), "1/3", "2", "3/7")
    both(lambda theta, s, g: optimizers.adam(theta, s, s, g, 3, g, g, g, g, eps_in), "1/3", "2", "3/7")


def test_unknown_conventions_are_refused():
    for call in (lambda: optimizers.momentum(1, 0, 1, 1, 1, "heavy"),
                 lambda: optimizers.nesterov(1, 0, abs, 1, 1, "heavy"),
                 lambda: optimizers.root_mean_square(1, 1, "beside"),
                 lambda: optimizers.adam(1, 0, 0, 1, 0),
                 lambda: regularization.penalty_factor(1, 1, "n"),
                 lambda: regularization.decay_rate(1, 1, "n"),
                 lambda: regularization.norm(np.ones(2), "l3"),
                 lambda: regularization.dropout_train(1, 1, 1, "other"),
                 lambda: regularization.dropout_test(1, 1, "other"),
                 lambda: initialization.init_variance("zero", 1),
                 lambda: initialization.factors_until(1.5, 0.5)):
        with pytest.raises(ValueError):
            call()


@given(st.lists(st.floats(-5, 5), min_size=7, max_size=7), st.floats(-3, 3), st.floats(-3, 3))
def test_gradient_of_the_surface_agrees_with_differences(coefficients, w, u):
    a, b, c, d, e, *_ = coefficients
    theta, h = np.array([w, u]), 1e-4
    numeric = [(quadratic(theta + h * unit, a, b, c, d, e)
                - quadratic(theta - h * unit, a, b, c, d, e)) / (2 * h) for unit in np.eye(2)]
    assert quadratic_gradient(theta, a, b, c, d, e) == pytest.approx(np.array(numeric), abs=1e-6)


@pytest.mark.oracle
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_mini_batches_agree_with_torch(torch, reduction):
    found = values(MinibatchDescent, {**LINE, "reduction": reduction})
    w, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.5, 0.0))
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    x, y = torch.tensor(LINE["x"]), torch.tensor(LINE["y"])
    for t in (1, 2):
        part = slice(2 * t - 2, 2 * t)
        losses = 0.5 * (w * x[part] + b - y[part]) ** 2
        optimizer.zero_grad()
        (losses.mean() if reduction == "mean" else losses.sum()).backward()
        optimizer.step()
        assert found[f"w.{t}"] == pytest.approx(w.item(), rel=1e-12)
        assert found[f"b.{t}"] == pytest.approx(b.item(), rel=1e-12)
    other = "added up instead of taking the mean" if reduction == "mean" else \
        "took the mean instead of the sum"
    flipped = values(MinibatchDescent, {**LINE, "reduction": "sum" if reduction == "mean" else "mean"})
    assert wrong_value(MinibatchDescent, {**LINE, "reduction": reduction}, other, "w.2") \
        == pytest.approx(flipped["w.2"])


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


def test_half_of_the_weight_in_use():
    """Deck 004, line 1486: dropped with 50 %, a weight of 1 counts as 0.5 in use."""
    found = values(Dropout, {"a": [1, 1], "r": [1, 0], "p": 0.5, "w": [1, 1], "b": 0,
                             "variant": "classic"})
    assert found["use"] == pytest.approx([0.5, 0.5])
    assert found["networks"] == 4


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
    assert wrong_value(EarlyStopping, STOPPED, "stopped at the first rise", "stop") == 3
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


def test_first_weights_of_the_decks():
    """Deck 002, line 1206, calls √(1/n), the standard deviation, a variance."""
    found = values(WeightInit, FIRST)
    assert (found["var"], found["std"]) == (pytest.approx(0.01), pytest.approx(0.1))
    assert wrong_value(WeightInit, FIRST, "took the standard deviation for the variance", "var") \
        == pytest.approx(0.1)
    assert values(WeightInit, {**FIRST, "scheme": "he"})["std"] == pytest.approx(sqrt(2 / 100))
    uniform = values(WeightInit, {**FIRST, "distribution": "uniform", "scheme": "standard"})
    assert uniform["r"] == pytest.approx(1 / sqrt(100))
    glorot = values(WeightInit, {**FIRST, "distribution": "uniform", "scheme": "glorot"})
    assert glorot["r"] == pytest.approx(sqrt(6) / sqrt(150))


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


@pytest.mark.parametrize(("c", "printed"), [
    (0.9, [0.90, 0.81, 0.73, 0.66, 0.59, 0.53, 0.48, 0.43, 0.39]),
    (1.5, [1.50, 2.25, 3.38, 5.06, 7.59, 11.39, 17.09, 25.63])], ids=["002:2730", "002:2732"])
def test_sequences_of_the_deck(c, printed):
    found = values(VanishingProduct, {**CHAIN, "w": c, "limit": 0.5 if c < 1 else 3,
                                      "show": len(printed), "decimals": 2})
    assert found["powers"] == pytest.approx(np.array(printed), abs=0.0051)
    assert found["fate"] == ("vanishes" if c < 1 else "explodes")


def test_ten_sigmoid_layers():
    """Deck 003, line 1015: 0.25 to the power of 10 is about one millionth."""
    found = values(VanishingProduct, {"w": 1, "slope": 0.25, "k": 0, "i": 10, "limit": 0.001,
                                      "decimals": 9})
    assert found["product"] == pytest.approx(9.5367e-7, rel=1e-4)
    assert found["N"] == 5
    assert wrong_value(VanishingProduct, {**CHAIN, "show": 0}, "counted both ends", "product") \
        == pytest.approx(0.9 ** 9)


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.9))
def test_factors_until_is_where_counting_ends(c, limit):
    n = initialization.factors_until(c, limit)
    assert c ** n <= limit * (1 + 1e-9)
    assert c ** (n - 1) >= limit * (1 - 1e-9)


# -- clipping


@pytest.mark.oracle
@pytest.mark.parametrize("limit", [6.5, 20])
def test_clipping_agrees_with_torch(torch, limit):
    """PyTorch adds 1e-6 to the norm."""
    weights = [torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for w, g in zip(weights, CLIPPED["g"], strict=True):
        w.grad = torch.tensor(g, dtype=torch.float64)
    size = torch.nn.utils.clip_grad_norm_(weights, limit)
    found = values(GradientClipping, {**CLIPPED, "limit": limit})
    assert found["norm"] == pytest.approx(size.item()) == 13
    assert found["clipped"] == pytest.approx(np.array([w.grad.numpy() for w in weights]), rel=1e-6)


@pytest.mark.oracle
def test_clipping_by_value_agrees_with_torch(torch):
    w = torch.zeros(2, 2, requires_grad=True)
    w.grad = torch.tensor(CLIPPED["g"], dtype=torch.float32)
    torch.nn.utils.clip_grad_value_([w], 3.5)
    found = values(GradientClipping, {**CLIPPED, "limit": 3.5, "mode": "value"})
    assert found["clipped"] == pytest.approx(w.grad.numpy())


def test_mistakes_about_clipping():
    assert wrong_value(GradientClipping, CLIPPED, "clipped each layer by its own norm", "clipped") \
        == pytest.approx(np.array([[3, -4], [0, 6.5]]))
    assert wrong_value(GradientClipping, CLIPPED, "clipped each component by itself", "clipped") \
        == pytest.approx(np.array([[3, -4], [0, 6.5]]))
    assert wrong_value(GradientClipping, CLIPPED, "left out the root", "norm") == pytest.approx(169)


# -- what is refused


@pytest.mark.parametrize(("cls", "given_values", "reason"), [
    (GradientDescent, {**BOWL, "b": 0.01, "c": 5}, "must have a minimum"),
    (GradientDescent, {**BOWL, "theta": [1]}, "only a and d"),
    (GradientDescent, {**BOWL, "theta": [1000, 1]}, "between -100 and 100"),
    (Momentum, {**MOVING, "v": [1]}, "as many numbers as theta"),
    (Nesterov, {**MOVING, "v": [1, 200]}, "as many numbers as theta"),
    (Momentum, {**MOVING, "gamma": 1}, "gamma"),
    (Adagrad, {**HISTORY, "eta": 1, "G": [-1, 0]}, "from 0 to 10,000"),
    (Adagrad, {**HISTORY, "eta": 1, "G": [1]}, "one number a parameter"),
    (Rmsprop, {**HISTORY, "eta": 1, "E": [0, 0], "gamma": 0.9, "g": [[1]]}, "one gradient a parameter"),
    (Adam, {**HISTORY, "eta": 1, "beta1": 1, "beta2": 0.9}, "beta1"),
    (Adadelta, {**HISTORY, "gamma": 0.9, "E": [0, 0], "D": [0, 0], "eps": 0}, "eps"),
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
    (GradientClipping, {**CLIPPED, "w": [[1]]}, "same shape"),
    (GradientClipping, {**CLIPPED, "g": [[0, 0], [0, 0]]}, "all zeros"),
    (FeatureScaling, {**SCALED, "x": [3, 3]}, "not be all equal"),
    (FeatureScaling, {**SCALED, "x": [3, 30000]}, "between -10,000"),
    (VariancePropagation, {**SPREAD, "m": [0, 4]}, "1 to 10,000"),
    (MinibatchDescent, {**LINE, "size": 3}, "batches of equal size"),
    (MinibatchDescent, {**LINE, "x": [1, 2, 3, 400]}, "between -100 and 100")])
def test_givens_that_are_none(cls, given_values, reason):
    with pytest.raises(UserError, match=reason):
        cls.from_json(given_values)


@pytest.mark.parametrize("cls", FAMILIES)
def test_every_level_has_several_mistakes(cls):
    for level in cls.levels:
        problem = certified_draw(cls, Rng.of("training", level), level)
        assert len(mistake_names(problem)) >= 2
