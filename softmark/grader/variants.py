"""The answers of a class to one family beside everybody's right values, as arrays of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmark.grader.evidence import drawn_cells
from softmark.grader.marked import Marked
from softmark.grader.statistics import item_of, slug_of
from softmark.grader.verdicts import CARRIED, MISTAKE, OPEN, REPEATED, WRONG
from softmark.problem_bank.papers import Item
from softmark.worksheet.asks import Ask
from softmark.worksheet.notation import unit_of
from softmark.worksheet.step import FIXED_KINDS

#: units of the last place within which a value may be right for a variant
NEAR = 4
#: weight, in pairs, of what is believed before the class has shown anything
PRIOR = 4
_OFF = (WRONG, MISTAKE, REPEATED, CARRIED, OPEN)
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
CellKey = tuple[str, str, tuple[int, ...]]


@dataclass(slots=True)
class _Count:
    """How many of a stack of pairs (writer × variant × cell) hold, without one writer's pairs."""

    flags: Flags
    total: Floats = field(init=False)
    by_writer: Floats = field(init=False)
    by_variant: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.total = self.flags.sum((0, 1), dtype=float)
        self.by_writer = self.flags.sum(1, dtype=float)
        self.by_variant = self.flags.sum(0, dtype=float)

    def without(self, writer: int) -> Floats:
        """variant × cell: the pairs of neither this writer nor that variant."""
        rest: Floats = (self.total - self.by_writer[writer] - self.by_variant
                        + self.flags[writer])
        return rest


class Variants:
    """One family at one question. Arrays are writer × cell, or writer × variant × cell."""

    def __init__(self, number: int, people: list[int], marked: Sequence[Marked]) -> None:
        self.number = number
        self.row = {person: row for row, person in enumerate(people)}
        self.items: list[Item] = [item_of(marked[person], number) for person in people]
        self.cells = _cells(self.items)
        column = {key[1]: place for place, key in enumerate(self.cells)}
        size = (len(people), len(self.cells))
        self.given, self.right = np.full(size, np.nan), np.full(size, np.nan)
        self.near, self.off = np.zeros(size), np.zeros(size, dtype=bool)
        codes: dict[Any, float] = {}
        for row, person in enumerate(people):
            for ask in comparable(self.items[row]):
                for cell in ask.cells:
                    value = ask.value[cell.index] if cell.index else ask.value
                    self.right[row, column[cell.name]] = _as_number(value, codes)
                    self.near[row, column[cell.name]] = _near(value, ask.decimals)
            for mark in marked[person].questions[number].cells:
                place = column.get(mark.verdict.answer.cell.name)
                if place is not None and mark.verdict.answer.value is not None:
                    self.given[row, place] = _as_number(mark.verdict.answer.value, codes)
                    self.off[row, place] = mark.verdict.verdict in _OFF
        students = [marked[person].paper.student.id for person in people]
        self.others = np.array([[mine != theirs for theirs in students] for mine in students])
        self._drawn: dict[int, Flags] = {}

    @cached_property
    def telling(self) -> Flags:
        """variant × cell: there is a right value, and not one that anybody may have (0, 1)."""
        found: Flags = np.isfinite(self.right) & ~np.isin(np.abs(self.right), (0, 1))
        return found

    @cached_property
    def comparable(self) -> Flags:
        """Answers that can be held against a variant that their writer never sat."""
        found: Flags = (np.isfinite(self.given)[:, None] & self.telling[None]
                        & self.others[:, :, None])
        return found

    @cached_property
    def fits(self) -> Flags:
        """Answers near the variant's right value."""
        with np.errstate(invalid="ignore"):
            near = np.abs(self.given[:, None] - self.right[None]) <= self.near[None] + 1e-9
        found: Flags = near & self.comparable
        return found

    @cached_property
    def shared(self) -> Flags:
        """Right values that writer and variant have in common."""
        with np.errstate(invalid="ignore"):
            reach = np.maximum(self.near[:, None], self.near[None]) + 1e-9
            near = np.abs(self.right[:, None] - self.right[None]) <= reach
        found: Flags = near & self.telling[None] & self.others[:, :, None]
        return found

    @cached_property
    def trials(self) -> Flags:
        """Wrong answers whose right value the variant does not share."""
        found: Flags = (self.off[:, None] & self.comparable & ~self.shared
                        & np.isfinite(self.right)[:, None])
        return found

    @cached_property
    def _counts(self) -> dict[str, _Count]:
        earlier = np.zeros_like(self.fits)
        earlier[:, :, 1:] = np.logical_or.accumulate(self.fits, axis=2)[:, :, :-1]
        both = self.telling[None] & np.isfinite(self.right)[:, None] & self.others[:, :, None]
        return {name: _Count(flags) for name, flags in {
            "fits": self.fits, "pairs": self.comparable, "wrong fits": self.fits & self.trials,
            "wrong": self.trials, "joint": self.fits & earlier, "earlier": self.comparable & earlier,
            "shared": self.shared, "both": both}.items()}

    def chances(self, row: int) -> tuple[Floats, Floats]:
        """variant × cell: how likely a wrong answer of the row's fits, at first and after a fit.

        Estimated from all pairs of other writers and other variants. An answer known to differ
        from a value that many share fits another one the more often, hence the division.
        """
        n = {name: count.without(row) for name, count in self._counts.items()}
        common = n["shared"] / np.maximum(n["both"], 1)
        anyone = (n["fits"] + 1) / (n["pairs"] + 1) / np.maximum(1 - common, 1e-3)
        wrong = (n["wrong fits"] + PRIOR * anyone) / (n["wrong"] + PRIOR)
        first = np.clip(np.maximum(anyone, wrong), 0, 0.999)
        after = np.maximum(first, (n["joint"] + PRIOR * first) / (n["earlier"] + PRIOR))
        return first, np.clip(after, 0, 0.999)

    def drawn(self, variant: int) -> Flags:
        """Cells whose own formula uses the variant's drawn numbers; the others only follow."""
        if variant not in self._drawn:
            problem = self.items[variant].problem
            assert problem is not None
            known = set(drawn_cells(problem))
            self._drawn[variant] = np.array([(ask, index) in known
                                             for ask, _, index in self.cells])
        return self._drawn[variant]


