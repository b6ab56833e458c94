"""Whole responses to a question (`q1.*`), shared out to the values that the question asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from softmark.grader.reading.arrays import named_values
from softmark.grader.submissions import WHOLE, Submission, split_cell
from softmark.problem_bank.papers import Paper
from softmark.worksheet.asks import Ask

_PART = re.compile(r"[^\W\d]{2,12} ?(\d{1,3})")


def shared_out(paper: Paper, submission: Submission, problems: list[str]) -> Submission:
    """The submission with an answer for each value; what cannot be shared out is told."""
    if not any(name.endswith(f".{WHOLE}") for name in submission.answers):
        return submission
    asks = {item.number: item.asks for item in paper.problems if item.problem is not None}
    answers: dict[str, str] = {}
    for name, text in submission.answers.items():
        number, cell = split_cell(name)
        found = values_in(text, asks[number]) if cell == WHOLE and number in asks else {cell: text}
        if found is None:
            names = [one.name for ask in asks[number] for one in ask.cells]
            problems.append(f"{submission.source}: {paper.paper_id}: the response to question "
                            f"{number} does not say which value is which; write them as "
                            f"{names[0]}: …; {names[1]}: …")
            continue
        answers |= {f"q{number}.{given}": value for given, value in found.items()}
    return replace(submission, answers=answers)


def values_in(text: str, asks: Sequence[Ask]) -> dict[str, str] | None:
    """Cell or ask name -> text of one response; None if it does not say which value is which.

    Named values (`z[1]: 0.3; z[2]: 0.5`), Moodle's numbered parts (`part 1: 0.3; part 2: 0.5`), or
    bare values in the order of the question; a question that asks one thing is answered whole.
    """
    cells = [cell.name for ask in asks for cell in ask.cells]
    known = _by_sound(cells + [ask.name for ask in asks])
    found = named_values(text, ())
    if found:
        named = {known.get(name.replace(" ", "")) or known.get(_sound(name)): value
                 for name, value in found.items()}
        if None not in named:
            return {name: value for name, value in named.items() if name is not None}
        parts = [_PART.fullmatch(name) for name in found]
        numbers = [int(part[1]) for part in parts if part]
        if len(numbers) == len(found) and set(numbers) <= set(range(1, len(cells) + 1)):
            return {cells[number - 1]: value
                    for number, value in zip(numbers, found.values(), strict=True)}
        if len(found) > 1 and len(asks) > 1:
            return {known.get(name.replace(" ", "")) or known.get(_sound(name)) or name: value
                    for name, value in found.items()}
    if len(asks) == 1:
        return {(cells if len(cells) == 1 else [asks[0].name])[0]: text}
    return None if re.search(r"[\[({]", text) else named_values(text, cells)


def _by_sound(names: Sequence[str]) -> dict[str, str]:
    """Names as they are, and as z1 for z[1] where that is one only."""
    sounds = [_sound(name) for name in names]
    return {sound: name for sound, name in zip(sounds, names, strict=True)
            if sounds.count(sound) == 1} | {name: name for name in names}


def _sound(name: str) -> str:
    return re.sub(r"[\W_]", "", name)
