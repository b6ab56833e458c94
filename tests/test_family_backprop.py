"""Backpropagation families: sympy and torch as witnesses, the decks' conventions and their slips."""

import math

import numpy as np
import pytest
import sympy

from softmark.grader.marking import mark
from softmark.solvers.autodiff import gradients, parsed, times
from softmark.solvers.backprop import (
    central_difference,
    output_delta,
    output_error,
    regularised,
    squared_loss,
)
from softmark.templates.backprop.autodiff_numeric import AutodiffNumeric
from softmark.templates.backprop.autodiff_symbolic import AutodiffSymbolic
from softmark.templates.backprop.backprop_conventions import BackpropConventions
from softmark.templates.backprop.backprop_matrix import BackpropMatrix
from softmark.templates.backprop.gradient_check import GradientCheck
from softmark.templates.backprop.regularised_gradient import RegularisedGradient
from softmark.templates.backprop.symmetric_init import SymmetricInit
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.drawing import Circle, Line
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import evaluate, same, symbols
from softmark.worksheet.runs import mistake_names, mistaken, solve
from softmark.worksheet.typeset import typeset

LEVELS = ("easy", "medium", "hard")
#: deck 001, line 268: z = wx + b, y = 1/(1 + exp(−z)), L = ½(y − t)²
DECK = ["v1 = x1 * x2", "v2 = v1 + x3", "v3 = sigmoid(v2)", "v4 = v3 - x4", "v5 = v4 ^ 2", "v6 = v5 / 2"]
#: deck 002, line 4446: outputs of the two hidden nodes, and the output node
SIX = {"a": [0.332, 0.525], "V": [[-0.3, -0.2]], "c": [0.1], "y": [1], "eta": 0.9}
BATCH = {"X": [[1, -2], [0.5, 3]], "A": [[0.6, 0.3], [0.2, 0.7]], "O": [[0.8, 0.4], [0.3, 0.9]],
         "Y": [[1, 0], [0, 1]], "Theta": [[0.5, -1], [2, 0.4]]}
LAYER = {"deltas": [[0.5, -0.2], [0.1, 0.4]], "acts": [[2], [3]], "Theta": [[1, 2], [3, -1]],
         "lam": 0.1, "alpha": 0.5}
CHECK = {"w": [0.5], "x": [2], "b": 0.1, "y": 1, "eps": 0.01, "claimed": [-0.0966]}
ALIKE = {"x": [1, 2], "W": [[0.3, -0.2]] * 2, "V": [[0.5, 0.5]], "y": 1, "eta": 1}


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


def floats(table):
    return np.array(table, dtype=float)


# -- automatic differentiation


@pytest.mark.oracle
@pytest.mark.parametrize("level", LEVELS)
def test_derivatives_of_programs_agree_with_torch(torch, level):
    problem = certified_draw(AutodiffNumeric, Rng.of("torch"), level)
    x = [torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in problem.x]
    known = {f"x{i}": v for i, v in enumerate(x, 1)}
    for line in problem.program:
        name, body = line.split(" = ")
        known[name] = eval(body.replace("^", "**"), {"tanh": torch.tanh, "sigmoid": torch.sigmoid}, known)
        if known[name].requires_grad:
            known[name].retain_grad()
    known[name].backward()
    run = values(problem)
    for operation in problem.operations[:-1]:
        assert run[operation.name] == pytest.approx(known[operation.name].item())
        assert run[f"bar[{operation.name}]"] == pytest.approx(known[operation.name].grad.item())
    for i, v in enumerate(x, 1):
        assert run[f"bar[x{i}]"] == pytest.approx(v.grad.item())


