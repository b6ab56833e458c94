"""The key of a paper on a page or two: values, what is accepted for them, marks, usual mistakes.

The solution sheet teaches; this is for a person who marks a pile by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from softmark.rendering.blocks import blocks_of
from softmark.rendering.pages import render_paper
from softmark.rendering.speech import Speech
from softmark.worksheet.accepted import Interval, intervals
from softmark.worksheet.asks import Ask
from softmark.worksheet.notation import decimals_for, plain
from softmark.worksheet.step import UNMEASURED
from softmark.worksheet.typeset import Line, typeset, value_tex

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def key_html(paper: Any, target: str = "pdf") -> str:
    """The key of a paper as a page."""
    say = Speech(paper.quiz.wording, target)
    return render_paper("key.html", target, paper, questions=[
        {"item": item, "rows": _rows(item, say) if item.problem else []} for item in paper.problems])


def _rows(item: Any, say: Speech) -> list[dict[str, Any]]:
    accepted = intervals(item.problem)
    lines = {line.name: line for line in typeset(item.problem)}
    total = sum(ask.weight for ask in item.asks) or 1
    rows = []
    for number, block in enumerate(blocks_of(item.asks)):
        for place, ask in enumerate(block.asks):
            rows.append({
                "letter": "" if place else LETTERS[number % len(LETTERS)], "row": ask.row,
                "symbol": ask.symbol, "value": value_tex(ask.value, ask.decimals),
                "accepted": _accepted(ask, accepted[ask.name], say),
                "mistakes": _mistakes(ask, lines),
                "marks": Fraction(item.marks) * Fraction(ask.weight) / Fraction(total)})
    return rows


def _accepted(ask: Ask, accepted: Interval, say: Speech) -> str:
    """What is accepted, in words: a range inside the accepted one, to a tenth of the last place."""
    if ask.kind == "design":
        return say("key.design")
    if ask.symbolic:
        return say("key.formula")
    values = [ask.value[cell.index] if cell.index else ask.value for cell in ask.cells]
    if isinstance(values[0], UNMEASURED):
        return ""
    bounds = [_inward(value, *accepted.at(cell.index), ask.decimals)
              for value, cell in zip(values, ask.cells, strict=True)]
    rooms = [min(hi - _decimal(value), _decimal(value) - lo).quantize(lo, rounding=ROUND_FLOOR)
             for value, (lo, hi) in zip(values, bounds, strict=True) if lo < hi]
    if not rooms:
        return ""
    if len(values) == 1:
        lo, hi = bounds[0]
        return say("key.range", lowest=_number(lo), highest=_number(hi))
    return say("key.each", room=_number(min(rooms)))


def _number(value: Decimal) -> str:
    return plain(value).replace("-", "−")


def _inward(value: Any, lo: Any, hi: Any, decimals: int) -> tuple[Decimal, Decimal]:
    tenth = Decimal(1).scaleb(-decimals_for(value, decimals) - 1)
    if float(lo) == float(hi):
        return _decimal(lo), _decimal(lo)
    return (_decimal(lo).quantize(tenth, rounding=ROUND_CEILING),
            _decimal(hi).quantize(tenth, rounding=ROUND_FLOOR))


def _decimal(value: Any) -> Decimal:
    return Decimal(float(value))


def _mistakes(ask: Ask, lines: Mapping[str, Line]) -> list[tuple[str, str]]:
    """Misconceptions and what they lead to, where that takes little room."""
    line = lines.get(ask.name)
    return [] if line is None or ask.shape else list(line.mistakes)
