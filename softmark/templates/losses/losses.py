"""Squared error, binary cross-entropy and hinge loss of a small batch."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import absolute, log, relu, softplus
from softmark.solvers.losses import (
    binary_cross_entropies,
    hinge_losses,
    logistic_losses,
    reduced,
    squared_errors,
)
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import curves


class Losses(Template):
    """One task a question: numbers, probabilities, or scores with targets −1 and 1."""

    title: ClassVar[str] = "Loss of a batch"
    statement: ClassVar[str] = r"""
{% set ln = {'e': '\\ln', '2': '\\log_2', '10': '\\log_{10}'}[base] %}
{% set whole = 'mean' if reduction == 'mean' else 'sum' %}
For {{ y|length }} samples these are the targets $y$ and the
{{ 'scores' if task == 'margin' else 'outputs' }} $a$ of a model:

$$y={{ y|vector }},\qquad a={{ a|vector }}$$

{% if task == 'regression' %}
Compute the squared error $\ell_i=(y_i-a_i)^2$ of each sample, and the loss: the **{{ whole }}** of the
squared errors
{%- if half %} times $\tfrac12$, $L={{ p.factor|safe }}\sum_i\ell_i${% else %}, without a
factor $\tfrac12${% endif %}.
{% elif task == 'binary' %}
An output is the probability of target 1. Compute the binary cross-entropy of each sample,
$\ell_i=-(y_i\,{{ ln|safe }} a_i+(1-y_i)\,{{ ln|safe }}(1-a_i))$
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}), and the
loss $L$, their **{{ whole }}**.
{% else %}
Compute the margin $m_i=y_i a_i$ of each sample, its hinge loss $h_i=\max(0,\,1-m_i)$, and its logistic
loss $\ell_i=\ln(1+e^{-m_i})$ (natural logarithm). Give for both the **{{ whole }}** over the samples,
$H$ and $L$.
{% endif %}
"""

    task: Literal["regression", "binary", "margin"]
    y: Vector = given("y", about="targets", max_length=8)
    a: Vector = given("a", about="outputs, or scores")
    reduction: Literal["mean", "sum"] = "mean"
    half: bool = False
    base: Literal["e", "10", "2"] = "e"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.y) != len(self.a):
            raise ValueError("there is one output for every target")
        if self.task == "binary" and not (set(self.y) <= {0, 1} and all(0 < v < 1 for v in self.a)):
            raise ValueError("binary targets are 0 or 1, and outputs lie between 0 and 1, ends excluded")
        if self.task == "margin" and not (set(self.y) <= {-1, 1} and all(abs(v) <= 12 for v in self.a)):
            raise ValueError("margins need targets -1 or 1 and scores from -12 to 12")
        if max(abs(v) for v in (*self.y, *self.a)) > 1000:
            raise ValueError("targets and outputs lie between -1000 and 1000, to be worked by hand")
        return self

    @property
    def factor(self) -> str:
        return rf"\frac{{1}}{{{2 * len(self.y)}}}" if self.reduction == "mean" else r"\tfrac12"

    def figure(self) -> Drawing | None:
        if self.task != "margin":
            return None
        return curves((("hinge", lambda m: relu(1 - m)), ("logistic", lambda m: softplus(-m))), -2.0, 3.0,
                      "Graphs of the hinge and the logistic loss over the margin", axis="m")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        task = rng.level(level, easy="regression", medium="binary", hard="margin")
        if task == "regression":
            y = rng.vector(4, "1", "9", 1)
            a = tuple(v + rng.decimal("-1.5", "1.5", 1, ["0", "1", "-1"]) for v in y)
            return cls(task=task, y=y, a=a, half=rng.choice([False, True]), decimals=4)
        if task == "binary":
            # the two samples that the sheet works out have both targets
            y = (*rng.shuffled([1, 0]), *rng.shuffled([1, rng.integer(0, 1)]))
            return cls(task=task, y=y, a=rng.vector(4, "0.05", "0.95", 2, ["0.5"]), decimals=4)
        # one margin beyond 1, one between, two on the wrong side or near it
        margins = rng.shuffled([rng.decimal("1.2", "2.5"), rng.decimal("0.1", "0.8"),
                                *rng.vector(2, "-1.5", "0.7", 1, ["0"])])
        y = tuple(rng.shuffled([1, -1, rng.choice((-1, 1)), rng.choice((-1, 1))]))
        return cls(task=task, y=y, a=tuple(m * t for m, t in zip(margins, y, strict=True)), decimals=4)

    def flips(self) -> dict[str, dict[str, Any]]:
        flips: dict[str, dict[str, Any]] = {}
        if len(self.y) > 1:
            name = "added the losses instead of taking their mean" if self.reduction == "mean" else \
                "took the mean of the losses instead of their sum"
            flips[name] = {"reduction": "sum" if self.reduction == "mean" else "mean"}
        if self.task == "regression":
            flips["left out the factor one half" if self.half else "put in a factor one half"] = {
                "half": not self.half}
        if self.task == "binary":
            other = "10" if self.base == "e" else "e"
            flips[f"took the logarithm to base {other}"] = {"base": other}
        return flips

    def solve(self) -> Steps:
        tasks = {"regression": self._regression, "binary": self._binary, "margin": self._margin}
        yield from tasks[self.task]()

    def _regression(self) -> Steps:
        y, a = self.y, self.a
        losses = yield Step("l", r"\ell", squared_errors(y, a), "Squared error of each sample",
                            wrong={"left out the square": lambda: absolute(y - a),
                                   "squared before subtracting": lambda: y**2 - a**2})
        loss = reduced(losses, self.reduction)
        yield Step("L", "L", loss / 2 if self.half else loss, "Loss")

    def _binary(self) -> Steps:
        y, a, base = self.y, self.a, self.base
        losses = yield Step("l", r"\ell", binary_cross_entropies(y, a, base), "Loss of each sample",
                            full=2, wrong=self._binary_mistakes())
        yield Step("L", "L", reduced(losses, self.reduction), "Loss")

    def _binary_mistakes(self) -> dict[str, Any]:
        y, a, base = self.y, self.a, self.base
        wrong = {"left out the minus": lambda: -binary_cross_entropies(y, a, base)}
        if (y == 0).any():
            wrong["left out the term of the samples with target 0"] = lambda: -y * log(a, base)
            wrong["took ln a for every sample, whatever its target"] = lambda: -log(a, base)
        return wrong

    def _margin(self) -> Steps:
        m = yield Step("m", "m", self.y * self.a, "Margin of each sample")
        wrong = {"left out the 1 of the margin": lambda: relu(-m)}
        if (m > 1).any():
            wrong["let losses become negative"] = lambda: 1 - m
        h = yield Step("h", "h", hinge_losses(m), "Hinge loss of each sample", full=2, wrong=wrong)
        yield Step("H", "H", reduced(h, self.reduction), "Hinge loss")
        losses = yield Step("l", r"\ell", logistic_losses(m), "Logistic loss of each sample",
                            wrong={"lost the minus in the exponent": lambda: softplus(m)})
        yield Step("L", "L", reduced(losses, self.reduction), "Logistic loss")
