"""A dense layer as a product of matrices."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.perceptron import linear_layer
from softmark.worksheet import IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import network


class DenseMatvec(Template):
    """Every sample is a column of X."""

    title: ClassVar[str] = "A dense layer as a matrix product"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A dense layer without bias and activation turns its input into
$Y={% if orientation == 'in_out' %}W^{\top}{% else %}W{% endif %} X$, where

$$W={{ W|matrix }},\qquad X={{ X|matrix }}.$$

{% if X[0]|length > 1 %}Each **column** of $X$ is one sample, as is each column of $Y$. {% endif %}
{% if orientation == 'in_out' %}
The weights are stored inputs × outputs: row $i$ of $W$ holds the weights **from** input $i$, column $j$
those **into** output $j$ (hence the transpose).
{% else %}
The weights are stored outputs × inputs: row $j$ of $W$ holds the weights **into** output $j$, column $i$
those **from** input $i$.
{% endif %}
Give $Y$.
"""

    W: IntMatrix = given("W", about="weights, inputs × outputs unless orientation says otherwise")
    X: IntMatrix = given("X", about="samples, one column each")
    orientation: Literal["in_out", "out_in"] = "in_out"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(len(self.W), len(self.W[0])) > 10 or len(self.X[0]) > 4:
            raise ValueError("10 inputs, 10 outputs and 4 samples are the most, to be worked by hand")
        if len(self.X) != (len(self.W) if self.orientation == "in_out" else len(self.W[0])):
            raise ValueError("X must have one row for every input of W")
        if max(abs(v) for row in (*self.W, *self.X) for v in row) > 999:
            raise ValueError("all numbers lie from -999 to 999, to be worked by hand")
        return self

    def figure(self) -> Drawing | None:
        if max(len(self.W), len(self.W[0])) > 3:
            return None
        table = self.W if self.orientation == "in_out" else tuple(zip(*self.W, strict=True))
        inputs = [f"x{i}" for i in range(1, len(table) + 1)]
        outputs = [f"y{j}" for j in range(1, len(table[0]) + 1)]
        return network((inputs, outputs), {(x, y): str(table[i][j]) for i, x in enumerate(inputs)
                                           for j, y in enumerate(outputs)},
                       alt="The layer with its weights on the edges")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, samples = rng.level(level, easy=(2, 1), medium=(3, 1), hard=(3, 2))
        values = [v for v in range(-6, 7) if v]
        return cls(W=tuple(tuple(rng.choice(values) for _ in range(size)) for _ in range(size)),
                   X=tuple(tuple(rng.choice(values) for _ in range(samples)) for _ in range(size)),
                   orientation=rng.level(level, easy="in_out", medium="in_out",
                                         hard=rng.choice(["in_out", "out_in"])))

    def solve(self) -> Steps:
        other = "out_in" if self.orientation == "in_out" else "in_out"
        wrong: dict[str, Any] = {}
        if len(self.W) == len(self.W[0]) and (self.W != self.W.T).any():
            wrong["used W instead of its transpose" if other == "out_in" else
                  "transposed W although it is stored outputs × inputs"] = \
                lambda: linear_layer(self.W, self.X, other)
        if (self.W < 0).any() or (self.X < 0).any():
            wrong["lost the minus signs"] = lambda: linear_layer(
                abs(self.W), abs(self.X), self.orientation)
        yield Step("Y", "Y", linear_layer(self.W, self.X, self.orientation), "Output of the layer",
                   full=len(self.W) if len(self.X[0]) == 1 else 2, wrong=wrong)
