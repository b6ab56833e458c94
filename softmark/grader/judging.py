"""Judging one script against one problem: right, carried on, a known mistake, or wrong.

A value is right if it lies in the reference's accepted interval, or in the interval recomputed
from the student's own earlier values (follow-through). Intervals are computed only when an answer
is not settled by the reference value and its own rounding. Of the explanations for what is left,
the one is taken that needs the fewest slips and misconceptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.grader.answers import Answer, carried
from softmark.grader.evidence import by_chance, exact, fits, is_trivial, slip_note
from softmark.grader.script import Script
from softmark.grader.verdicts import (
    AMBIGUOUS,
    BLANK,
    CARRIED,
    COARSE,
    FULL,
    INVALID,
    LOST,
    MISTAKE,
    OPEN,
    REPEATED,
    RIGHT,
    TRUNCATED,
    WRONG,
    Verdict,
)
from softmark.worksheet.accepted import ROUNDING, Interval
from softmark.worksheet.asks import Ask
from softmark.worksheet.notation import decimals_for
from softmark.worksheet.step import FIXED_KINDS, UNMEASURED
from softmark.worksheet.template import Template

#: how near (in last places) a wrong value must lie to count as the student's own work
NEAR_UNITS = 60
NEAR_SHARE = 0.05
#: how far from the right value a coarse answer may lie
COARSEST = Fraction(1, 20)
#: how many lost answers are tried as mere slips of the pen
MOST_TRIED = 4


def judged(problem: Template, asks: Sequence[Ask], answers: Sequence[Answer]) -> list[Verdict]:
    """A verdict on every answer, in the order of the steps."""
    script = Script(problem, asks, answers)
    judge = _Judge(script)
    verdicts = judge.verdicts()
    # what a misconception explains needs no other explanation
    unexplained = [v for v in _lost(verdicts) if v.verdict == WRONG]
    if len(unexplained) > 1 and script.own:
        judge, verdicts = _settled(judge, verdicts, unexplained)
    return judge.without_copies(verdicts)


def _lost(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [v for v in verdicts if v.verdict in LOST and v.answer.ask.kind not in FIXED_KINDS]


def _settled(judge: _Judge, verdicts: list[Verdict],
             lost: list[Verdict]) -> tuple[_Judge, list[Verdict]]:
    """Lost answers that the later ones did not go on with: a slip of the pen, not of the hand."""
    for slip in lost[:-1][:MOST_TRIED]:
        place = (slip.answer.ask.name, slip.answer.cell.index)
        other = _Judge(judge.script.without(frozenset((place,))))
        if not other.script.own:
            continue
        found = other.verdicts()
        if _cost(found) < _cost(verdicts):
            judge, verdicts = other, found
    return judge, verdicts


def _cost(verdicts: Sequence[Verdict]) -> int:
    """What an explanation leaves to be lost or to a person."""
    return sum(v.verdict in LOST or v.verdict == OPEN for v in verdicts)


class _Judge:
    """One way to explain a script: its runs, and the misconceptions charged so far."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.charged: dict[str, str] = {}
        self.slipped = False

    def verdicts(self) -> list[Verdict]:
        """A verdict on every cell, before anybody asks whose work it is."""
        verdicts = []
        missing_design = False
        for answer in self.script.answers:
            if answer.ask.kind == "design" and self.script.designs[answer.ask.name] != []:
                missing_design = True
            verdict = self._judge(answer)
            if missing_design and verdict.verdict in (CARRIED, REPEATED, MISTAKE, WRONG) \
                    and answer.ask.kind != "design":
                verdict = Verdict(answer, OPEN, expected=verdict.expected,
                                  note="there is no valid design to measure it against")
            self.slipped = self.slipped or verdict.verdict != RIGHT
            verdicts.append(verdict)
        return self._only_consistent(verdicts)

    def _only_consistent(self, verdicts: list[Verdict]) -> list[Verdict]:
        """A misconception is charged once if it runs through the script, else each time."""
        fitful = {v.mistake for v in verdicts if v.verdict == REPEATED}
        fitful = {name for name in fitful if any(self._knew_better(v, name) for v in verdicts)}
        return [replace(v, verdict=MISTAKE) if v.verdict == REPEATED and v.mistake in fitful else v
                for v in verdicts]

    def _knew_better(self, verdict: Verdict, mistake: str) -> bool:
        """Was the cell right where the misconception would have given something else?"""
        return verdict.verdict in (RIGHT, CARRIED) and self._speaks_against(verdict.answer, mistake)

    def _speaks_against(self, answer: Answer, mistake: str) -> bool:
        """Would the misconception have given something else than this (right) answer?"""
        interval = self.script.mistaken.get(answer.ask.name, {}).get(mistake)
        return (interval is not None and fits(interval, answer)
                and not interval.holds(carried(answer.value, True), answer.cell.index))

    def _judge(self, answer: Answer) -> Verdict:
        status = answer.reading.status
        if status in ("blank", "invalid"):
            return Verdict(answer, BLANK if status == "blank" else INVALID,
                           note=answer.reading.message, expected=self.script.expected(answer))
        if answer.ask.kind == "design":
            return self._judge_design(answer)
        if answer.ask.kind in FIXED_KINDS:
            return self._judge_words(answer)
        return self._by_readings(answer, self._judge_value(answer))

    def _by_readings(self, answer: Answer, verdict: Verdict) -> Verdict:
        """An answer that is right only by its less usual reading is for a person to decide."""
        if answer.reading.other is None:
            return verdict
        unsure = answer.as_other and verdict.verdict in FULL
        if not unsure and verdict.verdict in LOST:
            second = replace(answer, as_other=not answer.as_other)
            own = self.script.own_accepted.get(answer.ask.name)
            unsure = own is not None and own.holds(carried(second.value, True), answer.cell.index)
        return replace(verdict, verdict=AMBIGUOUS, mistake="", note=answer.reading.message) \
            if unsure else verdict

    def _judge_design(self, answer: Answer) -> Verdict:
        violated = self.script.designs[answer.ask.name]
        expected = self.script.expected(answer)
        if violated is None:
            return Verdict(answer, INVALID, note="the design is not complete", expected=expected)
        if not violated:
            return Verdict(answer, RIGHT, expected=expected)
        name = self._design_mistake(answer)
        return Verdict(answer, MISTAKE if name else WRONG, name, violated[0], expected)

    def _design_mistake(self, answer: Answer) -> str:
        done = self.script.own.get(answer.ask.name)
        if done is None:
            return ""
        return next((name for name, value in done.wrong.items()
                     if np.shape(value) == np.shape(done.reply) and np.all(value == done.reply)), "")

    def _judge_words(self, answer: Answer) -> Verdict:
        expected = self.script.expected(answer)
        given = answer.value if isinstance(answer.value, str) else list(answer.value)
        right = ({str(word).lower() for word in given} == {str(w).lower() for w in expected}
                 and len(given) == len(expected))
        return Verdict(answer, RIGHT if right else WRONG, expected=expected)

    def _judge_value(self, answer: Answer) -> Verdict:
        script = self.script
        name, index = answer.ask.name, answer.cell.index
        expected = script.expected(answer)
        if expected is None:
            return Verdict(answer, OPEN, note="the student's values lead down another way")
        if script.settles(answer, answer.value, expected):
            return Verdict(answer, RIGHT, expected=expected)
        value = carried(answer.value, True)
        if script.accepted[name].holds(value, index):
            return Verdict(answer, RIGHT, expected=expected)
        if name not in script.own_accepted:
            return Verdict(answer, OPEN, expected=expected,
                           note="the student's own values cannot be carried on")
        if self._follows(answer, value):
            if not self.charged and is_trivial(script.own[name].value, script.reference[name].value):
                return Verdict(answer, OPEN, expected=expected,
                               note="an earlier slip makes this step trivial")
            return Verdict(answer, CARRIED, expected=expected)
        return self._judge_wrong(answer, value, expected)

    def _follows(self, answer: Answer, value: Any) -> bool:
        """Is it right for the student's own earlier values?

        While nothing went wrong, how far rounding leads is known: to go on with what is written down
        is all that is left.
        """
        script = self.script
        if not self.slipped:
            return script.settles(answer, answer.value, script.expected(answer, script.own))
        return script.own_accepted[answer.ask.name].holds(value, answer.cell.index)

    def _judge_wrong(self, answer: Answer, value: Any, expected: Any) -> Verdict:
        """Neither right nor carried on: a known mistake, imprecise, or just wrong."""
        name = answer.ask.name
        script = self.script
        own = script.expected(answer, script.own)
        known = self._known_mistake(answer, value)
        if known:
            first = self.charged.setdefault(known, name)
            return Verdict(answer, MISTAKE if first == name else REPEATED, known, expected=expected)
        for right, accepted, note in ((expected, script.accepted[name], ""),
                                      (own, script.own_accepted[name],
                                       "right for your own earlier values")):
            imprecise = self._imprecise(answer, value, right, accepted)
            if imprecise:
                return Verdict(answer, imprecise, note=note, expected=expected)
        if isinstance(own, str) and script.nearly(answer):
            return Verdict(answer, CARRIED, expected=expected,
                           note="right within the rounding of your own values")
        digits = answer.reading.digits
        note = slip_note(value, own, digits) or slip_note(value, expected, digits)
        return Verdict(answer, WRONG, note=note, expected=expected)

    def _known_mistake(self, answer: Answer, value: Any) -> str:
        """The misconception that gives this value: of several, the one that costs least.

        One that runs through the script costs once, one that other answers speak against each time.
        """
        found = self._candidates(answer, value)
        if len(found) < 2:
            return found[0] if found else ""
        measured = [other for other in self.script.answers if other.value is not None
                    and other.ask.kind not in ("design", *FIXED_KINDS)]
        off = [self._candidates(other, carried(other.value, True)) if self._is_off(other) else None
               for other in measured]

        def preference(mistake: str) -> tuple[int, int, bool]:
            explained = sum(names is not None and mistake in names for names in off)
            against = sum(names is None and self._speaks_against(other, mistake)
                          for other, names in zip(measured, off, strict=True))
            return (explained if against else 1) - explained, against, mistake not in self.charged

        return min(found, key=preference)

    def _is_off(self, answer: Answer) -> bool:
        """Is the answer right neither by the reference nor for the student's own values?"""
        value, name = carried(answer.value, True), answer.ask.name
        return not any(name in accepted and accepted[name].holds(value, answer.cell.index)
                       for accepted in (self.script.accepted, self.script.own_accepted))

    def _candidates(self, answer: Answer, value: Any) -> list[str]:
        """Every misconception that gives this value at this cell."""
        known = self.script.mistaken.get(answer.ask.name, {})
        return [mistake for mistake, interval in known.items()
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
            self.script.widen(answer, unit * Fraction(ROUNDING))
            return COARSE
        behind = abs(exact(right)) - abs(value)
        if -spread <= behind < unit + spread and value * exact(right) > 0 \
                and digits >= needed - 1 and not isinstance(right, int | np.integer):
            self.script.widen(answer, unit)
            return TRUNCATED
        return ""

    # -- whose work is it?

    def without_copies(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Follow-through counts only while steps that use drawn values show the student's own work.

        A neighbour's script copied whole is consistent with itself: everything but the drawn
        numbers would be carried on.
        """
        if not any(v.verdict in (CARRIED, REPEATED) for v in verdicts):
            return verdicts
        tested = [v for v in verdicts if v.verdict not in (BLANK, INVALID, AMBIGUOUS)
                  and (v.answer.ask.name, v.answer.cell.index) in self.script.drawn_cells
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
        expected = self.script.expected(verdict.answer, self.script.own or self.script.reference)
        value = verdict.answer.value
        if expected is None or isinstance(expected, UNMEASURED):
            return False
        off = abs(Fraction(value) - exact(expected))
        if isinstance(expected, int | np.integer):
            return bool(off <= abs(exact(expected)) * Fraction(NEAR_SHARE))
        unit = Fraction(10) ** -decimals_for(expected, verdict.answer.ask.decimals)
        return bool(off <= NEAR_UNITS * unit) or bool(verdict.note)
