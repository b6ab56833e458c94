"""Reparametrised sampling of a variational autoencoder, forwards and backwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import exp, sqrt
from softmark.solvers.information import reparametrised
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given

WORDS = {"sigma": r"the standard deviations $s=\sigma$", "variance": r"the variances $s=\sigma^2$",
         "log_variance": r"the logarithms of the variances $s=\ln\sigma^2$"}


class Vae(Template):
    """Noise stands beside the parameters, so that gradients reach them."""

    title: ClassVar[str] = "Reparametrised sampling in a variational autoencoder"
    statement: ClassVar[str] = r"""
The encoder of a variational autoencoder gives for an input the means ${{ named('mu') }}$ and
{{ p.words|safe }}: ${{ named('s') }}$. The noise drawn from $N(0,1)$ is
${{ named('eps') }}$.

{% if given_as != 'sigma' %}
Compute the standard deviations $\sigma_i$, then the latent sample $z_i=\mu_i+\sigma_i\,\epsilon_i$.
{% else %}
Compute the latent sample $z_i=\mu_i+\sigma_i\,\epsilon_i$.
{% endif %}
{% if backwards %}
The decoder sends back the gradient $g=\partial L/\partial z={{ g|vector }}$. Give the gradient
with respect to the means, $g^{\mu}_i=\partial L/\partial\mu_i$, to the standard deviations,
$g^{\sigma}_i=\partial L/\partial\sigma_i$
{%- if given_as == 'log_variance' %}, and to the logarithms of the variances,
$g^{s}_i=\partial L/\partial s_i${% endif %} (through the sample alone, without the divergence).
{% endif %}
"""

    mu: Vector = given(r"\mu", about="means", max_length=5)
    s: Vector = given("s", about="standard deviations, variances, or logarithms of variances")
    eps: Vector = given(r"\epsilon", about="noise")
    given_as: Literal["sigma", "variance", "log_variance"] = "log_variance"
    backwards: bool = False
    g: Vector = given("g", default=(Decimal(1),), about="gradient of the loss with respect to the sample")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sizes = {len(self.mu), len(self.s), len(self.eps)} | ({len(self.g)} if self.backwards else set())
        if len(sizes) > 1:
            raise ValueError("mu, s, eps (and g) have the same number of values")
        if max(abs(v) for v in (*self.mu, *self.s, *self.eps, *self.g)) > 20:
            raise ValueError("all values lie between -20 and 20, to be worked by hand")
        if self.given_as != "log_variance" and min(self.s) <= 0:
            raise ValueError("standard deviations and variances are above 0")
        return self

    @property
    def words(self) -> str:
        return WORDS[self.given_as]

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=2, medium=3, hard=2)
        avoid = ["0", "1", "-1"]
        noise = tuple(rng.choice((-1, 1)) * rng.decimal("0.2", "1.8", 2, avoid) for _ in range(size))
        s = rng.vector(size, "0.2", "2.5", 2, avoid) if level == "easy" else \
            rng.vector(size, "-1.8", "1.4", 1, avoid)
        return cls(mu=rng.vector(size, "-2", "2", 1, avoid), s=s, eps=noise,
                   given_as="variance" if level == "easy" else "log_variance", backwards=level == "hard",
                   g=rng.vector(size, "-0.9", "0.9", 1, ["0"]) if level == "hard" else ("1",), decimals=4)

    def solve(self) -> Steps:
        mu, s, eps = self.mu, self.s, self.eps
        sigma = s
        if self.given_as == "variance":
            sigma = yield Step("sigma", r"\sigma", sqrt(s), "Standard deviations",
                               wrong={"took the variance for the standard deviation": lambda: s + 0})
        if self.given_as == "log_variance":
            sigma = yield Step("sigma", r"\sigma", exp(s / 2), "Standard deviations",
                               wrong={"took the variance for the standard deviation": lambda: exp(s)})
        yield Step("z", "z", reparametrised(mu, sigma, eps), "Latent sample", full=2,
                   wrong={"multiplied mean and noise": lambda: mu * eps + sigma,
                          "left the noise out": lambda: mu + sigma,
                          "subtracted the noise": lambda: mu - sigma * eps})
        if self.backwards:
            yield from self._gradients(sigma)

    def _gradients(self, sigma: Any) -> Steps:
        g = self.g
        yield Step("d_mu", r"g^{\mu}", g + 0, "Gradient with respect to the means", weight=0.5,
                   note="The sample moves exactly as its mean does.",
                   wrong={"multiplied by the mean": lambda: g * self.mu})
        d = yield Step("d_sigma", r"g^{\sigma}", g * self.eps,
                       "Gradient with respect to the standard deviations",
                       wrong={"left out the noise": lambda: g + 0})
        if self.given_as == "log_variance":
            yield Step("d_s", "g^{s}", d * sigma / 2,
                       "Gradient with respect to the logarithms of the variances",
                       wrong={"left out the half": lambda: d * sigma,
                              "left out σ": lambda: d / 2})
