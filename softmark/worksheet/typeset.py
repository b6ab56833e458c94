"""The typeset run: every step written out as formula, numbers put in, result.

The sheet is the run of a careful hand, which goes on with each result rounded to the stated
decimals. So every printed line is true as printed; where the unrounded answer differs in the last
place it stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.worksheet.accepted import decimals_of
from softmark.worksheet.expressions import Expression, size
from softmark.worksheet.expressions import tex as expression_tex
from softmark.worksheet.fields import Shape
from softmark.worksheet.formulas import factor, formula, numbers_put_in
from softmark.worksheet.notation import (
    decimals_for,
    is_short,
    number_tex,
    number_text,
    plain,
    rounded,
    with_minus,
)
from softmark.worksheet.runs import run, solve
from softmark.worksheet.step import UNMEASURED, Step, cells
from softmark.worksheet.template import Template
from softmark.worksheet.terms import Term, constant, effort, leaves, plain_value


@dataclass(frozen=True, slots=True)
class Worked:
    """One element written out, all in LaTeX; `formula` is "" where there is none."""

    symbol: str
    formula: str
    numbers: str
    result: str
    unrounded: str = ""

    def parts(self) -> list[str]:
        """What stands between the signs of equality: symbol, formula, numbers, result."""
        parts = [self.symbol] if self.symbol else []
        for part in (self.formula, self.numbers, self.result):
            if part and part not in parts[-1:]:
                parts.append(part)
        if self.unrounded:
            parts[-1] += rf"\quad(\text{{unrounded }}{{{self.unrounded}}})"
        return parts

    def tex(self) -> str:
        """The whole line."""
        return " = ".join(self.parts())


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the sheet: the elements worked in full, and the whole result."""

    name: str
    title: str
    symbol: str
    kind: str
    ask: bool
    note: str
    worked: tuple[Worked, ...]
    whole: str
    mistakes: tuple[tuple[str, str], ...]
    row: str = ""


def typeset(problem: Template) -> list[Line]:
    """The worked solution of `problem`, step by step."""
    reference = solve(problem, wrong=True)
    lines: list[Line] = []

    def reply(step: Step) -> Any:
        carried, line = _write_step(problem, step, reference[step.name].value,
                                    reference[step.name].wrong)
        lines.append(line)
        return carried

    for _ in run(problem.terms(), reply):
        pass
    return lines


def hand_values(problem: Template) -> dict[str, Any]:
    """What a careful hand writes down: every step's result, rounded and gone on with."""
    values: dict[str, Any] = {}

    def reply(step: Step) -> Any:
        carried = carry(problem, step)
        values[step.name] = plain_value(carried)
        return carried

    for _ in run(problem.terms(), reply):
        pass
    return values


@dataclass(slots=True)
class Work:
    """What a hand does: operations, and units that come out saturated or all dead."""

    operations: int = 0
    stuck: str = ""


#: a vector of more numbers is written as a row, if that has no more characters than WIDEST
TALLEST, WIDEST = 6, 72
#: beyond this a squashing unit hardly moves
SATURATED = 0.985


def hand_work(problem: Template) -> Work:
    """The operations in the whole worked solution, and the first step with a stuck unit."""
    work = Work()

    def reply(step: Step) -> Any:
        terms = _terms_in(step.value)
        work.operations += sum(effort(t) for t in terms) + 1 + \
            sum(size(item) for item in np.asarray(step.value, dtype=object).flat)
        if not work.stuck and _is_stuck(terms):
            work.stuck = step.name
        return carry(problem, step)

    for _ in run(problem.terms(), reply):
        pass
    return work


def _is_stuck(terms: list[Term]) -> bool:
    """Is a squashing unit saturated, or every ReLU of the step dead?"""
    squashed = [t for t in terms if t.op in ("sigmoid", "tanh")]
    rectified = [t for t in terms if t.op == "relu"]
    return any(abs(t.number) > SATURATED or (t.op == "sigmoid" and t.number < 1 - SATURATED)
               for t in squashed) or (bool(rectified) and not any(t.number for t in rectified))


def _terms_in(value: Any) -> list[Term]:
    items = value.ravel() if isinstance(value, np.ndarray) else \
        value if isinstance(value, tuple) else (value,)
    return [item for item in items if isinstance(item, Term)]


def carry(problem: Template, step: Step) -> Any:
    """The step's result as the hand goes on with it: rounded leaves under the step's symbol."""
    places = decimals_of(problem, step)
    value = step.value
    if isinstance(value, np.ndarray):
        out = np.empty(value.shape, dtype=object)
        for index, _, symbol in cells(step):
            out[index] = _rounded_leaf(value[index], symbol, places, problem.exact)
        return out
    if isinstance(value, Shape):
        return Shape(_rounded_leaf(size, "", places, problem.exact) for size in value)
    if isinstance(value, UNMEASURED):
        return value
    return _rounded_leaf(value, step.symbol, places, problem.exact)


def _rounded_leaf(value: Any, symbol: str, places: int, exact: bool) -> Any:
    number = value.number if isinstance(value, Term) else value
    if isinstance(number, UNMEASURED):
        return value
    if isinstance(number, int | np.integer):
        return Term(int(number), symbol=symbol, text=str(int(number)))
    text = number_text(number, places)
    return Term(Fraction(text) if exact else float(text), symbol=symbol, text=text)


