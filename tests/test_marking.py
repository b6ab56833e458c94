"""Marking on the six-node network: what earns what, and what is said of it."""

from fractions import Fraction

import pytest

from softmark.grader.marking import Policy, mark
from softmark.grader.scripts import values_of, written
from softmark.templates.architectures.params_conv import ParamsConv
from softmark.templates.architectures.receptive_field import ReceptiveField
from softmark.templates.backprop.backprop_numeric import BackpropNumeric
from softmark.templates.backprop.gradient_check import GradientCheck
from softmark.templates.convolution.conv1d_shared import Conv1dShared
from softmark.templates.perceptron.perceptron_design import PerceptronDesign
from softmark.templates.training.variance_propagation import VariancePropagation
from softmark.templates.training.weight_init import WeightInit
from softmark.worksheet import Rng
from softmark.worksheet.asks import asks_of
from softmark.worksheet.runs import mistaken
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
    assert marked(Policy(locale="de"), c_6="1.218")[1]["c[6]"].verdict == "wrong", "either way"


def test_an_answer_that_is_right_by_its_less_usual_reading_only_waits_for_a_person():
    problem = ParamsConv.draw(Rng.of("doubt"), "easy")
    asks = asks_of(problem)
    ask = next(a for a in asks if a.kind == "integer" and a.value >= 1000)
    for policy, earned in ((Policy(locale="de"), 0), (Policy(locale="de", ambiguous=Fraction(1)), 1)):
        cell = next(c for c in mark(problem, asks, {ask.name: f"{ask.value:,}"}, 1, policy).cells
                    if c.verdict.answer.ask is ask)
        assert cell.verdict.verdict == "ambiguous"
        assert "could be" in cell.verdict.note
        assert cell.marks == cell.out_of * earned


def test_a_blank_is_bridged_by_the_misconception_that_the_later_answers_speak_for(marked):
    problem = BackpropNumeric.from_json(SIX_NODES)
    asks = asks_of(problem)
    run = mistaken(problem, "took a − y for y − a")
    script = written(asks, values_of(run))
    for name in list(script):
        if name.startswith("d["):
            script[name] = ""
    marks = mark(problem, asks, script, 10)
    assert "took a − y for y − a" in marks.mistakes


def test_a_slip_of_the_pen_that_nobody_went_on_with_costs_itself_only(marked):
    # d[6] is mistyped but used rightly; then c[6] goes wrong by itself
    _, verdicts = marked(d_6="0.191", c_6="0.318")
    assert [name for name, v in verdicts.items() if v.verdict == "wrong"] == ["d[6]", "c[6]"]


@pytest.mark.parametrize(("typed", "said"), [("-0.474", "sign"), ("47.4", "point"), ("0.0474", "point"),
                                             ("0.447", "swapped"), ("0.744", "swapped"), ("0.9", "")])
def test_slips_of_the_pen_are_recognized_for_every_number(marked, typed, said):
    verdict = marked(o_6=typed)[1]["o[6]"]
    assert verdict.verdict == "wrong"
    assert said in verdict.note
    assert said or not verdict.note


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


def judged(family, given, **answers):
    problem = family.from_json(given)
    marks = mark(problem, asks_of(problem), answers)
    return marks, {cell.verdict.answer.cell.name: cell.verdict for cell in marks.cells}


def test_of_two_misconceptions_the_one_that_runs_through_the_script_is_named():
    given = {"kinds": ["conv", "max", "conv"], "kernels": [2, 2, 4], "strides": [2, 2, 1]}
    answers = {"rows[1].field": "3", "rows[1].jump": "2", "rows[2].field": "7", "rows[2].jump": "4",
               "rows[3].field": "19", "rows[3].jump": "4"}
    marks, verdicts = judged(ReceptiveField, given, **answers)
    assert marks.mistakes == ["let the layer's own stride widen its field"]
    assert [v.verdict for v in verdicts.values()].count("mistake") == 1
    # added the whole kernel instead: 7 + 4 * 4
    marks, _ = judged(ReceptiveField, given, **{**answers, "rows[3].field": "23"})
    assert marks.mistakes == ["added the whole kernel instead of one less"]


def test_right_cells_speak_against_a_misconception_as_well():
    given = {"x": [3, 7, 3, 0, 6, 7, 1, 4], "w": [-1, -3, -3, -3], "stride": 2}
    marks, _ = judged(Conv1dShared, given, y="-33 -34 -42")
    assert marks.mistakes == ["slid by 1 instead of the stride"]


@pytest.mark.parametrize("central, verdict, said", [
    # the difference to -0.1206 is 0.0050: the hand saw 0.00503 or 0.00497 before it rounded
    ("-0.1256", "fails", "carried"), ("-0.1256", "passes", "right"), ("-0.1258", "fails", "carried"),
    ("-0.1250", "fails", "wrong")])
def test_a_comparison_may_go_either_way_within_the_rounding_of_own_values(central, verdict, said):
    given = {"decimals": 4, "w": [-1.2], "x": [0.9], "b": -0.6, "y": 0.1, "eps": 0.01,
             "claimed": [-0.1206], "activation": "tanh"}
    _, verdicts = judged(GradientCheck, given, **{
        "rows[1].up": "0.5321857", "rows[1].down": "0.5345984", "rows[1].chain": "-0.1206",
        "rows[1].central": central, "rows[1].verdict": verdict})
    assert verdicts["rows[1].verdict"].verdict == said


def test_a_misconception_in_several_answers_is_said_to_the_student_in_one_it_may_be_chance(marked):
    marks, _ = marked(d_6="-0.131")
    assert marks.mistakes and not marks.shown
    given = {"kinds": ["conv", "max", "conv"], "kernels": [2, 2, 4], "strides": [2, 2, 1]}
    marks, _ = judged(ReceptiveField, given, **{"rows[1].field": "3", "rows[1].jump": "2",
        "rows[2].field": "7", "rows[2].jump": "4", "rows[3].field": "19", "rows[3].jump": "4"})
    assert marks.shown == {"let the layer's own stride widen its field"}


def test_where_own_values_lose_all_bounds_the_steps_before_are_judged_still():
    """A root of what is 0 as it is written may be anything; what led there may not."""
    problem = VariancePropagation(m=(35, 73, 37), s="0.06", v="0.7", decimals=4)
    asks = asks_of(problem)
    script = written(asks, values_of(mistaken(problem, "left out the number of inputs")))
    marks = mark(problem, asks, script)
    assert script["v.3"] == "0.0000000" and marks.mistakes == ["left out the number of inputs"]
    assert {cell.verdict.answer.cell.name: cell.verdict.verdict for cell in marks.cells} == {
        "var_w": "right", "v.1": "mistake", "v.2": "repeated", "v.3": "repeated", "std": "not assessable",
        "keep": "right"}


def test_after_right_answers_rounding_is_not_forgiven_twice():
    """0.1780 follows from a variance of 0.01056, 0.1775 from the one that is written down."""
    problem = WeightInit(n_in=140, n_out=51, u=("0.3", "-0.3"), scheme="glorot", distribution="uniform", decimals=4)
    asks = asks_of(problem)
    script = {"var": "0.0105", "std": "0.1023", "r": "0.1780", "w[1]": "0.0534", "w[2]": "-0.0534"}
    marks = mark(problem, asks, script)
    assert [cell.verdict.answer.cell.name for cell in marks.cells if cell.marks < cell.out_of] == ["r"]
    assert mark(problem, asks, {**script, "r": "0.1775", "w[1]": "0.0532", "w[2]": "-0.0532"}).marks == marks.out_of
