"""docs/slips.md and the table of worked numbers tell the same slips, with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from softmark.grader.reading.numbers import read_number
from softmark.problem_bank.catalogue import find
from softmark.worksheet.runs import mistake_names
from softmark.worksheet.typeset import typeset
from tests.deck_table import Entry, Place, entries, of_kind, slip_rows
from tests.test_decks import differ, place_of

ROWS = slip_rows()
NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d*\.?\d+)(?: ?[KM]\b)?")


def test_every_slip_of_the_page_is_in_the_table_and_the_other_way_round() -> None:
    on_page = set().union(*(places for places, _ in ROWS))
    in_table = set().union(*(entry.slips for entry in entries()))
    assert on_page == in_table


@pytest.mark.parametrize(("places", "row"), ROWS, ids=[row.split("|")[1].strip() for _, row in ROWS])
def test_a_row_has_five_cells_and_is_in_the_order_of_the_decks(places: set[Place], row: str) -> None:
    assert len(row.split(" | ")) == 4
    before = [min(other) for other, line in ROWS if line != row]
    assert sorted([*before, min(places)]) == [min(other) for other, _ in ROWS]


def leaves(value: Any) -> Iterator[Any]:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        if isinstance(one, dict | list):
            yield from leaves(one)
        else:
            yield one


def is_number(said: Any) -> bool:
    return not isinstance(said, str) or read_number(said).value is not None


def numbers(text: str) -> set[Any]:
    """The numbers of a text, as fractions; thousands are set apart by commas, K and M are read."""
    found = NUMBER.findall(text.replace("−", "-"))
    return {place_of(Decimal(one) if re.fullmatch(r"-?\d*\.?\d+", one) else one.replace(",", ""))[0] for one in found}


@pytest.mark.parametrize("entry", [entry for entry in of_kind("example") if entry.right and not entry.own], ids=lambda entry: entry.name)
def test_the_page_has_the_numbers_of_the_table(entry: Entry) -> None:
    columns = [row.split(" | ") for places, row in ROWS if places & entry.slips]
    for said, at in ((entry.printed, 1), (entry.right, 2)):
        text = " ".join(row[at] for row in columns)
        values = [one for one in leaves(said) if is_number(one)]
        assert not values or {place_of(one)[0] for one in values} & numbers(text), f"none of {values} in: {text}"


@pytest.mark.parametrize(("places", "row"), [one for one in ROWS if "mistake" in one[1]],
                         ids=[row.split("|")[1].strip() for _, row in ROWS if "mistake" in row])
def test_the_mistakes_of_the_page_are_known_to_the_families(places: set[Place], row: str) -> None:
    known = {name for entry in of_kind("example") if places & entry.slips
             for name in mistake_names(find(entry.family).from_json(entry.given))}
    said = re.search(r"mistakes?: ([^;|]+[^;| ])", row)
    assert said and set(said[1].split(", ")) <= known, f"{said and said[1]}: none of {sorted(known)}"


def test_recorded_slips_are_named_as_such() -> None:
    page = " ".join(row for places, row in ROWS for entry in of_kind("recorded") if places & entry.slips)
    recorded = [entry for entry in of_kind("recorded") if entry.slips]
    assert page.count("nothing to compute") == len(recorded)


def test_the_first_unit_has_w21() -> None:
    """Its sum is written w11 x1 + w21 x2, so that the weight it does not use is w21."""
    question = next(entry for entry in of_kind("example") if entry.quiz == 1)
    line = next(line for line in typeset(find(question.family).from_json(question.given)) if line.name == "s[1]")
    assert "w_{21}" in line.worked[0].formula and "w_{12}" not in line.worked[0].formula


def test_two_numbers_differ_as_numbers() -> None:
    assert differ(Decimal("0.77"), Decimal("0.78")) and not differ(Decimal("1.0"), 1)
