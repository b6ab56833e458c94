"""Marking on the six-node network: what earns what, and what is said of it."""

from fractions import Fraction

import pytest

from softmark.grader.marking import Policy, mark
from softmark.templates.backprop.backprop_numeric import BackpropNumeric
from softmark.templates.perceptron.perceptron_design import PerceptronDesign
from softmark.worksheet.asks import asks_of
from tests.test_runs import SIX_NODES

RIGHT = {"z[4]": "-0.7", "z[5]": "0.1", "a[4]": "0.332", "a[5]": "0.525", "n[6]": "-0.105",
         "o[6]": "0.474", "d[6]": "0.131", "e[4]": "-0.00872", "e[5]": "-0.00654",
         "V[4][6]": "-0.261", "V[5][6]": "-0.138", "c[6]": "0.218", "W[1][4]": "0.192",
         "W[2][4]": "0.4", "W[3][4]": "-0.508", "W[1][5]": "-0.306", "W[2][5]": "0.1",
         "W[3][5]": "0.194", "b[4]": "-0.408", "b[5]": "0.194"}


@pytest.fixture
def marked():
    problem = BackpropNumeric.from_json(SIX_NODES)
    asks = asks_of(problem)

    def run(policy=None, **changes):
        answers = {**RIGHT, **{k.replace("_", "[", 1) + "]" if "_" in k else k: v
                               for k, v in changes.items()}}
        marks = mark(problem, asks, answers, 10, policy)
        return marks, {cell.verdict.answer.cell.name: cell.verdict for cell in marks.cells}

    return run


def test_right_answers_earn_everything(marked):
    assert marked()[0].marks == 10


def test_one_slip_costs_one_cell_and_the_rest_is_carried_on(marked):
    marks, verdicts = marked(d_6="0.161", e_4="-0.0107", e_5="-0.00803", c_6="0.245",
                             **{"V[4][6]": "-0.252", "V[5][6]": "-0.124", "W[1][4]": "0.190",
                                "W[3][4]": "-0.510", "W[1][5]": "-0.307", "W[3][5]": "0.193",
                                "b[4]": "-0.410", "b[5]": "0.193"})
    assert verdicts["d[6]"].verdict == "wrong"
    assert verdicts["V[4][6]"].verdict == "carried"
    assert marks.marks == 9


def test_a_reversed_sign_and_a_moved_point_are_said(marked):
    assert "sign" in marked(n_6="0.105")[1]["n[6]"].note
    assert marked(d_6="-0.131")[1]["d[6]"].mistake == "took a − y for y − a"
    assert "point" in marked(o_6="4.74")[1]["o[6]"].note


def test_coarse_and_cut_off_answers_earn_the_share_the_quiz_sets(marked):
    marks, verdicts = marked(o_6="0.47")
    assert verdicts["o[6]"].verdict == "coarse"
    assert marks.marks == Fraction(19, 2)
    assert marked(o_6="0.473")[1]["o[6]"].verdict == "truncated"
    assert marked(Policy(coarse=Fraction(1)), o_6="0.47")[0].marks == 10


def test_blank_invalid_and_ambiguous_are_no_wrong_answers(marked):
    verdicts = marked(o_6="", d_6="see above")[1]
    assert verdicts["o[6]"].verdict == "blank"
    assert verdicts["d[6]"].verdict == "invalid"
    assert "number" in verdicts["d[6]"].note
    doubtful = marked(Policy(locale="de"), c_6="1.218")[1]["c[6]"]
    assert doubtful.verdict == "ambiguous"


def test_a_whole_array_in_one_piece(marked):
    problem = BackpropNumeric.from_json(SIX_NODES)
    asks = asks_of(problem)
    answers = {k: v for k, v in RIGHT.items() if not k.startswith("V")}
    assert mark(problem, asks, answers, 10).marks == 9
    assert mark(problem, asks, {**answers, "V": "[-0.261]"}, 10).marks == 9
    assert mark(problem, asks, {**answers, "V": "[[-0.261, -0.138]]"}, 10).marks == 10


def test_an_answer_stays_in_its_interval(marked):
    """An error twice as wide as the interval is not right."""
    assert marked(o_6="0.4771")[1]["o[6]"].verdict == "wrong"


@pytest.mark.parametrize(("weights", "verdict"), [
    (("-1", "1.5", "-1"), "right"), (("-2", "3", "-2"), "right"), (("-1", "-1", "1.5"), "mistake"),
    (("0", "1", "-1"), "wrong"), (("-1/2", "1", "-0.75"), "right")])
def test_any_design_that_works_is_right(weights, verdict):
    problem = PerceptronDesign.from_json({"targets": [0, 0, 1, 0]})
    asks = asks_of(problem, ["w"])
    marks = mark(problem, asks, {f"w[{i}]": w for i, w in enumerate(weights)})
    assert {cell.verdict.verdict for cell in marks.cells} == {verdict}
    if verdict == "wrong":
        assert "net input" in marks.cells[0].verdict.note


def test_a_students_own_design_is_carried_on():
    problem = PerceptronDesign.from_json({"targets": [0, 0, 1, 0]})
    asks = asks_of(problem, ["w", "*net"])
    answers = {"w[0]": "-2", "w[1]": "3", "w[2]": "-2", "rows[1].net": "-2", "rows[2].net": "-4",
               "rows[3].net": "1", "rows[4].net": "-1"}
    assert mark(problem, asks, answers).marks == 1
    del answers["w[0]"]
    without = mark(problem, asks, answers)
    assert {c.verdict.verdict for c in without.cells if c.verdict.answer.ask.kind == "number"} <= \
        {"right", "not assessable"}
