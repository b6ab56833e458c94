"""Correlation and convolution of the same image and kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import convolve, cross_correlate, pad
from softmark.templates.convolution._limits import kernel_slides
from softmark.worksheet import IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class ConvDefinition(Template):
    """Both maps keep full windows; at most one border of zeros."""

    title: ClassVar[str] = "Correlation and convolution"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The kernel $k$ slides over the image $x$ one pixel at a time
{%- if padding %}, with a border of zeros {{ padding }} wide around the image{% else %}, without
padding{% endif %}. The sums of products can be formed in two ways:

- **Cross-correlation** (what the convolution layers of a network compute) takes the kernel as it
  stands: $r_{ij}=\sum_{a,b} x_{i+a-1,\,j+b-1}\,k_{ab}$.
- **Convolution** takes the kernel turned by 180° (its rows and its columns in reverse order):
  $c_{ij}=\sum_{a,b} x_{i+a-1,\,j+b-1}\,k_{F+1-a,\,G+1-b}$ for an $F\times G$ kernel.

Rows and columns are counted from 1{% if padding %}, in the padded image{% endif %}. Give both maps.
"""

    image: IntMatrix = given("x", about="the image")
    kernel: IntMatrix = given("k", about="the kernel, not the same when turned by 180°")
    padding: int = given(default=0, ge=0, le=2, about="zeros around the image")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kernel_slides(self.image, self.kernel, self.padding, (7, 4))
        if tuple(row[::-1] for row in self.kernel[::-1]) == self.kernel:
            raise ValueError("the kernel must change when it is turned by 180°")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        """Pixels bear the numbers of their places in the padded image."""
        labels = [[str(i + 1 + self.padding) for i in range(size)]
                  for size in (len(self.image), len(self.image[0]))]
        return {"image": labels}

    def figure(self) -> Drawing:
        return grids((("image x", self.image), ("kernel k", self.kernel)), "Image and kernel",
                     (len(self.kernel), len(self.kernel[0])), self.padding)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, side, padding = rng.level(level, easy=(3, 2, 0), medium=(4, 3, 0), hard=(3, 3, 1))
        while True:
            image = tuple(rng.integers(size, 0, 6) for _ in range(size))
            kernel = tuple(rng.integers(side, -2, 3) for _ in range(side))
            x, k = pad(np.array(image), padding), np.array(kernel)
            maps = [cross_correlate(x, turned) for turned in (k, k[::-1, ::-1], k[::-1], k[:, ::-1])]
            # each way of turning the kernel shows in most values, so that it can be named
            if all(4 * (one == other).sum() <= one.size for one, other in combinations(maps, 2)):
                return cls(image=image, kernel=kernel, padding=padding)

    def solve(self) -> Steps:
        x, k = pad(self.image, self.padding), self.kernel
        note = "The zeros of the border add nothing." if self.padding else ""
        yield Step("r", "r", cross_correlate(x, k), "Cross-correlation", full=2, note=note,
                   wrong=self._differing(cross_correlate(x, k), {
                       "took one for the other": lambda: convolve(x, k)}))
        yield Step("c", "c", convolve(x, k), "Convolution", full=2, note=note,
                   wrong=self._differing(convolve(x, k), {
                       "took one for the other": lambda: cross_correlate(x, k),
                       "turned the rows only": lambda: cross_correlate(x, k[::-1]),
                       "turned the columns only": lambda: cross_correlate(x, k[:, ::-1])}))

    @staticmethod
    def _differing(right: Any, wrong: dict[str, Any]) -> dict[str, Any]:
        """The mistakes that change the map."""
        return {name: made for name, made in wrong.items() if (made() != right).any()}
