"""A step of a worked solution: what was computed, and what the student may be asked of it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from softmark.worksheet.duals import Dual
from softmark.worksheet.expressions import Expression
from softmark.worksheet.fields import Shape
from softmark.worksheet.notation import subscript
from softmark.worksheet.terms import Term

Labels = tuple[str, ...]
#: kinds whose reply is always the reference: a wrong vocabulary makes every later cell meaningless
FIXED_KINDS = frozenset({"text", "set"})
#: values that have no size: words, sets and shapes, formulas
UNMEASURED = (str, tuple, Expression)


@dataclass(slots=True)
class Step:
    """One line of a worked solution.

    name     unique in its problem; cells are `name[label]`, by the labels printed as subscripts
    symbol   LaTeX of what is computed
    value    number, array, Shape, text, or an expression of symbols
    title    what is computed, in words
    ask      may the student be asked for it?
    decimals stated places, if not the problem's
    wrong    named misconceptions: what a student who holds one would have got here
    check    for a design: the conditions a value violates (none: it is right)
    options  for a choice: what to choose from
    axes     labels of each axis, printed as subscripts; 1, 2, … by default
    reverse  print subscripts from the last axis to the first
    note     a sentence where no formula says how the value comes about
    full     how many elements of an array the sheet works in full
    weight   share of the marks, relative to the other steps
    row      caption of the table row that a step `table[row].column` stands in
    """

    name: str
    symbol: str
    value: Any
    title: str
    ask: bool = True
    decimals: int | None = None
    kind: str | None = None
    wrong: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    check: Callable[[Any], list[str]] | None = None
    options: Sequence[str] = ()
    axes: Sequence[Sequence[str]] | None = None
    reverse: bool = False
    note: str = ""
    full: int = 1
    weight: float = 1
    row: str = ""

    def __post_init__(self) -> None:
        if self.kind is None:
            self.kind = "design" if self.check else kind_of(self.value)


#: what `solve` is: steps out, values back
Steps = Generator[Step, Any, None]


def kind_of(value: Any) -> str:
    """The kind of answer that a value asks for."""
    if isinstance(value, Term | Dual):
        value = value.number
    if hasattr(value, "iv"):
        return "number"
    if isinstance(value, np.ndarray):
        return {0: "number", 1: "vector"}.get(value.ndim, "matrix")
    if isinstance(value, Shape):
        return "shape"
    if isinstance(value, str):
        return "choice"
    if isinstance(value, Expression):
        return "expression"
    if isinstance(value, bool | np.bool_):
        raise TypeError("a yes or no is asked as a choice of words")
    if isinstance(value, int | np.integer):
        return "integer"
    if isinstance(value, float | Fraction | np.floating) or hasattr(value, "_mpf_"):
        return "number"
    if isinstance(value, tuple):
        return "text"
    raise TypeError(f"a step's value cannot be a {type(value).__name__}")


def axis_labels(shape: tuple[int, ...], axes: Sequence[Sequence[str]] | None) -> list[Labels]:
    """The labels along each axis: the given ones, else 1, 2, …"""
    if axes is None:
        return [tuple(str(i + 1) for i in range(size)) for size in shape]
    labels = [tuple(str(label) for label in axis) for axis in axes]
    if [len(axis) for axis in labels] != list(shape):
        raise ValueError(f"labels of {[len(a) for a in labels]} for an array of shape {shape}")
    return labels


def places(shape: tuple[int, ...], axes: Sequence[Sequence[str]] | None,
           reverse: bool = False) -> Iterator[tuple[tuple[int, ...], Labels]]:
    """Every index of an array with the labels it is printed with."""
    labels = axis_labels(shape, axes)
    for index in np.ndindex(*shape):
        spelled = tuple(axis[i] for axis, i in zip(labels, index, strict=True))
        yield index, spelled[::-1] if reverse else spelled


def cell_name(name: str, labels: Labels) -> str:
    """The name of a cell: z, z[2], W[1][2]."""
    return name + "".join(f"[{label}]" for label in labels)


def cells(step: Step) -> list[tuple[tuple[int, ...], str, str]]:
    """(index, cell name, symbol) of every cell of a step; one with index () unless an array."""
    if not isinstance(step.value, np.ndarray):
        return [((), step.name, step.symbol)]
    return [(index, cell_name(step.name, labels), subscript(step.symbol, labels))
            for index, labels in places(step.value.shape, step.axes, step.reverse)]


def whole(value: Any) -> int:
    """`value` as a Python int, for loop bounds and sizes; TypeError if it is none."""
    return operator.index(value)
