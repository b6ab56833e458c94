"""Batch normalization of one unit's net inputs over a mini-batch, and in use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.normalization import (
    batch_mean,
    batch_variance,
    normalized,
    running_statistic,
    scaled,
)
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given


class Batchnorm(Template):
    """Mean, variance, normalized and scaled net inputs; running statistics if there is momentum."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Batch normalization"
    statement: ClassVar[str] = r"""
For the $n={{ z|length }}$ samples of a mini-batch, one unit has the net inputs

$${{ named('z') }}.$$

Batch normalization computes their mean $\mu$, their variance $\sigma^2$
{% if variance == 'biased' %}
(the sum of the squared deviations divided by $n$),
{% else %}
(the sum of the squared deviations divided by $n-1$),
{% endif %}
the normalized net inputs $z_i'=(z_i-\mu)/\sqrt{\sigma^2+\varepsilon}$, and $a_i=\gamma z_i'+\beta$, with

$${{ named('eps') }},\quad {{ named('gamma') }},\quad {{ named('beta') }}.$$

Give $\mu$, $\sigma^2$, all $z_i'$ and all $a_i$.
{% if momentum %}

The layer also keeps a running mean and a running variance for use after training. Before this batch
they were ${{ named('old_mean') }}$ and ${{ named('old_variance') }}$; each becomes $(1-\rho)$ times its
old value plus $\rho$ times the batch's, with ${{ named('momentum') }}$. For the running variance the
batch's variance is taken **divided by $n-1$**, as in PyTorch. Give both running
statistics after this batch, and the output $a$ in use, with these two instead of the batch's, for the
net input ${{ named('x') }}$.
{% endif %}
"""

    z: Vector = given("z", about="net inputs of one unit, one a sample", min_length=2, max_length=8)
    gamma: Number = given(r"\gamma", about="scale", ge=-100, le=100)
    beta: Number = given(r"\beta", about="shift", ge=-100, le=100)
    eps: Number = given(r"\varepsilon", about="small number under the root", ge=0, le=1)
    variance: Literal["biased", "unbiased"] = "biased"
    momentum: Number = given(r"\rho", default=Decimal(0), ge=0, le=1,
                             about="weight of the batch in the running statistics; 0: not asked")
    old_mean: Number = given(r"\mu_{\text{old}}", default=Decimal(0), ge=-100, le=100,
                             about="running mean before the batch")
    old_variance: Number = given(r"\sigma^2_{\text{old}}", default=Decimal(1), ge=0, le=1000,
                                 about="running variance before the batch")
    x: Number = given("z", default=Decimal(0), ge=-100, le=100, about="net input in use")

    @model_validator(mode="after")
    def _varies(self) -> Self:
        if len(set(self.z)) == 1:
            raise ValueError("the net inputs must not be all equal: their variance would be 0")
        if any(abs(v) > 100 for v in self.z):
            raise ValueError("net inputs lie between -100 and 100")
        return self

    def flips(self) -> dict[str, dict[str, Any]]:
        n, other = (("n − 1", "unbiased") if self.variance == "biased" else ("n", "biased"))
        return {f"divided by {n} in the variance": {"variance": other}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=5, hard=4)
        values: dict[str, Any] = {}
        if level == "hard":
            values = {"momentum": rng.choice(["0.1", "0.2", "0.3"]),
                      "x": rng.decimal("-3", "3", 1, ["0"]),
                      "old_mean": rng.decimal("-1", "1", 1, ["0"]),
                      "old_variance": rng.decimal("0.5", "4", 1, ["1"])}
        return cls(z=rng.vector(size, "-4", "4", 1, ["0"]),
                   gamma=rng.decimal("0.4", "2.5", 1, ["1"]), beta=rng.decimal("-2", "2", 1, ["0"]),
                   eps=rng.choice(["0.05", "0.1", "0.2"]), decimals=4, **values)

    def solve(self) -> Steps:
        z, n = self.z, self.written(len(self.z))
        mean = yield Step("mu", r"\mu", batch_mean(z, n), "Mean of the batch")
        unbiased = self.variance == "unbiased"
        variance = yield Step("var", r"\sigma^2", batch_variance(z, mean, n, unbiased),
                              "Variance of the batch", wrong={
                                  "left out the squares": lambda: abs(z - mean).sum() / n})
        wrong = {"divided by the variance instead of its root": lambda:
                 (z - mean) / (variance + self.eps),
                 "left the mean in": lambda: normalized(z, 0, variance, self.eps)}
        if self.eps > 0.04:
            wrong["left out ε"] = lambda: normalized(z, mean, variance)
        hat = yield Step("z_hat", "z'", normalized(z, mean, variance, self.eps),
                         "Normalized net inputs", full=2, wrong=wrong)
        yield Step("a", "a", scaled(hat, self.gamma, self.beta), "Scaled and shifted", full=2,
                   wrong={"swapped γ and β": lambda: scaled(hat, self.beta, self.gamma)}
                   if self.beta != self.gamma else {})
        if self.momentum != 0:
            yield from self._in_use(mean, batch_variance(z, mean, n, unbiased=True), variance)

    def _in_use(self, mean: Any, unbiased: Any, variance: Any) -> Steps:
        rho = self.momentum
        mean = yield Step("run_mean", r"\mu_{\text{run}}", running_statistic(self.old_mean, mean, rho),
                          "Running mean", wrong={"swapped ρ and 1 − ρ": lambda: running_statistic(
                              self.old_mean, mean, 1 - rho)})
        wrong = {"swapped ρ and 1 − ρ": lambda: running_statistic(self.old_variance, unbiased, 1 - rho)}
        if self.variance == "biased":
            wrong["put the variance over n into the running one"] = lambda: running_statistic(
                self.old_variance, variance, rho)
        run = yield Step("run_var", r"\sigma^2_{\text{run}}",
                         running_statistic(self.old_variance, unbiased, rho), "Running variance",
                         wrong=wrong)
        yield Step("use", r"a_{\text{use}}",
                   scaled(normalized(self.x, mean, run, self.eps), self.gamma, self.beta),
                   "Output in use", wrong={"swapped γ and β": lambda: scaled(
                       normalized(self.x, mean, run, self.eps), self.beta, self.gamma)}
                   if self.beta != self.gamma else {})
