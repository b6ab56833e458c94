"""Information and entropy of a distribution."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import log
from softmark.solvers.information import UNITS, exponential, information
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars


class Entropy(Template):
    """Outcomes that cannot happen carry no weight: 0 log 0 counts as 0."""

    title: ClassVar[str] = "Information and entropy"
    statement: ClassVar[str] = r"""
{% set ln = {'e': '\\ln', '2': '\\log_2', '10': '\\log_{10}'}[base] %}
A random variable takes {{ p.p|length }} values with probabilities ${{ named('p') }}$.

Compute the information $I_i=-{{ ln|safe }} p_i$ of each outcome
{%- if 0 in p.p %} that can happen{% endif %}, and the entropy
$H=-\sum_i p_i\,{{ ln|safe }} p_i$
({% if base == 'e' %}natural logarithm: in nats{% elif base == '2' %}logarithm to base 2: in bits
{%- else %}logarithm to base 10: in hartleys{% endif %})
{%- if 0 in p.p %}; an outcome of probability 0 adds nothing to the entropy{% endif %}.
{% if compare %}
Compare with the uniform distribution over the same {{ p.p|length }} values: give its entropy
$H_{\text{max}}$, the redundancy $R=1-H/H_{\text{max}}$, and the perplexity
${% if base == 'e' %}e{% else %}{{ base }}{% endif %}^{H}$.
{% endif %}
"""

    p: Vector = given("p", about="probabilities", max_length=8)
    base: Literal["e", "10", "2"] = "2"
    compare: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(self.p) != 1 or min(self.p) < 0:
            raise ValueError("p holds probabilities that sum to 1")
        if self.compare and len(self.p) < 2:
            raise ValueError("to compare with a uniform distribution, two values are needed")
        return self

    def figure(self) -> Drawing:
        return bars((("p", self.p),), [str(i + 1) for i in range(len(self.p))],
                    "The distribution as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, grain = rng.level(level, easy=3, medium=4, hard=4), 100
        cuts = [0, *sorted(rng.sample(range(3, grain - 2), size - 1)), grain]
        p = [f"{(b - a) / grain:.2f}" for a, b in pairwise(cuts)]
        if level == "hard":
            p = rng.shuffled([*p, "0"])
        return cls(p=tuple(p), base=rng.level(level, easy="2", medium=rng.choice(["2", "e"]), hard="2"),
                   compare=level == "hard", decimals=4)

    def flips(self) -> dict[str, dict[str, Any]]:
        others = {"2": ("10", "e"), "e": ("10", "2"), "10": ("e", "2")}[self.base]
        return {f"took the logarithm to base {other}": {"base": other} for other in others}

    def solve(self) -> Steps:
        possible = [i for i, v in enumerate(self.p) if v != 0]
        p = self.p[possible]
        unit = UNITS[self.base]
        seen = yield Step("I", "I", information(p, self.base), f"Information in {unit}", full=2,
                          axes=[[str(i + 1) for i in possible]],
                          wrong={"left out the minus": lambda: -information(p, self.base)})
        H = yield Step("H", "H", (p * seen).sum(), f"Entropy in {unit}",
                       wrong={"added the information without weighing it by the probabilities":
                              lambda: seen.sum(),
                              "took the plain mean of the information": lambda: seen.sum() / len(p)}
                       if len(p) > 1 else {})
        if self.compare:
            size = self.written(len(self.p))
            top = yield Step("H_max", r"H_{\text{max}}", log(size, self.base),
                             "Entropy of the uniform distribution",
                             wrong={"counted only the outcomes that can happen":
                                    lambda: log(len(p), self.base)} if len(p) < len(self.p) else {})
            yield Step("R", "R", 1 - H / top, "Redundancy",
                       wrong={"gave the efficiency, not the redundancy": lambda: H / top})
            yield Step("perplexity", r"\text{perplexity}", exponential(H, self.base), "Perplexity")
