"""Activations, losses and information against independent witnesses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics

from softmark.solvers import activations, information, losses
from softmark.solvers.functions import argmax

Z = np.array([-2.5, -1.0, -0.3, 0.4, 1.0, 3.2])
P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.6, 0.15])
BASES = {"e": math.e, "2": 2, "10": 10}
FINITE = st.floats(-8, 8)
DISTRIBUTIONS = st.lists(st.floats(0.05, 1), min_size=2, max_size=5).map(
    lambda v: np.array(v) / sum(v))


@pytest.mark.oracle
@pytest.mark.parametrize("name", activations.ELEMENTWISE)
def test_activations_and_derivatives_agree_with_torch(torch, name):
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
                 "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.1),
                 "elu": lambda z: torch.nn.functional.elu(z, 1.5), "softplus": torch.nn.functional.softplus}
    z = torch.tensor(Z, requires_grad=True)
    expected = functions[name](z)
    expected.sum().backward()
    a = activations.activation(name, Z, 0.1, 1.5)
    assert a == pytest.approx(expected.detach().numpy(), rel=1e-12)
    assert activations.derivative(name, Z, a, 0.1, 1.5) == pytest.approx(z.grad.numpy(), rel=1e-12)


@pytest.mark.oracle
def test_losses_agree_with_torch(torch):
    f = torch.nn.functional
    y, a, s = np.array([1.0, 0, 1, 0]), np.array([0.8, 0.3, 0.55, 0.9]), np.array([0.7, -1.2, 2.0, 0.4])
    for reduction in ("mean", "sum"):
        assert losses.reduced(losses.binary_cross_entropies(y, a), reduction) == pytest.approx(
            f.binary_cross_entropy(torch.tensor(a), torch.tensor(y), reduction=reduction).item())
        assert losses.reduced(losses.squared_errors(y, a), reduction) == pytest.approx(
            f.mse_loss(torch.tensor(a), torch.tensor(y), reduction=reduction).item())
    assert losses.reduced(losses.logistic_losses((2 * y - 1) * s)) == pytest.approx(
        f.soft_margin_loss(torch.tensor(s), torch.tensor(2 * y - 1)).item())
    z = torch.tensor(Z, requires_grad=True)
    f.cross_entropy(z[None], torch.tensor([2])).backward()
    target = np.eye(len(Z))[2]
    assert losses.softmax_gradient(activations.softmax(Z), target) == pytest.approx(z.grad.numpy())


def test_hinge_and_log_loss_agree_with_scikit_learn():
    y, s = np.array([1, -1, -1, 1]), np.array([0.3, -1.7, 0.4, 2.2])
    assert losses.reduced(losses.hinge_losses(y * s)) == pytest.approx(metrics.hinge_loss(y, s))
    assert losses.reduced(losses.binary_cross_entropies((y + 1) // 2, special.expit(s))) == \
        pytest.approx(metrics.log_loss((y + 1) // 2, special.expit(s)))
    assert losses.reduced(losses.logistic_losses(y * s)) == pytest.approx(
        metrics.log_loss((y + 1) // 2, special.expit(s)))


@pytest.mark.parametrize("base", BASES)
def test_information_agrees_with_scipy(base):
    b = BASES[base]
    assert information.entropy(P, base) == pytest.approx(stats.entropy(P, base=b))
    assert information.kl_divergence(P, Q, base) == pytest.approx(stats.entropy(P, Q, base=b))
    assert information.cross_entropy(P, Q, base) == pytest.approx(
        stats.entropy(P, base=b) + stats.entropy(P, Q, base=b))
    assert information.jensen_shannon(P, Q, base) == pytest.approx(jensenshannon(P, Q, base=b) ** 2)
    assert information.exponential(information.entropy(P, base), base) == pytest.approx(
        math.exp(stats.entropy(P)))


@pytest.mark.oracle
def test_gaussian_divergences_agree_with_torch(torch):
    normal, kl = torch.distributions.Normal, torch.distributions.kl_divergence
    assert information.gaussian_kl(0.7, 0.3**2) == pytest.approx(kl(normal(0.7, 0.3), normal(0, 1)).item())
    assert information.gaussian_kl_between(0.7, 0.3, -0.2, 1.4) == pytest.approx(
        kl(normal(0.7, 0.3), normal(-0.2, 1.4)).item())


@given(st.floats(-20, 20))
def test_tanh_is_a_scaled_logistic_function(x):
    assert activations.tanh_by_sigmoid(special.expit(2 * x)) == pytest.approx(math.tanh(x), abs=1e-12)
    assert activations.tanh_by_exponentials(math.exp(x), math.exp(-x)) == \
        pytest.approx(math.tanh(x), abs=1e-12)


@given(st.lists(FINITE, min_size=2, max_size=6), FINITE, st.floats(0.2, 5))
def test_softmax_agrees_with_scipy_and_minds_no_shift(z, shift, temperature):
    z = np.array(z)
    assert activations.softmax(z) == pytest.approx(special.softmax(z))
    assert activations.softmax(z + shift) == pytest.approx(special.softmax(z))
    assert activations.softmax(z, temperature) == pytest.approx(special.softmax(z / temperature))


@given(DISTRIBUTIONS)
def test_divergence_is_never_negative_and_vanishes_at_equality(p):
    """Deck 002, line 3336, calls it positive."""
    q = p[::-1]
    assert information.kl_divergence(p, q) >= -1e-12
    assert information.kl_divergence(p, p) == 0
    assert information.entropy(p) <= math.log2(len(p)) + 1e-12


@given(DISTRIBUTIONS)
def test_no_discriminator_beats_the_optimal_one(p):
    g = p[::-1]
    best = information.optimal_discriminator(p, g)
    reached = information.adversarial_value(p, g, best)
    assert reached == pytest.approx(-math.log(4) + 2 * information.jensen_shannon(p, g))
    for d in (np.full(len(p), 0.5), best * 0.9, np.clip(best + 0.02, None, 0.99)):
        assert information.adversarial_value(p, g, d) <= reached + 1e-12


def test_names_that_are_none():
    with pytest.raises(ValueError, match="no activation 'swish'"):
        activations.activation("swish", Z)
    with pytest.raises(ValueError, match="no activation 'swish'"):
        activations.derivative("swish", Z, Z)
    with pytest.raises(ValueError, match="sum or mean"):
        losses.reduced(Z, "median")


def test_argmax_takes_the_first_of_equals():
    assert argmax([2, 3, 1, 3]) == 1
