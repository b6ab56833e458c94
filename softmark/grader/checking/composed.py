"""Tables, whose rows are answers of their own, and designs, which are free under conditions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from softmark.grader.checking.numbers import check_array
from softmark.grader.checking.options import (
    AMBIGUOUS,
    BLANK,
    CORRECT,
    INVALID,
    WRONG,
    Checked,
    Options,
    as_text,
    listed,
    plain,
    shown,
    unread,
)
from softmark.grader.reading import read
from softmark.grader.reading.arrays import named_values
from softmark.grader.reading.expressions import names_in, read_expression
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import DOUBTS, Expression, evaluate, symbols


def check_table(check: Callable[..., Checked]) -> Callable[[Any, Any, Options], Checked]:
    """A checker of tables whose cells are checked by `check`."""
    return lambda answer, reference, options: _rows_checked(check, answer, reference, options)


def _rows_checked(check: Callable[..., Checked], answer: Any, reference: Any,
                  options: Options) -> Checked:
    if not isinstance(reference, Mapping) or not reference:
        raise UserError("the reference of a table is an object: name → value")
    given = {str(k): "" if v is None else as_text(v) for k, v in answer.items()} \
        if isinstance(answer, Mapping) else named_values(answer, list(map(str, reference)))
    if given is None:
        return Checked(INVALID, "", "a table is typed as name: value, one after the other, each name "
                                    f"once; the names are {', '.join(map(str, reference))}")
    rows = dict(given)
    verdicts: dict[str, Checked] = {}
    for name, wanted in reference.items():
        text = rows.pop(_row_of(str(name), rows), "")
        verdicts[str(name)] = check(_kind_of(wanted), text, wanted,
                                    {k: v for k, v in options.given.items() if k != "label"})
    if rows:
        return Checked(INVALID, "", f"there is no row called {next(iter(rows))[:30]!r}; the names are "
                                    f"{', '.join(map(str, reference))}")
    reading = ", ".join(f"{name} = {one.reading}" for name, one in verdicts.items())
    for verdict in (INVALID, WRONG, BLANK, AMBIGUOUS):
        for name, one in verdicts.items():
            if one.verdict == verdict:
                said = f"{name} is missing" if verdict == BLANK else f"{name}: {one.message or verdict}"
                return Checked(WRONG if verdict == BLANK else verdict, reading, said)
    return Checked(CORRECT, reading)


def _row_of(name: str, rows: Mapping[str, str]) -> str:
    """The typed name that a wanted one stands under: as it is, without its signs, in any case."""
    exact = [typed for typed in rows if _signless(typed) == _signless(name)]
    alike = [typed for typed in rows if plain(typed) == plain(name)]
    return (exact or alike or [name])[0]


def _signless(name: str) -> str:
    return re.sub(r"[\s_{}\\$]", "", name)


def _kind_of(wanted: Any) -> str:
    if isinstance(wanted, list):
        return "matrix" if wanted and isinstance(wanted[0], list) else "vector"
    if isinstance(wanted, str) and read(wanted, "number").status != "one":
        return "shape" if read(wanted, "shape").status == "one" else "words"
    return "number"


def check_words(answer: Any, reference: Any, options: Options) -> Checked:
    return Checked(CORRECT if plain(as_text(answer)) == plain(str(reference)) else WRONG, as_text(answer))


_COMPARISON = re.compile(r"(>=|<=|!=|≥|≤|≠|>|<|==?)")
_COMPARE: dict[str, Callable[[Any, Any, bool], bool]] = {
    ">": lambda a, b, tie: a > b and not tie, "<": lambda a, b, tie: a < b and not tie,
    ">=": lambda a, b, tie: a > b or tie, "≥": lambda a, b, tie: a > b or tie,
    "<=": lambda a, b, tie: a < b or tie, "≤": lambda a, b, tie: a < b or tie,
    "=": lambda a, b, tie: tie, "==": lambda a, b, tie: tie,
    "!=": lambda a, b, tie: not tie, "≠": lambda a, b, tie: not tie}


def check_design(answer: Any, reference: Any, options: Options) -> Checked:
    """Free values under conditions such as "w0 + w1 > 0"; a list of numbers is one design."""
    conditions = reference.get("conditions") if isinstance(reference, Mapping) else reference
    if not isinstance(conditions, list) or not all(isinstance(one, str) for one in conditions):
        return check_array(1)(answer, reference, options)
    if not conditions:
        raise UserError('the reference of a design is a list of conditions such as "w0 + w1 > 0"')
    labels = listed(options.given.get("labels") or options.given.get("vars"))
    labels = labels or sorted({n for c in conditions for side in _COMPARISON.split(c)[::2]
                               for n in names_in(side)})
    parsed = {condition: _parsed(condition, labels) for condition in conditions}
    reading = read(as_text(answer), "vector", locale=options.locale, labels=labels, shape=(len(labels),))
    failed = unread(reading)
    if failed:
        return failed
    values = {name: float(value) for name, value in zip(labels, reading.value, strict=True)}
    for condition in conditions:
        if not _holds(*parsed[condition], values):
            return Checked(WRONG, shown(dict(zip(labels, reading.value, strict=True))),
                           f"{condition} does not hold")
    return Checked(CORRECT, shown(dict(zip(labels, reading.value, strict=True))))


def _parsed(condition: str, names: Sequence[str]) -> tuple[list[Expression], list[str]]:
    """The formulas of a condition and the signs between them."""
    sides = _COMPARISON.split(condition)
    known = {name: symbols(name)[0] for name in names}
    readings = [read_expression(side, known) for side in sides[::2]]
    if len(sides) < 3 or any(one.status not in ("one", "ambiguous") for one in readings):
        raise UserError(f"the condition {condition[:60]!r} is no comparison of formulas")
    return [one.value for one in readings], sides[1::2]


def _holds(sides: Sequence[Expression], signs: Sequence[str], values: Mapping[str, float]) -> bool:
    """Do the comparisons hold? What differs by rounding errors only is equal."""
    found = [tuple(map(float, evaluate(side, values))) for side in sides]
    if not all(math.isfinite(value) for value, _ in found):
        return False
    return all(_COMPARE[sign](a, b, abs(a - b) <= 1e-9 * min(1, abs(b)) + DOUBTS * (off + off_b))
               for (a, off), sign, (b, off_b) in zip(found, signs, found[1:], strict=False))
