"""Times of submission as exports write them, to ISO 8601; nothing is guessed."""

from __future__ import annotations

import re
from datetime import datetime

_MONTHS = {name: number for number, names in enumerate((
    "jan january januar", "feb february februar", "mar march märz mär", "apr april", "may mai",
    "jun june juni", "jul july juli", "aug august", "sep sept september", "oct october okt oktober",
    "nov november", "dec december dez dezember"), 1) for name in names.split()}
_NAMED = re.compile(r"(?:\w{2,12},?\s+)?(\d{1,2})\.?\s+([^\W\d]{3,10})\.?\s+(\d{4})\s*,?\s+"
                    r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?")
# with dots the day goes first everywhere; with slashes it depends on the country
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\s*,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?()")


def iso_time(text: str) -> str:
    """`10 January 2024, 2:15 PM` as 2024-01-10T14:15:00; "" for what is no certain time."""
    text = " ".join(text[:80].split())
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        pass
    named, dotted = _NAMED.fullmatch(text), _DOTTED.fullmatch(text)
    match = named or dotted
    if match is None:
        return ""
    day, month, year, hour, minute, second, half = match.groups()
    number = _MONTHS.get(month.lower(), 0) if named else int(month)
    try:
        at = datetime(int(year), number, int(day), _of_24(int(hour), half or ""), int(minute),
                      int(second or 0))
    except ValueError:
        return ""
    return at.isoformat(timespec="seconds")


def _of_24(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of a half day")
    return hour % 12 + (12 if half.lower() == "pm" else 0)
