"""Judging one script against one problem: right, carried on, a known mistake, or wrong.

A value is right if it lies in the reference's accepted interval, or in the interval recomputed
from the student's own earlier values (follow-through). Intervals are computed only when an answer
is not settled by the reference value and its own rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from softmark.grader.answers import Answer, carried
from softmark.grader.evidence import (
    by_chance,
    drawn_cells,
    exact,
    fits,
    is_trivial,
    slip_note,
)
from softmark.worksheet.asks import Ask
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.notation import decimals_for
from softmark.worksheet.runs import (
    ROUNDING,
    Filled,
    Interval,
    Run,
    intervals,
    mistake_intervals,
    replay,
    rounding,
    solve,
)
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED
from softmark.worksheet.template import Template

#: how near (in last places) a wrong value must lie to count as the student's own work
NEAR_UNITS = 60
NEAR_SHARE = 0.05
#: how far from the right value a coarse answer may lie
COARSEST = Fraction(1, 20)

RIGHT, COARSE, TRUNCATED, CARRIED = "right", "coarse", "truncated", "carried"
MISTAKE, REPEATED, WRONG = "mistake", "repeated", "wrong"
BLANK, INVALID, AMBIGUOUS, OPEN = "blank", "invalid", "ambiguous", "not assessable"
#: verdicts that a person has to look at
FOR_A_PERSON = frozenset({INVALID, AMBIGUOUS, OPEN})
FULL = frozenset({RIGHT, CARRIED, REPEATED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one cell."""

    answer: Answer
    verdict: str
    mistake: str = ""
    note: str = ""
    expected: Any = None


