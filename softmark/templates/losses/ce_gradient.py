"""The gradient of softmax with cross-entropy with respect to the logits and the weights behind them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.activations import softmax
from softmark.solvers.backprop import weight_gradient
from softmark.solvers.functions import exp
from softmark.solvers.information import cross_entropy
from softmark.solvers.losses import cross_entropy_of_logits, softmax_gradient
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given

SQUARED = "put in the slope p(1−p) that belongs to the squared error"


class CeGradient(Template):
    """Targets may be one-hot or soft; a step of gradient descent is taken on the logits themselves."""

    title: ClassVar[str] = "Gradient of softmax and cross-entropy"
    statement: ClassVar[str] = r"""
A classifier with {{ z|length }} classes gives the logits ${{ named('z') }}$ for a sample
{%- if weights %}; they come from a layer $z=Wh+b$ with input ${{ named('h') }}$ {%- endif %}. The target
is $y={{ y|vector }}${% if not p.one_hot %}, softened so that no class is certain{% endif %}.
The output is $p_i=e^{z_i}/S$ with $S=\sum_j e^{z_j}$, and the loss is the cross-entropy
$L=-\sum_i y_i\ln p_i$ (natural logarithm), which is the same as $\ln S-\sum_i y_i z_i$.

Compute the sum $S$, the probabilities $p_i$, the loss, and the gradient
$g_i=\partial L/\partial z_i$.
{% if weights %}
Then give the gradient $G_{ij}=\partial L/\partial w_{ij}$ with respect to the weights, where $w_{ij}$
leads from input $h_j$ to logit $z_i$.
{% endif %}
{% if eta > 0 %}
Finally, change the logits by one step of gradient descent, $z'_i=z_i-\eta\,g_i$ with
$\eta={{ eta|number }}$, and give the new loss $L'$.
{% endif %}
"""

    z: Vector = given("z", about="logits", min_length=2, max_length=6)
    y: Vector = given("y", about="target: one-hot, or probabilities")
    h: Vector = given("h", default=(Decimal(1),), about="input of the last layer", max_length=4)
    weights: bool = False
    eta: Number = given(r"\eta", default=Decimal(0), about="learning rate; 0 asks for no step", ge=0,
                        le=10)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.y) != len(self.z):
            raise ValueError("there is one target for every logit")
        if sum(self.y) != 1 or min(self.y) < 0:
            raise ValueError("targets are probabilities that sum to 1")
        if max(abs(v) for v in self.z) > 6 or max(abs(v) for v in self.h) > 100:
            raise ValueError("logits lie between -6 and 6, inputs h between -100 and 100")
        return self

    @property
    def one_hot(self) -> bool:
        return max(self.y) == 1

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=3, hard=3)
        low = rng.choice(["0.05", "0.1"]) if level == "hard" else "0"
        y = rng.shuffled([low] * (size - 1) + [str(1 - (size - 1) * Decimal(low))])
        return cls(z=rng.vector(size, "-1", "2"), y=tuple(y), weights=level == "medium",
                   h=rng.vector(2, "-1.5", "1.5", 1, ["0", "1"]) if level == "medium" else ("1",),
                   eta=rng.choice(["0.5", "1", "2"]) if level == "hard" else 0, decimals=4)

    def solve(self) -> Steps:
        z, y = self.z, self.y
        total = yield Step("S", "S", exp(z).sum(), "Sum of the exponentials")
        p = yield Step("p", "p", exp(z) / total, "Probabilities",
                       wrong={"left out the division by the sum": lambda: exp(z)})
        yield Step("L", "L", cross_entropy_of_logits(y, z, total), "Loss",
                   wrong={"left out the minus": lambda: -cross_entropy(y, p),
                          "took the logarithm to base 10": lambda: cross_entropy(y, p, "10")})
        g = yield Step("g", "g", softmax_gradient(p, y), "Gradient with respect to the logits",
                       note=r"Of $L=\ln S-\sum_k y_kz_k$ the logarithm gives $e^{z_i}/S=p_i$, the sum "
                       "$y_i$.",
                       wrong=self._mistakes(p))
        if self.weights:
            names = [[str(i + 1) for i in range(len(v))] for v in (z, self.h)]
            yield Step("G", "G", weight_gradient(g, self.h), "Gradient with respect to the weights",
                       axes=names,
                       wrong={"took the input h alone": lambda: weight_gradient(g**0, self.h)})
        if self.eta != 0:
            moved = yield Step("z_new", "z'", z - self.eta * g, "Logits after the step",
                               wrong={"added the step": lambda: z + self.eta * g})
            f = yield Step("p_new", "p'", softmax(moved), "Probabilities after the step")
            yield Step("L_new", "L'", cross_entropy(y, f), "Loss after the step")

    def _mistakes(self, p: Any) -> dict[str, Any]:
        y = self.y
        return {"took y − p for p − y": lambda: y - p, SQUARED: lambda: (p - y) * p * (1 - p),
                "left out the classes that are not the target": lambda: (p - y) * (y == y.max())}
