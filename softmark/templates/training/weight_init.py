"""How widely first weights are scattered: Xavier, Glorot, He."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import sqrt
from softmark.solvers.initialization import deviation, fan_in_conv, init_variance, uniform_bound
from softmark.worksheet import Integer, Rng, Step, Steps, Template, Vector, given


class WeightInit(Template):
    """Which rule is meant is stated, since names differ between books and libraries."""

    title: ClassVar[str] = "First weights of a layer"
    statement: ClassVar[str] = r"""
{% if side %}
A convolutional layer has ${{ side }}\times{{ side }}$ kernels, ${{ named('c_in') }}$ input channels and
${{ named('c_out') }}$ output channels. With ${{ named('side') }}$, its fan-in is
$n_{\text{in}}=k^2\, c_{\text{in}}$, the number of weights into one output value, and its fan-out
is $n_{\text{out}}=k^2\, c_{\text{out}}$.
{% else %}
A fully connected layer has ${{ named('n_in') }}$ inputs and ${{ named('n_out') }}$ outputs.
{% endif %}
Its weights are initialized with mean 0 and
{% if scheme == 'xavier' %}
the variance $1/n_{\text{in}}$ (the rule that many lectures call Xavier initialization),
{% elif scheme == 'glorot' %}
the variance $2/(n_{\text{in}}+n_{\text{out}})$ (Glorot's normalized initialization),
{% elif scheme == 'he' %}
the variance $2/n_{\text{in}}$ (He initialization, for ReLU units),
{% else %}
the variance $1/(3\,n_{\text{in}})$ (the older common heuristic),
{% endif %}
{% if distribution == 'normal' %}
drawn from a **normal** distribution: each number $u$ drawn from the standard normal distribution is
multiplied by the standard deviation.

Give {% if side %}fan-in{{ ' and fan-out' if scheme == 'glorot' }}, {% endif %}variance
and standard deviation, and the weights that become of
{% else %}
drawn from a **uniform** distribution on $[-r,\,r]$: each number $u$ drawn uniformly from $[-1,\,1]$ is
multiplied by $r$. (A uniform distribution on $[-r,\,r]$ has the variance $r^2/3$.)

Give {% if side %}fan-in{{ ' and fan-out' if scheme == 'glorot' }}, {% endif %}variance, standard
deviation and bound $r$, and the weights that become of
{% endif %}
${{ named('u') }}$.
"""

    n_in: Integer = given(r"n_{\text{in}}", default=0, ge=0, le=100_000,
                          about="inputs of a fully connected layer")
    n_out: Integer = given(r"n_{\text{out}}", default=0, ge=0, le=100_000,
                           about="outputs of a fully connected layer")
    side: Integer = given("k", default=0, ge=0, le=15, about="side of the kernels; 0: fully connected")
    c_in: Integer = given(r"c_{\text{in}}", default=0, ge=0, le=10_000,
                          about="input channels of a convolution")
    c_out: Integer = given(r"c_{\text{out}}", default=0, ge=0, le=10_000,
                           about="output channels of a convolution")
    u: Vector = given("u", about="drawn numbers that are scaled", min_length=1, max_length=6)
    scheme: Literal["xavier", "glorot", "he", "standard"] = "xavier"
    distribution: Literal["normal", "uniform"] = "normal"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        used, unused = (self.n_in, self.n_out), (self.c_in, self.c_out)
        if self.side:
            used, unused = unused, used
        if min(used) < 1 or max(unused) > 0:
            raise ValueError("a fully connected layer needs n_in and n_out, a convolution side, c_in "
                             "and c_out, and each of them nothing else")
        limit = 1 if self.distribution == "uniform" else 6
        if any(abs(v) > limit for v in self.u):
            raise ValueError(f"the drawn numbers u lie between -{limit} and {limit}")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        scheme = rng.level(level, easy=rng.choice(("xavier", "he")), medium="glorot", hard="glorot")
        distribution = rng.level(level, easy="normal", medium="uniform", hard="uniform")
        sizes = {"n_in": rng.integer(20, 200), "n_out": rng.integer(10, 150)}
        if level == "hard":
            # the root of a small variance would amplify its rounding
            side = rng.choice((3, 5))
            sizes = {"c_in": rng.integer(3, 10), "c_out": rng.integer(12, 24), "side": side} \
                if side == 3 else {"c_in": rng.integer(1, 4), "c_out": rng.integer(6, 10), "side": side}
        ends = ("-2", "2", 1) if distribution == "normal" else ("-0.9", "0.9", 1)
        return cls(**sizes, scheme=scheme, distribution=distribution,
                   u=rng.vector(2, *ends, ["0", "1", "-1"]), decimals=4)

    def solve(self) -> Steps:
        n_in, n_out = self.n_in, self.n_out
        if self.side:
            n_in = yield Step("n_in", r"n_{\text{in}}", fan_in_conv(self.side, self.c_in), "Fan-in",
                              wrong={"took the channels alone": lambda: self.c_in}
                              if self.side > 1 else {})
            if self.scheme == "glorot":
                n_out = yield Step("n_out", r"n_{\text{out}}", fan_in_conv(self.side, self.c_out),
                                   "Fan-out", wrong={"took the channels alone": lambda: self.c_out}
                                   if self.side > 1 else {})
        variance = yield Step("var", r"\sigma^2", init_variance(self.scheme, n_in, n_out), "Variance",
                              wrong=self._mistakes(n_in, n_out))
        sigma = yield Step("std", r"\sigma", deviation(variance), "Standard deviation")
        scale = sigma
        if self.distribution == "uniform":
            scale = yield Step("r", "r", uniform_bound(variance), "Bound of the uniform distribution",
                               wrong={"left out the root of 3": lambda: sigma,
                                      "divided by the root of 3": lambda: sigma / sqrt(3.0)})
        yield Step("w", "w", scale * self.u, "Weights", full=2,
                   wrong={"scaled with the variance": lambda: variance * self.u})

    def _mistakes(self, n_in: Any, n_out: Any) -> dict[str, Any]:
        right = init_variance(self.scheme, n_in, n_out)
        wrong = {"took the standard deviation for the variance": lambda: sqrt(right)}
        if self.scheme in ("xavier", "he"):
            if not self.side and n_in != n_out:
                wrong["took the fan-out for the fan-in"] = lambda: init_variance(self.scheme, n_out)
            other = "he" if self.scheme == "xavier" else "xavier"
            words = "put a 2 for the 1" if other == "he" else "put a 1 for the 2"
            wrong[words] = lambda: init_variance(other, n_in)
        if self.scheme == "glorot":
            wrong["looked at the fan-in only"] = lambda: init_variance("he", n_in)
            wrong["put a 1 for the 2"] = lambda: init_variance("glorot", n_in, n_out, two=1)
        return wrong
