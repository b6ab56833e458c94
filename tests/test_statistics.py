"""The figures of a class against numpy, scipy and counting by hand; a planted copy is found."""

import random
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from softmark.grader import likeness
from softmark.grader.likeness import chain_tail, chance_text, fisher, likenesses
from softmark.grader.marked import Marked, mark_paper
from softmark.grader.marking import CellMark, QuestionMarks
from softmark.grader.report import class_report
from softmark.grader.scripts import values_of, written
from softmark.grader.statistics import (
    correlation,
    distribution,
    first_loss,
    fisher_interval,
    lecture_sentence,
    misconceptions,
    paths,
    questions,
    waiting,
)
from softmark.grader.submissions import Submission
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.worksheet.runs import mistake_names, mistaken, solve

QUIZ = parse_quiz("""
title = "Quiz"
course = "Networks"
[[question]]
template = "backprop/backprop_numeric"
level = "easy"
marks = 12
[[question]]
template = "architectures/cnn_shape_chain"
level = "medium"
marks = 8
[[question]]
template = ["convolution/conv_numeric", "convolution/pool_output_size"]
level = "medium"
marks = 4
[[question]]
text = "Say why."
marks = 2
answer = "So."
""", "quiz")
HANDS = ("right", "slip", "mistake", "chaos", "half")


def paper_of(student, secret=b"s" * 32):
    return make_paper(QUIZ, Student(student, f"Name {student}", ""), secret)


def right_answers(paper):
    return {f"q{item.number}.{cell}": text for item in paper.problems if item.problem is not None
            for cell, text in written(item.asks, values_of(solve(item.problem))).items()}


def marked(paper, answers):
    return mark_paper(paper, Submission(paper.paper_id, "", "test", answers), [])


def digits(text, rng, share):
    return "".join(rng.choice("0123456789") if c.isdigit() and rng.random() < share else c for c in text)


