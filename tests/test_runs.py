"""The runs of one conversation, on the six-node network of deck 002."""

from decimal import Decimal

import numpy as np
import pytest

from softmark.templates.backprop.backprop_numeric import BackpropNumeric
from softmark.worksheet.accepted import intervals
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.runs import Filled, mistake_names, mistaken, replay, solve
from softmark.worksheet.typeset import hand_values, typeset

SIX_NODES = {"x": [1, 0, 1], "W": [[0.2, 0.4, -0.5], [-0.3, 0.1, 0.2]], "b": [-0.4, 0.2],
             "V": [[-0.3, -0.2]], "c": [0.1], "y": [1], "eta": 0.9, "decimals": 3}


@pytest.fixture
def problem():
    return BackpropNumeric.from_json(SIX_NODES)


def test_solve_gives_the_reference(problem):
    run = solve(problem)
    assert run["z"].value == pytest.approx([-0.7, 0.1])
    assert run["d"].value == pytest.approx([0.13116908])
    assert run["V"].value == pytest.approx(np.array([[-0.26082885, -0.13802507]]))


def test_replay_goes_on_with_what_the_student_wrote(problem):
    run = replay(problem, {"d": Filled({(0,): 0.2})})
    assert run["c"].value == pytest.approx([0.1 + 0.9 * 0.2])
    assert run["d"].value == pytest.approx([0.13116908])


def test_intervals_hold_both_hands_and_no_blunder(problem):
    accepted = intervals(problem)
    for name, value in hand_values(problem).items():
        for index in np.ndindex(value.shape):
            assert accepted[name].holds(value[index], index)
    assert not accepted["o"].holds(0.478, (0,))


def test_a_run_on_impossible_values_is_not_assessable(problem):
    with pytest.raises(NotAssessable):
        replay(problem, {"z": np.array([1e300, np.inf])})


def test_mistakes_are_carried_on(problem):
    assert "left out the biases" in mistake_names(problem)
    run = mistaken(problem, "left out the biases")
    assert run["z"].value == pytest.approx([-0.3, -0.1])
    assert run["a"].value == pytest.approx(1 / (1 + np.exp([0.3, 0.1])))


def test_the_sheet_is_the_run_of_a_careful_hand(problem):
    lines = {line.name: line for line in typeset(problem)}
    assert lines["a"].worked[0].tex() == \
        r"a_4 = \sigma(z_4) = \frac{1}{1+e^{0.7}} = 0.332"
    assert lines["e"].whole == r"\begin{bmatrix} -0.00872 \\ -0.00653 \end{bmatrix}"


def test_values_survive_json_and_refusals_name_field_value_and_rule(problem):
    assert BackpropNumeric.from_json(problem.to_json()) == problem
    assert problem.W[0][2] == Decimal("-0.5")
    with pytest.raises(UserError, match=r"field x\[2\] = 'a': must be a number"):
        BackpropNumeric.from_json({**SIX_NODES, "x": [1, 0, "a"]})
    with pytest.raises(UserError, match="there is no field q"):
        BackpropNumeric.from_json({**SIX_NODES, "q": 1})
    with pytest.raises(UserError, match="W must have"):
        BackpropNumeric.from_json({**SIX_NODES, "x": [1, 0]})
    with pytest.raises(UserError, match="finite"):
        BackpropNumeric.from_json({**SIX_NODES, "eta": float("nan")})


def test_version_changes_only_with_behaviour(problem):
    assert BackpropNumeric.version() == BackpropNumeric.version()
    assert len(BackpropNumeric.version()) == 12
