"""Pooled maps become a vector, and every value of it votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import argmax
from softmark.solvers.pooling import flatten
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Tensor, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class FlattenVote(Template):
    """A fully connected layer without biases and activation: a weighted sum a class."""

    title: ClassVar[str] = "Flattening and voting"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The last pooling layer has left the {{ maps|length }} maps
{% for m in maps %}$m_{ {{- loop.index -}} }${{ ', ' if not loop.last }}{% endfor %}. They are
flattened to one vector $f_1, f_2, \dots$
{%- if order == 'map by map' %} **map by map**: the whole of $m_1$, then of $m_2$
{%- if maps|length > 2 %}, and so on{% endif %}, in each map row by row from left to right.
{% else %} **pixel by pixel**: the pixel at the upper left of $m_1$, of $m_2${{ ', …' if
maps|length > 2 }}, then the next pixel of all maps, row by row from left to right.
{% endif %}

Every value votes for each class, weighted by how much it speaks for that class: the votes of class
$c$ are $v_c=\sum_i w_{ci}\,f_i$ (no bias, no activation function):

| | {% for i in range(weights[0]|length) %}$f_{ {{- i + 1 -}} }$ | {% endfor %}

|---|{% for i in range(weights[0]|length) %}---|{% endfor %}

{% for c in classes %}| weights for **{{ c }}** |
{%- for v in weights[loop.index0] %} {{ v }} |{% endfor %}

{% endfor %}

Give the vector, the votes of each class, and the class with the most votes.
"""

    maps: Tensor = given("m", about="the maps after the last pooling")
    weights: Matrix = given("w", about="one row a class, one column a value of the vector")
    classes: tuple[str, ...] = given(default=("X", "O"), min_length=2, max_length=4, about="classes")
    order: Literal["map by map", "pixel by pixel"] = "map by map"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if np.size(self.maps) > 18 or len(self.maps) > 6:
            raise ValueError("at most 18 values in 6 maps vote in a sum by hand")
        if len(self.weights[0]) != np.size(self.maps) or len(self.weights) != len(self.classes):
            raise ValueError("weights must have a row a class and a column a value of the maps")
        if len(set(self.classes)) < len(self.classes) or max(map(len, self.classes)) > 20:
            raise ValueError("classes need different names of at most 20 characters")
        return self

    def axes(self) -> dict[str, Sequence[Sequence[str]]]:
        return {"weights": (self.classes, [str(i + 1) for i in range(len(self.weights[0]))])}

    def figure(self) -> Drawing:
        return grids(tuple((f"map m_{i}", rows) for i, rows in enumerate(self.maps, 1)),
                     "The maps after the last pooling")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        count, rows, columns, classes = rng.level(level, easy=(2, 2, 2, 2), medium=(3, 2, 2, 2),
                                                  hard=(3, 2, 2, 3))
        size = count * rows * columns
        values = rng.sample([f"0.{n}" for n in range(1, 10)] if level == "easy" else
                            [f"0.{n:02d}" for n in range(10, 100) if n % 10], size)
        maps = tuple(tuple(tuple(values[(m * rows + r) * columns + c] for c in range(columns))
                           for r in range(rows)) for m in range(count))
        names = tuple(rng.sample(("X", "O", "T", "L", "Z"), classes))
        return cls(maps=maps, weights=rng.matrix(classes, size, "-0.9", "0.9", 1, ["0"]),
                   classes=names, order=rng.choice(("map by map", "pixel by pixel")), decimals=3)

    def solve(self) -> Steps:
        other = "pixel by pixel" if self.order == "map by map" else "map by map"
        f = yield Step("f", "f", flatten(self.maps, self.order), "Flattened",
                       note=f"The maps in order, {self.order}.", wrong={
                           "read the maps column by column": lambda: flatten(
                               np.swapaxes(self.maps, 1, 2), self.order),
                           f"took them {other}": lambda: flatten(self.maps, other)})
        v = yield Step("v", "v", self.weights @ f, "Votes", axes=[self.classes], weight=2, wrong={
            "left out the weights": lambda: self.weights * 0 @ f + f.sum(),
            "took the sizes of the weights without their signs": lambda: abs(self.weights) @ f})
        yield Step("winner", "c", self.classes[argmax(v)], "Class with the most votes",
                   options=self.classes, note="The largest of the votes.", weight=0.5)
