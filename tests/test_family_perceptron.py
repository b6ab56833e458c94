"""Perceptron families: solvers against witnesses, the decks' examples, their slips, refused givens."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given as drawn
from hypothesis import strategies as st

from softmark.solvers import boolean
from softmark.solvers.perceptron import (
    collapsed,
    linear_layer,
    lms_change,
    opposite_pairs,
    separating_weights,
    squared_error,
)
from softmark.templates.perceptron.boolean_network import BooleanNetwork
from softmark.templates.perceptron.delta_rule import DeltaRule
from softmark.templates.perceptron.dense_matvec import DenseMatvec
from softmark.templates.perceptron.linear_classifier import LinearClassifier
from softmark.templates.perceptron.linear_collapse import LinearCollapse
from softmark.templates.perceptron.linear_collapse_symbolic import LinearCollapseSymbolic
from softmark.templates.perceptron.perceptron_design import FEASIBLE, PerceptronDesign
from softmark.templates.perceptron.perceptron_design2 import PerceptronDesign2
from softmark.templates.perceptron.perceptron_training import PerceptronTraining
from softmark.templates.perceptron.separability import Separability
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.drawing import Line, Rect, Text
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import same, symbols
from softmark.worksheet.figures.network import network
from softmark.worksheet.figures.plane import crossing
from softmark.worksheet.runs import mistake_names, mistaken, replay, solve
from softmark.worksheet.typeset import typeset

#: deck 002, line 66: points and colours, and the line 2 x1 + 3 x2 − 25 > 0 for green
POINTS = [[1, 9], [10, 9], [4, 7], [4, 5], [5, 3], [8, 9], [4, 2], [2, 5], [7, 1], [2, 10], [8, 5],
          [1, 2], [8, 2]]
GREEN = [1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]
COLOURS = {"w": [-25, 2, 3], "points": POINTS, "labels": GREEN, "sides": ["Green", "Red"]}
#: deck 002, line 297: the outputs of the red, blue and black line, and 1 where it is green
REGION = [1, 0, 1, 1, 1, 1, 1, 1]
LINES = {"lines": [[-2, 1, 0], [-3, 0, 1], [7, -1, -1]], "targets": REGION, "point": [1, 5.5]}


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


# -- solvers


@pytest.mark.parametrize(("n", "separable"), [(1, 4), (2, 14), (3, 104)])
def test_how_many_functions_one_unit_computes(n, separable):
    """Muroga (1971), table of threshold functions: 4, 14, 104 of 4, 16, 256."""
    inputs = list(product((0, 1), repeat=n))
    count = 0
    for outputs in product((0, 1), repeat=2 ** n):
        w = separating_weights(inputs, outputs)
        on = [x for x, y in zip(inputs, outputs, strict=True) if y]
        off = [x for x, y in zip(inputs, outputs, strict=True) if not y]
        assert (w is None) == (opposite_pairs(on, off) is not None)
        if w is not None:
            count += 1
            nets = [w[0] + np.dot(w[1:], x) for x in inputs]
            assert all(s >= 1 if y else s <= -1 for s, y in zip(nets, outputs, strict=True))
    assert count == separable


def test_separability_agrees_with_linear_programming():
    from scipy.optimize import linprog

    inputs = list(product((0, 1), repeat=3))
    for number in range(0, 256, 5):
        outputs = tuple(int(bit) for bit in format(number, "08b"))
        rows = [[-(2 * y - 1) * v for v in (1, *x)] for x, y in zip(inputs, outputs, strict=True)]
        found = linprog(np.zeros(4), A_ub=rows, b_ub=-np.ones(8), bounds=(None, None)).status == 0
        assert found == (separating_weights(inputs, outputs) is not None), outputs


@drawn(st.lists(st.integers(0, 1), min_size=8, max_size=8))
def test_minimal_sums_are_the_function_and_as_short_as_sympy_makes_them(outputs):
    outputs = tuple(outputs)
    products = boolean.minimal_sum(outputs)
    assert boolean.outputs_of(products, 3) == outputs
    names = sympy.symbols("a b c")
    theirs = sympy.SOPform(names, [list(map(int, row)) for row in boolean.minterms(outputs)])
    terms = theirs.args if isinstance(theirs, sympy.Or) else [theirs] if products else []
    assert len(products) <= len(terms)


def test_formulas_are_written_with_letters():
    assert boolean.written(("1-0", "-1-"), ("A", "B", "C")) == "A C' + B"
    assert boolean.written(("---",), ("A", "B", "C")) == "1"
    assert boolean.written((), ("A", "B", "C")) == "0"
    assert boolean.outputs_of(boolean.dual(("11-", "--1")), 3) == (0, 0, 0, 1, 0, 1, 0, 1)


@drawn(st.integers(0, 10_000))
def test_the_delta_rule_goes_down_the_gradient(seed):
    rng = np.random.default_rng(seed)
    x, t, w = rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=3)

    def outputs(weights):
        return weights[0] + x @ weights[1:]

    total = sum(lms_change(a, b, o, 1.0) for a, b, o in zip(x, t, outputs(w), strict=True))
    for i in range(3):
        up, down = w.copy(), w.copy()
        up[i] += 1e-6
        down[i] -= 1e-6
        slope = (squared_error(t, outputs(up)) - squared_error(t, outputs(down))) / 2e-6
        assert total[i] == pytest.approx(-slope, abs=1e-6)


@pytest.mark.oracle
def test_a_batch_step_agrees_with_torch(torch):
    problem = certified_draw(DeltaRule, Rng.of("torch"), "medium")
    w = torch.tensor([float(v) for v in problem.start], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([[1.0, *map(float, row)] for row in problem.points], dtype=torch.float64)
    t = torch.tensor([float(v) for v in problem.t], dtype=torch.float64)
    loss = ((t - x @ w) ** 2).sum() / 2
    loss.backward()
    run = values(problem)
    assert run["E"] == pytest.approx(loss.item())
    assert run["w"] == pytest.approx((w - float(problem.eta) * w.grad).detach().numpy())


def test_an_incremental_epoch_agrees_with_scikit_learn():
    from sklearn.linear_model import SGDRegressor

    problem = certified_draw(DeltaRule, Rng.of("sklearn"), "hard")
    theirs = SGDRegressor(penalty=None, learning_rate="constant", eta0=float(problem.eta), max_iter=1,
                          shuffle=False, tol=None)
    start = [float(v) for v in problem.start]
    x = np.array(problem.points, dtype=float)
    theirs.fit(x, np.array(problem.t, dtype=float), coef_init=start[1:], intercept_init=start[:1])
    assert values(problem)["w"] == pytest.approx([*theirs.intercept_, *theirs.coef_])


@drawn(st.integers(0, 10_000))
def test_two_linear_layers_are_one(seed):
    rng = np.random.default_rng(seed)
    w, b, v, c, x = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3), 0.7, rng.normal(size=2)
    weights, bias = collapsed(w, b, v, c)
    assert weights @ x + bias == pytest.approx(v @ (w @ x + b) + c)


def test_unknown_conventions_are_refused():
    with pytest.raises(ValueError, match="in_out or out_in"):
        linear_layer(np.eye(2), np.eye(2), "sideways")


# -- the decks' examples


def test_deck_002_line_88_the_line_tells_green_from_red():
    run = values(LinearClassifier.from_json(COLOURS))
    assert run["errors"] == 0
    assert [run[f"rows[{i}].class"] for i in range(1, 14)] == ["Green" if g else "Red" for g in GREEN]
    assert run["rows[1].score"] == 2 * 1 + 3 * 9 - 25
    assert wrong_value(LinearClassifier.from_json(COLOURS), "exchanged the coordinates",
                       "rows[1].score") == 2 * 9 + 3 * 1 - 25


def test_deck_002_line_131_the_rule_says_strictly_but_the_trace_needs_zero_to_be_green():
    """With the trace's last weights the point (8, 5), green, scores exactly 0."""
    last = {**COLOURS, "w": [-1.04, 0.02, 0.18]}
    assert values(LinearClassifier.from_json({**last, "tie": ">="}))["errors"] == 0
    start = {"points": POINTS, "targets": [2 * g - 1 for g in GREEN], "start": [0.5, 0.5, 0.5],
             "eta": 0.01, "epochs": 40, "tie": ">="}
    zero = [Fraction(w[0]) + Fraction(w[1]) * a + Fraction(w[2]) * b for w in
            [values(PerceptronTraining.from_json(start))[f"w[{e}]"] for e in range(1, 41)]
            for a, b in POINTS]
    assert 0 in zero


