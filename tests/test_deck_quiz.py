"""The printed answers to the deck quiz, marked: full marks, but where the decks slip.

examples/deck_answers.csv holds the answers, tests/decks/ says where in the decks they stand.
"""

import csv
from pathlib import Path

import pytest

from softmark.grader.marking import mark
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import load_quiz
from softmark.problem_bank.roster import Student
from tests.deck_table import of_kind

EXAMPLES = Path(__file__).parent.parent / "examples"
PLACES = {entry.quiz: entry.name for entry in of_kind("example") if entry.quiz}
#: what the decks print wrongly, and the verdict it gets
SLIPS = {(2, "w[0]"): "mistake", (2, "w[1]"): "mistake", (2, "w[2]"): "mistake",
         (4, "a[4]"): "truncated", (4, "e[5]"): "carried", (4, "V[4][6]"): "wrong",
         (6, "layer"): "coarse", (7, "input"): "coarse", (7, "total"): "wrong", (7, "memory"): "wrong",
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


def rows():
    with (EXAMPLES / "deck_answers.csv").open(encoding="utf-8") as file:
        return [(int(r["question"]), r["ask"], r["answer"]) for r in csv.DictReader(file)]


@pytest.mark.parametrize(("question", "ask", "printed"), rows(),
                         ids=lambda value: str(value).replace(" ", "_"))
def test_printed_value(verdicts, question, ask, printed):
    found = [v.verdict for (number, cell), v in verdicts.items()
             if number == question and (cell == ask or cell.startswith(ask + "["))]
    assert found, f"{PLACES[question]}: {ask} is not asked"
    for verdict in found:
        assert verdict in expected(question, ask).split(" or "), \
            f"{PLACES[question]}: {ask} printed as {printed}: {verdict}"


def test_slips_that_are_misconceptions_are_named(verdicts):
    assert verdicts[2, "w[1]"].mistake == "gave the weights in another order"
    assert verdicts[9, "df[is]"].mistake == "counted all occurrences instead of sentences"
