"""Global average pooling, class scores, and the class activation map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import argmax
from softmark.solvers.style import activation_map, class_scores, global_average
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Tensor, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.heat import heat


class CamGap(Template):
    """The map of the class with the largest score."""

    title: ClassVar[str] = "Class activation map"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The last convolution layer of a network puts out {{ f|length }} feature maps $f_k$ of size
${{ f[0]|length }}\times{{ f[0][0]|length }}$:
$${% for one in f %}f_{{ loop.index }} = {{ one|matrix }}
{%- if not loop.last %},\quad {% endif %}{% endfor %}$$
Global average pooling takes the **mean** $F_k$ of each map, and the score of class $c$ is
$S_c=\sum_k w_{kc}F_k$, without bias, with the weights (one row per map, one column per class)
$$w = {{ w|matrix }}$$

Give the means $F_k$, the scores $S_c$, the class that wins, and for **this** class the class activation
map $M_{ij}=\sum_k w_{kc} f_{kij}$
{%- if normalise == 'none' %}, not rescaled.{% else %}. Then rescale it to
$N=(M-\min M)/(\max M-\min M)$, so that it runs from 0 to 1.{% endif %}
"""

    f: Tensor = given("f", about="the feature maps")
    w: Matrix = given("w", about="weights into the classes, one row a map")
    normalise: Literal["none", "min-max"] = "none"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.w) != len(self.f):
            raise ValueError("w must have one row a feature map")
        if not 2 <= len(self.f) <= 4 or not 2 <= len(self.w[0]) <= 4:
            raise ValueError("by hand: 2 to 4 feature maps and 2 to 4 classes")
        if max(len(self.f[0]), len(self.f[0][0])) > 4:
            raise ValueError("a feature map is 4×4 at most, to be worked by hand")
        if max(abs(v) for rows in (*self.f, self.w) for row in rows for v in row) > 99:
            raise ValueError("maps and weights hold numbers from -99 to 99")
        if self.normalise == "min-max":
            for c in range(len(self.w[0])):
                weights = [row[c] for row in self.w]
                values = {sum(v * one[i][j] for v, one in zip(weights, self.f, strict=True))
                          for i in range(len(self.f[0])) for j in range(len(self.f[0][0]))}
                if len(values) == 1:
                    raise ValueError("a constant activation map cannot be rescaled")
        return self

    def figure(self) -> Drawing:
        return heat([(f"f_{k}", one) for k, one in enumerate(self.f, 1)],
                    "Feature maps; the area of a square shows the value")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        # sizes by which a mean comes out even: 4 or 8 places
        maps, wide, classes = rng.level(level, easy=(2, 2, 2), medium=(3, 2, 3), hard=(2, 4, 3))
        f = tuple(tuple(rng.integers(wide, 0, 9) for _ in range(2)) for _ in range(maps))
        return cls(f=f, w=rng.matrix(maps, classes, "-1", "1", 1, ["0"]),
                   normalise="min-max" if level == "hard" else "none")

    def solve(self) -> Steps:
        pooled = yield Step("F", "F", global_average(self.f), "Mean of each feature map", full=2, wrong={
            "took the sum for the mean": lambda: np.array([one.sum() for one in self.f])})
        scores = yield Step("S", "S", class_scores(self.w, pooled), "Score of each class", full=2)
        best = argmax(scores)
        names = [str(c + 1) for c in range(len(self.w[0]))]
        winner = yield Step("winner", r"\text{class}", names[best], "Class that wins", options=names,
                            note=f"Class {names[best]} has the largest score.")
        chosen = names.index(winner) if winner in names else best
        second = max((c for c in range(len(names)) if c != chosen), key=lambda c: scores[c])
        wrong: dict[str, Callable[[], Any]] = {
            "took the weights of another class": lambda: activation_map(self.f, self.w[:, second])}
        if len(self.w) == len(names):
            wrong["took a row of the weights for the class's column"] = lambda: activation_map(
                self.f, self.w[chosen])
        m = yield Step("M", "M", activation_map(self.f, self.w[:, chosen]), "Class activation map",
                       full=2, wrong=wrong)
        if self.normalise == "min-max":
            values = list(m.ravel())
            low = yield Step("low", r"\min M", values[argmax([-v for v in values])],
                             "Smallest value of the map", ask=False)
            high = yield Step("high", r"\max M", values[argmax(values)], "Largest value of the map",
                              ask=False)
            yield Step("N", "N", (m - low) / (high - low), "Rescaled map", full=1, wrong={
                "divided by the maximum only": lambda: m / m.max()})