def test_deck_002_line_297_the_region_of_three_lines():
    problem = BooleanNetwork.from_json(LINES)
    run = values(problem)
    assert run["formula"] == "y1 + y2 + y3'"
    assert run["units"] == 7
    assert set(mistake_names(problem)) >= {"missed a row with a 1", "exchanged AND and OR"}
    assert wrong_value(problem, "exchanged AND and OR", "formula") == "y1 y2 y3'"
    assert wrong_value(problem, "took the rows with a 0", "formula") == "y1' y2' y3"
    assert [run[f"rows[{j}].output"] for j in (1, 2, 3)] == [0, 1, 1]
    assert run["region"] == "yes"


def test_deck_002_line_240_xor_is_not_possible_but_its_neighbours_are():
    problem = Separability.from_json({"functions": [[0, 1, 1, 0], [0, 0, 0, 1], [0, 1, 1, 1], [0, 0, 1, 0]]})
    run = values(problem)
    assert [run[f"separable[{i}]"] for i in (1, 2, 3, 4)] == ["no", "yes", "yes", "yes"]
    assert run["rows"].tolist() == [2, 3, 1, 4]
    assert wrong_value(problem, "took XOR or its negation for separable", "separable[1]") == "yes"


def test_deck_002_line_362_the_epoch_of_the_delta_rule_adds_up_all_changes():
    problem = DeltaRule.from_json({"points": [[2], [-3]], "t": [1, 2], "start": [0, 0], "eta": 0.1})
    run = values(problem)
    assert run["w"].tolist() == pytest.approx([0.3, 0.2 - 0.6])
    assert run["E"] == 2.5
    assert wrong_value(problem, "left out the input", "dw[2]").tolist() == pytest.approx([0.2, 0.2])
    online = mistaken(problem, "changed the weights after each sample instead of once an epoch")
    assert online["o[2]"].value == pytest.approx(0.1 - 3 * 0.2)


