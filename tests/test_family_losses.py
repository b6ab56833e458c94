"""Families of losses on the decks' examples, their slips, and givens that are none."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from softmark.solvers import activations
from softmark.templates.losses.activations import Activations
from softmark.templates.losses.ce_gradient import CeGradient
from softmark.templates.losses.cross_entropy import CrossEntropy
from softmark.templates.losses.elbo import Elbo
from softmark.templates.losses.entropy import Entropy
from softmark.templates.losses.evidence_bound import EvidenceBound
from softmark.templates.losses.gan_losses import GanLosses
from softmark.templates.losses.gan_optimal import GanOptimal
from softmark.templates.losses.kl_divergence import KlDivergence
from softmark.templates.losses.kl_gaussian import KlGaussian
from softmark.templates.losses.losses import Losses
from softmark.templates.losses.softmax import Softmax
from softmark.templates.losses.softmax_temperature import SoftmaxTemperature
from softmark.templates.losses.tanh_sigmoid_identity import TanhSigmoidIdentity
from softmark.templates.losses.tanh_to_logistic import TanhToLogistic
from softmark.templates.losses.vae import Vae
from softmark.worksheet import UserError
from softmark.worksheet.figures.curves import bars, curves
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.typeset import typeset

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.6, 0.15])
#: deck 000, line 337: the logits, their exponentials, the sum and the softmax that are printed
LOGITS = [6, 0, 5, 3, 8]
EXPONENTIALS = [403.428793, 1.0, 148.413159, 20.0855369, 2980.95799]
SOFTMAX = [0.113517669, 2.81382168e-4, 0.0417608165, 0.00565171192, 0.838788421]


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


# -- the decks' examples and slips


def test_softmax_of_the_deck():
    """Deck 000, line 337."""
    found = values(Softmax.from_json({"z": LOGITS, "decimals": 6}))
    assert found["e"] == pytest.approx(np.array(EXPONENTIALS), rel=1e-8)
    assert found["S"] == pytest.approx(3553.8854765602264)
    assert found["p"] == pytest.approx(np.array(SOFTMAX), rel=1e-8)
    assert found["predicted"] == "5"
    shifted = values(Softmax.from_json({"z": LOGITS, "shift": True}))
    assert shifted["p"] == pytest.approx(np.array(SOFTMAX), rel=1e-8)
    assert shifted["u"].tolist() == [-2, -8, -3, -5, 0]


def test_relu_of_a_feature_map():
    """Deck 004, line 1117: the first row of the map."""
    row = [0.77, -0.11, 0.11, 0.33]
    assert values(Activations.from_json({"z": row, "functions": ["relu"]}))["relu"].tolist() == \
        [0.77, 0, 0.11, 0.33]


def test_tanh_identity_of_the_deck():
    """Deck 004, line 1404."""
    problem = TanhSigmoidIdentity.from_json({"x": [0.8, -1.3], "slopes": True, "back": "yes"})
    found = values(problem)
    assert found["r"] == pytest.approx(np.tanh([0.8, -1.3]))
    assert found["t"] == pytest.approx(found["r"])
    assert found["dt"] == pytest.approx(found["dr"])
    assert found["g"] == pytest.approx(special.expit([0.8, -1.3]))
    assert wrong_value(problem, "left the argument undoubled", "r") == \
        pytest.approx(2 * special.expit([0.8, -1.3]) - 1)


@pytest.mark.parametrize(("base", "bits"), [("10", 2), ("2", 6.643856), ("e", 4.605170)])
def test_information_of_the_sunrise_and_of_an_eclipse(base, bits):
    """Deck 002, line 3308: sunrise, probability 1, and an eclipse today, probability 1/100."""
    sunrise = values(Entropy.from_json({"p": [1], "base": base}))
    assert (sunrise["I"][0], sunrise["H"]) == (0, 0)
    eclipse = values(Entropy.from_json({"p": [0.01, 0.99], "base": base}))
    assert eclipse["I"][0] == pytest.approx(bits)


def test_loss_of_a_sequence_is_a_sum():
    """Deck 002, line 2597: minus the logarithm of the true character's probability, added up."""
    problem = CrossEntropy.from_json({"P": [[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], "targets": [1, 2, 1],
                                      "reduction": "sum"})
    assert values(problem)["L"] == pytest.approx(-math.log(0.5 * 0.8 * 0.9))
    assert wrong_value(problem, "took the mean of the losses instead of their sum", "L") == \
        pytest.approx(-math.log(0.5 * 0.8 * 0.9) / 3)


def test_divergence_and_difference_of_entropies():
    """Deck 002, lines 3322 and 3326: the difference of entropies is not yet the divergence."""
    problem = KlDivergence.from_json({"p": list(P), "q": list(Q)})
    found = values(problem)
    assert found["kl_pq"] == pytest.approx(stats.entropy(P, Q))
    assert found["kl_qp"] == pytest.approx(stats.entropy(Q, P))
    difference = -(Q * np.log(Q)).sum() + (P * np.log(P)).sum()
    assert wrong_value(problem, "took the difference of the two entropies", "kl_pq") == \
        pytest.approx(difference)


def test_bound_is_minus_error_minus_divergence():
    """Deck 002, line 3433: the bound is −MSE − KLD."""
    problem = Elbo.from_json({"x": [1, 0], "y": [0.8, 0.4], "mu": [0.5], "sigma": [0.5],
                              "reduction": "mean"})
    divergence = 0.5 * (0.25 + 0.25 - math.log(0.25) - 1)
    assert values(problem)["bound"] == pytest.approx(-0.1 - divergence)
    assert wrong_value(problem, "turned the sign of the divergence in the bound", "bound") == \
        pytest.approx(-0.1 + divergence)


def test_discriminator_table_of_the_deck():
    """Deck 002, line 3891: the value that both networks play for, and line 3981: the better loss."""
    problem = GanLosses.from_json({"real": [0.9, 0.6], "fake": [0.2, 0.3]})
    found = values(problem)
    assert found["V"] == pytest.approx(np.log([0.9, 0.6]).mean() + np.log([0.8, 0.7]).mean())
    assert (found["L_D"], found["L_G"]) == (-found["V"], found["B"])
    assert found["L_G_ns"] == pytest.approx(-np.log([0.2, 0.3]).mean())
    assert wrong_value(problem, "swapped the labels of real and generated samples", "V") == \
        pytest.approx(np.log([0.1, 0.4]).mean() + np.log([0.2, 0.3]).mean())


# -- families


def test_every_derivative_is_a_slope():
    names = [*activations.ELEMENTWISE, "maxout"]
    problem = {"functions": names, "alpha": 1.5, "slope": 0.2, "w": [0.5, -1], "b": [0.3, 0]}
    found = values(Activations.from_json({**problem, "z": [-1.1, 0.9]}))
    moved = [values(Activations.from_json({**problem, "z": [-1.1 + h, 0.9 + h]})) for h in (1e-6, -1e-6)]
    for name in names:
        assert found[f"d_{name}"] == pytest.approx((moved[0][name] - moved[1][name]) / 2e-6, abs=1e-8), name


def test_derivative_at_the_kink_is_stated():
    problem = {"z": [0, 1], "functions": ["relu"]}
    assert values(Activations.from_json(problem))["d_relu"].tolist() == [0, 1]
    assert values(Activations.from_json({**problem, "at_zero": 0.5}))["d_relu"].tolist() == [0.5, 1]


def test_derivative_at_the_value_is_a_named_mistake():
    """The slip of deck 003: f' taken at a instead of z."""
    problem = Activations.from_json({"z": [0.7], "functions": ["sigmoid"]})
    a = special.expit(0.7)
    assert wrong_value(problem, "put the value f(z) into the derivative instead of z", "d_sigmoid") == \
        pytest.approx([special.expit(a) * (1 - special.expit(a))])


def test_a_temperature_sharpens_or_flattens():
    found = values(SoftmaxTemperature.from_json({"z": [1, 0, -1], "T": [0.5, 2], "c": 3}))
    assert found["p_shifted"] == pytest.approx(found["p"])
    assert (found["effect1"], found["effect2"]) == ("sharper", "flatter")
    assert found["p1"] == pytest.approx(special.softmax([2, 0, -2]))


@pytest.mark.parametrize(("half", "reduction", "loss"),
                         [(False, "mean", 0.625), (True, "mean", 0.3125), (True, "sum", 0.625)])
def test_squared_error_by_convention(half, reduction, loss):
    problem = Losses.from_json({"task": "regression", "y": [1, 2], "a": [0.5, 3], "half": half,
                                "reduction": reduction})
    assert values(problem)["L"] == pytest.approx(loss)


def test_margins():
    found = values(Losses.from_json({"task": "margin", "y": [1, -1, -1], "a": [2, 0.5, -0.5]}))
    assert found["m"].tolist() == [2, -0.5, 0.5]
    assert (found["h"].tolist(), found["H"]) == ([0, 1.5, 0.5], pytest.approx(2 / 3))


@pytest.mark.oracle
def test_a_step_on_the_logits_agrees_with_torch(torch):
    problem = CeGradient.from_json({"z": [0.5, -0.2, 1.1], "y": [0.1, 0.8, 0.1], "h": [0.5, -2],
                                    "weights": True, "eta": 0.5})
    z = torch.tensor([0.5, -0.2, 1.1], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0.1, 0.8, 0.1], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(z[None], y[None])
    loss.backward()
    found = values(problem)
    assert found["L"] == pytest.approx(loss.item())
    assert found["g"] == pytest.approx(z.grad.numpy())
    assert found["G"] == pytest.approx(np.outer(z.grad.numpy(), [0.5, -2]))
    after = torch.nn.functional.cross_entropy((z - 0.5 * z.grad)[None], y[None]).item()
    assert found["L_new"] == pytest.approx(after) and after < loss.item()


def test_an_impossible_outcome_adds_nothing():
    problem = Entropy.from_json({"p": [0.5, 0, 0.25, 0.25], "compare": True})
    found = values(problem)
    assert (found["H"], found["H_max"], found["R"]) == (1.5, 2, 0.25)
    assert found["perplexity"] == pytest.approx(2**1.5)
    assert typeset(problem)[0].worked[0].symbol == "I_1"
    assert wrong_value(problem, "counted only the outcomes that can happen", "H_max") == \
        pytest.approx(math.log2(3))


@pytest.mark.parametrize(("given_as", "s"), [("sigma", 0.6), ("variance", 0.36), ("log_variance", "-1.0216512")])
def test_gaussian_divergence_by_what_is_given(given_as, s):
    found = values(KlGaussian.from_json({"mu": [0.5, -1], "s": [s, s], "given_as": given_as}))
    expected = [0.5 * (m**2 + 0.36 - math.log(0.36) - 1) for m in (0.5, -1)]
    assert found["D"] == pytest.approx(expected, abs=1e-7)
    assert found["total"] == pytest.approx(sum(expected), abs=1e-7)
    general = values(KlGaussian.from_json({"mu": [0.5, -1], "s": [s, s], "given_as": given_as,
                                           "standard": False}))
    assert general["D"] == pytest.approx(expected, abs=1e-7)


def test_logarithm_of_the_variance_taken_for_that_of_the_deviation():
    problem = KlGaussian.from_json({"mu": [0.5], "s": [0.4]})
    assert wrong_value(problem, "took ln σ² for ln σ", "v") == pytest.approx([math.exp(0.8)])


@pytest.mark.oracle
def test_gradients_flow_through_the_sample(torch):
    mu, s = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([0.5, -1], [0.4, -0.8]))
    eps, g = [0.7, -1.2], [0.3, 0.9]
    z = mu + torch.exp(s / 2) * torch.tensor(eps)
    z.backward(torch.tensor(g, dtype=torch.float64))
    found = values(Vae.from_json({"mu": [0.5, -1], "s": [0.4, -0.8], "eps": eps, "g": g,
                                  "backwards": True}))
    assert found["z"] == pytest.approx(z.detach().numpy(), rel=1e-6)
    assert found["d_mu"] == pytest.approx(mu.grad.numpy())
    assert found["d_s"] == pytest.approx(s.grad.numpy(), rel=1e-6)


