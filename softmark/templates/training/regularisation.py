"""The cost with an L1 or L2 penalty, and the gradient of the penalty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.functions import sqrt
from softmark.solvers.regularization import norm, penalty_factor, penalty_gradient
from softmark.templates.training.weight_decay import PENALTIES
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given


class Regularisation(Template):
    """Mean loss, sum over the weights, cost, gradient; the bias is never penalised."""

    title: ClassVar[str] = "Cost with a penalty on the weights"
    statement: ClassVar[str] = r"""
A model was tried on $n={{ losses|length }}$ samples. Their losses are

$${{ named('losses') }},$$

its weights {{ 'are' if w|length == 1 else 'stand in the rows of a matrix,' }}

$${{ 'w' if w|length == 1 else 'W' }}={% if w|length == 1 %}{{ w[0]|vector }}{% else %}{{ w|matrix
}}{% endif %}$$

and its bias is ${{ named('b') }}$. With an **{{ 'L1' if kind == 'l1' else 'L2' }} penalty** on the
weights, but not on the bias, the cost is

$$J=\frac{1}{n}\sum_{i=1}^n L_i+{{ p.penalty }}\sum {% if kind == 'l1' %}|w|{% else %}w^2{% endif %},
\qquad {{ named('lam') }},$$

where the last sum runs over all weights. Give the mean loss, the sum over the weights, the cost,
and the gradient of the penalty (the second summand of $J$ alone) with respect to each weight.
"""

    losses: Vector = given("L", about="losses of the samples", min_length=1, max_length=12)
    w: Matrix = given("w", about="weights, one row or several")
    b: Number = given("b", about="bias, not penalised", ge=-100, le=100)
    lam: Number = given(r"\lambda", about="strength of the penalty", gt=0, le=100)
    kind: Literal["l1", "l2"] = "l2"
    scale: Literal["lambda/2n", "lambda/n", "lambda/2", "lambda"] = "lambda/n"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.w) * len(self.w[0]) > 12:
            raise ValueError("there are 12 weights at most, to be worked by hand")
        if any(abs(v) > 100 for row in (*self.w, self.losses) for v in row):
            raise ValueError("weights and losses lie between -100 and 100")
        return self

    @property
    def penalty(self) -> Markup:
        return Markup(PENALTIES[self.scale])

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        columns = [str(i + 1) for i in range(len(self.w[0]))]
        return {"w": ([""] if len(self.w) == 1 else [str(i + 1) for i in range(len(self.w))], columns)}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        rows, columns, samples = rng.level(level, easy=(1, 3, 4), medium=(1, 4, 5), hard=(2, 2, 5))
        shun = ["0", "-1", "1"]
        return cls(losses=rng.vector(samples, "0.1", "2.5", 2), lam=rng.decimal("0.2", "2.5", 1),
                   w=rng.matrix(rows, columns, "-3", "3", 1, shun), b=rng.decimal("0.2", "2", 1, ["1"]),
                   kind=rng.level(level, easy="l2", medium="l1", hard="l2"),
                   scale=rng.level(level, easy="lambda/n", medium="lambda/n", hard="lambda/2n"),
                   decimals=4)

    def solve(self) -> Steps:
        n = self.written(len(self.losses))
        w = self.w if len(self.w) > 1 else self.w[0]
        mean = yield Step("L", "L", self.losses.sum() / n, "Mean loss",
                          wrong={"added the losses without dividing": lambda: self.losses.sum()}
                          if len(self.losses) > 1 else {})
        total = yield Step("S", "S", norm(w, self.kind), "Sum over the weights", wrong=self._mistakes(w))
        yield Step("J", "J", mean + penalty_factor(self.lam, n, self.scale) * total, "Cost",
                   wrong=self._scaled_otherwise(mean, total))
        yield Step("D", "d", penalty_gradient(w, self.lam, n, self.scale, self.kind),
                   "Gradient of the penalty", full=2, wrong=self._other_gradients(w, n),
                   note="The derivative of |w| is the sign of w." if self.kind == "l1" else "")

    def _mistakes(self, w: Any) -> dict[str, Any]:
        wrong = {}
        if self.kind == "l2":
            wrong["took the root of the sum of squares"] = lambda: sqrt(norm(w))
            if self.b:
                wrong["penalised the bias too"] = lambda: norm(w) + self.b ** 2
        else:
            if self.b:
                wrong["penalised the bias too"] = lambda: norm(w, "l1") + abs(self.b)
            if (w < 0).any():
                wrong["added the weights with their signs"] = lambda: w.sum()
        return wrong

    def _scaled_otherwise(self, mean: Any, total: Any) -> dict[str, Any]:
        wrong = {}
        if self.scale in ("lambda/2n", "lambda/n") and len(self.losses) > 1:
            wrong["did not divide the penalty by n"] = lambda: mean + penalty_factor(
                self.lam, 1, self.scale) * total
        if self.scale in ("lambda/2n", "lambda/2"):
            wrong["left the half out of the penalty"] = lambda: mean + penalty_factor(
                self.lam, len(self.losses), self.scale, 1) * total
        return wrong

    def _other_gradients(self, w: Any, n: Any) -> dict[str, Any]:
        if self.kind == "l1":
            return {"took the weight itself for its sign": lambda: penalty_factor(
                self.lam, n, self.scale) * w}
        other = 1 if self.scale in ("lambda/n", "lambda") else 0
        return {"lost the 2 from the square" if other else "kept a 2 that cancels": lambda:
                penalty_gradient(w, self.lam, n, self.scale, two=1) if other else
                2 * penalty_gradient(w, self.lam, n, self.scale)}