def test_deck_002_line_393_the_formula_of_the_single_perceptron():
    problem = LinearCollapseSymbolic.from_json({
        "hidden": [["w10", "w11", "w12"], ["w20", "w21", "w22"]], "output": ["w30", "w31", "w32"]})
    run = values(problem)
    w10, w11, w12, w20, w21, w22, w30, w31, w32 = symbols("w10 w11 w12 w20 w21 w22 w30 w31 w32")
    assert same(run["w[0]"], w30 + w31 * w10 + w32 * w20)
    assert same(run["w[1]"], w31 * w11 + w32 * w21)
    assert same(run["w[2]"], w31 * w12 + w32 * w22)
    assert same(wrong_value(problem, "left out the products of weights and hidden biases", "w[0]"), w30)


# -- families


@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_the_single_unit_gives_the_same_output(level):
    run = values(certified_draw(LinearCollapse, Rng.of("same"), level))
    assert run["again"] == run["o"]


def test_points_on_the_line_follow_the_tie_rule():
    given = {"w": [-6, 1, 2], "points": [[2, 2], [1, 1], [6, 6]]}
    assert values(LinearClassifier.from_json(given))["rows[1].class"] == "red"
    other = LinearClassifier.from_json({**given, "tie": ">="})
    assert values(other)["rows[1].class"] == "green"
    assert mistaken(other, "put a point on the line to the other side")["rows[1].class"].value == "red"


def test_own_weights_of_a_region_are_carried_on():
    problem = BooleanNetwork.from_json(LINES)
    check = solve(problem)["v"].step.check
    own = np.array([Fraction(1, 2), 1, 1, -1], dtype=object)
    assert check(own) == []
    assert check(np.array([0, 1, 1, 1], dtype=object)) == [
        "for (0, 0, 1) the net input is 1, but the output must be 0"]
    assert replay(problem, {"v": own})["net"].value == Fraction(1, 2)


def test_a_proof_needs_rows_that_add_up():
    problem = Separability.from_json({"functions": [[0, 1, 1, 0], [0, 0, 0, 1]]})
    check = solve(problem)["rows"].step.check
    assert check([3, 2, 4, 1]) == []
    assert check([2, 3, 1, 1]) == ["the inputs add up to (1, 1) and to (0, 0)"]
    assert check([1, 3, 2, 4])[0] == "the output in row 1 is 0, not 1"
    assert check([0, 3, 2, 9]) == ["rows are numbered from 1 to 4"]


def test_the_asks_do_not_say_which_function_is_separable():
    one = Separability.from_json({"functions": [[0, 1, 1, 0], [0, 0, 0, 1]]})
    two = one.replace(functions=[[0, 0, 0, 1], [0, 1, 1, 0]])
    assert [(s.step.name, s.step.title) for s in solve(one).values()] == \
        [(s.step.name, s.step.title) for s in solve(two).values()]


# -- figures


def test_a_line_enters_and_leaves_the_frame():
    assert crossing((-5.0, 1.0, 1.0), 0, 10) == ((0, 5), (5, 0))
    assert crossing((-5.0, 1.0, 0.0), 0, 10) == ((5, 0), (5, 10))
    assert crossing((-25.0, 1.0, 1.0), 0, 10) is None


def test_the_classifier_shows_its_line_and_the_design_does_not_betray_one():
    def dashes(figure):
        return [m for m in figure.marks if isinstance(m, Line) and m.colour == "accent"]

    assert dashes(LinearClassifier.from_json(COLOURS).figure())
    training = certified_draw(PerceptronTraining, Rng.of("figure"), "medium").replace(start=[-1, 1, 1])
    assert dashes(training.figure())
    assert not dashes(certified_draw(PerceptronDesign2, Rng.of("figure"), "medium").figure())