@pytest.mark.oracle
def test_slopes_of_the_generator_losses_agree_with_torch(torch):
    found = values(GanLosses.from_json({"real": [1.5], "fake": [-2, 0.3], "logits": True}))
    for step, loss in (("s", lambda v: torch.log(1 - torch.sigmoid(v))),
                       ("t", lambda v: -torch.log(torch.sigmoid(v)))):
        v = torch.tensor([-2, 0.3], dtype=torch.float64, requires_grad=True)
        loss(v).sum().backward()
        assert found[step] == pytest.approx(v.grad.numpy())


@given(st.lists(st.tuples(*[st.decimals(-3, 3, places=1)] * 3), min_size=1, max_size=3),
       st.decimals(-3, 3, places=1))
def test_logistic_units_do_what_tanh_units_did(units, x):
    w, b, v = zip(*units, strict=True)
    found = values(TanhToLogistic.from_json({"w": w, "b": b, "v": v, "c": "0.4", "x": x}))
    assert found["o_new"] == pytest.approx(found["o"], abs=1e-12)


def test_perplexity_and_accuracy():
    found = values(CrossEntropy.from_json({"P": [[0.5, 0.5], [0.25, 0.75]], "targets": [1, 1], "base": "2",
                                           "perplexity": True}))
    assert (found["L"], found["perplexity"], found["accuracy"]) == (1.5, pytest.approx(2**1.5), 0.5)


