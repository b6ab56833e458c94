"""Choose the weights of one perceptron from a truth table, by inequalities."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.templates.perceptron._notes import compared
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
    net = "w_0" + "".join(("+" if v > 0 else "-") + f"w_{i}" for i, v in ((1, a), (2, b)) if v)
    return net + " " + bound.replace("≥", r"\ge").replace("≤", r"\le")


def _caption(a: int, b: int) -> str:
    return f"({a}, {b})".replace("-", "−")


class PerceptronDesign(Template):
    """One unit with bias; the student's own weights are carried on."""

    title: ClassVar[str] = "Design a perceptron for a truth table"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    # eight tables
    least_distinct: ClassVar[int] = 2
    statement: ClassVar[str] = r"""
A perceptron with inputs and output ${{ low }}$ or 1 computes the net input $s = w_0 + w_1x_1 + w_2x_2$
and puts out 1 if $s {% if tie == '>=' %}\ge{% else %}>{% endif %} 0$, and ${{ low }}$ otherwise. It is to
compute this table{% if margin != 0 %}, and with a **margin**: so that small errors of the weights do no
harm, every net input has to be at least {{ margin }} away from 0{% endif %}:

| $x_1$ | $x_2$ | output |
|---|---|---|
{% for (a, b), t in p.rows %}| {{ a }} | {{ b }} | {{ t }} |
{% endfor %}

Say for each row which inequality its net input has to satisfy, choose weights, and show with
**your** weights that each row comes out right. Any weights that satisfy all four inequalities
are accepted.
"""

    targets: tuple[int, int, int, int] = given(
        about="1 where the unit fires, else 0, for (0,0), (0,1), (1,0), (1,1)")
    tie: Literal[">=", ">"] = ">="
    low: Literal[0, -1] = 0
    margin: int = given(default=0, about="how far from 0 every net input has to be", ge=0, le=9)

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
                   low=rng.level(level, easy=0, medium=0, hard=-1),
                   margin=rng.level(level, easy=0, medium=0, hard=rng.integer(1, 4)))

    @property
    def rows(self) -> list[tuple[tuple[int, int], int]]:
        spelled = (self.low, 1)
        return [((spelled[a], spelled[b]), spelled[t])
                for (a, b), t in zip(INPUTS, self.targets, strict=True)]

    @property
    def bounds(self) -> tuple[str, str]:
        """What a net input has to be for a 1, and otherwise."""
        if self.margin:
            return f"≥ {self.margin}", f"≤ -{self.margin}"
        return ("≥ 0", "< 0") if self.tie == ">=" else ("> 0", "≤ 0")

    @property
    def reference(self) -> Any:
        """Weights that do; with inputs -1 and 1 the one row r that differs is told apart by x·r − 1."""
        if not self.low and not self.margin:
            return np.array([Fraction(v) for v in FEASIBLE[self.targets]], dtype=object)
        on = sum(self.targets) == 1
        a, b = next(x for x, t in self.rows if (t == 1) == on)
        size = Fraction(self.margin or 1) * (1 if on else -1)
        if self.low:
            return np.array([-size, a * size, b * size], dtype=object)
        # the same with x = 0, 1 put in as 2x − 1
        return np.array([1 - 2 * (a + b), 4 * a - 2, 4 * b - 2], dtype=object) * size

    def _fires(self, net: Any) -> bool:
        return bool(net >= 0 if self.tie == ">=" else net > 0)

    def _violated(self, w: Any) -> list[str]:
        on, off = self.bounds
        nets = [(x, t == 1, w[0] + w[1] * x[0] + w[2] * x[1]) for x, t in self.rows]
        return [f"for {x} the net input is {s}, but has to be {on if wanted else off}"
                for x, wanted, s in nets if self._fires(s) != wanted or abs(s) < self.margin]

    def _mistakes(self, w: Any) -> dict[str, Any]:
        wrong = {"took the threshold for the bias": lambda: w * [-1, 1, 1]}
        if w[1] != w[2]:
            wrong["gave the weights in another order"] = lambda: w[[0, 2, 1]]
        if self.margin:
            wrong["minded the signs but not the margin"] = lambda: w / 2
        return wrong

    def solve(self) -> Steps:
        on, off = self.bounds
        for i, ((a, b), t) in enumerate(self.rows, 1):
            asked, other = (on, off) if t == 1 else (off, on)
            yield Step(f"rows[{i}].condition", rf"s_{i}", asked,
                       "Condition on the net input", options=(on, off), row=_caption(a, b),
                       note=f"${_condition(a, b, asked)}$: the output for $({a}, {b})$ is ${t}$.",
                       wrong={"reversed the inequality": partial(str, other)})
        reference = self.reference
        w = yield Step("w", "w", reference, "Weights that satisfy all four", axes=[("0", "1", "2")],
                       check=self._violated, weight=2, full=0,
                       note="Any weights that satisfy all four inequalities are right.",
                       wrong=self._mistakes(reference))
        for i, ((a, b), _) in enumerate(self.rows, 1):
            s = yield Step(f"rows[{i}].net", rf"s_{i}", w[0] + w[1] * a + w[2] * b,
                           "Net input with your weights", row=_caption(a, b), weight=0.5)
            yield Step(f"rows[{i}].output", rf"y_{i}", 1 if self._fires(s) else self.low,
                       "Output", row=_caption(a, b), weight=0.5,
                       note=compared(f"s_{i}", s))