def honest(paper, rng):
    """A script by one of several hands, each question by another."""
    sheet = {}
    for item in paper.problems:
        if item.problem is None:
            continue
        hand = rng.choice(HANDS)
        answers = written(item.asks, values_of(solve(item.problem)))
        names = mistake_names(item.problem)
        if hand == "mistake" and names:
            answers = written(item.asks, values_of(mistaken(item.problem, rng.choice(list(names)))))
        elif hand == "slip":
            cell = rng.choice(list(answers))
            answers[cell] = digits(answers[cell], rng, 0.5)
        elif hand == "chaos":
            answers = {c: digits(t, rng, 0.5) if rng.random() < 0.6 else t for c, t in answers.items()}
        elif hand == "half":
            answers = dict(list(answers.items())[:len(answers) // 2])
        sheet |= {f"q{item.number}.{cell}": text for cell, text in answers.items()}
    return sheet


@pytest.fixture(scope="module")
def pool():
    """Many honest marked papers, from which classes of 40 are put together."""
    rng = random.Random(7)
    papers = [paper_of(f"s{n}") for n in range(64)]
    return [[marked(paper, honest(paper, rng)) for _ in range(2)] for paper in papers]


@pytest.fixture(scope="module")
def honest_class(pool):
    return [hands[0] for hands in pool[:12]]


def made_up(table, out_of=4):
    """A class from a table of marks: students × questions."""
    def one(number, marks):
        items = [SimpleNamespace(number=place, title=f"T{place}", problem=None, marks=Fraction(out_of))
                 for place in range(1, len(marks) + 1)]
        paper = SimpleNamespace(paper_id=f"P{number}", problems=items,
                                student=SimpleNamespace(id=f"s{number}", name=f"N{number}"))
        cells = {place: QuestionMarks((CellMark(None, Fraction(str(mark)), Fraction(out_of)),),
                                      Fraction(out_of)) for place, mark in enumerate(marks, 1)}
        return Marked(paper, None, cells)
    return [one(number, marks) for number, marks in enumerate(table)]


TABLE = [(4, 3, 0), (2, 2.5, 4), (0, 1, 2), (3, 3, 1), (4, 4, 4), (1, 0.5, 3), (2, 2, 0)]


def test_totals_are_those_of_numpy():
    totals = np.array(TABLE).sum(axis=1)
    found = distribution(made_up(TABLE))
    assert found.totals == tuple(totals) and found.out_of == 12 and not found.percent
    assert found.mean == pytest.approx(totals.mean()) and found.median == np.median(totals)
    assert found.deviation == pytest.approx(totals.std(ddof=1))
    assert (found.quartile, found.upper_quartile) == tuple(np.percentile(totals, (25, 75)))
    assert sum(b.count for b in found.bins) == len(TABLE)
    assert found.bins[0].low == 0 and found.bins[-1].high >= 12
    for b in found.bins:
        last = b is found.bins[-1]
        assert b.count == sum(b.low <= t < b.high or (last and t == b.high) for t in totals)


def test_papers_out_of_different_marks_are_compared_in_percent():
    found = distribution(made_up([(4, 4)]) + made_up([(2,)]))
    assert found.percent and found.totals == (100.0, 50.0) and found.out_of == 100
    assert distribution([]) is None and distribution(made_up([(0,)], out_of=0)) is None


def test_difficulty_and_discrimination_are_those_of_scipy():
    table = np.array(TABLE)
    for question, column in zip(questions(made_up(TABLE)), table.T, strict=True):
        rest = table.sum(axis=1) - column
        assert question.share == pytest.approx((column / 4).mean())
        expected = stats.pearsonr(column, rest)
        assert question.discrimination == pytest.approx(expected.statistic)
        assert question.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_discrimination_is_undefined_where_it_has_no_meaning():
    assert correlation([1, 2], [1, 2]) is None
    assert correlation([1, 1, 1], [1, 2, 3]) is None and correlation([1, 2, 3], [2, 2, 2]) is None
    assert fisher_interval(None, 9) is None and fisher_interval(0.5, 3) is None
    assert [q.discrimination for q in questions(made_up([(1,), (2,), (3,)]))] == [None]


def test_first_errors_are_counted_by_hand():
    papers = [paper_of(f"p{n}") for n in range(4)]
    sheets = [right_answers(paper) for paper in papers]
    sheets[1]["q1.a[3]"], sheets[1]["q1.c[5]"] = "77", "99"
    sheets[2]["q1.a[4]"] = "88"
    del sheets[3]["q1.d[5]"]
    sheets[3]["q1.c[5]"] = "66"
    found = [marked(paper, sheet) for paper, sheet in zip(papers, sheets, strict=True)]
    path = next(p for p in paths(found) if p.number == 1)
    steps = {step.name: step for step in path.steps}
    assert (path.scripts, path.clean) == (4, 1)
    assert (steps["a"].first, steps["a"].wrong, steps["a"].stopped) == (2, 2, 0)
    assert (steps["d"].first, steps["d"].stopped) == (0, 1)
    assert (steps["c"].first, steps["c"].wrong) == (0, 2)
    assert [step.name for step in path.steps] == [ask.name for ask in papers[0].problems[0].asks]
    assert first_loss(found[0].questions[1]) == ("", "first")
    assert sum(p.scripts for p in paths(found) if p.number == 3) == 4


def test_misconceptions_are_ranked_by_students():
    papers = [paper_of(f"m{n}") for n in range(5)]
    sheets = [right_answers(paper) for paper in papers]
    for paper, sheet, name in zip(papers, sheets, ["left out the biases"] * 3, strict=False):
        sheet |= {f"q1.{cell}": text for cell, text in written(
            paper.problems[0].asks, values_of(mistaken(paper.problems[0].problem, name))).items()}
    found = misconceptions([marked(p, s) for p, s in zip(papers, sheets, strict=True)])
    assert (found[0].name, found[0].students, found[0].asked) == ("left out the biases", 3, 5)
    assert (found[0].slug, found[0].step, found[0].firm) == ("backprop/backprop_numeric", "z", 3)
    assert "3 students of 5" in found[0].sentence and "Net input" in found[0].sentence


def test_the_sentence_is_no_surer_than_its_evidence():
    assert "ask the class" in lecture_sentence("n", "t", 9, 2, 20)
    assert "worked example" in lecture_sentence("n", "t", 9, 8, 20)
    assert "a minute" in lecture_sentence("n", "t", 4, 4, 20)
    assert "that student" in lecture_sentence("n", "t", 1, 1, 3)
    assert "with them" in lecture_sentence("n", "t", 2, 2, 90)


def test_what_waits_for_a_person():
    paper = paper_of("w")
    sheet = right_answers(paper) | {"q1.z[3]": "see back of page"}
    (one,) = waiting([marked(paper, sheet)])
    assert (one.question, one.cell, one.raw, one.verdict) == (1, "z[3]", "see back of page", "invalid")
    assert one.paper == paper.paper_id and "not a number" in one.note


def test_the_chain_is_the_binomial_tail_where_cells_are_independent():
    for n, k, p in ((10, 3, 0.2), (25, 20, 0.4), (6, 6, 0.01), (4, 0, 0.3)):
        assert chain_tail([p] * n, [p] * n, k) == pytest.approx(stats.binom.sf(k - 1, n, p))


def test_the_chain_is_what_a_simulation_says():
    rng = np.random.default_rng(1)
    first, after = np.array([0.1, 0.2, 0.05, 0.3, 0.1]), np.array([0.5, 0.6, 0.9, 0.4, 0.7])
    fits = np.zeros((200_000, 5), dtype=bool)
    for place in range(5):
        chance = np.where(fits.any(axis=1), after[place], first[place])
        fits[:, place] = rng.random(len(fits)) < chance
    for k in range(6):
        assert chain_tail(first, after, k) == pytest.approx((fits.sum(axis=1) >= k).mean(), abs=4e-3)


def test_fishers_method_is_that_of_scipy():
    for tails in ([0.3], [0.01, 0.5, 1.0], [1e-9, 0.2, 0.7, 0.03]):
        assert fisher(tails) == pytest.approx(stats.combine_pvalues(tails).pvalue)
    assert fisher([]) == 1.0 and fisher([0.0, 1.0]) == 0.0


def test_small_chances_in_words():
    assert chance_text(1 / 3456) == "about 1 in 3,000"
    assert chance_text(1e-30) == "less than 1 in 1,000,000"


def test_honest_classes_raise_no_alarm(pool):
    for seed in range(20):
        rng = random.Random(seed)
        assert likenesses([rng.choice(hands) for hands in rng.sample(pool, 40)]) == []


@pytest.mark.parametrize("copied", [(1, 2, 3), (1,), (2,)])
def test_a_planted_copy_is_found(pool, copied):
    honest_ones = [hands[0] for hands in pool[:40]]
    thief, source = honest_ones[5].paper, right_answers(honest_ones[9].paper)
    sheet = {cell: text for cell, text in right_answers(thief).items() if int(cell[1]) not in copied}
    sheet |= {cell: text for cell, text in source.items() if int(cell[1]) in copied}
    found = likenesses([*honest_ones[:5], marked(thief, sheet), *honest_ones[6:]])
    assert [(one.student, one.other_student) for one in found] == [("s5", "s9")]
    assert found[0].probability < likeness.LEVEL and len(found[0].fits) >= 3
    assert {fit.question for fit in found[0].fits} <= set(copied)
    assert all(sheet[f"q{fit.question}.{fit.cell}"] == fit.raw for fit in found[0].fits)
    assert "by chance" in found[0].sentence


def test_the_same_student_twice_is_no_copy(pool):
    ones = [hands[0] for hands in pool[:12]]
    again = marked(ones[3].paper, right_answers(ones[4].paper))
    again.paper = replace(again.paper, paper_id="again", student=ones[4].paper.student)
    assert [one.other_student for one in likenesses([*ones, again])] == []


def test_a_class_too_small_for_chance_is_left_alone(pool):
    ones = [hands[0] for hands in pool[:4]]
    assert likenesses([*ones, marked(paper_of("c"), right_answers(ones[0].paper))]) == []


def test_the_report_holds_it_all(honest_class):
    seen = []
    report = class_report(honest_class, seen.append)
    assert len(seen) == len(report.rows) == 12 and report.by_hand == (4,)
    assert [row.total / row.out_of for row in report.rows] == sorted(
        (row.total / row.out_of for row in report.rows), reverse=True)
    assert report.glance[0].startswith("The median is")
    record = report.as_json()
    assert {"totals", "questions", "paths", "misconceptions", "waiting", "likenesses", "rows"} <= set(record)
    assert {"marks", "out_of", "for_a_person"} == set(record["rows"][0]["marks"][1])