class Script:
    """One student's answers to one problem, and the runs that judge them (each run once)."""

    def __init__(self, problem: Template, asks: Sequence[Ask], answers: Sequence[Answer]) -> None:
        self.problem = problem
        self.asks = {ask.name: ask for ask in asks}
        self.answers = list(answers)
        self.widened: dict[str, Any] = {}

    @cached_property
    def replies(self) -> dict[str, Filled]:
        """What the student gave, as replies: every cell that has one reading."""
        replies: dict[str, Filled] = {}
        for answer in self.answers:
            if answer.value is not None and answer.ask.kind not in FIXED_KINDS:
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
        return {name: self.replies[name] for name, violated in self.designs.items()
                if violated == []}

    @cached_property
    def reference(self) -> Run:
        return replay(self.problem, self.pins) if self.pins else solve(self.problem)

    @cached_property
    def accepted(self) -> dict[str, Interval]:
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
        try:
            return intervals(self.problem, self.replies, self.widened)
        except NotAssessable:
            return {}

    @cached_property
    def mistaken(self) -> dict[str, dict[str, Interval]]:
        """What each misconception may give at each step, on the student's own values."""
        try:
            found = mistake_intervals(self.problem, self.replies, self.widened)
        except NotAssessable:
            return {}
        for name, changes in self.problem.flips().items():
            try:
                flipped = intervals(self.problem.replace(**changes), self.replies, self.widened)
            except (NotAssessable, UserError):
                continue
            for step, interval in flipped.items():
                found.setdefault(step, {}).setdefault(name, interval)
        return found

    @cached_property
    def drawn_cells(self) -> set[tuple[str, tuple[int, ...]]]:
        """Cells whose own formula uses a drawn number."""
        return set(drawn_cells(self.problem))

    # -- judging

    def judge(self) -> list[Verdict]:
        """A verdict on every cell, in the order of the steps."""
        verdicts = []
        charged: dict[str, str] = {}
        missing_design = False
        for answer in self.answers:
            if answer.ask.kind == "design" and self.designs[answer.ask.name] != []:
                missing_design = True
            verdict = self._judge(answer, charged)
            if missing_design and verdict.verdict in (CARRIED, REPEATED, MISTAKE, WRONG) \
                    and answer.ask.kind != "design":
                verdict = Verdict(answer, OPEN, expected=verdict.expected,
                                  note="there is no valid design to measure it against")
            verdicts.append(verdict)
        return self._without_copies(self._only_consistent(verdicts))

    def _only_consistent(self, verdicts: list[Verdict]) -> list[Verdict]:
        """A misconception is charged once if it runs through the script, else each time."""
        fitful = set()
        for verdict in verdicts:
            if verdict.verdict == REPEATED:
                fitful.add(verdict.mistake)
        fitful = {name for name in fitful if any(self._knew_better(v, name) for v in verdicts)}
        return [replace(v, verdict=MISTAKE) if v.verdict == REPEATED and v.mistake in fitful else v
                for v in verdicts]

    def _knew_better(self, verdict: Verdict, mistake: str) -> bool:
        """Was the cell right where the misconception would have given something else?"""
        answer = verdict.answer
        interval = self.mistaken.get(answer.ask.name, {}).get(mistake)
        return (interval is not None and verdict.verdict in (RIGHT, CARRIED)
                and fits(interval, answer)
                and not interval.holds(carried(answer.value, True), answer.cell.index))

    def _judge(self, answer: Answer, charged: dict[str, str]) -> Verdict:
        status = answer.reading.status
        if status != "one":
            return Verdict(answer, {"blank": BLANK, "invalid": INVALID}.get(status, AMBIGUOUS),
                           note=answer.reading.message, expected=self._expected(answer))
        if answer.ask.kind == "design":
            return self._judge_design(answer)
        if answer.ask.kind in ("text", "set"):
            return self._judge_words(answer)
        return self._judge_value(answer, charged)

    def _expected(self, answer: Answer, source: Run | None = None) -> Any:
        done = (source if source is not None else self.reference).get(answer.ask.name)
        if done is None:
            return None
        return done.value[answer.cell.index] if answer.cell.index else done.value

    def _judge_design(self, answer: Answer) -> Verdict:
        violated = self.designs[answer.ask.name]
        expected = self._expected(answer)
        if violated is None:
            return Verdict(answer, INVALID, note="the design is not complete", expected=expected)
        if not violated:
            return Verdict(answer, RIGHT, expected=expected)
        name = self._design_mistake(answer)
        return Verdict(answer, MISTAKE if name else WRONG, name, violated[0], expected)

    def _design_mistake(self, answer: Answer) -> str:
        done = self.own.get(answer.ask.name)
        if done is None:
            return ""
        return next((name for name, value in done.wrong.items()
                     if np.shape(value) == np.shape(done.reply) and np.all(value == done.reply)), "")

    def _judge_words(self, answer: Answer) -> Verdict:
        expected = self._expected(answer)
        given = answer.value if isinstance(answer.value, str) else list(answer.value)
        right = ({str(word).lower() for word in given} == {str(w).lower() for w in expected}
                 and len(given) == len(expected))
        return Verdict(answer, RIGHT if right else WRONG, expected=expected)

    def _judge_value(self, answer: Answer, charged: dict[str, str]) -> Verdict:
        name, index = answer.ask.name, answer.cell.index
        value = carried(answer.value, True)
        expected = self._expected(answer)
        if expected is None:
            return Verdict(answer, OPEN, note="the student's values lead down another way")
        if self._settled(answer, value, expected) or self.accepted[name].holds(value, index):
            return Verdict(answer, RIGHT, expected=expected)
        own = self._judge_own(answer, value, charged, expected)
        return own if own is not None else self._judge_wrong(answer, value, charged, expected)

    def _settled(self, answer: Answer, value: Any, expected: Any) -> bool:
        if isinstance(expected, tuple) and len(expected) == 3 and len(value) == 3:
            # channels may be named first: 96 × 55 × 55
            return value == expected or (value[1], value[2], value[0]) == expected
        if isinstance(expected, UNMEASURED):
            return bool(value == expected)
        radius = np.asarray(rounding(self.problem, self.reference[answer.ask.name].step, expected))
        return bool(abs(value - exact(expected)) <= Fraction(float(radius)))

    def _judge_own(self, answer: Answer, value: Any, charged: dict[str, str],
                   expected: Any) -> Verdict | None:
        """Is the value right for the student's own earlier ones? None if it is not."""
        name, index = answer.ask.name, answer.cell.index
        if name not in self.own_accepted:
            return Verdict(answer, OPEN, expected=expected,
                           note="the student's own values cannot be carried on")
        if not self.own_accepted[name].holds(value, index):
            return None
        if not charged and is_trivial(self.own[name].value, self.reference[name].value):
            return Verdict(answer, OPEN, expected=expected,
                           note="an earlier slip makes this step trivial")
        return Verdict(answer, CARRIED, expected=expected)

    def _judge_wrong(self, answer: Answer, value: Any, charged: dict[str, str],
                     expected: Any) -> Verdict:
        """Neither right nor carried on: a known mistake, imprecise, or just wrong."""
        name = answer.ask.name
        own = self._expected(answer, self.own)
        known = self._known_mistake(answer, value, charged)
        if known:
            first = charged.setdefault(known, name)
            return Verdict(answer, MISTAKE if first == name else REPEATED, known,
                           expected=expected)
        for right, accepted, note in ((expected, self.accepted[name], ""),
                                      (own, self.own_accepted[name],
                                       "right for your own earlier values")):
            imprecise = self._imprecise(answer, value, right, accepted)
            if imprecise:
                return Verdict(answer, imprecise, note=note, expected=expected)
        return Verdict(answer, WRONG, note=slip_note(value, own), expected=expected)

    def _known_mistake(self, answer: Answer, value: Any, charged: dict[str, str]) -> str:
        """The misconception that gives this value: of several, the one that explains most."""
        found = self._candidates(answer, value)
        if len(found) < 2:
            return found[0] if found else ""
        explained = {mistake: sum(mistake in self._candidates(other, carried(other.value, True))
                                  for other in self.answers if self._is_off(other))
                     for mistake in found}
        return max(found, key=lambda mistake: (explained[mistake], mistake in charged))

    def _is_off(self, answer: Answer) -> bool:
        """Is the answer right neither by the reference nor for the student's own values?"""
        if answer.value is None or answer.ask.kind in ("design", *FIXED_KINDS):
            return False
        value, name = carried(answer.value, True), answer.ask.name
        return not any(name in accepted and accepted[name].holds(value, answer.cell.index)
                       for accepted in (self.accepted, self.own_accepted))

    def _candidates(self, answer: Answer, value: Any) -> list[str]:
        """Every misconception that gives this value at this cell."""
        return [mistake for mistake, interval in self.mistaken.get(answer.ask.name, {}).items()
                if fits(interval, answer) and interval.holds(value, answer.cell.index)]

    def _imprecise(self, answer: Answer, value: Any, right: Any, accepted: Interval) -> str:
        """COARSE or TRUNCATED for a right value typed with fewer digits than asked, else ""."""
        digits = answer.reading.digits
        if isinstance(right, UNMEASURED) or not isinstance(digits, int):
            return ""
        places = 0 if isinstance(right, int | np.integer) else answer.ask.decimals
        needed = 0 if isinstance(right, int | np.integer) else decimals_for(right, places)
        lo, hi = accepted.at(answer.cell.index)
        unit = Fraction(10) ** -digits
        spread = (exact(hi) - exact(lo)) / 2
        off = abs(value - exact(right))
        if digits < needed and off <= unit * Fraction(ROUNDING) + spread \
                and off <= abs(exact(right)) * COARSEST:
            return self._widen(answer, COARSE, unit * Fraction(ROUNDING))
        behind = abs(exact(right)) - abs(value)
        if -spread <= behind < unit + spread and value * exact(right) > 0 \
                and digits >= needed - 1 and not isinstance(right, int | np.integer):
            return self._widen(answer, TRUNCATED, unit)
        return ""

    def _widen(self, answer: Answer, verdict: str, radius: Fraction) -> str:
        """What was typed imprecisely is carried on imprecisely."""
        name = answer.ask.name
        if name not in self.widened:
            self.widened[name] = np.zeros(answer.ask.shape)
        self.widened[name][answer.cell.index] = float(radius)
        self.__dict__.pop("own_accepted", None)
        self.__dict__.pop("mistaken", None)
        return verdict

    # -- whose work is it?

    def _without_copies(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Follow-through counts only while steps that use drawn values show the student's own work.

        A neighbour's script copied whole is consistent with itself: everything but the drawn
        numbers would be carried on.
        """
        if not any(v.verdict in (CARRIED, REPEATED) for v in verdicts):
            return verdicts
        tested = [v for v in verdicts if v.verdict not in (BLANK, INVALID, AMBIGUOUS)
                  and (v.answer.ask.name, v.answer.cell.index) in self.drawn_cells
                  and not by_chance(v.expected)]
        own = sum(1 for v in tested if self._own_work(v))
        if not tested or 2 * own > len(tested):
            return verdicts
        note = "the answers agree with each other, but not with the numbers of this paper"
        return [Verdict(v.answer, OPEN, v.mistake, note, v.expected)
                if v.verdict in (CARRIED, REPEATED) else v for v in verdicts]

    def _own_work(self, verdict: Verdict) -> bool:
        if verdict.verdict != WRONG:
            return verdict.verdict != OPEN
        expected = self._expected(verdict.answer, self.own or self.reference)
        value = verdict.answer.value
        if expected is None or isinstance(expected, UNMEASURED):
            return False
        off = abs(Fraction(value) - exact(expected))
        if isinstance(expected, int | np.integer):
            return bool(off <= abs(exact(expected)) * Fraction(NEAR_SHARE))
        unit = Fraction(10) ** -decimals_for(expected, verdict.answer.ask.decimals)
        return bool(off <= NEAR_UNITS * unit) or bool(verdict.note)
