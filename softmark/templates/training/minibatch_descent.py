"""Batch, stochastic and mini-batch gradient descent of a line, on a few samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.optimizers import gradient_descent, line_errors, line_gradient
from softmark.templates.training._draws import has_no_tiny_value
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.series import Series, chart


class MinibatchDescent(Template):
    """Errors, derivatives and new parameters of every batch, in the order of the samples."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Batch, stochastic and mini-batch gradient descent"
    statement: ClassVar[str] = r"""
The line $\hat y=wx+b$ is fitted to {{ x|length }} samples:

| $i$ {% for v in x %}| {{ loop.index }} {% endfor %}|
|---{% for v in x %}|---{% endfor %}|
| $x_i$ {% for v in x %}| ${{ v|number }}$ {% endfor %}|
| $y_i$ {% for v in y %}| ${{ v|number }}$ {% endfor %}|

The loss of a sample is $\tfrac12(\hat y_i-y_i)^2$, and the loss of a batch is the
**{{ 'mean' if reduction == 'mean' else 'sum' }}** over its samples. It starts at ${{ named('w') }}$ and
${{ named('b') }}$ with learning rate ${{ named('eta') }}$.
{% if size == x|length %}
Carry out one step of **batch** gradient descent, which takes all samples at once.
{% elif size == 1 %}
Carry out one epoch of **stochastic** gradient descent: a step after each sample, in the order of the
table.
{% else %}
Carry out one epoch of **mini-batch** gradient descent: a step after each {{ size }} samples, in the order
of the table.
{% endif %}

{% set s = 's' if size > 1 %}
For {{ 'this step' if size == x|length else 'each step' }} give the error{{ s }}
$e_i=\hat y_i-y_i$ of its sample{{ s }},
the derivatives $g_w$ and $g_b$ of the {{ "batch's" if size > 1 else "sample's" }} loss, and the new
$w$ and $b${{ ', each with the number of the step' if size < x|length }}.
"""

    x: Vector = given("x", about="inputs of the samples", min_length=1, max_length=8)
    y: Vector = given("y", about="targets of the samples")
    w: Number = given("w_0", about="slope at the start", ge=-100, le=100)
    b: Number = given("b_0", about="intercept at the start", ge=-100, le=100)
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    size: int = given(about="samples a batch", ge=1, le=8)
    reduction: Literal["mean", "sum"] = "mean"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.y) != len(self.x) or len(self.x) % self.size:
            raise ValueError("x and y need one number a sample, and batches of equal size")
        if len(self.x) // self.size > 4:
            raise ValueError("an epoch has 4 steps at most, to be worked by hand")
        if any(abs(v) > 100 for v in (*self.x, *self.y)):
            raise ValueError("inputs and targets lie between -100 and 100")
        return self

    def figure(self) -> Drawing:
        w, b = float(self.w), float(self.b)
        ends = [float(min(*self.x, 0)), float(max(self.x))]
        points = tuple((float(x), float(y)) for x, y in zip(self.x, self.y, strict=True))
        return chart([Series(points, "", False, True), Series(tuple((x, w * x + b) for x in ends),
                                                              "first line")],
                     "x", "y", "The samples, and the line before the first step")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        count, size = rng.level(level, easy=(3, 3), medium=(3, 1), hard=(4, 2))
        while True:
            reach, places = ("3", 1) if level == "easy" else ("4", 0)
            x = rng.vector(count, "-" + reach, reach, places, ["0", "1", "-1"])
            y = rng.vector(count, "-4", "4", 1, ["0"])
            w, b = rng.decimal("-1.5", "1.5", 1, ["0"]), rng.decimal("-1", "1", 1, ["0"])
            errors = [abs(w * p + b - q) for p, q in zip(x, y, strict=True)]
            eta = Decimal(rng.choice(("0.05", "0.06", "0.08", "0.1", "0.12", "0.15", "0.2")))
            problem = cls(x=x, y=y, w=w, b=b, eta=eta, size=size, decimals=4)
            # larger steps would overshoot the line of a sample
            calm = eta * (max(v * v for v in x) + 1) < 2
            if calm and len(set(x)) == count and min(errors) > 0.5 and has_no_tiny_value(problem):
                return problem

    def solve(self) -> Steps:
        w, b = self.w, self.b
        for t, begin in enumerate(range(0, len(self.x), self.size), 1):
            step = str(t) if self.size < len(self.x) else ""
            x, y = self.x[begin:begin + self.size], self.y[begin:begin + self.size]
            count = self.written(self.size) if self.reduction == "mean" and self.size > 1 else None
            labels = [[str(begin + i + 1) for i in range(self.size)]]
            wrong: dict[str, Any] = {}
            if t > 1:
                wrong["kept the first line for all steps"] = lambda x=x, y=y: line_errors(
                    self.w, self.b, x, y)
            title = f"Error{'s' if self.size > 1 else ''} in step {t}"
            e = yield Step(f"e.{t}", "e", line_errors(w, b, x, y), title, axes=labels, full=2,
                           wrong=wrong)
            gw = yield Step(f"gw.{t}", f"g_{{w{step}}}", line_gradient(e, x, count)[0],
                            f"Derivative with respect to w in step {t}", wrong={
                                **self._other_reduction(e, x, 0),
                                "left out the input x": lambda e=e, count=count:
                                line_gradient(e, e ** 0, count)[0]})
            gb = yield Step(f"gb.{t}", f"g_{{b{step}}}", line_gradient(e, x, count)[1],
                            f"Derivative with respect to b in step {t}",
                            wrong=self._other_reduction(e, x, 1))
            w = yield Step(f"w.{t}", f"w_{t}", gradient_descent(w, gw, self.eta), f"New w after step {t}",
                           wrong={"added the step instead of subtracting it": lambda w=w, g=gw:
                                  gradient_descent(w, -g, self.eta)})
            b = yield Step(f"b.{t}", f"b_{t}", gradient_descent(b, gb, self.eta), f"New b after step {t}",
                           wrong={"added the step instead of subtracting it": lambda b=b, g=gb:
                                  gradient_descent(b, -g, self.eta)})

    def _other_reduction(self, e: Any, x: Any, which: int) -> dict[str, Any]:
        if self.size == 1:
            return {}
        if self.reduction == "mean":
            return {"added up instead of taking the mean": lambda: line_gradient(e, x)[which]}
        return {"took the mean instead of the sum": lambda: line_gradient(e, x, self.size)[which]}
