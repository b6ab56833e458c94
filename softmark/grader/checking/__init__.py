"""One answer against one reference, outside any problem: for question banks and other programs.

The same reader as for papers; what counts as right is said by the options of the line instead of
by a derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from softmark.grader.checking.composed import check_design, check_table, check_words
from softmark.grader.checking.numbers import check_array, check_number, check_shape
from softmark.grader.checking.options import BLANK, Checked, Options, as_text, shown
from softmark.grader.checking.words import check_choice, check_expression, check_set
from softmark.worksheet.errors import UserError

KINDS = ("number", "vector", "matrix", "shape", "table", "expression", "set", "choice", "design")


def check(kind: str, answer: Any, reference: Any, opts: Mapping[str, Any] | None = None) -> Checked:
    """The verdict on `answer`; UserError for a kind, an option or a reference that cannot be used."""
    if kind not in _CHECKS:
        raise UserError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    options = Options(opts or {})
    if answer is None or not str(answer).strip():
        return Checked(BLANK)
    return _CHECKS[kind](answer if isinstance(answer, Mapping) else as_text(answer), reference, options)


_CHECKS: dict[str, Callable[[Any, Any, Options], Checked]] = {
    "number": check_number, "vector": check_array(1), "matrix": check_array(2), "shape": check_shape,
    "table": check_table(lambda *line: check(*line)), "expression": check_expression, "set": check_set,
    "choice": check_choice, "design": check_design, "words": check_words}

__all__ = ["KINDS", "Checked", "check", "shown"]
