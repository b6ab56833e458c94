"""The loss of a variational autoencoder: reconstruction and divergence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.information import gaussian_kl
from softmark.solvers.losses import reduced, squared_errors
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given


class Elbo(Template):
    """The bound is maximised, the loss is its negative."""

    title: ClassVar[str] = "Loss of a variational autoencoder"
    statement: ClassVar[str] = r"""
A variational autoencoder reconstructs the input $x={{ x|vector }}$ as
{% set s = 's' if mu|length > 1 %}
$\hat x={{ y|vector }}$. Its encoder gave the latent mean{{ s }} ${{ named('mu') }}$ and **standard
deviation{{ s }}** ${{ named('sigma') }}$; the prior is $N(0,1)$ in every latent dimension.

Compute the reconstruction loss $R$, the **{{ reduction }}** of the squared errors
$(x_i-\hat x_i)^2$ {%- if reduction == 'mean' %} over the {{ x|length }} inputs{% endif %}; the divergence
of {{ 'each' if s else 'the' }} latent dimension from its prior,
$D_j=\tfrac12(\mu_j^2+\sigma_j^2-\ln\sigma_j^2-1)$, in nats
{%- if mu|length > 1 %}, and their sum $\text{KL}${% endif %}; the loss to be minimised,
{% if beta != 1 %}
$L=R+\beta\,{{ p.latent|safe }}$ with weight ${{ named('beta') }}$;
{% else %}
$L=R+{{ p.latent|safe }}$;
{% endif %}
and the evidence lower bound that training maximises, up to constants: the negative of the loss.
"""

    x: Vector = given("x", about="input", max_length=8)
    y: Vector = given(r"\hat x", about="reconstruction")
    mu: Vector = given(r"\mu", about="latent means", max_length=4)
    sigma: Vector = given(r"\sigma", about="latent standard deviations")
    reduction: Literal["sum", "mean"] = "sum"
    beta: Number = given(r"\beta", default=Decimal(1), about="weight of the divergence", ge=0, le=100)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.x) != len(self.y) or len(self.mu) != len(self.sigma):
            raise ValueError("x has as many values as its reconstruction y, and mu as many as sigma")
        if min(self.sigma) <= 0:
            raise ValueError("standard deviations are above 0")
        if max(abs(v) for v in (*self.x, *self.y, *self.mu, *self.sigma)) > 300:
            raise ValueError("all values lie between -300 and 300, to be worked by hand")
        return self

    @property
    def latent(self) -> str:
        return r"\text{KL}" if len(self.mu) > 1 else "D_1"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, latent = rng.level(level, easy=(3, 1), medium=(4, 2), hard=(4, 2))
        x = rng.vector(n, "0", "1", 1)
        y = tuple(v + rng.decimal("-0.6", "0.6", 1, ["0"]) for v in x)
        return cls(x=x, y=y, mu=rng.vector(latent, "-1.5", "1.5", 1, ["0", "1", "-1"]),
                   sigma=rng.vector(latent, "0.2", "1.8", 1, ["1"]),
                   reduction=rng.choice(["sum", "mean"]) if level != "easy" else "sum",
                   beta=rng.choice(["0.5", "2", "3"]) if level == "hard" else 1, decimals=4)

    def flips(self) -> dict[str, dict[str, Any]]:
        if len(self.x) == 1:
            return {}
        if self.reduction == "sum":
            return {"took the mean of the squared errors instead of their sum": {"reduction": "mean"}}
        return {"added the squared errors instead of taking their mean": {"reduction": "sum"}}

    def solve(self) -> Steps:
        mu, sigma = self.mu, self.sigma
        R = yield Step("R", "R", reduced(squared_errors(self.x, self.y), self.reduction),
                       "Reconstruction loss")
        D = yield Step("D", "D", gaussian_kl(mu, sigma**2), "Divergence of each latent dimension",
                       wrong={"left out the half": lambda: 2 * gaussian_kl(mu, sigma**2),
                              "took the standard deviation for the variance": lambda:
                              gaussian_kl(mu, sigma)})
        latent = D
        if len(D) > 1:
            latent = yield Step("KL", self.latent, D.sum(), "Latent loss")
        else:
            latent = D[0]
        weighed = self.beta * latent if self.beta != 1 else latent
        wrong = {"subtracted the divergence from the reconstruction loss": lambda: R - weighed}
        if self.beta != 1:
            wrong["left out the weight of the divergence"] = lambda: R + latent
        L = yield Step("L", "L", R + weighed, "Loss to be minimised", wrong=wrong)
        yield Step("bound", r"\text{ELBO}", -L, "Evidence lower bound",
                   wrong={"left out the minus of the bound": lambda: L + 0,
                          "turned the sign of the divergence in the bound": lambda: weighed - R})
