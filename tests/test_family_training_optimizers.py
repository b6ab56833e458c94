"""Optimizer families against PyTorch, against the decks' formulas written anew, and exactly.

Deck and line are those of the plain-text decks.
"""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from softmark.solvers import initialization, optimizers, regularization
from softmark.solvers.quadratic import quadratic, quadratic_gradient
from softmark.templates.training.adadelta import Adadelta
from softmark.templates.training.adagrad import Adagrad
from softmark.templates.training.adam import Adam
from softmark.templates.training.gradient_clipping import GradientClipping
from softmark.templates.training.gradient_descent import GradientDescent
from softmark.templates.training.minibatch_descent import MinibatchDescent
from softmark.templates.training.momentum import Momentum
from softmark.templates.training.nesterov import Nesterov
from softmark.templates.training.rmsprop import Rmsprop
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve

#: J = 3w² + 2u² + wu − 4w + 2u from (1.5, −0.5)
BOWL = {"theta": [1.5, -0.5], "a": 3, "b": 2, "c": 1, "d": -4, "e": 2, "eta": 0.1, "steps": 3}
GRADIENTS = [[1.5, -2.0], [0.5, 3.0], [-2.5, 1.0]]
HISTORY = {"theta": [0.5, -1.0], "g": GRADIENTS, "eps": 0.05}
MOVING = {**BOWL, "v": [0, 0], "gamma": 0.9}
LINE = {"x": [1, 2, -1, 3], "y": [1, -1, 2, 0], "w": 0.5, "b": 0, "eta": 0.1, "size": 2}
CLIPPED = {"g": [[3, -4], [0, 12]], "w": [[1, 1], [1, 1]], "limit": 6.5, "eta": 0.1}
FAMILIES = (GradientDescent, Momentum, Nesterov, Adagrad, Adadelta, Rmsprop, Adam,
            MinibatchDescent, GradientClipping)


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
                 lambda: initialization.exponent_at(1.5, 0.5)):
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
    (GradientClipping, {**CLIPPED, "w": [[1]]}, "same shape"),
    (GradientClipping, {**CLIPPED, "g": [[0, 0], [0, 0]]}, "all zeros"),
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
