"""One student's answers to one problem, and the runs that explain them, each run once.

The reference, the run on the student's own values, and what each misconception would give there.
A blank in between is bridged: by the run's own value, by the reference, or by a misconception that
the later answers speak for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from softmark.grader.answers import Answer, carried
from softmark.grader.evidence import drawn_cells, exact
from softmark.worksheet.accepted import Interval, half_unit, intervals, own_intervals, rounding
from softmark.worksheet.asks import Ask
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.runs import Filled, Run, replay, solve
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED
from softmark.worksheet.template import Template

Place = tuple[str, tuple[int, ...]]


class Script:
    """The answers to one problem; `dropped` are those the student did not go on with."""

    def __init__(self, problem: Template, asks: Sequence[Ask], answers: Sequence[Answer],
                 dropped: frozenset[Place] = frozenset()) -> None:
        self.problem = problem
        self.asks = {ask.name: ask for ask in asks}
        self.dropped = dropped
        self.widened: dict[str, Any] = {}
        self.answers = list(answers)
        self.answers = [self._taken(answer) for answer in answers]
        # what was replied may have been asked for before every reading was settled
        self.__dict__.pop("replies", None)

    def without(self, places: frozenset[Place]) -> Script:
        """The same script of a student who went on with other values than those typed there."""
        other = Script(self.problem, list(self.asks.values()), self.answers, self.dropped | places)
        for name in ("reference", "accepted", "drawn_cells", "designs", "pins"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def _taken(self, answer: Answer) -> Answer:
        """The answer by its other reading, if only that is right."""
        other = answer.reading.other
        if other is None or answer.as_other or answer.ask.kind in ("design", *FIXED_KINDS):
            return answer
        first, second = answer.reading.value, other
        if self.settles(answer, first, self.expected(answer)):
            return answer
        holds = self.accepted[answer.ask.name].holds
        index = answer.cell.index
        swap = holds(carried(second, True), index) and not holds(carried(first, True), index)
        return replace(answer, as_other=swap)

    @cached_property
    def replies(self) -> dict[str, Filled]:
        """What the student gave, as replies: every cell that has a reading."""
        replies: dict[str, Filled] = {}
        for answer in self.answers:
            place = (answer.ask.name, answer.cell.index)
            if answer.value is not None and answer.ask.kind not in FIXED_KINDS \
                    and place not in self.dropped:
                value = carried(answer.value, self.problem.exact)
                replies.setdefault(answer.ask.name, Filled())[answer.cell.index] = value
        return replies

    @cached_property
    def designs(self) -> dict[str, list[str] | None]:
        """Every design asked for: the conditions it violates, None where none was given."""
        found: dict[str, list[str] | None] = {}
        for name, ask in self.asks.items():
            if ask.kind == "design":
                given = self.replies.get(name, Filled())
                found[name] = self._violations(ask) if len(given) == len(ask.cells) else None
        return found

    def _violations(self, ask: Ask) -> list[str]:
        try:
            done = replay(self.problem, {n: r for n, r in self.replies.items()
                                         if self.asks[n].kind == "design"})[ask.name]
            assert done.step.check is not None
            return list(done.step.check(done.reply))
        except NotAssessable as error:
            return [str(error)]

    @cached_property
    def pins(self) -> dict[str, Filled]:
        """Valid designs of the student's: their run is the reference."""
        if not any(ask.kind == "design" for ask in self.asks.values()):
            return {}
        return {name: self.replies[name] for name, violated in self.designs.items()
                if violated == []}

    @cached_property
    def reference(self) -> Run:
        return replay(self.problem, self.pins) if self.pins else solve(self.problem)

    @cached_property
    def accepted(self) -> dict[str, Interval]:
        """The accepted interval of every step; around the student's own valid design."""
        return intervals(self.problem, self.pins)

    @cached_property
    def own(self) -> Run:
        """The run on the student's own values, as far as it goes; {} where it cannot."""
        try:
            return replay(self.problem, self.replies, wrong=True)
        except NotAssessable:
            return {}

    @cached_property
    def own_accepted(self) -> dict[str, Interval]:
        """What is right for the student's own earlier values; {} where they cannot be carried on."""
        return self._own_bounds[0]

    @cached_property
    def _own_bounds(self) -> tuple[dict[str, Interval], dict[str, dict[str, Interval]]]:
        try:
            return own_intervals(self.problem, self.replies, self.widened)
        except NotAssessable:
            return {}, {}

    @cached_property
    def mistaken(self) -> dict[str, dict[str, Interval]]:
        """What each misconception may give at each step, on the student's own values."""
        found = {step: dict(known) for step, known in self._own_bounds[1].items()}
        if not self._own_bounds[0]:
            return {}
        for name, changes in self.problem.flips().items():
            try:
                flipped = intervals(self.problem.replace(**changes), self.replies, self.widened)
            except (NotAssessable, UserError):
                continue
            for step, interval in flipped.items():
                found.setdefault(step, {}).setdefault(name, interval)
        for name in self._unseen_mistakes():
            self._bridge(name, found)
        return found

    def _unseen_mistakes(self) -> list[str]:
        """Misconceptions of steps that were not answered, or not asked."""
        names: dict[str, None] = {}
        for name, done in self.own.items():
            given = self.replies.get(name)
            if given is None or len(given) < max(1, np.size(done.value)):
                names.update(dict.fromkeys(done.wrong))
        return list(names)

    def _bridge(self, mistake: str, found: dict[str, dict[str, Interval]]) -> None:
        """Adds what follows from a misconception in the steps that were left blank."""
        try:
            held = intervals(self.problem, self.replies, self.widened, mistake)
        except NotAssessable:
            return
        for step, interval in held.items():
            here = self.own_accepted.get(step)
            if here is not None and not _alike(here, interval):
                found.setdefault(step, {}).setdefault(mistake, interval)

    @cached_property
    def drawn_cells(self) -> set[Place]:
        """Cells whose own formula uses a drawn number."""
        return set(drawn_cells(self.problem))

    def expected(self, answer: Answer, source: Run | None = None) -> Any:
        """The right value of a cell, by the reference or another run; None where it has none."""
        done = (source if source is not None else self.reference).get(answer.ask.name)
        if done is None:
            return None
        return done.value[answer.cell.index] if answer.cell.index else done.value

    def settles(self, answer: Answer, value: Any, expected: Any) -> bool:
        """Is the answer right by the reference value and its own rounding alone?"""
        if expected is None:
            return False
        if isinstance(expected, tuple) and len(expected) == 3 and len(value) == 3:
            # channels may be named first: 96 × 55 × 55
            return value == expected or (value[1], value[2], value[0]) == expected
        if isinstance(expected, UNMEASURED):
            return bool(value == expected)
        if isinstance(expected, float):
            # floats suffice: who is settled here lies well inside the accepted interval's slack
            return bool(abs(float(value) - expected) <= half_unit(expected, answer.ask.decimals))
        radius = np.asarray(rounding(self.problem, self.reference[answer.ask.name].step, expected))
        return bool(abs(Fraction(value) - exact(expected)) <= Fraction(float(radius)))

    def nearly(self, answer: Answer) -> bool:
        """Do the student's own values lead to this choice if one of them is rounded otherwise?

        A hand may compare the unrounded value and write down the rounded one.
        """
        for earlier in self.answers:
            name, index = earlier.ask.name, earlier.cell.index
            if name == answer.ask.name:
                return False
            value = self.replies.get(name, Filled()).get(index)
            if value is None or isinstance(value, (int, *UNMEASURED)):
                continue
            half = Fraction(half_unit(value, earlier.ask.decimals))
            for moved in (exact(value) - half, exact(value) + half):
                reply = Filled({**self.replies[name], index: type(value)(moved)})
                try:
                    run = replay(self.problem, {**self.replies, name: reply})
                except NotAssessable:
                    continue
                if self.expected(answer, run) == answer.value:
                    return True
        return False

    def widen(self, answer: Answer, radius: Fraction) -> None:
        """What was typed imprecisely is carried on imprecisely."""
        name = answer.ask.name
        if name not in self.widened:
            self.widened[name] = np.zeros(answer.ask.shape)
        self.widened[name][answer.cell.index] = float(radius)
        self.__dict__.pop("_own_bounds", None)
        self.__dict__.pop("own_accepted", None)
        self.__dict__.pop("mistaken", None)


def _alike(a: Interval, b: Interval) -> bool:
    if isinstance(a.lo, UNMEASURED) or isinstance(b.lo, UNMEASURED):
        return bool(a.lo == b.lo)
    return np.shape(a.lo) == np.shape(b.lo) and bool(np.all(np.asarray(a.lo == b.lo)))
