"""Divergence of Gaussian latent variables from their prior."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import absolute, exp, log, sqrt
from softmark.solvers.information import gaussian_kl, gaussian_kl_between
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import curves

WORDS = {"sigma": r"standard deviations, $s_i=\sigma_i$", "variance": r"variances, $s_i=\sigma_i^2$",
         "log_variance": r"logarithms of the variances, $s_i=\ln\sigma_i^2$"}


class KlGaussian(Template):
    """The latent loss of a variational autoencoder, dimension by dimension."""

    title: ClassVar[str] = "Divergence of a Gaussian from its prior"
    statement: ClassVar[str] = r"""
The encoder of a variational autoencoder describes {{ mu|length }} independent latent
variable{{ 's' if mu|length > 1 }} by the means ${{ named('mu') }}$ and the {{ p.words|safe }}:
${{ named('s') }}$.

{% if standard %}
The prior is the standard normal distribution $N(0,1)$ in every dimension. Compute the
{% if given_as == 'variance' %}logarithms $\lambda_i=\ln\sigma_i^2$
{%- else %}variances $v_i=\sigma_i^2${% endif %}, the divergence of each dimension,
$$D_i=\text{KL}(N(\mu_i,\sigma_i^2)\,\|\,N(0,1))=\tfrac12(\mu_i^2+\sigma_i^2-\ln\sigma_i^2-1)$$
in nats, and their sum $\text{KL}$, the latent loss.
{% else %}
The prior is $N(m,t^2)$ in every dimension, with mean ${{ named('m') }}$ and **standard deviation**
${{ named('t') }}$. Compute
{%- if given_as != 'sigma' %} the standard deviations $\sigma_i$,{% endif %} the divergence of each
dimension,
$$D_i=\text{KL}(N(\mu_i,\sigma_i^2)\,\|\,N(m,t^2))
=\ln\frac{t}{\sigma_i}+\frac{\sigma_i^2+(\mu_i-m)^2}{2t^2}-\tfrac12$$
in nats, and their sum $\text{KL}$.
{% endif %}
"""

    mu: Vector = given(r"\mu", about="means", max_length=5)
    s: Vector = given("s", about="standard deviations, variances, or logarithms of variances")
    given_as: Literal["sigma", "variance", "log_variance"] = "log_variance"
    standard: bool = True
    m: Number = given("m", default=Decimal(0), about="mean of the prior", ge=-20, le=20)
    t: Number = given("t", default=Decimal(1), about="standard deviation of the prior", gt=0, le=20)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.mu) != len(self.s):
            raise ValueError("there is one value s for every mean mu")
        if max(abs(v) for v in self.mu) > 20 or max(abs(v) for v in self.s) > 20:
            raise ValueError("means and spreads lie between -20 and 20, to be worked by hand")
        if self.given_as != "log_variance" and min(self.s) <= 0:
            raise ValueError("standard deviations and variances are above 0")
        if self.given_as == "log_variance" and max(abs(v) for v in self.s) > 6:
            raise ValueError("logarithms of variances lie between -6 and 6")
        return self

    @property
    def words(self) -> str:
        return WORDS[self.given_as]

    def _spread(self, value: Any) -> float:
        value = float(value)
        return {"sigma": value, "variance": abs(value) ** 0.5,
                "log_variance": math.exp(value / 2)}[self.given_as]

    def figure(self) -> Drawing:
        prior = (float(self.m), float(self.t)) if not self.standard else (0.0, 1.0)
        each = [(float(m), self._spread(s)) for m, s in zip(self.mu, self.s, strict=True)][:3]
        reach = max(abs(m) + 2.5 * s for m, s in [*each, prior])
        shown = [("prior", partial(_density, *prior))]
        shown += [(f"dimension {i}", partial(_density, *one)) for i, one in enumerate(each, 1)]
        return curves(shown, -reach, reach, "Densities of the prior and of each dimension", axis="z")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        mu = rng.vector(2, "-1.5", "1.5", 1, ["0", "1", "-1"])
        if level == "easy":
            return cls(mu=mu, s=rng.vector(2, "0.3", "1.8", 1, ["1"]), given_as="sigma", decimals=4)
        s = rng.vector(2, "-1.6", "1.2", 1, ["0"])
        if level == "medium":
            return cls(mu=mu, s=s, decimals=4)
        return cls(mu=mu, s=s, standard=False, m=rng.decimal("-1", "1", 1, ["0"]),
                   t=rng.choice(["0.5", "0.8", "1.5", "2"]), decimals=4)

    def solve(self) -> Steps:
        yield from self._from_standard() if self.standard else self._from_prior()

    def _from_standard(self) -> Steps:
        mu, s = self.mu, self.s
        v, lam = s, None
        if self.given_as == "variance":
            lam = yield Step("lam", r"\lambda", log(s), "Logarithms of the variances",
                             wrong={"took the variance for the standard deviation": lambda: 2 * log(s)})
        elif self.given_as == "sigma":
            v = yield Step("v", "v", s**2, "Variances", wrong={"left out the square": lambda: s + 0})
        else:
            lam = s
            v = yield Step("v", "v", exp(s), "Variances",
                           wrong={"took ln σ² for ln σ": lambda: exp(2 * s),
                                  "took ln σ² for σ²": lambda: absolute(s)})
        D = yield Step("D", "D", gaussian_kl(mu, v, lam), "Divergence of each dimension",
                       wrong=self._slips(mu, v, log(v) if lam is None else lam))
        yield Step("total", r"\text{KL}", D.sum(), "Latent loss")

    @staticmethod
    def _slips(mu: Any, v: Any, lam: Any) -> dict[str, Any]:
        return {"left out the half": lambda: mu**2 + v - lam - 1,
                "added the logarithm instead of subtracting it": lambda: (mu**2 + v + lam - 1) / 2,
                "forgot to subtract 1": lambda: (mu**2 + v - lam) / 2}

    def _from_prior(self) -> Steps:
        mu, s, m, t = self.mu, self.s, self.m, self.t
        sigma = s
        if self.given_as != "sigma":
            by_log = self.given_as == "log_variance"
            wrong = {"took ln σ² for ln σ": lambda: exp(s)} if by_log else {
                "left out the root": lambda: s + 0}
            sigma = yield Step("sigma", r"\sigma", exp(s / 2) if by_log else sqrt(s),
                               "Standard deviations", wrong=wrong)
        D = yield Step("D", "D", gaussian_kl_between(mu, sigma, m, t), "Divergence of each dimension",
                       wrong={"left out the half": lambda: gaussian_kl_between(mu, sigma, m, t) + 0.5,
                              "took the standard deviation of the prior for its variance": lambda:
                              log(t / sigma) + (sigma**2 + (mu - m) ** 2) / (2 * t) - 0.5,
                              "swapped the two distributions": lambda:
                              gaussian_kl_between(m, t, mu, sigma)})
        yield Step("total", r"\text{KL}", D.sum(), "Divergence of all dimensions")


def _density(mean: float, spread: float, x: float) -> float:
    return math.exp(-((x - mean) ** 2) / (2 * spread**2)) / (spread * math.sqrt(2 * math.pi))
