"""Gram matrices and the losses of style transfer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import absolute
from softmark.solvers.style import (
    content_loss,
    gram,
    layer_style_loss,
    squared_differences,
    total_loss,
)
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.heat import heat


class GramLosses(Template):
    """One layer; the features of content and style image are given."""

    title: ClassVar[str] = "Gram matrix and style loss"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
At one layer of a network with $N={{ F|length }}$ filters the generated image has the features $F$ and the
style image has the features $S$, one row per filter and one column for each of the $M={{ F[0]|length }}$
positions:
$$F = {{ F|matrix }},\qquad S = {{ S|matrix }}$$
The Gram matrices are $G=FF^{\top}$ and $A=SS^{\top}$, and with $D_{ij}=(G_{ij}-A_{ij})^2$ the style loss
of the layer is
$$E = {% if factor == '4N2M2' %}\frac{1}{4N^2M^2}{% elif factor == 'N2M2' %}\frac{1}{N^2M^2}{% endif %}
\sum_{i,j}D_{ij}$$
{% if content %}
The content image has the features
$$P = {{ P|matrix }}$$
so that the content loss is $C=\tfrac12\sum_{i,j}Q_{ij}$ with $Q_{ij}=(F_{ij}-P_{ij})^2$. The total
loss is
$L=\alpha\,C+\beta\,E$ with ${{ named('alpha') }}$ and ${{ named('beta') }}$.
{% endif %}

Give both Gram matrices{% if p.small %}, $D${% endif %}{{ ',' if content else ' and' }} the style loss
{%- if content %}{% if p.small %}, $Q${% endif %}, the content loss and the total loss{% endif %}.
"""

    F: Matrix = given("F", about="features of the generated image, one row a filter")
    S: Matrix = given("S", about="features of the style image")
    P: Matrix = given("P", default=((Decimal(0),),), about="features of the content image")
    alpha: Number = given(r"\alpha", default=Decimal(1), gt=0, le=1000,
                          about="weight of the content loss")
    beta: Number = given(r"\beta", default=Decimal(1), gt=0, le=1000,
                         about="weight of the style loss")
    content: bool = given(default=False, about="are content and total loss asked?")
    factor: Literal["4N2M2", "N2M2", "none"] = "4N2M2"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        shape = (len(self.F), len(self.F[0]))
        if max(shape) > 4:
            raise ValueError("by hand: at most 4 filters and 4 positions")
        if (len(self.S), len(self.S[0])) != shape:
            raise ValueError("F and S must have the same shape")
        if self.content and (len(self.P), len(self.P[0])) != shape:
            raise ValueError("F and P must have the same shape")
        if max(abs(v) for rows in (self.F, self.S, self.P) for row in rows for v in row) > 99:
            raise ValueError("features are numbers from -99 to 99")
        return self

    @property
    def small(self) -> bool:
        """Few enough filters to ask for the squared differences one by one."""
        return len(self.F) < 3

    def figure(self) -> Drawing:
        shown = [("F", self.F), ("S", self.S), *([("P", self.P)] if self.content else [])]
        return heat(shown, "Features; the area of a square shows the value, open squares are negative")

    def flips(self) -> dict[str, dict[str, Any]]:
        if self.factor == "none":
            return {}
        other = "N2M2" if self.factor == "4N2M2" else "4N2M2"
        word = "left out the factor 4" if self.factor == "4N2M2" else "divided by 4 as well"
        return {word: {"factor": other}, "left out the normalisation": {"factor": "none"}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        filters, positions = rng.level(level, easy=(2, 3), medium=(2, 4), hard=(3, 3))

        def features() -> tuple[tuple[Decimal, ...], ...]:
            while True:
                rows = rng.matrix(filters, positions, 0 if level != "hard" else -3, 4, 0)
                # every pair of filters goes together, or there were nothing to multiply
                if (gram(np.array(rows)) != 0).all():
                    return rows

        return cls(F=features(), S=features(), P=features() if level != "easy" else ((0,),),
                   content=level != "easy", decimals=4,
                   alpha=rng.choice(("0.01", "0.02", "0.05")) if level != "easy" else 1,
                   # with these a style loss that must be rounded gives a total that must be, too
                   beta=rng.choice(("0.1", "0.2")) if level != "easy" else 1,
                   factor=rng.choice(("4N2M2", "N2M2")))

    def solve(self) -> Steps:
        n, m = (self.written(size, symbol=letter)
                for letter, size in zip("NM", self.F.shape, strict=True))
        g = yield Step("G", "G", gram(self.F), "Gram matrix of the generated image", full=2,
                       wrong=_mistakes(self.F))
        a = yield Step("A", "A", gram(self.S), "Gram matrix of the style image", full=1,
                       wrong=_mistakes(self.S))
        d = yield Step("D", "D", squared_differences(g, a), "Squared differences of the Gram matrices",
                       full=2, ask=self.small,
                       wrong={"left out the squares": lambda: absolute(g - a)})
        e = yield Step("E", "E", layer_style_loss(d, n, m, self.factor), "Style loss of the layer")
        if self.content:
            q = yield Step("Q", "Q", squared_differences(self.F, self.P),
                           "Squared differences of the features", full=2, ask=self.small,
                           wrong={"left out the squares": lambda: absolute(self.F - self.P)})
            c = yield Step("C", "C", content_loss(q), "Content loss", wrong={
                "left out one half": lambda: 2 * content_loss(q)})
            yield Step("L", "L", total_loss(c, e, self.alpha, self.beta), "Total loss", wrong={
                "swapped α and β": lambda: total_loss(c, e, self.beta, self.alpha)})


def _mistakes(features: Any) -> dict[str, Any]:
    """What goes wrong at a Gram matrix; FᵀF has the wrong shape unless F is square."""
    if features.shape[0] == features.shape[1]:
        return {"took FᵀF for FFᵀ": lambda: features.T @ features}
    own = np.eye(len(features), dtype=int)
    return {"left out the products of different filters": lambda: features @ features.T * own}
