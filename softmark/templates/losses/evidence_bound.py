"""Evidence, posterior and lower bound with a latent variable of a few values."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import log
from softmark.solvers.information import evidence_bound, kl_divergence
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars


class EvidenceBound(Template):
    """ln p(x) = ELBO + KL(q ‖ p(z|x)), in numbers."""

    title: ClassVar[str] = "Evidence lower bound by hand"
    statement: ClassVar[str] = r"""
A hidden variable $z$ takes {{ prior|length }} values with the prior $p_i=p(z_i)$,
$p={{ prior|vector }}$. For an observation $x$ the likelihoods are $\ell_i=p(x\,|\,z_i)$,
$\ell={{ likelihood|vector }}$. The posterior is approximated by $q={{ q|vector }}$. All
logarithms are natural.

Compute the joint probabilities $r_i=p(x,z_i)=p_i\,\ell_i$, the log evidence $\ln p(x)$ with
$p(x)=\sum_i r_i$, the posterior $\pi_i=p(z_i\,|\,x)=r_i/p(x)$, the evidence lower bound
$$\text{ELBO}=\sum_i q_i\ln\frac{r_i}{q_i},$$
{% if parts %}
the same bound as a variational autoencoder splits it, $R-K$, with the expected log-likelihood
$R=\sum_i q_i\ln\ell_i$ and the divergence $K=\text{KL}(q\,\|\,p)$ of $q$ from the **prior**,
{% endif %}
and the divergence $\text{KL}(q\,\|\,\pi)=\sum_i q_i\ln\frac{q_i}{\pi_i}$ of $q$ from the
posterior. The bound and this divergence add up to $\ln p(x)$: check it.
"""

    prior: Vector = given("p", about="prior over the hidden values", min_length=2, max_length=4)
    likelihood: Vector = given(r"\ell", about="likelihood of the observation under each value")
    q: Vector = given("q", about="approximate posterior")
    parts: bool = given(default=False, about="is the bound also asked as likelihood less divergence?")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.prior) == len(self.likelihood) == len(self.q):
            raise ValueError("prior, likelihood and q have the same number of values")
        if sum(self.prior) != 1 or sum(self.q) != 1 or min(*self.prior, *self.q) <= 0:
            raise ValueError("prior and q hold probabilities above 0 that sum to 1")
        if not all(0 < v <= 1 for v in self.likelihood):
            raise ValueError("likelihoods are probabilities above 0")
        return self

    def figure(self) -> Drawing:
        return bars((("prior p(z)", self.prior), ("q(z)", self.q)),
                    [str(i + 1) for i in range(len(self.q))], "Prior and approximate posterior as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, grain = rng.level(level, easy=(2, 20), medium=(3, 10), hard=(3, 10))
        while True:
            prior, q = (tuple(Decimal(b - a) / grain for a, b in pairwise(
                [0, *sorted(rng.sample(range(1, grain), size - 1)), grain])) for _ in range(2))
            likelihood = rng.vector(size, "0.2", "0.9", 1)
            joint = [p * v for p, v in zip(prior, likelihood, strict=True)]
            posterior = [r / sum(joint) for r in joint]
            # neither tiny probabilities, whose logarithms rounding moves far, nor a tiny divergence
            if min(posterior) >= 0.1 and min(joint) >= 0.02 and \
                    max(abs(a - b) for a, b in zip(posterior, q, strict=True)) >= 0.2:
                return cls(prior=prior, q=q, likelihood=likelihood, parts=level == "hard", decimals=4)

    def solve(self) -> Steps:
        q = self.q
        # products of short numbers come out even
        r = yield Step("r", "r", self.prior * self.likelihood, "Joint probabilities",
                       decimals=self.decimals + 1,
                       wrong={"left out the prior": lambda: self.likelihood + 0})
        evidence = yield Step("p_x", "p(x)", r.sum(), "Probability of the observation",
                              decimals=self.decimals + 1)
        yield Step("evidence", r"\ln p(x)", log(evidence), "Log evidence",
                   wrong={"left out the logarithm": lambda: evidence + 0})
        posterior = yield Step("posterior", r"\pi", r / evidence, "Posterior",
                               wrong={"left out the division by p(x)": lambda: r + 0})
        yield Step("elbo", r"\text{ELBO}", evidence_bound(r, q), "Evidence lower bound",
                   wrong={"lost the minus of the bound": lambda: -evidence_bound(r, q),
                          "took the posterior for q in the bound": lambda:
                          evidence_bound(r, posterior),
                          "left out q under the logarithm": lambda: (q * log(r)).sum()})
        if self.parts:
            yield from self._in_parts()
        yield Step("kl", r"\text{KL}", kl_divergence(q, posterior), "Divergence of q from the posterior",
                   wrong={"swapped the two distributions": lambda: kl_divergence(posterior, q)})

    def _in_parts(self) -> Steps:
        prior, seen, q = self.prior, self.likelihood, self.q
        R = yield Step("R", "R", (q * log(seen)).sum(), "Expected log-likelihood",
                       wrong={"weighed by the prior instead of q": lambda: (prior * log(seen)).sum()})
        K = yield Step("K", "K", kl_divergence(q, prior), "Divergence of q from the prior",
                       wrong={"swapped prior and q": lambda: kl_divergence(prior, q)})
        yield Step("elbo_parts", r"\text{ELBO}", R - K, "Evidence lower bound by its parts",
                   wrong={"added the divergence": lambda: R + K})