def test_deck_001_line_268_the_logistic_unit():
    """z = wx + b, y = σ(z), L = ½(y − t)²: ∂L/∂w = (y − t) y (1 − y) x."""
    problem = AutodiffNumeric.from_json({"program": DECK, "x": [0.5, 2, -0.4, 1]})
    run = values(problem)
    y = 1 / (1 + math.exp(-0.6))
    assert run["v6"] == pytest.approx((y - 1) ** 2 / 2)
    assert run["bar[v2]"] == pytest.approx((y - 1) * y * (1 - y))
    assert run["bar[x1]"] == pytest.approx((y - 1) * y * (1 - y) * 2)
    assert run["bar[x4]"] == pytest.approx(1 - y)
    assert wrong_value(problem, "lost the minus of a difference", "bar[x4]") == pytest.approx(y - 1)


@pytest.mark.parametrize("line", [
    "v1 = exp(x1)", "v1 = log(x1)", "v1 = sqrt(x1)", "v1 = tanh(x1)", "v1 = sigmoid(x1)", "v1 = x1 ^ 2",
    "v1 = relu(x1)", "v1 = x1 / x2", "v1 = x2 / x1", "v1 = x1 - x2", "v1 = 3 * x1", "v1 = x1 / 2.5"])
def test_every_operation_has_the_slope_of_its_curve(line):
    program, h = parsed([line]), 1e-6
    at = {name: v for name, v in (("x1", 0.7), ("x2", -1.3)) if name in line}
    up, down = (gradients(program, {**at, "x1": 0.7 + s})["v1"] for s in (h, -h))
    assert gradients(program, at)["dx1"] == pytest.approx(central_difference(up, down, h), rel=1e-6)


def test_factors_of_sums_are_not_written():
    assert times(1, "anything") == "anything"
    assert times(2.5, -1) == -2.5
    assert times(3, 4) == 12


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(4))
def test_derivatives_in_letters_agree_with_sympy(level, seed):
    problem = certified_draw(AutodiffSymbolic, Rng.of("sympy", seed), level)
    known = dict(zip(problem.inputs, sympy.symbols(" ".join(problem.letters)), strict=True))
    inputs = dict(known)
    functions = {"exp": sympy.exp, "tanh": sympy.tanh, "sigmoid": lambda z: 1 / (1 + sympy.exp(-z))}
    for line in problem.program:
        name, body = line.split(" = ")
        known[name] = eval(body.replace("^", "**"), functions, known)
    at = dict(zip(inputs.values(), (0.3, -0.8, 1.1), strict=True))
    points = {str(letter): np.float64(v) for letter, v in at.items()}
    run = values(problem)
    for symbol in inputs.values():
        ours = evaluate(run[f"d[{symbol}]"], points)[0]
        assert float(ours) == pytest.approx(float(sympy.diff(known[name], symbol).subs(at)), rel=1e-9)


def test_a_formula_is_right_in_any_form():
    problem = AutodiffSymbolic.from_json({"program": ["v1 = x1 * x2", "v2 = v1 + x3", "v3 = v2 ^ 2"],
                                          "letters": ["a", "b", "c"]})
    marks = mark(problem, asks_of(problem), {
        "y": "a^2 b^2 + 2abc + c^2", "d[a]": "2b(ab + c)", "d[b]": "2(ab+c)", "d[c]": "2ab + 2c"})
    assert [cell.verdict.verdict for cell in marks.cells] == ["right", "right", "wrong", "right"]


def test_one_path_is_a_named_mistake():
    problem = AutodiffSymbolic.from_json({"program": ["v1 = x1 * x2", "v2 = v1 + x1"],
                                          "letters": ["a", "b"]})
    b = symbols("a b")[1]
    assert same(values(problem)["d[a]"], b + 1)
    assert same(wrong_value(problem, "followed one path only", "d[a]"), b)


def test_the_graph_has_a_circle_an_operation():
    figure = AutodiffNumeric.from_json({"program": DECK, "x": [0.5, 2, -0.4, 1]}).figure()
    assert sum(isinstance(m, Circle) for m in figure.marks) == 6
    # one arrow an operand: four sums and products of two, the others of one
    assert sum(isinstance(m, Line) and m.arrow for m in figure.marks) == 9


# -- conventions of δ


