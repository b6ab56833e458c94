"""The worked numbers of the five lecture decks, read from tests/decks/*.toml.

A file holds one part of a deck; lines are those of the plain-text decks:

[[example]]    a number that a family works out: `family` and `given` (or `quiz`, a question of
               examples/deck_quiz.toml with the answers beside it), and cells or steps of its run:
               `printed`, what the deck prints, and `gives`, what follows where it prints no result.
               `case` lists examples that share what stands before.
[[elsewhere]]  a number that another test works out, because it takes more than one run of a family
[[recorded]]   a slip that nothing can be computed from, and why
[[other]]      numbers that are no computation, and why

Where the deck is wrong, `right` stands beside `printed`, and `slip` is the line of a row in
docs/slips.md. A slip may say where it comes from: `mistake`, one that the family knows; `as_printed`,
other given values; `cut`, digits cut off and not rounded. Where the deck prints a wrong formula, `own`
says that the numbers put into it are ours.

A decimal holds to half a unit of its last place, a whole number exactly, a quoted one to half a unit of
its last digit that is not 0.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
QUIZ, ANSWERS = ROOT / "examples" / "deck_quiz.toml", ROOT / "examples" / "deck_answers.csv"
SLIPS = ROOT / "docs" / "slips.md"
Place = tuple[str, int]


@dataclass(frozen=True)
class Entry:
    """A place of a deck where numbers stand."""

    kind: str
    deck: str
    line: tuple[int, ...]
    what: str
    family: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    as_printed: dict[str, Any] = field(default_factory=dict)
    quiz: int = 0
    printed: dict[str, Any] = field(default_factory=dict)
    gives: dict[str, Any] = field(default_factory=dict)
    right: dict[str, Any] = field(default_factory=dict)
    mistake: str = ""
    own: bool = False
    cut: bool = False
    slip: tuple[int, ...] = ()
    test: str = ""
    why: str = ""

    @property
    def slips(self) -> set[Place]:
        return {(self.deck, line) for line in self.slip}

    @property
    def name(self) -> str:
        return f"deck {self.deck}, line {self.line[0]}: {self.what}"


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of every file, questions of the deck quiz filled in."""
    files = sorted((Path(__file__).parent / "decks").glob("*.toml"))
    return tuple(entry for path in files for entry in _read(path))


def of_kind(kind: str) -> list[Entry]:
    return [entry for entry in entries() if entry.kind == kind]


def _read(path: Path) -> list[Entry]:
    data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    found = [_entry(kind, data["deck"], {**shared, **case, "given": shared.get("given", {}) | case.get("given", {})})
             for kind in ("example", "elsewhere", "recorded", "other") for shared in data.pop(kind, [])
             for case in shared.pop("case", [{}])]
    assert data.keys() == {"deck"}, f"{path.name}: {sorted(data)}"
    return found


def _entry(kind: str, deck: str, values: dict[str, Any]) -> Entry:
    if "quiz" in values:
        question = questions()[values["quiz"] - 1]
        values = {**values, "family": question["template"],
                  "given": question["given"] | {k: v for k, v in question.items() if k == "decimals"},
                  "printed": answers(values["quiz"]) | values.get("printed", {})}
    listed = {key: tuple(v) if isinstance(v := values.pop(key, ()), list | tuple) else (v,)
              for key in ("line", "slip")}
    return Entry(kind, deck, **values, **listed)


@cache
def questions() -> list[dict[str, Any]]:
    return tomllib.loads(QUIZ.read_text(encoding="utf-8"))["question"]


def answers(question: int) -> dict[str, Any]:
    """The answers that the decks print to a question of the deck quiz."""
    with ANSWERS.open(encoding="utf-8") as file:
        return {row["ask"]: _value(row["answer"]) for row in csv.DictReader(file) if int(row["question"]) == question}


def _value(text: str) -> Any:
    if text.startswith("[["):
        return [[_value(cell) for cell in row.split(", ")] for row in text[2:-2].split("], [")]
    if re.fullmatch(r"-?\d+|\d{1,3}(,\d{3})+", text):
        return int(text.replace(",", ""))
    return Decimal(text) if re.fullmatch(r"-?\d+\.\d+", text) else text


def slip_rows() -> list[tuple[set[Place], str]]:
    """The rows of docs/slips.md: the places they name, and the whole row."""
    found = []
    for row in SLIPS.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| \d{3}, ", row):
            found.append((_places(row.split("|")[1]), row))
    return found


def _places(text: str) -> set[Place]:
    places, deck = set(), ""
    for number in re.findall(r"\d+", text):
        if len(number) == 3 and number.startswith("00"):
            deck = number
        else:
            places.add((deck, int(number)))
    return places
