"""JSON: one object or a list of them, `{"paper": …, "answers": {"q1.z": …}}`."""

from __future__ import annotations

import json
from typing import Any

from softmark.grader.files.child import Refused
from softmark.grader.files.opening import decode, shown
from softmark.grader.files.pile import Pile
from softmark.grader.files.times import iso_time

MAX_DIGITS = 1_000
MAX_DEPTH = 6


def read_json(data: bytes, pile: Pile) -> None:
    """The scripts in a JSON file."""
    text = decode(data, pile.where, pile.problems)
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse,
                           parse_float=_digits, parse_int=_digits)
    except RecursionError:
        raise Refused(f"{pile.where}: is nested too deeply to be answers") from None
    except ValueError as error:
        raise Refused(f"{pile.where}: is not valid JSON: {shown(error, 200)}") from None
    for number, one in enumerate(found if isinstance(found, list) else [found], 1):
        place = f"entry {number}"
        if not isinstance(one, dict) or not isinstance(one.get("answers"), dict):
            pile.tell(f'{pile.where}: {place}: should be {{"paper": "…", "answers": {{"q1.z": "…"}}}}')
            continue
        paper, student, email = (_word(one.get(key)) for key in ("paper", "student", "email"))
        time = iso_time(_word(one.get("submitted") or one.get("received")))
        script = pile.script(place, paper, student, email, time)
        if script is None:
            continue
        for cell, answer in one["answers"].items():
            try:
                pile.put(script, cell, _as_text(answer), place)
            except ValueError as error:
                pile.tell(f"{pile.where}: {place}: {shown(cell, 60)}: {error}; it was left out")


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise ValueError(f"the key {shown(key, 50)!r} stands there twice")
        out[key] = value
    return out


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _digits(text: str) -> str:
    """Numbers stay as they were typed."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text):,} digits is no answer")
    return text


def _as_text(answer: Any, depth: int = 0) -> str:
    """An answer as text; JSON lists become the bracketed notation that the reader knows."""
    if isinstance(answer, list):
        if depth >= MAX_DEPTH:
            raise ValueError("the lists are nested too deeply")
        return "[" + ", ".join([_as_text(item, depth + 1) for item in answer]) + "]"
    if isinstance(answer, dict):
        raise ValueError("an answer is a text, a number or a list")
    return "" if answer is None else str(answer)
