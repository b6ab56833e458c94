"""Inputs brought to one scale before training: standardised, or moved into [0, 1]."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.initialization import deviation
from softmark.solvers.normalization import (
    batch_mean,
    batch_variance,
    between,
    restored,
    standardized,
)
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given


class FeatureScaling(Template):
    """New samples are scaled with what the training samples gave."""

    title: ClassVar[str] = "Scaling an input"
    statement: ClassVar[str] = r"""
One input of a network has these values in the training set:

$${{ named('x') }}.$$

{% if method == 'standard' %}
It is **standardised**: $z_i=(x_i-\mu)/\sigma$, with the mean $\mu$ and the standard deviation $\sigma$ of
the training set; for $\sigma^2$ the sum of squared deviations is divided by
${{ 'n' if variance == 'biased' else 'n-1' }}={{ x|length if variance == 'biased' else x|length - 1 }}$.
Give $\mu$, $\sigma$ and all $z_i$.
{% else %}
It is moved into $[0,1]$: $z_i=(x_i-m)/(M-m)$, with the smallest value $m$ and the largest value $M$ of
the training set. Give $m$, $M$ and all $z_i$.
{% endif %}

After training, a new sample has ${{ named('new') }}$. Scale it in the same way, as the network has to see
it.{% if back %} Which value of the input is seen by the network as ${{ named('back') }}$?{% endif %}
"""

    x: Vector = given("x", about="values in the training set", min_length=2, max_length=8)
    new: Number = given(r"x_{\text{new}}", about="value of a new sample", ge=-10_000, le=10_000)
    back: Number = given(r"z_{\text{back}}", default=Decimal(0), ge=-100, le=100,
                         about="scaled value to be scaled back; 0: not asked")
    method: Literal["standard", "range"] = "standard"
    variance: Literal["biased", "unbiased"] = "biased"

    @model_validator(mode="after")
    def _varies(self) -> Self:
        if len(set(self.x)) == 1:
            raise ValueError("the values of the training set must not be all equal")
        if any(abs(v) > 10_000 for v in self.x):
            raise ValueError("the values lie between -10,000 and 10,000")
        return self

    def flips(self) -> dict[str, dict[str, Any]]:
        if self.method == "range":
            return {}
        n, other = (("n − 1", "unbiased") if self.variance == "biased" else ("n", "biased"))
        return {f"divided by {n} in the variance": {"variance": other}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=4, medium=4, hard=5)
        while True:
            x = tuple(rng.integers(size, 2, 60))
            new = rng.integer(2, 70)
            outside = not min(x) < new < max(x)
            if len({*x, new}) == size + 1 and max(x) - min(x) > 10 and (outside or level != "easy"):
                break
        return cls(x=x, new=new, method="range" if level == "easy" else "standard",
                   back=rng.decimal("-2", "2", 1, ["0"]) if level == "hard" else 0)

    def solve(self) -> Steps:
        x, n = self.x, self.written(len(self.x))
        everything = np.array([*x, self.new])
        if self.method == "range":
            low = yield Step("low", "m", min(x), "Smallest value", note="Read off the training set.",
                             wrong={"counted the new sample in": lambda: min(everything)}
                             if self.new < min(x) else {})
            high = yield Step("high", "M", max(x), "Largest value", note="Read off the training set.",
                              wrong={"counted the new sample in": lambda: max(everything)}
                              if self.new > max(x) else {})

            def scale(value: Any) -> Any:
                return between(value, low, high)

            wrong = {"divided by the largest value": lambda: x / high,
                     "forgot to subtract the smallest value": lambda: x / (high - low)}
        else:
            unbiased = self.variance == "unbiased"
            low = yield Step("mean", r"\mu", batch_mean(x, n), "Mean of the training set",
                             wrong={"counted the new sample in": lambda: batch_mean(everything)})
            high = yield Step("std", r"\sigma", deviation(batch_variance(x, low, n, unbiased)),
                              "Standard deviation of the training set", wrong={
                                  "took the variance": lambda: batch_variance(x, low, n, unbiased),
                                  "counted the new sample in": lambda: deviation(
                                      batch_variance(everything, low, None, unbiased))})

            def scale(value: Any) -> Any:
                return standardized(value, low, high)

            wrong = {"forgot to subtract the mean": lambda: x / high}
        yield Step("z", "z", scale(x), "Scaled values", full=2, wrong=wrong)
        yield Step("new", r"z_{\text{new}}", scale(self.new), "The new sample, scaled",
                   wrong={"left the new sample as it is": lambda: self.new})
        if self.back != 0:
            yield Step("back", r"x_{\text{back}}", restored(self.back, low, high), "Scaled back",
                       wrong={"scaled once more instead of back": lambda: scale(self.back)})
