"""The losses of the two networks of a generative adversarial net."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import log, sigmoid
from softmark.solvers.losses import fake_term, non_saturating_loss, real_term, reduced
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import curves

SWAPPED = "swapped the labels of real and generated samples"


class GanLosses(Template):
    """One mini-batch of real samples, one of generated ones."""

    title: ClassVar[str] = "Losses of a generative adversarial network"
    statement: ClassVar[str] = r"""
{% set whole = 'means' if reduction == 'mean' else 'sums' %}
{% if logits %}
Before its logistic output the discriminator of a GAN gives these scores to {{ real|length }} real
samples, $u={{ real|vector }}$, and these to {{ fake|length }} generated ones, $v={{ fake|vector }}$.
Compute its outputs $D_i=D(x_i)=\sigma(u_i)$ and $F_j=D(G(z_j))=\sigma(v_j)$, the probabilities it
gives to “real”.
{% else %}
The discriminator of a GAN gives the probability of “real” to {{ real|length }} real samples,
$u_i=D(x_i)$: $u={{ real|vector }}$, and to {{ fake|length }} generated ones, $v_j=D(G(z_j))$:
$v={{ fake|vector }}$.
{% endif %}

Expectations are **{{ whole }}** over the samples, logarithms are natural. Compute the two terms
$A=E\,\ln D(x)$ and $B=E\,\ln(1-D(G(z)))$, the value of the game $V=A+B$, which the
discriminator maximises, and its loss $L_D=-V$. Then give the loss of the generator in both forms: the
minimax (saturating) loss $L_G=E\,\ln(1-D(G(z)))$, and the non-saturating loss
$L'_G=-E\,\ln D(G(z))$, which is used in practice.
{% if logits %}
Why? Compare the slopes of the two losses of a **single** generated sample by its score,
$s_j=\partial\ln(1-F_j)/\partial v_j=-F_j$ and $t_j=\partial(-\ln F_j)/\partial v_j=-(1-F_j)$.
{% endif %}
"""

    real: Vector = given("u", about="outputs for real samples, or scores", max_length=6)
    fake: Vector = given("v", about="outputs for generated samples, or scores", max_length=6)
    logits: bool = False
    reduction: Literal["mean", "sum"] = "mean"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        values = (*self.real, *self.fake)
        if not self.logits and not all(0 < v < 1 for v in values):
            raise ValueError("outputs of the discriminator lie between 0 and 1, ends excluded")
        if self.logits and not all(abs(v) <= 10 for v in values):
            raise ValueError("scores lie between -10 and 10")
        return self

    def figure(self) -> Drawing:
        return curves((("ln(1 − D)", lambda d: log(1 - d)), ("−ln D", lambda d: -log(d))), 0.03, 0.97,
                      "Graphs of the two losses of the generator over the output D", axis="D")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=2, medium=3, hard=2)
        if level == "hard":
            return cls(real=rng.vector(size, "-0.5", "2.5", 1, ["0"]), logits=True, decimals=4,
                       fake=rng.vector(size, "-2.5", "0.5", 1, ["0"]))
        return cls(real=rng.vector(size, "0.4", "0.97", 2, ["0.5"]), decimals=4,
                   fake=rng.vector(size, "0.03", "0.6", 2, ["0.5"]))

    def flips(self) -> dict[str, dict[str, Any]]:
        if max(len(self.real), len(self.fake)) == 1:
            return {}
        if self.reduction == "mean":
            return {"added over the samples instead of taking the mean": {"reduction": "sum"}}
        return {"took the mean over the samples instead of the sum": {"reduction": "mean"}}

    def solve(self) -> Steps:
        d, f, how = self.real, self.fake, self.reduction
        if self.logits:
            d = yield Step("d", "D", sigmoid(self.real), "Outputs for the real samples")
            f = yield Step("f", "F", sigmoid(self.fake), "Outputs for the generated samples")
        a = yield Step("A", "A", real_term(d, how), "Term of the real samples",
                       wrong={SWAPPED: lambda: fake_term(d, how),
                              "took logarithms to base 10": lambda: reduced(log(d, "10"), how)})
        b = yield Step("B", "B", fake_term(f, how), "Term of the generated samples",
                       wrong={SWAPPED: lambda: -non_saturating_loss(f, how),
                              "took logarithms to base 10": lambda: reduced(log(1 - f, "10"), how)})
        v = yield Step("V", "V", a + b, "Value of the game",
                       wrong={"subtracted the term of the generated samples": lambda: a - b})
        yield Step("L_D", "L_D", -v, "Loss of the discriminator",
                   wrong={"left out the minus of the discriminator's loss": lambda: v + 0})
        yield Step("L_G", "L_G", b + 0, "Minimax loss of the generator", weight=0.5,
                   note="The only term of the value that the generator can change is B.",
                   wrong={"gave the minimax loss the wrong sign": lambda: -b})
        yield Step("L_G_ns", "L'_G", non_saturating_loss(f, how), "Non-saturating loss of the generator",
                   wrong={"left out the minus of the non-saturating loss": lambda:
                          -non_saturating_loss(f, how),
                          "took the saturating loss with its sign turned": lambda: -fake_term(f, how)})
        if self.logits:
            yield Step("s", "s", -f, "Slopes of the minimax loss")
            yield Step("t", "t", -(1 - f), "Slopes of the non-saturating loss",
                       wrong={"turned the sign of the slope": lambda: 1 - f})
