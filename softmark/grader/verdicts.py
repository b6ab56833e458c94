"""What can be said of one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from softmark.grader.answers import Answer

RIGHT, COARSE, TRUNCATED, CARRIED = "right", "coarse", "truncated", "carried"
MISTAKE, REPEATED, WRONG = "mistake", "repeated", "wrong"
BLANK, INVALID, AMBIGUOUS, OPEN = "blank", "invalid", "ambiguous", "not assessable"
#: verdicts that a person has to look at
FOR_A_PERSON = frozenset({INVALID, AMBIGUOUS, OPEN})
FULL = frozenset({RIGHT, CARRIED, REPEATED})
#: verdicts that cost marks and are nobody's but the student's
LOST = frozenset({WRONG, MISTAKE})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one cell."""

    answer: Answer
    verdict: str
    mistake: str = ""
    note: str = ""
    expected: Any = None