@pytest.mark.parametrize(("family", "data", "complaint"), [
    (Activations, {"z": [1], "functions": ["relu", "relu"]}, "functions must differ"),
    (Activations, {"z": [99], "functions": ["relu"]}, "between -20 and 20"),
    (Activations, {"z": [1], "functions": ["maxout"], "w": [1, 2], "b": [1]}, "one weight w and one bias b"),
    (TanhSigmoidIdentity, {"x": [0]}, "is not 0"),
    (TanhToLogistic, {"w": [1], "b": [1, 2], "v": [1], "c": 0, "x": 1}, "one weight w"),
    (TanhToLogistic, {"w": [99], "b": [1], "v": [1], "c": 0, "x": 1}, "between -20 and 20"),
    (Softmax, {"z": [1, 13]}, "between -12 and 12"),
    (Softmax, {"z": [1, 100], "shift": True}, "differ by 12 at most"),
    (SoftmaxTemperature, {"z": [1, 2], "T": [0]}, "between 0.1 and 20"),
    (SoftmaxTemperature, {"z": [1, 1], "T": [2]}, "must not all be equal"),
    (SoftmaxTemperature, {"z": [1, 9], "T": [0.1]}, "differ by 12"),
    (SoftmaxTemperature, {"z": [1, 19], "T": [2]}, "between -12 and 12"),
    (Losses, {"task": "binary", "y": [1, 2], "a": [0.5, 0.5]}, "targets are 0 or 1"),
    (Losses, {"task": "binary", "y": [1], "a": [1]}, "ends excluded"),
    (Losses, {"task": "margin", "y": [0], "a": [1]}, "targets -1 or 1"),
    (Losses, {"task": "regression", "y": [1], "a": [1, 2]}, "one output for every target"),
    (Losses, {"task": "regression", "y": [1], "a": [9999]}, "between -1000 and 1000"),
    (CrossEntropy, {"P": [[0.5, 0.4]], "targets": [1]}, "sum to 1"),
    (CrossEntropy, {"P": [[0.5, 0.5]], "targets": [3]}, "counted from 1"),
    (CrossEntropy, {"P": [[0.5, 0.5]], "targets": [1, 1]}, "one right class for every row"),
    (CeGradient, {"z": [1, 2], "y": [1]}, "one target for every logit"),
    (CeGradient, {"z": [1, 2], "y": [1, 1]}, "sum to 1"),
    (CeGradient, {"z": [1, 20], "y": [1, 0]}, "between -6 and 6"),
    (Entropy, {"p": [0.5, 0.6]}, "sum to 1"),
    (Entropy, {"p": [1], "compare": True}, "two values are needed"),
    (KlDivergence, {"p": [0.5, 0.5], "q": [1, 0]}, "infinite"),
    (KlDivergence, {"p": [0.5, 0.5], "q": [0.2, 0.3, 0.5]}, "same number of values"),
    (KlDivergence, {"p": [0.5, 0.5], "q": [0.2, 0.3]}, "sum to 1"),
    (KlGaussian, {"mu": [1], "s": [0], "given_as": "sigma"}, "above 0"),
    (KlGaussian, {"mu": [1], "s": [9]}, "between -6 and 6"),
    (KlGaussian, {"mu": [1], "s": [1, 2]}, "one value s"),
    (KlGaussian, {"mu": [99], "s": [1]}, "between -20 and 20"),
    (Vae, {"mu": [1], "s": [1], "eps": [1, 2]}, "same number of values"),
    (Vae, {"mu": [1], "s": [-1], "eps": [1], "given_as": "variance"}, "above 0"),
    (Vae, {"mu": [1], "s": [1], "eps": [99]}, "between -20 and 20"),
    (Elbo, {"x": [1], "y": [1, 2], "mu": [0], "sigma": [1]}, "as many values"),
    (Elbo, {"x": [1], "y": [1], "mu": [0], "sigma": [0]}, "above 0"),
    (Elbo, {"x": [999], "y": [1], "mu": [0], "sigma": [1]}, "between -300 and 300"),
    (EvidenceBound, {"prior": [0.5, 0.5], "likelihood": [0.5], "q": [0.5, 0.5]}, "same number"),
    (EvidenceBound, {"prior": [0.5, 0.5], "likelihood": [0.5, 0], "q": [0.5, 0.5]}, "above 0"),
    (EvidenceBound, {"prior": [0.5, 0.6], "likelihood": [0.5, 0.5], "q": [0.5, 0.5]}, "sum to 1"),
    (GanLosses, {"real": [1], "fake": [0.5]}, "ends excluded"),
    (GanLosses, {"real": [11], "fake": [0.5], "logits": True}, "between -10 and 10"),
    (GanOptimal, {"data": [0.5, 0.5], "fake": [1]}, "same number of values"),
    (GanOptimal, {"data": [0.5, 0.5], "fake": [1, 0]}, "above 0"),
    (GanOptimal, {"data": [0.5, 0.5], "fake": [0.5, 0.5], "d": [1]}, "ends excluded")])