def test_the_two_errors_are_opposite_derivatives():
    o, y = np.array([0.2, 0.7]), np.array([1.0, 0.0])
    for loss in ("squared", "cross_entropy"):
        assert output_error(loss, o, y) == pytest.approx(-output_delta(loss, "sigmoid", o, y))
    with pytest.raises(ValueError, match="there is no loss"):
        output_error("hinge", o, y)


@pytest.mark.parametrize("level", LEVELS)
def test_both_conventions_descend(level):
    """sympy: the new weights are the old ones minus η times the gradient of the loss."""
    problem = certified_draw(BackpropConventions, Rng.of("sympy"), level)
    run = values(problem)
    a, c, y = (floats(v) for v in (problem.a, problem.c, problem.y))
    for j, row in enumerate(floats(problem.V)):
        w = sympy.symbols(f"w0:{len(a)}")
        o = 1 / (1 + sympy.exp(-(sum(p * q for p, q in zip(w, a, strict=True)) + c[j])))
        losses = {"A": -(y[j] * sympy.log(o) + (1 - y[j]) * sympy.log(1 - o)), "B": (y[j] - o) ** 2 / 2}
        for name, loss in losses.items():
            slopes = [float(sympy.diff(loss, v).subs(dict(zip(w, row, strict=True)))) for v in w]
            assert run[f"V{name}"][j] == pytest.approx(row - float(problem.eta) * np.array(slopes))


def test_deck_002_line_4446_the_error_of_the_output_node():
    run = values(BackpropConventions.from_json(SIX))
    assert run["z"][0] == pytest.approx(-0.105, abs=5e-4)
    assert run["o"][0] == pytest.approx(0.474, abs=5e-4)
    assert run["dB"][0] == pytest.approx(0.131, abs=5e-4)
    assert run["hB"] == pytest.approx([-0.0087, -0.0065], abs=5e-5)
    assert run["VB"][0] == pytest.approx([-0.261, -0.138], abs=5e-4)
    assert run["dA"][0] == pytest.approx(0.474 - 1, abs=5e-4)


def test_deck_003_line_80_y_minus_a_with_descent_goes_uphill():
    """δ = (y − a) f′(a) with θ ← θ − η ∂J/∂θ ascends, and its slope is taken at a."""
    problem = BackpropConventions.from_json(SIX)
    right, slip = values(problem)["VA"][0], wrong_value(
        problem, "took y − o with the derivative's sign", "VA")[0]
    before = np.array([-0.3, -0.2])
    assert ((right - before) * (slip - before) < 0).all()
    o = values(problem)["o"][0]
    s = 1 / (1 + math.exp(-o))
    assert wrong_value(problem, "took the slope at the output instead of at the net input", "dB")[0] == \
        pytest.approx((1 - o) * s * (1 - s))


# -- matrices


@pytest.mark.oracle
@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
def test_gradients_of_matrices_agree_with_torch(torch, loss):
    """Net inputs are recovered from the outputs; the mean over two samples."""
    problem = BackpropMatrix.from_json({**BATCH, "loss": loss})
    run = values(problem)
    x, a, o, y = (torch.tensor(BATCH[k], dtype=torch.float64) for k in "XAOY")
    theta = torch.tensor(BATCH["Theta"], dtype=torch.float64, requires_grad=True)
    first = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    hidden = torch.sigmoid(torch.logit(a) + x @ first.T)
    out = torch.sigmoid(torch.logit(o) + hidden @ theta.T - (a @ theta.T).detach())
    each = ((out - y) ** 2).sum(1) / 2 if loss == "squared" else \
        torch.nn.functional.binary_cross_entropy(out, y, reduction="none").sum(1)
    each.mean().backward()
    assert run["G2"] == pytest.approx(theta.grad.numpy())
    assert run["G1"] == pytest.approx(first.grad.numpy())


