"""Kullback-Leibler divergence, in both directions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.information import cross_entropy, entropy, kl_divergence
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars

SWAPPED = "swapped the two distributions"
ENTROPIES = "took the difference of the two entropies"


class KlDivergence(Template):
    """KL(p‖q) takes its expectation under p; the two directions differ."""

    title: ClassVar[str] = "Kullback-Leibler divergence"
    statement: ClassVar[str] = r"""
{% set ln = {'e': '\\ln', '2': '\\log_2', '10': '\\log_{10}'}[base] %}
Two distributions over the same {{ p.p|length }} values:

$$p={{ p.p|vector }},\qquad q={{ q|vector }}$$

The Kullback-Leibler divergence of $p$ from $q$ is
$\text{KL}(p\,\|\,q)=\sum_i p_i\,{{ ln|safe }}\frac{p_i}{q_i}$
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}; the expectation
is taken under the first-named distribution).

{% if parts == 'both' %}
Show that it is not symmetric: compute $\text{KL}(p\,\|\,q)$ and $\text{KL}(q\,\|\,p)$.
{% elif parts == 'entropies' %}
Compute the entropy $H(p)=-\sum_i p_i\,{{ ln|safe }} p_i$, the cross-entropy
$H(p,q)=-\sum_i p_i\,{{ ln|safe }} q_i$, from both $\text{KL}(p\,\|\,q)$, and directly the other
direction, $\text{KL}(q\,\|\,p)$.
{% else %}
Compute the mean $m_i=(p_i+q_i)/2$ of the two, $\text{KL}(p\,\|\,m)$ and $\text{KL}(q\,\|\,m)$, and from
these the Jensen-Shannon divergence
$\text{JS}=\tfrac12(\text{KL}(p\,\|\,m)+\text{KL}(q\,\|\,m))$, which is symmetric.
{% endif %}
"""

    p: Vector = given("p", about="first distribution", min_length=2, max_length=6)
    q: Vector = given("q", about="second distribution")
    parts: Literal["both", "entropies", "jensen"] = "both"
    base: Literal["e", "10", "2"] = "e"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.p) != len(self.q):
            raise ValueError("p and q have the same number of values")
        if sum(self.p) != 1 or sum(self.q) != 1:
            raise ValueError("p and q hold probabilities that sum to 1")
        if min(*self.p, *self.q) <= 0:
            raise ValueError("all probabilities are above 0, or one of the divergences is infinite")
        return self

    def figure(self) -> Drawing:
        return bars((("p", self.p), ("q", self.q)), [str(i + 1) for i in range(len(self.p))],
                    "The two distributions as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, grain = rng.level(level, easy=(2, 100), medium=(3, 20), hard=(3, 20))
        p, q, apart = [0], [0], [0]
        while not all(apart) or sum(apart) < 0.4 * grain:  # neither log 1 nor a tiny divergence
            p, q = ([b - a for a, b in pairwise([0, *sorted(rng.sample(
                range(grain // 10, grain - grain // 20), size - 1)), grain])] for _ in range(2))
            apart = [abs(a - b) for a, b in zip(p, q, strict=True)]
        return cls(**{name: tuple(f"{part / grain:.2f}" for part in parts)
                      for name, parts in (("p", p), ("q", q))}, base=rng.choice(["e", "2"]), decimals=4,
                   parts=rng.level(level, easy="both", medium="entropies", hard="jensen"))

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "2" if self.base == "e" else "e"
        return {f"took the logarithm to base {other}": {"base": other}}

    def solve(self) -> Steps:
        parts = {"both": self._both, "entropies": self._entropies, "jensen": self._jensen}
        yield from parts[self.parts]()

    def _both(self) -> Steps:
        p, q, base = self.p, self.q, self.base
        for a, b, first, second in (("p", "q", p, q), ("q", "p", q, p)):
            yield Step(f"kl_{a}{b}", rf"\text{{KL}}({a}\|{b})", kl_divergence(first, second, base),
                       f"Divergence of {a} from {b}", wrong={
                           SWAPPED: lambda first=first, second=second: kl_divergence(second, first, base),
                           ENTROPIES: lambda first=first, second=second:
                           entropy(second, base) - entropy(first, base)})

    def _entropies(self) -> Steps:
        p, q, base = self.p, self.q, self.base
        own = yield Step("H", "H(p)", entropy(p, base), "Entropy of p",
                         wrong={"left out the minus": lambda: -entropy(p, base)})
        cross = yield Step("H_pq", "H(p,q)", cross_entropy(p, q, base), "Cross-entropy of p and q",
                           wrong={"left out the minus": lambda: -cross_entropy(p, q, base),
                                  SWAPPED: lambda: cross_entropy(q, p, base),
                                  "took the entropy of q for the cross-entropy":
                                  lambda: entropy(q, base)})
        yield Step("kl_pq", r"\text{KL}(p\|q)", cross - own, "Divergence of p from q",
                   wrong={"subtracted the other way round": lambda: own - cross})
        yield Step("kl_qp", r"\text{KL}(q\|p)", kl_divergence(q, p, base), "Divergence of q from p",
                   wrong={SWAPPED: lambda: kl_divergence(p, q, base)})

    def _jensen(self) -> Steps:
        p, q, base = self.p, self.q, self.base
        m = yield Step("m", "m", (p + q) / 2, "Mean of the two distributions", decimals=self.decimals + 1)
        left = yield Step("kl_p", r"\text{KL}(p\|m)", kl_divergence(p, m, base),
                          "Divergence of p from the mean",
                          wrong={SWAPPED: lambda: kl_divergence(m, p, base)})
        right = yield Step("kl_q", r"\text{KL}(q\|m)", kl_divergence(q, m, base),
                           "Divergence of q from the mean",
                           wrong={SWAPPED: lambda: kl_divergence(m, q, base)})
        yield Step("js", r"\text{JS}", (left + right) / 2, "Jensen-Shannon divergence",
                   wrong={"left out the half": lambda: left + right})
