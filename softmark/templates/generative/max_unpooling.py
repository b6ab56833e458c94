"""Max-unpooling: values go back to where the largest ones stood."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.pooling import pool
from softmark.solvers.upsampling import bed_of_nails, max_positions, max_unpool, nearest
from softmark.worksheet import IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class MaxUnpooling(Template):
    """Windows do not overlap; the first of equal values is remembered."""

    title: ClassVar[str] = "Max-unpooling"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
On the way into the network the map $x$ is max-pooled with ${{ window }}\times{{ window }}$ windows and
stride {{ window }}, and the place of each maximum is remembered. On the way out the map $z$, as large as
the pooled one, is **unpooled**: each of its values goes to the remembered place of its window, and
everything else is 0.

Give the pooled map; the remembered places as numbers, where the places of $x$ are counted through **from
0**, row by row, as libraries do; and the unpooled map.
"""

    image: IntMatrix = given("x", about="the map that is pooled")
    values: IntMatrix = given("z", about="the map that is unpooled")
    window: int = given(default=2, ge=2, le=3, about="side of the window, and stride")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        high, wide = len(self.image), len(self.image[0])
        if max(high, wide) > 6 or high % self.window or wide % self.window:
            raise ValueError("the sides of the map are multiples of the window, 6 at most")
        if (len(self.values), len(self.values[0])) != (high // self.window, wide // self.window):
            raise ValueError("the map z must have one value a window")
        if max(abs(v) for row in (*self.image, *self.values) for v in row) > 999:
            raise ValueError("the maps hold numbers from -999 to 999")
        return self

    def figure(self) -> Drawing:
        return grids((("map x", self.image), ("map z", self.values)),
                     "The map to pool and the one to unpool", (self.window, self.window))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        high, wide, window = rng.level(level, easy=(4, 4, 2), medium=(4, 6, 2), hard=(6, 6, 3))
        low = rng.level(level, easy=0, medium=-9, hard=-9)
        count = high * wide // window**2
        values = rng.sample([v for v in range(low, 20) if v], count)
        across = wide // window
        return cls(image=tuple(rng.integers(wide, low, 30) for _ in range(high)), window=window,
                   values=tuple(tuple(values[i:i + across]) for i in range(0, count, across)))

    def solve(self) -> Steps:
        places = max_positions(self.image, self.window)
        high, wide = self.image.shape
        shape = self.values.shape
        yield Step("pooled", "p", pool(self.image, self.window, self.window), "Pooled map", full=2)
        indices = np.array([i * wide + j for i, j in places]).reshape(shape)
        yield Step("indices", r"\text{place}", indices, "Remembered places",
                   note=f"With rows and columns counted from 0, the place is {wide} · row + column.",
                   wrong={"counted the places from 1": lambda: indices + 1})
        yield Step("y", "y", max_unpool(self.values, places, (high, wide)), "Unpooled map",
                   note="Each value goes to the place of its window's maximum.", wrong=self._mistakes())

    def _mistakes(self) -> dict[str, Any]:
        wrong = {"filled the whole window": lambda: nearest(self.values, self.window)}
        if any(i % self.window or j % self.window for i, j in max_positions(self.image, self.window)):
            wrong["put every value into the first corner of its window"] = lambda: bed_of_nails(
                self.values, self.window)
        return wrong
