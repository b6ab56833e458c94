"""Every worked example of the five decks that the families cover comes out of the solvers.

The printed answers lie in examples/deck_answers.csv; here stand the deck and the line each question
comes from, and the few answers that the decks print wrongly or coarsely.
"""

import csv
from pathlib import Path

import pytest

from softmark.grader.marking import mark
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import load_quiz
from softmark.problem_bank.roster import Student

EXAMPLES = Path(__file__).parent.parent / "examples"
#: question -> (deck, line of the plain-text deck where the example begins)
ORIGIN = {1: (2, 4328), 2: (2, 244), 3: (2, 131), 4: (2, 4446), 5: (4, 310), 6: (0, 116), 7: (4, 329),
          8: (3, 1190), 9: (3, 1311), 10: (0, 305), 11: (0, 325), 12: (4, 983)}
#: what the decks print wrongly, and the verdict it gets
SLIPS = {(2, "w[0]"): "mistake", (2, "w[1]"): "mistake", (2, "w[2]"): "mistake",
         (4, "a[4]"): "truncated", (4, "e[5]"): "carried", (4, "V[4][6]"): "wrong",
         (6, "layer"): "coarse", (7, "total"): "wrong", (7, "memory"): "wrong",
         (7, "weights"): "coarse", (11, "average[2][2]"): "mistake"}
SLIPPED_WORDS = ("and", "is", "one", "the")


@pytest.fixture(scope="module")
def paper():
    return make_paper(load_quiz(EXAMPLES / "deck_quiz.toml"), Student("decks", "Decks"), b"any")


@pytest.fixture(scope="module")
def verdicts(paper):
    answers = {}
    for question, ask, answer in rows():
        answers.setdefault(question, {})[ask] = answer
    return {(item.number, cell.verdict.answer.cell.name): cell.verdict
            for item in paper.problems
            for cell in mark(item.problem, item.asks, answers[item.number]).cells}


def expected(question, cell):
    if question == 9:
        return "mistake" if cell in {f"df[{w}]" for w in SLIPPED_WORDS} else "right or carried"
    if question == 7 and cell.endswith(".values"):
        return "right or coarse"
    return SLIPS.get((question, cell), "right")


def test_every_question_says_where_it_comes_from(paper):
    assert set(ORIGIN) == {item.number for item in paper.problems}


def rows():
    with (EXAMPLES / "deck_answers.csv").open(encoding="utf-8") as file:
        return [(int(r["question"]), r["ask"], r["answer"]) for r in csv.DictReader(file)]


@pytest.mark.parametrize(("question", "ask", "printed"), rows(),
                         ids=lambda value: str(value).replace(" ", "_"))
def test_printed_value(verdicts, question, ask, printed):
    found = [v.verdict for (number, cell), v in verdicts.items()
             if number == question and (cell == ask or cell.startswith(ask + "["))]
    deck, line = ORIGIN[question]
    assert found, f"deck {deck} line {line}: {ask} is not asked"
    for verdict in found:
        assert verdict in expected(question, ask).split(" or "), \
            f"deck {deck:03} line {line}: {ask} printed as {printed}: {verdict}"


def test_slips_that_are_misconceptions_are_named(verdicts):
    assert verdicts[2, "w[1]"].mistake == "gave the weights in another order"
    assert verdicts[9, "df[is]"].mistake == "counted all occurrences instead of sentences"


@pytest.mark.parametrize(("question", "cell", "value"), [
    (4, "V[4][6]", -0.2608), (7, "total", 15_237_608), (7, "memory", 60.95),
    (9, "idf[and]", 0.4771), (9, "idf[is]", 0), (9, "idf[the]", 0), (9, "idf[one]", 0.4771)])
def test_right_values_behind_the_slips(verdicts, question, cell, value):
    assert float(verdicts[question, cell].expected) == pytest.approx(value, rel=1e-3, abs=1e-9)
