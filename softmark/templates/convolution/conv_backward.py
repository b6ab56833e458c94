"""Gradients of a convolution layer by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import image_gradient, kernel_gradient, output_size
from softmark.worksheet import IntMatrix, Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class ConvBackward(Template):
    """One channel, one filter, no padding."""

    title: ClassVar[str] = "Backpropagation through a convolution"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A convolution layer computes
{% if stride == 1 %}$y_{ij}=b+\sum_{a,c} x_{i+a-1,\,j+c-1}\,w_{ac}$
{% else %}$y_{ij}=b+\sum_{a,c} x_{ {{- stride -}} (i-1)+a,\,{{ stride -}} (j-1)+c}\,w_{ac}$
{% endif %}
from the image $x$ and the kernel $w$: the kernel is not flipped, stride {{ stride }}, no padding,
indices from 1. The backward pass has reached this layer and brings the gradient of the loss with
respect to its output, $g_{ij}=\partial L/\partial y_{ij}$.

Give the gradients of the loss with respect to the bias, $\mathrm{d}b$, the kernel, $\mathrm{d}w$,
and the image, $\mathrm{d}x$: sums over all places where they are used, not means.
"""

    image: IntMatrix = given("x", about="the image")
    kernel: IntMatrix = given("w", about="the kernel")
    upstream: Matrix = given("g", about="gradient of the loss at the output of the layer")
    stride: int = given(default=1, ge=1, le=3, about="stride")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size, side = np.shape(self.image), np.shape(self.kernel)
        if max(size) > 7 or max(side) > 4:
            raise ValueError("an image is 7×7 at most and a kernel 4×4, to be worked by hand")
        if side[0] > size[0] or side[1] > size[1]:
            raise ValueError("the kernel must fit into the image")
        wanted = tuple(output_size(n, f, self.stride) for n, f in zip(size, side, strict=True))
        if np.shape(self.upstream) != wanted:
            raise ValueError(f"upstream must have the output's size, {wanted[0]}×{wanted[1]}")
        if max(abs(v) for m in (self.image, self.kernel, self.upstream) for r in m for v in r) > 999:
            raise ValueError("numbers go from -999 to 999, to be worked by hand")
        return self

    def figure(self) -> Drawing:
        return grids((("image x", self.image), ("kernel w", self.kernel), ("gradient g", self.upstream)),
                     "Image, kernel and gradient of the output",
                     (len(self.kernel), len(self.kernel[0])))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, side, stride = rng.level(level, easy=(3, 2, 1), medium=(4, 3, 1), hard=(5, 3, 2))
        kernel = tuple(tuple(rng.choice((-2, -1, 1, 2, 3)) for _ in range(side)) for _ in range(side))
        while True:
            a, b, c, d = upstream = [rng.choice((-3, -2, -1, 1, 2, 3)) for _ in range(4)]
            # a sum that hides no mean, and a gradient that changes when it is turned
            if sum(upstream) != 0 and (a, b) != (d, c):
                break
        return cls(image=tuple(rng.integers(size, 0, 5) for _ in range(size)), kernel=kernel,
                   upstream=((a, b), (c, d)), stride=stride, decimals=2)

    def solve(self) -> Steps:
        x, w, g, s = self.image, self.kernel, self.upstream, self.stride
        yield Step("db", r"\mathrm{d}b", g.sum(), "Gradient of the bias, ∂L/∂b", wrong={
            "took the mean instead of the sum": lambda: g.sum() / g.size} if g.sum() != 0 else {})
        dw = kernel_gradient(x, g, w.shape, s)
        yield Step("dw", r"\mathrm{d}w", dw, "Gradient of the kernel, ∂L/∂w", full=2,
                   wrong=self._differing(dw, {
                       "took the mean instead of the sum": lambda: dw / g.size,
                       "turned the gradient by 180°": lambda: kernel_gradient(x, g[::-1, ::-1],
                                                                              w.shape, s)}))
        dx = image_gradient(w, g, x.shape, s)
        yield Step("dx", r"\mathrm{d}x", dx, "Gradient of the image, ∂L/∂x", full=6,
                   wrong=self._differing(dx, {
                       "turned the kernel the wrong way": lambda: image_gradient(
                           w[::-1, ::-1], g, x.shape, s)}))

    @staticmethod
    def _differing(right: Any, wrong: dict[str, Any]) -> dict[str, Any]:
        """The mistakes that change the result."""
        return {name: made for name, made in wrong.items() if (made() != right).any()}
