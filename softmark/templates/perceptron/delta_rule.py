"""One epoch of the delta rule on an unthresholded linear unit."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.perceptron import lms_change, net_input, squared_error
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import unit
from softmark.worksheet.terms import leaf_text


class DeltaRule(Template):
    """The weights change once an epoch (batch) or after each sample (incremental)."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "An epoch of the delta rule"
    statement: ClassVar[str] = r"""
A linear unit **without** threshold puts out $o=w_0+{{ p.inputs('w_%dx_%d', '+') }}$. Its weights
begin at ${{ named('start') }}$. It is trained on these samples with learning rate
$\eta={{ eta|number }}$:

| sample $d$ |{% for _ in points[0] %} $x_{{ loop.index }}$ |{% endfor %} target $t$ |
|---|{% for _ in points[0] %}---|{% endfor %}---|
{% for x in points %}| {{ loop.index }} |{% for v in x %} {{ v }} |{% endfor %} {{ t[loop.index0] }} |
{% endfor %}

Carry out **one epoch** of the delta rule: sample $d$ contributes
$\Delta w^{(d)} = \eta\,(t_d-o_d)\,(1,{{ p.inputs('x_%d', ',') }})$.
{% if batch %}
All outputs are computed with the weights at the beginning; the weights change **once**, at the end of
the epoch, by the sum of the contributions (batch).
{% else %}
The weights change **after each sample**, and the next output is computed with the changed weights
(incremental).
{% endif %}
Give the output $o_d$ and the contribution $\Delta w^{(d)}$ (bias first) of each sample, the error
$E=\tfrac12\sum_d(t_d-o_d)^2$ of these outputs, and the weights after the epoch.
"""

    points: Matrix = given("x", about="inputs, one row a sample")
    t: Vector = given("t", about="targets")
    start: Vector = given("w", about="first weights, bias first")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    batch: bool = given(default=True, about="one change an epoch, or one after each sample")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.points) > 8 or len(self.points[0]) > 3 or len(self.t) != len(self.points):
            raise ValueError("there are 8 samples of 3 inputs at most, and a target for every one")
        if len(self.start) != len(self.points[0]) + 1:
            raise ValueError("start must hold the bias and one weight for every input")
        return self

    def inputs(self, pattern: str, between: str) -> Markup:
        """`pattern` for each input, its number put in wherever %d stands."""
        return Markup(between.join(pattern.replace("%d", str(i + 1))
                                   for i in range(len(self.points[0]))))

    def figure(self) -> Drawing:
        return unit([leaf_text(w) for w in self.start], "o", "A linear unit with its first weights")

    def axes(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {"start": (tuple(str(i) for i in range(len(self.start))),)}

    def flips(self) -> dict[str, dict[str, Any]]:
        name = "changed the weights after each sample instead of once an epoch" if self.batch else \
            "changed the weights once an epoch instead of after each sample"
        return {name: {"batch": not self.batch}} if len(self.points) > 1 else {}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, size = rng.level(level, easy=(1, 2), medium=(2, 3), hard=(2, 3))
        points = rng.matrix(size, n, -3, 4, 0, ["0", "1", "-1"])
        if len(set(points)) < size:
            return cls.draw(rng, level)
        return cls(points=points, t=rng.vector(size, -2, 3, 0),
                   start=rng.vector(n + 1, "-0.9", "0.9", 1, ["0"]),
                   eta=rng.choice(["0.1", "0.2"] if level == "hard" else ["0.1", "0.05", "0.2"]),
                   batch=level != "hard", decimals=rng.level(level, easy=3, medium=3, hard=4))

    def solve(self) -> Steps:
        labels = [str(i) for i in range(len(self.start))]
        w, changes, outputs = self.start, [], []
        for d, x in enumerate(self.points, 1):
            t = self.t[d - 1]
            o = yield Step(f"o[{d}]", f"o_{d}", net_input(w, x), f"Output for sample {d}", wrong={
                "put the output through a threshold":
                lambda x=x, w=w: 1 if net_input(w, x) >= 0 else -1})
            change = yield Step(
                f"dw[{d}]", rf"\Delta w^{{({d})}}", lms_change(x, t, o, self.eta),
                f"Contribution of sample {d}", axes=[labels], full=2, wrong={
                    "took o − t for t − o": lambda x=x, t=t, o=o: -lms_change(x, t, o, self.eta),
                    "left out the input": lambda x=x, t=t, o=o: lms_change(x ** 0, t, o, self.eta)})
            changes.append(change)
            outputs.append(o)
            if not self.batch and d < len(self.points):
                w = yield Step(f"w[{d}]", rf"w^{{({d})}}", w + change, f"Weights after sample {d}",
                               axes=[labels], ask=False)
        yield Step("E", "E", squared_error(self.t, np.array(outputs)), "Error of these outputs",
                   wrong={"left out the factor one half":
                          lambda: 2 * squared_error(self.t, np.array(outputs))})
        after = w + changes[-1] if not self.batch else self.start + sum(changes[1:], changes[0])
        yield Step("w", "w'", after, "Weights after the epoch", axes=[labels], full=2, weight=2)
