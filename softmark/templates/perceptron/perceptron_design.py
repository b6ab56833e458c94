"""Choose the weights of one perceptron from a truth table, by inequalities."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.worksheet import Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import unit

INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))
#: truth tables one perceptron can compute, constants left out, and weights that do (w0, w1, w2)
FEASIBLE = {
    (0, 0, 0, 1): ("-1.5", "1", "1"), (0, 1, 1, 1): ("-0.5", "1", "1"),
    (1, 1, 1, 0): ("1.5", "-1", "-1"), (1, 0, 0, 0): ("0.5", "-1", "-1"),
    (0, 0, 1, 0): ("-1", "1.5", "-1"), (0, 1, 0, 0): ("-1", "-1", "1.5"),
    (1, 1, 0, 1): ("1", "-1.5", "1"), (1, 0, 1, 1): ("1", "1", "-1.5"),
}


def _condition(a: int, b: int, bound: str) -> str:
    """What a row of the table asks of the weights, as LaTeX."""
    net = " + ".join(["w_0", *["w_1"] * a, *["w_2"] * b])
    return net + " " + bound.replace("≥", r"\ge").replace("≤", r"\le")


class PerceptronDesign(Template):
    """One unit with bias; the student's own weights are carried on."""

    title: ClassVar[str] = "Design a perceptron for a truth table"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    # eight tables, two tie rules
    least_distinct: ClassVar[int] = 2
    statement: ClassVar[str] = r"""
A perceptron with output 0 or 1 computes the net input $s = w_0 + w_1x_1 + w_2x_2$ and puts out 1
if $s {% if tie == '>=' %}\ge{% else %}>{% endif %} 0$, and 0 otherwise. It is to compute this table:

| $x_1$ | $x_2$ | output |
|---|---|---|
{% for (a, b), t in p.rows %}| {{ a }} | {{ b }} | {{ t }} |
{% endfor %}

Say for each row which inequality its net input has to satisfy, choose weights, and show with
**your** weights that each row comes out right. Any weights that satisfy all four inequalities
are accepted.
"""

    targets: tuple[int, int, int, int] = given(about="outputs for (0,0), (0,1), (1,0), (1,1)")
    tie: Literal[">=", ">"] = ">="

    def figure(self) -> Drawing:
        return unit(["w_0", "w_1", "w_2"], "s", "A threshold unit")

    @model_validator(mode="after")
    def _separable(self) -> Self:
        if self.targets not in FEASIBLE:
            raise ValueError("targets must be four outputs 0 or 1 that one perceptron can compute "
                             "and that are not all equal")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        tables = list(FEASIBLE)
        easy = tables[:2]
        return cls(targets=rng.choice(easy if level == "easy" else tables),
                   tie=rng.choice([">=", ">"]) if level == "hard" else ">=")

    @property
    def rows(self) -> list[tuple[tuple[int, int], int]]:
        return list(zip(INPUTS, self.targets, strict=True))

    def _fires(self, net: Any) -> bool:
        return bool(net >= 0 if self.tie == ">=" else net > 0)

    def _violated(self, w: Any) -> list[str]:
        return [f"for ({a}, {b}) the net input is {w[0] + w[1] * a + w[2] * b}, "
                f"but the output must be {t}"
                for (a, b), t in self.rows if self._fires(w[0] + w[1] * a + w[2] * b) != bool(t)]

    def _mistakes(self, w: Any) -> dict[str, Any]:
        wrong = {"took the threshold for the bias": lambda: w * [-1, 1, 1]}
        if w[1] != w[2]:
            wrong["gave the weights in another order"] = lambda: w[[0, 2, 1]]
        return wrong

    def solve(self) -> Steps:
        on, off = (("≥ 0", "< 0") if self.tie == ">=" else ("> 0", "≤ 0"))
        for i, ((a, b), t) in enumerate(self.rows, 1):
            yield Step(f"rows[{i}].condition", rf"s_{i}", on if t else off,
                       "Condition on the net input", options=(on, off), row=f"({a}, {b})",
                       note=f"${_condition(a, b, on if t else off)}$: the output for ({a}, {b}) is {t}.",
                       wrong={"reversed the inequality": partial(str, off if t else on)})
        reference = np.array([Fraction(v) for v in FEASIBLE[self.targets]], dtype=object)
        w = yield Step("w", "w", reference, "Weights that satisfy all four", axes=[("0", "1", "2")],
                       check=self._violated, weight=2, full=0,
                       note="Any weights that satisfy all four inequalities are right.",
                       wrong=self._mistakes(reference))
        for i, ((a, b), _) in enumerate(self.rows, 1):
            s = yield Step(f"rows[{i}].net", rf"s_{i}", w[0] + w[1] * a + w[2] * b,
                           "Net input with your weights", row=f"({a}, {b})", weight=0.5)
            yield Step(f"rows[{i}].output", rf"y_{i}", 1 if self._fires(s) else 0,
                       "Output", row=f"({a}, {b})", weight=0.5,
                       note="The net input is compared with 0.")