def test_a_line_outside_the_frame_is_not_in_the_legend():
    training = PerceptronTraining.from_json({
        "points": [[0, 0], [3, 3]], "targets": [-1, 1], "start": [90, 1, 1], "eta": 0.1})
    assert "first line" not in [m.text for m in training.figure().marks if isinstance(m, Text)]


def test_a_contribution_is_written_out():
    lines = {line.name: line for line in typeset(DeltaRule.from_json(
        {"points": [[2], [-3]], "t": [1, 2], "start": [0.5, 0.2], "eta": 0.1}))}
    assert lines["dw[1]"].worked[1].formula == r"\eta\,(t_1 - o_1) x_{11}"
    assert lines["dw[1]"].worked[1].numbers == r"0.1 \cdot (1 - 0.9) \cdot 2"


# -- refused givens


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (LinearClassifier, {**COLOURS, "w": [1, 0, 2]}, "w1 and w2 are not 0"),
    (LinearClassifier, {**COLOURS, "labels": [1, 0]}, "0 or 1 for every point"),
    (LinearClassifier, {**COLOURS, "sides": ["a", "a"]}, "different names"),
    (LinearClassifier, {**COLOURS, "w": [0, 1, 2], "crossings": True}, "through the origin"),
    (LinearClassifier, {**COLOURS, "points": [[1, 2, 3]], "labels": []}, "points are pairs"),
    (DeltaRule, {"points": [[1]], "t": [1, 2], "start": [0, 0], "eta": 1}, "a target for every one"),
    (DeltaRule, {"points": [[1]], "t": [1], "start": [0], "eta": 1}, "one weight for every input"),
    (DeltaRule, {"points": [[1]], "t": [1], "start": [0, 0], "eta": 0}, "greater than 0"),
    (Separability, {"functions": [[0, 1, 1, 0], [1, 0, 0, 1]]}, "one function at least"),
    (Separability, {"functions": [[0, 1, 1, 0], [1, 0, 0]]}, "4 or every function 8"),
    (BooleanNetwork, {**LINES, "targets": [1] * 8}, "both of them"),
    (BooleanNetwork, {**LINES, "lines": [[1, 0, 0]] * 3}, "not both 0"),
    (BooleanNetwork, {**LINES, "lines": [[1, 1, 1]] * 2}, "three rows"),
    (DenseMatvec, {"W": [[1, 2]], "X": [[1], [2]]}, "one row for every input"),
    (DenseMatvec, {"W": [[1000]], "X": [[1]]}, "-999 to 999"),
    (DenseMatvec, {"W": [[1]], "X": [[1] * 5]}, "4 samples"),
    (LinearCollapse, {"W": [[1, 2]], "b": [1, 2], "v": [1], "v0": 0, "x": [1, 2]}, "one row a hidden"),
    (LinearCollapseSymbolic, {"hidden": [["a", "b"]], "output": ["a", "c"]}, "all letters must differ"),
    (LinearCollapseSymbolic, {"hidden": [["a", "x1"]], "output": ["b", "c"]}, "other than e, h, x, y"),
    (LinearCollapseSymbolic, {"hidden": [["a", "b"]], "output": ["c"]}, "at least 2"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)


def test_weights_in_a_figure_stand_clear_of_other_edges_and_of_each_other():
    size = range(3)
    weights = {(f"x{i}", f"y{j}"): "-1.9" for i in size for j in size}
    marks = network([[f"x{i}" for i in size], [f"y{j}" for j in size]], weights).marks
    lines = [mark for mark in marks if isinstance(mark, Line)]
    boxes = [(*mark.corner, mark.corner[0] + mark.width, mark.corner[1] + mark.height)
             for mark in marks if isinstance(mark, Rect)]
    assert len(boxes) == len(lines) == 9
    for own, (left, top, right, bottom) in enumerate(boxes):
        for line in [line for number, line in enumerate(lines) if number != own]:
            places = [tuple(a + t / 200 * (b - a) for a, b in zip(line.start, line.end, strict=True)) for t in range(201)]
            assert not any(left < x < right and top < y < bottom for x, y in places)
        assert not any(left < r and a < right and top < d and b < bottom for a, b, r, d in boxes[:own])


@pytest.mark.parametrize(("targets", "low", "margin"), [*product(FEASIBLE, (0, -1), (0, 1, 3))])
def test_designs_keep_their_margin_and_mistaken_ones_do_not(targets, low, margin):
    problem = PerceptronDesign(targets=targets, low=low, margin=margin)
    step = solve(problem)["w"].step
    nets = [sum(np.array(step.value) * (1, *x)) for x, _ in problem.rows]
    assert [net >= 0 for net in nets] == [t == 1 for t in targets] and min(map(abs, nets)) >= margin
    assert not step.check(step.value) and all(step.check(wrong()) for wrong in step.wrong.values())
