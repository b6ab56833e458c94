"""The statement of a problem: the template's Jinja text with the drawn values put in.

The result is Markdown with $math$. What a value brings along is escaped for Markdown; LaTeX comes
only from the filters here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from softmark.worksheet.asks import Ask
from softmark.worksheet.notation import number_tex, subscript
from softmark.worksheet.step import UNMEASURED, places
from softmark.worksheet.template import Template, _carried_fields, field_note
from softmark.worksheet.terms import leaf_text
from softmark.worksheet.typeset import matrix_tex

_MATH = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.S)
_COMMAND, _UNSEEN = re.compile(r"\\[A-Za-z]+"), re.compile(r"[{}_^\\ ]")
#: what stands between displayed values, and how many characters of values a row holds
GAP, LONGEST_ROW = r",\quad ", 52
_MARKDOWN = re.compile(r"([\\`*_\[\]|$<>~&])")


def statement(problem: Template, asks: Sequence[Ask]) -> str:
    """The statement as Markdown, with the sentence on precision that the asks call for."""
    text = _compiled(type(problem).statement).render(
        _context(problem), p=problem, named=lambda name: named(problem, name)).strip()
    text = _MATH.sub(lambda found: _list_of_values(found[0]), text)
    sentence = precision_sentence(asks)
    return f"{text}\n\n{sentence}" if sentence else text


def _list_of_values(math: str) -> str:
    """A displayed list in rows that fit on a page; in a sentence its gaps are narrow."""
    if not math.startswith("$$"):
        return math.replace(GAP, r",\; ")
    items = math[2:-2].split(GAP)
    sizes = [len(_UNSEEN.sub("", _COMMAND.sub("x", item))) for item in items]
    if r"\begin" in math or sum(sizes) <= LONGEST_ROW:
        return math
    rows: list[list[str]] = [[]]
    room, filled = sum(sizes) / -(-sum(sizes) // LONGEST_ROW), 0
    for item, size in zip(items, sizes, strict=True):
        if rows[-1] and filled + size > room + 4:
            rows.append([])
        filled = filled + size if rows[-1] else size
        rows[-1].append(item)
    return ",$$\n$$".join(GAP.join(row) for row in rows).join(("$$", "$$"))


def precision_sentence(asks: Sequence[Ask]) -> str:
    """How precisely to answer, said once for all asks that round; other decimals by symbol."""
    rounded = [ask for ask in asks if rounds(ask)]
    if not rounded:
        return ""
    usual = Counter(ask.decimals for ask in rounded).most_common(1)[0][0]
    noun = "decimal" if usual == 1 else "decimals"
    others = [f"{places} for {_named_by_symbol([a for a in rounded if a.decimals == places])}"
              for places in sorted({ask.decimals for ask in rounded} - {usual})]
    besides = f" ({', '.join(others)})" if others else ""
    return (f"Give at least {usual} {noun}{besides} and at least three significant digits; going on "
            "with rounded or with unrounded intermediate results is both fine. Values that come out "
            "even may be given in full.")


def _named_by_symbol(asks: Sequence[Ask]) -> str:
    names = list(dict.fromkeys(f"${ask.symbol}$" if ask.symbol else ask.title for ask in asks))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def rounds(ask: Ask) -> bool:
    """Can the ask's answer be given only rounded?"""
    from softmark.worksheet.notation import is_short

    values = ask.value.ravel().tolist() if isinstance(ask.value, np.ndarray) else [ask.value]
    return any(not isinstance(v, (int, *UNMEASURED)) and not is_short(v, ask.decimals)
               for v in values) and ask.kind != "design"


def _context(problem: Template) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in type(problem).model_fields}


def _number(value: Any) -> Markup:
    return Markup(number_tex(leaf_text(value)))


def _row(values: Any) -> Markup:
    return Markup("(" + r",\; ".join(_number(v) for v in values) + ")")


def _matrix(rows: Any) -> Markup:
    if rows and not isinstance(rows[0], tuple | list):
        rows = [rows]
    return Markup(matrix_tex([[_number(v) for v in row] for row in rows]))


def _column(values: Any) -> Markup:
    return Markup(matrix_tex([[_number(v)] for v in values]))


def named(problem: Template, name: str) -> Markup:
    r"""The values of a field, each under its symbol: w_{14} = 0.2,\; w_{24} = 0.4."""
    note = field_note(type(problem), name)
    value = getattr(problem, name)
    if _carried_fields(type(problem))[name].rank == 0:
        return Markup(f"{note.symbol} = {_number(value)}")
    numbers = np.array(value, dtype=object)
    axes = problem.axes().get(name)
    return Markup(r",\quad ".join(
        f"{subscript(note.symbol, labels)} = {_number(numbers[index])}"
        for index, labels in places(numbers.shape, axes, note.reverse)))


def _finalize(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, str):
        return Markup(_MARKDOWN.sub(r"\\\1", value))
    return value


def _join(values: Any, between: str = "") -> Markup:
    """The values escaped, what stands between them as the author wrote it: a table's bars stay."""
    return Markup(str(between).join(str(_finalize(value)) for value in values))


@lru_cache(maxsize=512)
def _compiled(source: str) -> jinja2.Template:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, finalize=_finalize)
    environment.filters.update(join=_join, number=_number, vector=_row, matrix=_matrix, column=_column)
    return environment.from_string(source)
