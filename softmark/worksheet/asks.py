"""Asks: the steps whose values the student must give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from softmark.worksheet.accepted import decimals_of
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import Expression, free_symbols
from softmark.worksheet.runs import Run, solve
from softmark.worksheet.step import Labels, axis_labels, cells
from softmark.worksheet.template import Template

Which = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value to give: its name in files and forms, its index in the step's value."""

    name: str
    symbol: str
    index: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A step the student is asked for; an array is one ask with many cells."""

    name: str
    kind: str
    symbol: str
    title: str
    decimals: int
    weight: float
    cells: tuple[Cell, ...]
    axes: tuple[Labels, ...] = ()
    options: tuple[str, ...] = ()
    row: str = ""
    value: Any = None
    symbols: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def symbolic(self) -> bool:
        """Is every cell a formula?"""
        first = self.value.flat[0] if self.shape else self.value
        return isinstance(first, Expression)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value: () unless it is an array."""
        return np.shape(self.value) if isinstance(self.value, np.ndarray) else ()


def asks_of(problem: Template, which: Which = "all", reference: Run | None = None) -> list[Ask]:
    """The asks of a problem: every step that may be asked ("all"), the "last", or named ones.

    A name picks a step, or every step it begins: "rows" picks rows[1].params and the others.
    Raises UserError for a name that picks nothing.
    """
    reference = solve(problem) if reference is None else reference
    steps = [done.step for done in reference.values() if done.step.ask]
    if which == "last":
        steps = steps[-1:]
    elif which != "all":
        steps = _named(problem, steps, [which] if isinstance(which, str) else list(which))
    letters = _symbols(problem, reference)
    return [_ask(problem, step, letters) for step in steps]


def _symbols(problem: Template, reference: Run) -> dict[str, Expression]:
    """The symbols that answers may use: all of the solution's, and of its mistakes'."""
    found = {name: symbol for done in reference.values()
             for name, symbol in free_symbols(done.value).items()}
    if found:
        for done in solve(problem, wrong=True).values():
            for value in done.wrong.values():
                found.update(free_symbols(value))
    return found


def _named(problem: Template, steps: list[Any], names: list[str]) -> list[Any]:
    def picks(name: str, step: str) -> bool:
        if name.startswith("*"):
            return step.endswith(name[1:])
        return step == name or (step.startswith(name) and step[len(name)] in "[.")

    for name in names:
        if not any(picks(name, step.name) for step in steps):
            known = ", ".join(dict.fromkeys(step.name.split("[")[0] for step in steps))
            raise UserError(f"{problem.slug()} has no step {name!r} to ask; it has {known}")
    return [step for step in steps if any(picks(name, step.name) for name in names)]


def _ask(problem: Template, step: Any, letters: Mapping[str, Expression]) -> Ask:
    value = step.value
    axes = tuple(axis_labels(value.shape, step.axes)) if isinstance(value, np.ndarray) else ()
    return Ask(step.name, step.kind, step.symbol, step.title, decimals_of(problem, step),
               step.weight, tuple(Cell(name, symbol, index) for index, name, symbol in cells(step)),
               axes, tuple(step.options), step.row, value, letters)
