"""Plain records that the rooms pass on to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["one", "ambiguous", "invalid", "blank"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read.

    value    Decimal, Fraction or int; nested tuples of them; a tuple of sizes; words
    other    the second reading of an ambiguous text, or one that is less usual
    digits   decimals as typed (35K has −3), None for whole numbers and fractions; nested as value
    message  one sentence that helps, for an invalid or ambiguous text
    """

    status: Status
    value: Any = None
    other: Any = None
    digits: Any = None
    message: str = ""
