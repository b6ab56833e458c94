"""Every worked number of the five lecture decks comes out of the families; the table is tests/decks/."""

from __future__ import annotations

import ast
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from softmark.grader.reading.expressions import read_expression
from softmark.grader.reading.numbers import read_number
from softmark.problem_bank.catalogue import find
from softmark.worksheet.asks import asks_of
from softmark.worksheet.expressions import Expression
from softmark.worksheet.fields import Shape
from softmark.worksheet.runs import Run, mistake_names, mistaken, solve
from softmark.worksheet.step import cells
from softmark.worksheet.template import Template
from tests.deck_table import Entry, entries, of_kind, questions

HERE = Path(__file__).parent
EXAMPLES = of_kind("example")


def cells_of(run: Run) -> dict[str, Any]:
    """Every value of a run by the name of its cell; a step without cells by its own name."""
    return {name: one.value[index] if index else one.value
            for one in run.values() for index, name, _ in cells(one.step)}


def named(run: Run, said: dict[str, Any]) -> dict[str, Any]:
    """What is said of steps and cells, cell by cell."""
    found = {}
    for name, value in said.items():
        if name not in run or not isinstance(run[name].value, np.ndarray):
            found[name] = value
            continue
        listed = np.array(value, dtype=object)
        assert listed.shape == run[name].value.shape, f"{name} has the shape {run[name].value.shape}"
        found |= {cell: listed[index] for index, cell, _ in cells(run[name].step)}
    return found


def place_of(said: Decimal | int | str) -> tuple[Fraction, Fraction]:
    """A number as it is printed, and how far from it what it stands for may lie."""
    if isinstance(said, int):
        return Fraction(said), Fraction(0)
    number = said if isinstance(said, Decimal) else Decimal(str(read_number(said).value)).normalize()
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return Fraction(number), Fraction(10) ** exponent / 2


def agrees(problem: Template, value: Any, said: Any) -> bool:
    """Is `said` how one may print `value`?"""
    if isinstance(value, Expression):
        return bool(value == read_expression(said, asks_of(problem)[0].symbols).value)
    if isinstance(value, Shape):
        return str(value) == said.replace("x", "×")
    if isinstance(value, tuple):
        return list(value) == said.split(", ")
    if isinstance(value, str):
        return value.casefold() == said.casefold()
    number, slack = place_of(said)
    return abs(Fraction(value) - number) <= slack + Fraction(1, 10**11) * max(1, abs(number))


def is_cut(value: Any, said: Decimal) -> bool:
    """Is `said` the value without its further digits?"""
    number, half = place_of(said)
    return 0 <= abs(Fraction(value)) - abs(number) < 2 * half and value * number >= 0


def differ(one: Any, other: Any) -> bool:
    """Do two printed values say different things?"""
    if isinstance(one, str) and read_number(one).value is None:
        return bool(one != other)
    return place_of(one)[0] != place_of(other)[0]


def check(problem: Template, values: dict[str, Any], said: dict[str, Any]) -> None:
    for name, expected in said.items():
        assert name in values, f"{problem.slug()} has no {name}, but {', '.join(values)}"
        assert agrees(problem, values[name], expected), f"{name} is {values[name]}, not {expected}"


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.name)
def test_the_family_works_it_out(entry: Entry) -> None:
    problem = find(entry.family).from_json(entry.given)
    run = solve(problem)
    right = named(run, entry.right)
    printed = named(run, entry.printed)
    check(problem, cells_of(run), {**printed, **named(run, entry.gives), **right})
    wrong = {name: value for name, value in printed.items() if name in right and differ(value, right[name])}
    assert bool(entry.right) == bool(wrong), "what is right stands only where something else is printed"
    if entry.mistake:
        assert entry.mistake in mistake_names(problem)
        check(problem, cells_of(mistaken(problem, entry.mistake)), wrong)
    if entry.cut:
        values = cells_of(run)
        assert all(is_cut(values[name], said) for name, said in printed.items())
    if entry.as_printed:
        other = problem.replace(**entry.as_printed)
        check(other, cells_of(solve(other)), printed)


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.name)
def test_an_example_says_something(entry: Entry) -> None:
    assert entry.printed or entry.gives
    assert not (entry.right and not entry.slip), "a wrong number is a row of docs/slips.md"
    assert not (entry.mistake or entry.as_printed or entry.cut) or entry.right


def test_every_question_of_the_deck_quiz_has_its_place() -> None:
    assert sorted(entry.quiz for entry in EXAMPLES if entry.quiz) == list(range(1, len(questions()) + 1))


@pytest.mark.parametrize("entry", of_kind("elsewhere"), ids=lambda entry: entry.name)
def test_what_is_tested_elsewhere_is_there(entry: Entry) -> None:
    file, name = entry.test.split("::")
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_what_is_not_computed_says_why() -> None:
    assert all(entry.why for entry in entries() if entry.kind in ("recorded", "other"))


def test_a_wrong_number_would_be_found() -> None:
    """The comparison itself: places, coarse numbers, ties and whole numbers."""
    problem = find("convolution/pooling").from_json({"image": [[1, 2], [3, 4]]})
    assert agrees(problem, 0.4738, Decimal("0.474")) and not agrees(problem, 0.4732, Decimal("0.474"))
    assert agrees(problem, 34_944, "35 K") and not agrees(problem, 34_400, "35 K")
    assert agrees(problem, 14_400_000_000, "14.4 billion")
    assert not agrees(problem, 19.5, 20)
    assert agrees(problem, Shape((6, 6, 256)), "6x6x256")
    assert differ("35 K", 34_944) and not differ(Decimal("1.00"), 1)