def variants_of(marked: Sequence[Marked], fewest: int) -> list[Variants]:
    """Every family at every question that at least so many papers have."""
    groups: dict[tuple[int, str], list[int]] = {}
    for person, one in enumerate(marked):
        for number in one.questions:
            groups.setdefault((number, slug_of(item_of(one, number))), []).append(person)
    return [Variants(number, people, marked) for (number, _), people in sorted(groups.items())
            if len({marked[person].paper.student.id for person in people}) >= fewest]


def comparable(item: Item) -> list[Ask]:
    """Asks with one right value; after a design, what is right depends on the design."""
    found: list[Ask] = []
    for ask in item.asks:
        if ask.kind == "design":
            break
        if ask.kind not in FIXED_KINDS and ask.kind != "choice":
            found.append(ask)
    return found


def _cells(items: Sequence[Item]) -> list[CellKey]:
    """(ask, cell, index) of every cell of any variant, in the order of the steps."""
    places: dict[CellKey, list[float]] = {}
    for item in items:
        keys = [(ask.name, cell.name, cell.index) for ask in comparable(item) for cell in ask.cells]
        known = {key[1] for key in places}
        for place, key in enumerate(keys):
            if key in places or key[1] not in known:
                places.setdefault(key, []).append(place / len(keys))
    return sorted(places, key=lambda key: sum(places[key]) / len(places[key]))


def _as_number(value: Any, codes: dict[Any, float]) -> float:
    """A number for any value: shapes are numbered, whatever order their sizes are named in."""
    if isinstance(value, tuple):
        return codes.setdefault(tuple(sorted(map(str, value))), 10.0 + len(codes))
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _near(value: Any, decimals: int) -> float:
    """How near to a right value an answer must lie to be worth judging: whole numbers exactly."""
    if isinstance(value, int | np.integer | str | tuple):
        return 0.0
    return NEAR * unit_of(value, decimals)