def test_givens_that_cannot_be_solved_are_refused(family, data, complaint):
    with pytest.raises(UserError, match=complaint):
        family.from_json(data)


def test_figures_hold_their_numbers():
    chart = bars((("p", (Decimal("0.2"), Decimal("0.8"))), ("q", (0.5, 0.5))), ["1", "2"], "Two distributions")
    assert chart.alt == "Two distributions: p = (0.2, 0.8); q = (0.5, 0.5)"
    graph = curves((("tanh", math.tanh), ("line", lambda x: x)), -2.0, 2.0, "Graphs", at=(0.5,))
    assert graph.width > 200 and graph.alt == "Graphs: tanh, line for z from -2 to 2, marked at 0.5"
    texts = {mark.text for mark in graph.marks if hasattr(mark, "text")}
    assert {"tanh", "line", "0.5", "-1"} <= texts


def test_numbers_of_places_close_together_lean_apart():
    graph = curves((("line", lambda x: x),), -3.0, 3.0, "A graph", at=(Decimal("0.7"), Decimal("0.8"), Decimal("-2.5")))
    anchors = {mark.text: mark.anchor for mark in graph.marks if hasattr(mark, "text")}
    assert (anchors["0.7"], anchors["0.8"], anchors["-2.5"]) == ("end", "start", "middle")
