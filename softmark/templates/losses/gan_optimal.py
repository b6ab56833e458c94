"""The best discriminator against a fixed generator, and what the generator can still gain."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import log
from softmark.solvers.information import adversarial_value, optimal_discriminator
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars


class GanOptimal(Template):
    """Over finitely many samples, where expectations are sums."""

    title: ClassVar[str] = "Optimal discriminator of a generative adversarial network"
    statement: ClassVar[str] = r"""
There are only {{ data|length }} possible samples. Real data and generator produce them with these
probabilities, $p$ for the data and $g$ for the generator:

$$p={{ data|vector }},\qquad g={{ fake|vector }}$$

The value of the game is
$V(D)=\sum_i(p_i\ln D_i+g_i\ln(1-D_i))$ (natural logarithm).

{% if current %}
At the moment the discriminator gives the probabilities of “real” $D={{ d|vector }}$. Compute $V(D)$.
{% endif %}
Compute the optimal discriminator $D^*_i=p_i/(p_i+g_i)$ and
the value it reaches, $C=V(D^*)$.
{% if current %}
How much can the discriminator still gain, $C-V(D)$?
{% endif %}
{% if divergence %}
For a perfect generator ($g=p$) the optimal discriminator says $\tfrac12$ everywhere; give
the value $V_0$ that it then reaches, and from $C=V_0+2\,\text{JS}$ the Jensen-Shannon divergence
$\text{JS}$ of data and generator.
{% endif %}
"""

    data: Vector = given("p", about="probabilities of the data", min_length=2, max_length=6)
    fake: Vector = given("g", about="probabilities of the generator")
    d: Vector = given("D", default=(Decimal("0.5"),), about="outputs of the discriminator at the moment")
    current: bool = False
    divergence: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.data) != len(self.fake) or (self.current and len(self.d) != len(self.data)):
            raise ValueError("data, fake (and d) have the same number of values")
        if sum(self.data) != 1 or sum(self.fake) != 1 or min(*self.data, *self.fake) <= 0:
            raise ValueError("data and fake hold probabilities above 0 that sum to 1")
        if not all(0 < v < 1 for v in self.d):
            raise ValueError("outputs of the discriminator lie between 0 and 1, ends excluded")
        return self

    def figure(self) -> Drawing:
        return bars((("data", self.data), ("generator", self.fake)),
                    [str(i + 1) for i in range(len(self.data))], "Data and generator as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, grain = rng.level(level, easy=(2, 100), medium=(3, 20), hard=(3, 20))
        both = []
        for _ in range(2):
            cuts = [0, *sorted(rng.sample(range(grain // 20, grain), size - 1)), grain]
            both.append(tuple(f"{(b - a) / grain:.2f}" for a, b in pairwise(cuts)))
        return cls(data=both[0], fake=both[1], current=level == "hard", decimals=4,
                   d=rng.vector(size, "0.2", "0.8", 1) if level == "hard" else ("0.5",),
                   divergence=level != "easy")

    def solve(self) -> Steps:
        p, g = self.data, self.fake
        if self.current:
            v = yield Step("V", "V", adversarial_value(p, g, self.d), "Value at the moment",
                           wrong=self._value_mistakes(self.d))
        best = yield Step("D", "D^*", optimal_discriminator(p, g), "Optimal discriminator",
                          wrong={"took the probabilities of the data for D": lambda: p + 0,
                                 "gave the probability of “generated”": lambda: g / (p + g)})
        c = yield Step("C", "C", adversarial_value(p, g, best), "Value with the optimal discriminator",
                       wrong=self._value_mistakes(best))
        if self.current:
            yield Step("gain", r"\text{gain}", c - v, "What the discriminator can still gain")
        if self.divergence:
            four = self.written(4, drawn=False)
            zero = yield Step("V_0", "V_0", -log(four), "Value with a perfect generator", weight=0.5,
                              note="Both terms are the logarithm of one half.",
                              wrong={"took ln 2 for ln 4": lambda: -log(2),
                                     "left out the minus": lambda: log(4)})
            yield Step("JS", r"\text{JS}", (c - zero) / 2, "Jensen-Shannon divergence",
                       wrong={"left out the half": lambda: c - zero})

    def _value_mistakes(self, d: Any) -> dict[str, Any]:
        p, g = self.data, self.fake
        return {"took ln D for the generator too, instead of ln(1 − D)": lambda:
                (p * log(d)).sum() + (g * log(d)).sum()}