def test_deck_003_line_118_the_mean_and_the_outer_product():
    problem = BackpropMatrix.from_json({**BATCH, "loss": "squared"})
    run = values(problem)
    assert run["d3"][0] == pytest.approx([(0.8 - 1) * 0.8 * 0.2 / 2, 0.4 * 0.4 * 0.6 / 2])
    assert run["G2"] == pytest.approx(run["d3"].T @ floats(BATCH["A"]))
    # deck 003, line 140, has (y − a)
    assert wrong_value(problem, "took y − a for a − y", "d3") == pytest.approx(-run["d3"])
    assert wrong_value(problem, "left out the factor 1/m", "d3") == pytest.approx(2 * run["d3"])
    assert wrong_value(problem, "transposed the gradient", "G2") == pytest.approx(run["G2"].T)


# -- regularised gradient


def test_deck_002_line_655_the_average_regularised_gradient():
    problem = RegularisedGradient.from_json(LAYER)
    run = values(problem)
    assert run["Delta"] == pytest.approx(floats([[0.6, 1.3], [0.2, 0.8]]))
    assert run["D"] == pytest.approx(floats([[0.3, 0.65 + 0.2], [0.1, 0.4 - 0.1]]))
    assert run["Theta"] == pytest.approx(floats([[0.85, 2 - 0.425], [2.95, -1.15]]))
    assert wrong_value(problem, "regularised the bias too", "D")[0][0] == pytest.approx(0.4)
    assert wrong_value(problem, "did not divide by the number of samples", "D")[0] == \
        pytest.approx([0.6, 1.5])
    flipped = mistaken(problem, "divided λ by the number of samples")["D"].value
    assert flipped[0][1] == pytest.approx(0.65 + 0.1)


def test_the_regularised_gradient_is_the_gradient_of_the_regularised_cost():
    """d/dθ of the mean cost + λ/2 Σθ² without the bias."""
    rng = np.random.default_rng(4)
    total, theta = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    for spread in (False, True):
        found = regularised(total, theta, 5, 0.3, spread)
        strength = 0.3 / 5 if spread else 0.3
        expected = total / 5 + strength * theta * np.array([0, 1, 1])
        assert found == pytest.approx(expected)


# -- gradient checking


@pytest.mark.parametrize("level", LEVELS)
def test_central_difference_and_chain_rule_agree(level):
    for seed in range(10):
        run = values(certified_draw(GradientCheck, Rng.of("agree", seed), level))
        for name in [n for n in run if n.endswith(".chain")]:
            assert run[name.replace("chain", "central")] == pytest.approx(run[name], abs=5e-4)


def test_a_wrong_gradient_fails():
    z = 1.1
    a = 1 / (1 + math.exp(-z))
    right = (a - 1) * a * (1 - a) * 2
    good = GradientCheck.from_json({**CHECK, "claimed": [round(right, 4)]})
    assert values(good)["rows[1].verdict"] == "passes"
    assert values(good.replace(claimed=[round((a - 1) * 2, 4)]))["rows[1].verdict"] == "fails"
    up = squared_loss(1 / (1 + math.exp(-1.12)), 1)
    assert wrong_value(good, "took the one-sided difference", "rows[1].central") == \
        pytest.approx((up - squared_loss(a, 1)) / 0.01)


def test_a_central_difference_of_a_parabola_is_exact():
    run = values(certified_draw(GradientCheck, Rng.of("parabola"), "easy"))
    assert run["rows[1].central"] == pytest.approx(run["rows[1].chain"], rel=1e-9)


# -- units that begin alike


def test_deck_002_line_770_uniform_weights_stay_uniform():
    """The units stay alike as long as their weights to the output are equal."""
    problem = SymmetricInit.from_json(ALIKE)
    run = values(problem)
    assert run["units"] == "the same"
    assert (run["W"][0] == run["W"][1]).all()
    parted = values(problem.replace(V=[[0.5, -0.4]]))
    assert parted["units"] == "different"
    assert (parted["W"][0] != parted["W"][1]).all()


