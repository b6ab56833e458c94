"""Pooling a small map: maximum, average, sum, or L2."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.pooling import pool, pool_windows
from softmark.templates.convolution._limits import window_slides
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids

SENTENCES = {"max": "the largest value", "average": "the mean of the values",
             "sum": "the sum of the values", "l2": "the square root of the sum of squares"}


class Pooling(Template):
    """Only windows that fit are used."""

    title: ClassVar[str] = "Pooling"
    exact: ClassVar[bool] = True
    # equal maxima in a window give the same answer whichever is taken
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Pool the map $x$ with ${{ window }}\times{{ window }}$ windows and stride {{ stride }}, without padding.
{% if (image|length - window) % stride or (image[0]|length - window) % stride %}
Windows that reach over the right or lower edge are **dropped**.
{% endif %}
{% for kind in kinds %}
{{ '- ' }}**{{ p.words(kind) }}** pooling: from each window take {{ p.sentence(kind) }}.
{% endfor %}

Give {{ 'each pooled map' if kinds|length > 1 else 'the pooled map' }}.
"""

    image: Matrix = given("x", about="the map")
    window: int = given(default=2, ge=1, le=6, about="side of the window")
    stride: int = given(default=2, ge=1, le=6, about="stride")
    kinds: tuple[Literal["max", "average", "sum", "l2"], ...] = given(
        default=("max",), min_length=1, max_length=4, about="which poolings are asked")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        window_slides(self.image, self.window)
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError("kinds must differ")
        return self

    @staticmethod
    def words(kind: str) -> str:
        return {"max": "Max", "average": "Average", "sum": "Sum", "l2": "L2"}[kind]

    @staticmethod
    def sentence(kind: str) -> str:
        return SENTENCES[kind]

    def figure(self) -> Drawing:
        return grids((("map x", self.image),), "The map to pool", (self.window, self.window))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, window, stride = rng.level(level, easy=(4, 2, 2), medium=(4, 2, 2), hard=(5, 3, 2))
        kinds = rng.level(level, easy=("max",), medium=("max", "average"), hard=("max", "l2"))
        high = rng.level(level, easy=30, medium=40, hard=9)
        return cls(image=tuple(rng.integers(size, 0, high) for _ in range(size)), window=window,
                   stride=stride, kinds=kinds, decimals=2)

    def solve(self) -> Steps:
        for kind in self.kinds:
            yield Step(kind, rf"y^{{\text{{{'L2' if kind == 'l2' else kind}}}}}",
                       pool(self.image, self.window, self.stride, kind),
                       f"{self.words(kind)} pooling", full=2, wrong=self._mistakes(kind))

    def _mistakes(self, kind: str) -> dict[str, Any]:
        other = "average" if kind == "max" else "max"
        wrong = {f"took {'the mean' if kind == 'max' else 'the maximum'} of each window":
                 lambda: pool(self.image, self.window, self.stride, other)}
        if kind == "l2":
            wrong["left out the root"] = lambda: np.array(
                [[(p * p).sum() for p in row]
                 for row in pool_windows(self.image, self.window, self.stride)])
        if kind == "max":
            wrong["took the smallest value"] = lambda: -pool(-self.image, self.window, self.stride)
        y = pool(self.image, self.window, self.stride, kind)
        if kind == "average" and (y % 1 != 0).any():
            wrong["rounded the mean to a whole number"] = lambda: (2 * y + 1) // 2
        if self.stride > 1 and y.size > 1:
            wrong["slid by 1 instead of the stride"] = lambda: pool(
                self.image, self.window, 1, kind)[:y.shape[0], :y.shape[1]]
        return wrong
