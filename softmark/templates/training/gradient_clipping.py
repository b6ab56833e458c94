"""Gradient clipping by value or by the norm of all gradients, and the step that follows."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.optimizers import gradient_descent
from softmark.solvers.regularization import clip_norm, clip_value, global_norm
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.series import Series, chart


class GradientClipping(Template):
    """Rows of g are the gradients of the layers; the norm is taken over all of them."""

    title: ClassVar[str] = "Gradient clipping"
    statement: ClassVar[str] = r"""
{% if g|length == 1 %}
Backpropagation gives the gradient $g={{ g[0]|vector }}$ for the weights $w={{ w[0]|vector }}$.
{% else %}
A network has {{ g|length }} layers. Their weights $w$ and the gradients $g$ that backpropagation gives
stand in the rows, a layer a row:

$$w={{ w|matrix }},\qquad g={{ g|matrix }}.$$
{% endif %}
{% if mode == 'value' %}

The gradient is clipped **by value** at ${{ named('limit') }}$: every component above $T$ becomes $T$,
every one below $-T$ becomes $-T$, the others stay.

Give the clipped gradient $c$,
{% else %}

The gradient is clipped **by its norm** at ${{ named('limit') }}$: if the Euclidean norm
$|g|=\sqrt{\sum g^2}$ {% if g|length > 1 %}over **all** layers together
{%- else %}of the gradient{% endif %} is above $T$,
{{ 'every' if g|length > 1 else 'the' }} gradient is multiplied by $T/|g|$;
otherwise it stays.

Give the norm, the clipped gradient $c$,
{% endif %}
and the weights after a step of gradient descent with the clipped gradient and learning rate
${{ named('eta') }}$.
"""

    g: Matrix = given("g", about="gradients, one row a layer")
    w: Matrix = given("w", about="weights, like g")
    limit: Number = given("T", about="limit", gt=0, le=1000)
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    mode: Literal["norm", "value"] = "norm"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.w) != len(self.g) or len(self.w[0]) != len(self.g[0]):
            raise ValueError("w and g must have the same shape")
        if len(self.g) * len(self.g[0]) > 12:
            raise ValueError("there are 12 weights at most, to be worked by hand")
        if any(abs(v) > 1000 for row in (*self.g, *self.w) for v in row):
            raise ValueError("weights and gradients lie between -1000 and 1000")
        if not any(v for row in self.g for v in row):
            raise ValueError("the gradient must not be all zeros")
        return self

    def axes(self) -> dict[str, Any]:
        columns = [str(i + 1) for i in range(len(self.g[0]))]
        rows = [""] if len(self.g) == 1 else [str(i + 1) for i in range(len(self.g))]
        return {"g": (rows, columns), "w": (rows, columns)}

    def figure(self) -> Drawing | None:
        if self.mode == "value" or len(self.g) > 1 or len(self.g[0]) != 2:
            return None
        limit, (x, y) = float(self.limit), (float(v) for v in self.g[0])
        ring = tuple((limit * cos(2 * pi * i / 48), limit * sin(2 * pi * i / 48)) for i in range(49))
        return chart([Series(ring, colour="soft"), Series(((0.0, 0.0), (x, y)), "g", marked=True)],
                     "g_1", "g_2", "The gradient as a line from the origin, and the circle of the limit",
                     square=True)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        rows, columns = rng.level(level, easy=(1, 2), medium=(1, 4), hard=(2, 2))
        small = ["-0.4", "-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3", "0.4"]
        while True:
            g = rng.matrix(rows, columns, "-6", "6", 1, small)
            limit = rng.decimal("1", "4", 1)
            sizes = [float(sum(v * v for v in row)) ** 0.5 for row in g]
            # two layers: at least one is above the limit by itself, so that the mix-up shows
            if max(sizes) > 1.2 * float(limit) and (rows > 1 or sizes[0] > 1.2 * float(limit)):
                break
        return cls(g=g, limit=limit, w=rng.matrix(rows, columns, "-2", "2", 1, ["0"]),
                   eta=rng.decimal("0.1", "0.9", 1, ["0"]), decimals=3)

    def solve(self) -> Steps:
        several = len(self.g) > 1
        g, w = (self.g, self.w) if several else (self.g[0], self.w[0])
        if self.mode == "value":
            clipped = yield Step("clipped", "c", clip_value(g, self.limit), "Clipped gradient",
                                 full=2, note="Components beyond the limit are cut to it.", wrong={
                                     "clipped by the norm": lambda:
                                     clip_norm(g, global_norm([g]), self.limit)})
        else:
            size = yield Step("norm", "|g|", global_norm([g]), "Norm of the gradient",
                              wrong={"left out the root": lambda: (g ** 2).sum(),
                                     "added up the sizes of the components": lambda: abs(g).sum()})
            wrong = {}
            if size > self.limit:
                wrong["made the norm 1"] = lambda: g / size
                wrong["clipped each component by itself"] = lambda: clip_value(g, self.limit)
            if several and size > self.limit:
                wrong["clipped each layer by its own norm"] = lambda: self._each(g)
            clipped = yield Step("clipped", "c", clip_norm(g, size, self.limit),
                                 "Clipped gradient", full=2, wrong=wrong,
                                 note="" if size > self.limit else "The norm is not above the limit.")
        yield Step("w", "w'", gradient_descent(w, clipped, self.eta), "New weights", full=2, wrong={
            "added the step instead of subtracting it": lambda: gradient_descent(w, -clipped, self.eta)})

    def _each(self, g: Any) -> Any:
        rows = [clip_norm(row, global_norm([row]), self.limit) for row in g]
        return np.array([list(row) for row in rows])
