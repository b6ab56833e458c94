"""How the spread of the net inputs grows or shrinks from layer to layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.initialization import deviation, init_variance, variance_through
from softmark.templates.training._draws import has_no_tiny_value
from softmark.worksheet import IntVector, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.chain import chain


class VariancePropagation(Template):
    """Independent weights and inputs of mean 0; ReLU passes half of the mean square."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Variance from layer to layer"
    statement: ClassVar[str] = r"""
A deep network has {{ m|length }} layers, with ${{ named('m') }}$ inputs. All weights are drawn
independently, with mean 0 and the **standard deviation** ${{ named('s') }}$; there are no biases. The
inputs of the network have mean 0 and the variance ${{ named('v') }}$.
{% if activation == 'identity' %}

The activations are close to linear, so that a layer's output has the variance of its net input:
$\text{Var}(z_l)=m_l\cdot \text{Var}(w)\cdot \text{Var}(z_{l-1})$, with $v_l$ for
$\text{Var}(z_l)$.
{% else %}

Each layer but the last is followed by ReLU, which passes on half of the mean square. So the first layer
has $\text{Var}(z_1)=m_1\cdot \text{Var}(w)\cdot v_0$, and each later one
$\text{Var}(z_l)=\tfrac12\,m_l\cdot \text{Var}(w)\cdot \text{Var}(z_{l-1})$, with
$v_l$ for $\text{Var}(z_l)$.
{% endif %}

Give the variance $\text{Var}(w)$ of the weights, the variance $v_l$ of the net inputs of each
layer, and the standard deviation of the last one. Which standard deviation would the weights of layer
{{ m|length }} need, so that $v_{{ m|length }}=v_{{ m|length - 1 }}$?
"""

    m: IntVector = given("m", about="inputs of each layer", min_length=2, max_length=6)
    s: Number = given("s", about="standard deviation of the weights", gt=0, le=10)
    v: Number = given("v_0", about="variance of the inputs", gt=0, le=1000)
    activation: Literal["identity", "relu"] = "identity"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if min(self.m) < 1 or max(self.m) > 10_000:
            raise ValueError("a layer has 1 to 10,000 inputs")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        depth = rng.level(level, easy=2, medium=3, hard=3)
        while True:
            problem = cls(m=rng.integers(depth, 12, 90), s=rng.decimal("0.06", "0.3", 2),
                          v=rng.decimal("0.4", "2.5", 1, ["1"]), decimals=4,
                          activation="relu" if level == "hard" else "identity")
            if has_no_tiny_value(problem, 0.003):
                return problem

    def figure(self) -> Drawing:
        between = "ReLU, layer" if self.activation == "relu" else "layer"
        layers = range(1, len(self.m) + 1)
        return chain([f"v_{l}" for l in (0, *layers)],
                     [f"{between if l > 1 else 'layer'} {l}" for l in layers])

    def solve(self) -> Steps:
        weights = yield Step("var_w", r"\text{Var}(w)", self.s ** 2, "Variance of the weights",
                             wrong={"took the standard deviation for the variance": lambda: self.s})
        v = self.v
        for l, m in enumerate(self.m, 1):
            relu = self.activation == "relu" and l > 1
            wrong: dict[str, Any] = {"left out the number of inputs": lambda v=v, relu=relu:
                                     variance_through(1, weights, v, relu)}
            if relu:
                wrong["left out the half that ReLU takes"] = lambda m=m, v=v: variance_through(
                    m, weights, v)
            if l > 1:
                wrong["squared the number of inputs"] = lambda m=m, v=v, relu=relu: variance_through(
                    m * m, weights, v, relu)
            v = yield Step(f"v.{l}", f"v_{l}", variance_through(m, weights, v, relu),
                           f"Variance of the net inputs of layer {l}", wrong=wrong)
        yield Step("std", rf"\sqrt{{v_{len(self.m)}}}", deviation(v),
                   "Standard deviation of the last one")
        scheme, other = ("he", "xavier") if self.activation == "relu" else ("xavier", "he")
        last = self.m[-1]
        yield Step("keep", r"s_{\text{keep}}", deviation(init_variance(scheme, last)),
                   "Standard deviation that keeps the variance", wrong={
                       "gave the variance": lambda: init_variance(scheme, last),
                       f"took the rule for {'linear units' if scheme == 'he' else 'ReLU'}": lambda:
                       deviation(init_variance(other, last))})