def _as_inexact(carried: Any, unrounded: Any, places: int) -> Any:
    """`carried`, where rounded numbers that came out even keep the zeros of their last places."""
    if isinstance(carried, np.ndarray):
        for index in np.ndindex(*carried.shape):
            carried[index] = _as_inexact(carried[index], unrounded[index], places)
    elif isinstance(carried, Term) and isinstance(carried.number, float | Fraction):
        # just below 0.01 unrounded, just above as the hand has it: only what the hand knows is written
        places = min(decimals_for(value, places) for value in (unrounded, carried.number))
        if not is_short(unrounded, places):
            text = plain(rounded(carried.number, places))
            return Term(carried.number, symbol=carried.symbol, text=text)
    return carried


def _shown(step: Step) -> list[tuple[tuple[int, ...], str, str]]:
    """The elements to be worked in full: the first ones, or where all are 0 one that is not."""
    every = cells(step)
    first, rest = every[:step.full], every[step.full:]
    if first and rest and not any(step.value[index] != 0 for index, _, _ in first):
        first = next(([one] for one in rest if step.value[one[0]] != 0), first)
    return first


def _write_step(problem: Template, step: Step, unrounded: Any,
                wrong: dict[str, Any]) -> tuple[Any, Line]:
    places = decimals_of(problem, step)
    carried = _as_inexact(carry(problem, step), unrounded, places)
    worked = []
    for index, _, symbol in _shown(step):
        at = index or ()
        worked.append(_worked(
            step.value[at] if at else step.value, carried[at] if at else carried,
            unrounded[at] if at else unrounded, symbol, places))
    whole = value_tex(carried, places)
    # a misconception that changes nothing here has nothing to warn of
    right = {whole, value_tex(unrounded, places)}
    mistakes = tuple((name, value_tex(value, places, tallest=2)) for name, value in wrong.items()
                     if value_tex(value, places) not in right)
    return carried, Line(step.name, step.title, step.symbol, step.kind or "", step.ask, step.note,
                         tuple(worked), whole, mistakes, step.row)


def _worked(value: Any, carried: Any, unrounded: Any, symbol: str, places: int) -> Worked:
    if isinstance(value, Expression):
        return Worked(symbol, expression_tex(value), "", expression_tex(value))
    if not isinstance(value, Term):
        said = "" if isinstance(value, str) else symbol
        return Worked(said, *_shape_parts(value), value_tex(carried, places))
    result = number_tex(carried.text)
    beside = number_tex(number_text(unrounded, places))
    written = (value.symbol, "") if value.is_leaf else (formula(value), numbers_put_in(value))
    return Worked(symbol, *written, result, beside if _unzeroed(beside) != _unzeroed(result) else "")


def _unzeroed(number: str) -> str:
    """The number without zeros at its end, which say nothing of its size."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def _shape_parts(value: Any) -> tuple[str, str]:
    """Formula and numbers of a shape whose sizes are terms."""
    if not isinstance(value, Shape):
        return "", ""
    sizes = [size if isinstance(size, Term) else constant(size) for size in value]
    if all(size.is_leaf for size in sizes):
        return "", ""
    return (r" \times ".join(factor(size, numbers=False) for size in sizes),
            r" \times ".join(factor(size, numbers=True) for size in sizes))


def uses_drawn(value: Any) -> bool:
    """Does the value come from drawn numbers, not only from earlier results?

    A value with no formula (a count of words, a class) was read off the problem itself.
    """
    terms = list(_terms_in(value))
    return not terms or any(leaf.drawn for term in terms for leaf in leaves(term))


# -- values as LaTeX


def value_tex(value: Any, decimals: int, tallest: int = TALLEST) -> str:
    """A value as LaTeX: a number, a column vector, a matrix, a shape, words.

    A vector of more numbers than `tallest` lies on its side if it is not too wide. Terms keep the
    text they are carried on with: 0.6900 stays 0.6900.
    """
    if isinstance(value, np.ndarray) and value.shape == (1,):
        return _number_tex(value[0], decimals)
    if isinstance(value, np.ndarray):
        rows = value.reshape(-1, 1) if value.ndim == 1 else value.reshape(value.shape[0], -1)
        cells = [[_number_tex(v, decimals) for v in row] for row in rows]
        if value.ndim == 1 and len(cells) > tallest and \
                sum(len(cell) + 2 for (cell,) in cells) <= WIDEST:
            return matrix_tex([[cell for (cell,) in cells]]) + r"^{\top}"
        return matrix_tex(cells)
    if isinstance(value, Shape):
        return r" \times ".join(str(size) for size in value)
    if isinstance(value, str):
        return words_tex(value)
    if isinstance(value, tuple):
        return words_tex(", ".join(str(item) for item in value))
    return _number_tex(value, decimals)


def _number_tex(value: Any, decimals: int) -> str:
    if isinstance(value, Term) and value.is_leaf:
        return number_tex(value.text)
    value = plain_value(value)
    if isinstance(value, str):
        return words_tex(value)
    if isinstance(value, Expression):
        return expression_tex(value)
    if isinstance(value, np.generic):
        value = value.item()
    return number_tex(number_text(value, decimals))


def matrix_tex(rows: list[list[str]]) -> str:
    r"""Rows of LaTeX cells as a bmatrix."""
    body = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


_ESCAPES = {"\\": r"\textbackslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
            "_": r"\_", "%": r"\%", "^": r"\^{}", "~": r"\textasciitilde ",
            "≥": r"$\ge$", "≤": r"$\le$", "−": "$-$"}


def words_tex(text: str) -> str:
    """Words inside a formula, with LaTeX's own characters escaped."""
    return r"\text{" + "".join(_ESCAPES.get(char, char) for char in with_minus(text)) + "}"
