"""Pooling where the windows do not fit evenly: partial windows count, or are dropped."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.pooling import pool, pool_output_size
from softmark.templates.convolution._limits import window_slides
from softmark.worksheet import Integer, Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids
from softmark.worksheet.step import whole


class PoolOutputSize(Template):
    """Size of the pooled map, and its values, with or without partial windows."""

    title: ClassVar[str] = "Pooling with partial windows"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The map $x$ of size $H\times W={{ image|length }}\times{{ image[0]|length }}$ (height × width) is
max-pooled with $k\times k={{ window|number }}\times{{ window|number }}$ windows and stride
${{ named('stride') }}$. {% if rounding == 'ceil' %}Windows that reach over the right or lower edge
**count**: the maximum is taken over the values they do hold (nothing is padded).
{% else %}Windows that reach over the right or lower edge are **dropped**.{% endif %}

Give the height $H'$ and the width $W'$ of the result, and the result $y$.
"""

    image: Matrix = given("x", about="the map")
    window: Integer = given("k", default=2, ge=1, le=6, about="side of the window")
    stride: Integer = given("s", default=2, ge=1, le=6, about="stride")
    rounding: Literal["floor", "ceil"] = "ceil"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        window_slides(self.image, self.window)
        if self.stride > self.window:
            raise ValueError("the stride is at most the window, or values would be skipped")
        return self

    def figure(self) -> Drawing:
        return grids((("map x", self.image),), "The map to pool", (self.window, self.window))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, window = rng.level(level, easy=(5, 2), medium=(5, 2), hard=(6, 3))
        low = rng.level(level, easy=0, medium=-9, hard=-9)
        image = [list(rng.integers(size, low, 9)) for _ in range(size)]
        # a last window of negative values only tells who pads with zeros
        corner = rng.level(level, easy=0, medium=1, hard=2)
        for i in range(size - corner, size):
            image[i][size - corner:] = rng.integers(corner, -9, -1)
        return cls(image=tuple(map(tuple, image)), window=window, stride=2,
                   rounding=rng.level(level, easy="floor", medium="ceil", hard="ceil"), decimals=2)

    def solve(self) -> Steps:
        rows, columns = np.shape(self.image)
        for name, letter, count in (("height", "H", rows), ("width", "W", columns)):
            size = self.written(count, symbol=letter)
            yield Step(name, f"{letter}'",
                       pool_output_size(size, self.window, self.stride, self.rounding),
                       f"{name.title()} of the result", wrong=self._other_size(count))
        yield Step("y", "y", pool(self.image, self.window, self.stride, "max", self.rounding),
                   # the boxes to fill in show the size that is asked before: it earns little
                   "Pooled map", full=2, weight=6, wrong=self._mistakes())

    def _other_size(self, size: int) -> dict[str, Any]:
        other = "floor" if self.rounding == "ceil" else "ceil"
        if pool_output_size(size, self.window, self.stride, other) == \
                pool_output_size(size, self.window, self.stride, self.rounding):
            return {}
        name = "dropped the partial windows" if self.rounding == "ceil" else \
            "counted the partial windows"
        return {name: lambda: pool_output_size(size, self.window, self.stride, other)}

    def _mistakes(self) -> dict[str, Any]:
        k, s = self.window, self.stride
        wrong: dict[str, Any] = {"took the smallest value":
                                 lambda: -pool(-self.image, k, s, "max", self.rounding)}
        if self.rounding == "ceil" and \
                (self._zero_padded() != pool(self.image, k, s, "max", "ceil")).any():
            wrong["padded the partial windows with zeros"] = self._zero_padded
        return wrong

    def _zero_padded(self) -> Any:
        k, s = self.window, self.stride
        over = [s * (pool_output_size(n, k, s, "ceil") - 1) + k - n for n in np.shape(self.image)]
        return pool(np.pad(self.image, [(0, whole(n)) for n in over]), k, s)
