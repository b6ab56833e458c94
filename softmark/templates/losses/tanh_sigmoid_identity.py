"""tanh is a logistic function, stretched and moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.activations import tanh_by_exponentials, tanh_by_sigmoid
from softmark.solvers.functions import exp, sigmoid, tanh
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import curves

NOT_DOUBLED = "left the argument undoubled"


class TanhSigmoidIdentity(Template):
    """Both sides of tanh x = 2σ(2x) − 1, and what follows for the slopes."""

    title: ClassVar[str] = "tanh as a scaled logistic function"
    statement: ClassVar[str] = r"""
The hyperbolic tangent is a scaled logistic function: with $\sigma(u)=1/(1+e^{-u})$,

$$\tanh x=\frac{e^{x}-e^{-x}}{e^{x}+e^{-x}}=2\,\sigma(2x)-1.$$

Check this at ${{ named('x') }}$. Compute the exponentials $p=e^{x}$ and $q=e^{-x}$ and from them
$t=\tanh x$; then, on the other side, $s=\sigma(2x)$ and $r=2s-1$.
{% if slopes %}
Do the same for the slopes: compute $\tanh'(x)=1-t^2$ from the first side and
$4\,\sigma'(2x)=4\,s\,(1-s)$ from the second.
{% endif %}
{% if back == 'yes' %}
Finally turn the identity round, $\sigma(x)=\tfrac12(1+\tanh\tfrac{x}{2})$: compute
$h=\tanh\tfrac{x}{2}$ and from it $\sigma(x)$.
{% endif %}
"""

    x: Vector = given("x", about="where the two sides are compared", max_length=4)
    slopes: bool = False
    back: Literal["no", "yes"] = "no"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not all(0 < abs(v) <= 5 for v in self.x):
            raise ValueError("x lies between -5 and 5 and is not 0, where both sides vanish")
        return self

    def figure(self) -> Drawing:
        return curves((("tanh x", tanh), ("σ(x)", sigmoid)), -3, 3, "Graphs of tanh x and of σ(x)",
                      self.x if max(map(abs, self.x)) <= 3 else (), "x")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        sizes = rng.sample([v for v in range(15, 201) if v != 100], 2)
        sign = rng.choice((-1, 1))
        return cls(x=(sign * Decimal(sizes[0]) / 100, -sign * Decimal(sizes[1]) / 100), decimals=4,
                   slopes=level != "easy", back="yes" if level == "hard" else "no")

    def solve(self) -> Steps:
        x = self.x
        p = yield Step("p", "p", exp(x), "Exponential")
        q = yield Step("q", "q", exp(-x), "Exponential of the opposite")
        t = yield Step("t", "t", tanh_by_exponentials(p, q), "tanh by its exponentials",
                       wrong={"turned the fraction over": lambda: (p + q) / (p - q)})
        s = yield Step("s", "s", sigmoid(2 * x), "Logistic function of 2x",
                       wrong={NOT_DOUBLED: lambda: sigmoid(x)})
        yield Step("r", "r", tanh_by_sigmoid(s), "tanh by the logistic function",
                   wrong={"forgot to subtract 1": lambda: 2 * s})
        if self.slopes:
            yield Step("dt", "t'", 1 - t**2, "Slope by the first side",
                       wrong={"left out the square": lambda: 1 - t})
            yield Step("dr", "r'", 4 * s * (1 - s), "Slope by the second side",
                       wrong={"took the chain rule's 2 once only": lambda: 2 * s * (1 - s)})
        if self.back == "yes":
            yield from self._turned_round(x)

    def _turned_round(self, x: Any) -> Steps:
        h = yield Step("h", "h", tanh(x / 2), "tanh of half the argument",
                       wrong={"took tanh of the whole argument": lambda: tanh(x)})
        yield Step("g", r"\sigma", (1 + h) / 2, "Logistic function by tanh",
                   wrong={"left out the half": lambda: 1 + h})
