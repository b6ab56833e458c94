"""One filter shared along a signal, and the band matrix it makes."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import band_matrix, convolve_1d, output_size
from softmark.worksheet import IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class Conv1dShared(Template):
    """y = Wᵀx with the same weights in every column of W."""

    title: ClassVar[str] = "Shared weights along a signal"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The filter $w={{ w|vector }}$ slides along the signal $x={{ x|vector }}$ with stride {{ stride }},
without padding and without a bias. It is not flipped: each output is the sum of the products of the
filter with the {{ w|length }} values below it.

The same layer can be written $y=W^{\top}x$ with a matrix $W$ that has a row for each input and
a column for each output.

Give the output $y$ and the matrix $W$. How many elements of $W$ are connections of the layer (the
places where a weight of the filter stands, whatever its value), and how many **different**
weights does the layer have to learn?
"""

    x: IntVector = given("x", about="the signal", min_length=3, max_length=12)
    w: IntVector = given("w", about="the filter", min_length=2, max_length=5)
    stride: int = given(default=1, ge=1, le=4, about="stride")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.w) > len(self.x):
            raise ValueError("the filter must fit into the signal")
        if max(map(abs, (*self.x, *self.w))) > 999:
            raise ValueError("signal and filter hold numbers from -999 to 999, to be worked by hand")
        return self

    @property
    def outputs(self) -> int:
        return int(output_size(len(self.x), len(self.w), self.stride))

    def figure(self) -> Drawing:
        return grids((("signal x", (tuple(self.x),)), ("filter w", (tuple(self.w),))),
                     "Signal and filter", (1, len(self.w)))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, taps, stride = rng.level(level, easy=(6, 3, 1), medium=(7, 3, 2), hard=(8, 4, 2))
        while True:
            x, w = rng.integers(size, -5, 8), rng.integers(taps, -3, 3)
            y = convolve_1d(np.array(x), np.array(w), stride)
            flipped = convolve_1d(np.array(x), np.array(w[::-1]), stride)
            if all(w) and len(set(w)) > 1 and 2 * (y == flipped).sum() < y.size:
                return cls(x=x, w=w, stride=stride)

    def solve(self) -> Steps:
        x, w, s = self.x, self.w, self.stride
        taps, count, size = len(self.w), self.outputs, len(self.x)
        wrong: dict[str, Any] = {"flipped the filter": lambda: convolve_1d(x, w[::-1], s)}
        if s > 1 and count > 1:
            wrong["slid by 1 instead of the stride"] = lambda: convolve_1d(x, w)[:count]
        yield Step("y", "y", convolve_1d(x, w, s), "Output", full=2, wrong={
            name: made for name, made in wrong.items() if (made() != convolve_1d(x, w, s)).any()})
        yield Step("W", "W", band_matrix(w, size, s), "Matrix of the layer",
                   note=f"Column j holds the filter from row {'j' if s == 1 else f'{s}(j − 1) + 1'} "
                        "on, and zeros elsewhere.",
                   wrong={"wrote the filter from bottom to top": lambda: band_matrix(w[::-1], size, s)}
                   if (w != w[::-1]).any() else {})
        windows, length = self.written(count), self.written(taps)
        yield Step("connections", r"n_{\text{c}}", windows * length, "Connections", wrong={
            "counted the zeros of the matrix": lambda: size * windows} if size > taps else {})
        yield Step("weights", r"n_{\text{w}}", length, "Different weights",
                   note="All outputs share the weights of the one filter.",
                   wrong={"counted every connection as a weight of its own":
                          lambda: windows * length} if count > 1 else {})