def test_a_step_of_equal_units_descends():
    problem = SymmetricInit.from_json(ALIKE)
    w, v = sympy.symbols("w1:5"), (0.5, 0.5)
    sigma = lambda z: 1 / (1 + sympy.exp(-z))  # noqa: E731
    hidden = [sigma(w[0] + 2 * w[1]), sigma(w[2] + 2 * w[3])]
    loss = (1 - sigma(v[0] * hidden[0] + v[1] * hidden[1])) ** 2 / 2
    at = dict(zip(w, (0.3, -0.2) * 2, strict=True))
    new = [float((s - sympy.diff(loss, s)).subs(at)) for s in w]
    assert values(problem)["W"].ravel() == pytest.approx(new)


# -- pages and refused givens


def test_an_adjoint_is_written_as_the_chain_rule():
    lines = {line.name: line for line in typeset(AutodiffNumeric.from_json(
        {"program": ["v1 = x1 * x2", "v2 = v1 ^ 2"], "x": [2, 3]}))}
    assert lines["bar[v1]"].worked[0].formula == r"\frac{\partial v_2}{\partial v_1}"
    assert lines["bar[x1]"].worked[0].formula == \
        r"\bar v_1\,\frac{\partial v_1}{\partial x_1}"


@pytest.mark.parametrize(("program", "rule"), [
    (["v1 = x1 * x2", "v2 = v3 + x1"], "before it is computed"),
    (["v2 = x1 * x2", "v3 = v2 ^ 2"], "must begin with v1"),
    (["v1 = x1 * x1", "v2 = v1 + x2"], "write a square"),
    (["v1 = __import__(x1)", "v2 = v1 + x2"], "is none of"),
    (["v1 = x1 + x2", "v2 = x1 * x2"], "v1 is computed, but nothing uses it"),
    (["v1 = x1 ^ 2", "v2 = exp(v1)"], "use each of x1, x2"),
    (["v1 = x1 - x2", "v2 = x1 / v1"], "divides by 0"),
])
def test_programs_that_are_none(program, rule):
    with pytest.raises(UserError, match=rule.replace("(", r"\(")):
        AutodiffNumeric.from_json({"program": program, "x": [1, 1]})


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (AutodiffSymbolic, {"program": ["v1 = x1 + x2", "v2 = relu(v1)"], "letters": ["a", "b"]}, "ReLU"),
    (AutodiffSymbolic, {"program": ["v1 = x1 + x2", "v2 = exp(v1)"], "letters": ["a", "a"]}, "must differ"),
    (AutodiffSymbolic, {"program": ["v1 = x1 + x2", "v2 = exp(v1)"], "letters": ["a", "y"]}, "other than e"),
    (BackpropConventions, {**SIX, "a": [0.3, 1.2]}, "between 0 and 1"),
    (BackpropConventions, {**SIX, "y": [1, 0]}, "one row a unit"),
    (BackpropMatrix, {**BATCH, "Y": [[1, 0]]}, "one row for every sample"),
    (BackpropMatrix, {**BATCH, "Theta": [[1, 2, 3], [1, 2, 3]]}, "one column"),
    (BackpropMatrix, {**BATCH, "A": [[1, 0.3], [0.2, 0.7]]}, "between 0 and 1"),
    (RegularisedGradient, {**LAYER, "acts": [[1]]}, "one row for every sample"),
    (RegularisedGradient, {**LAYER, "Theta": [[1], [2]]}, "a column for the bias"),
    (RegularisedGradient, {**LAYER, "lam": 0}, "greater than 0"),
    (GradientCheck, {**CHECK, "claimed": [1, 2]}, "as many numbers"),
    (GradientCheck, {**CHECK, "eps": 0}, "greater than 0"),
    (SymmetricInit, {**ALIKE, "W": [[0.3, -0.2], [0.3, 0.2]]}, "two equal rows"),
    (SymmetricInit, {**ALIKE, "V": [[0.5]]}, "one row of two"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)
