"""Show what a threshold unit computes: truth table, gate, feasible range of its bias."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.perceptron import fires, net_input
from softmark.templates.perceptron._notes import compared, written
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import unit
from softmark.worksheet.terms import leaf_text

GATES = ("AND", "OR", "NAND", "NOR", "another function")
SINGLE = ("NOT", "another function")


class PerceptronGates(Template):
    """m-of-n gates: the unit fires when at least m inputs are on (or at most, negated)."""

    title: ClassVar[str] = "What does this unit compute?"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
{% set s = 's' if w|length > 1 else '' %}
A threshold unit with {{ w|length }} input{{ s }} from $\{0,1\}$ has the weight{{ s }} ${{ named('w') }}$
and the bias ${{ named('w0') }}$. Its net input is $s=w_0+\sum_i w_i x_i$; it puts out 1 if
$s {% if tie == '>=' %}\ge{% else %}>{% endif %} 0$ and {{ low }} otherwise.

1. Give net input and output for every input, in the order of the table.
2. Name the gate (the unit is on exactly when its output is 1).
3. Keeping the weight{{ s }}, how far can the bias move before the unit computes something else? Give
   the smallest sum **without** bias where the unit is on, $m_1=\min\sum_i w_ix_i$, and the largest
   where it is off, $m_0=\max\sum_i w_ix_i$: then $-m_1$ and $-m_0$ bound $w_0$.
"""

    w: Vector = given("w", about="weights of the inputs")
    w0: Number = given("w_0", about="bias")
    tie: Literal[">=", ">"] = ">="
    low: Literal[0, -1] = 0

    @model_validator(mode="after")
    def _is_gate(self) -> Self:
        if not 1 <= len(self.w) <= 3:
            raise ValueError("w must hold one, two or three weights")
        sums = [self.w0 + sum(a * b for a, b in zip(self.w, x, strict=True)) for x in self.inputs]
        on = [fires(s, self.tie) for s in sums]
        if all(on) or not any(on):
            raise ValueError("the unit must be on for some inputs and off for others")
        return self

    def figure(self) -> Drawing:
        return unit([leaf_text(w) for w in (self.w0, *self.w)], "s", "A threshold unit")

    @property
    def inputs(self) -> list[tuple[int, ...]]:
        return list(product((0, 1), repeat=len(self.w)))

    def gate(self, on: list[bool]) -> str:
        ones = [sum(x) for x in self.inputs]
        n = len(self.w)
        if n == 1:
            return "NOT" if on == [True, False] else "another function"
        kinds = {"AND": [k == n for k in ones], "OR": [k >= 1 for k in ones],
                 "NAND": [k < n for k in ones], "NOR": [k == 0 for k in ones]}
        return next((name for name, table in kinds.items() if table == on), "another function")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n = rng.level(level, easy=2, medium=2, hard=3)
        w = rng.vector(n, "1", "6", 1, ["0"])
        need = rng.integer(1, n)
        # the bias lies strictly between what fewer and what `need` inputs can bring
        most = sum(sorted(w)[-(need - 1):]) if need > 1 else 0
        least = sum(sorted(w)[:need])
        if most >= least:
            w = tuple(w[0] for _ in w)
            most, least = w[0] * (need - 1), w[0] * need
        bias = -rng.decimal(most, least, 1, [most, least]) if least - most > 1 else -(most + least) / 2
        sign = rng.level(level, easy=1, medium=rng.choice([1, -1]), hard=rng.choice([1, -1]))
        return cls(w=tuple(sign * v for v in w), w0=sign * bias, decimals=2,
                   low=rng.level(level, easy=0, medium=0, hard=-1),
                   tie=rng.level(level, easy=">=", medium=rng.choice([">=", ">"]), hard=">"))

    def solve(self) -> Steps:
        weights = np.array([self.w0, *self.w])
        on = []
        for i, x in enumerate(self.inputs, 1):
            row = "(" + ", ".join(map(str, x)) + ")"
            s = yield Step(f"rows[{i}].net", f"s_{i}", net_input(weights, self._shown(x)), "Net input",
                           row=row, wrong={} if not any(x) else {
                               "took the bias for the threshold":
                               lambda x=x: net_input(weights, np.array(x)) - 2 * self.w0})
            on.append(fires(s, self.tie))
            yield Step(f"rows[{i}].output", f"y_{i}", 1 if on[-1] else self.low, "Output", row=row,
                       note=compared(f"s_{i}", s),
                       wrong={"put out 0 for −1" if self.low else "put out −1 for 0":
                              lambda: -1 - self.low} if not on[-1] else {})
        yield Step("gate", r"\text{gate}", self.gate(on), "The gate",
                   options=GATES if len(self.w) > 1 else SINGLE,
                   note="The outputs are compared with the tables of the gates.")
        sums = [net_input(weights, np.array(x)) - self.w0 for x in self.inputs]
        yield from self._range([self._sum(x) for x in self.inputs], on, sums)

    def _shown(self, x: tuple[int, ...]) -> Any:
        """The inputs with their zeros written: a table of AND then takes as much work as one of OR."""
        return np.array([self.written(v, drawn=False) for v in x])

    def _sum(self, x: tuple[int, ...]) -> Any:
        return (self.w * self._shown(x)).sum()

    def _range(self, sums: list[Any], on: list[bool], _: list[Any]) -> Steps:
        ones = [s for s, fired in zip(sums, on, strict=True) if fired]
        zeros = [s for s, fired in zip(sums, on, strict=True) if not fired]
        yield Step("m1", "m_1", min(ones), "Smallest sum where the unit is on", weight=1.5,
                   note="The smallest of the sums without bias in the rows with output 1.",
                   wrong={"took the largest instead of the smallest": lambda: max(ones)}
                   if max(ones) != min(ones) else {})
        yield Step("m0", "m_0", max(zeros), "Largest sum where the unit is off", weight=1.5,
                   note="The largest of the sums without bias in the other rows: the bias may move "
                   f"between ${written(-min(ones))}$ and ${written(-max(zeros))}$.")
