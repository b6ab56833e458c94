"""A convolution of small integers by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import convolve, cross_correlate
from softmark.templates.convolution._limits import kernel_slides
from softmark.worksheet import Integer, IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class ConvNumeric(Template):
    """Cross-correlation, as network layers compute it."""

    title: ClassVar[str] = "Convolution by hand"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Slide the kernel $k$ over the image $x$ with stride {{ stride }} and {% if padding %}a border of zeros
{{ padding }} wide{% else %}no padding{% endif %}. As in network layers, the kernel is **not**
flipped (cross-correlation): each output value is the sum of the products of kernel and window
{%- if stride == 1 and not padding %}, $y_{ij}=\sum_{a,b} x_{i+a-1,\,j+b-1}\,k_{ab}$ with rows and
columns counted from 1{% endif %}{% if b %}, to which the bias ${{ named('b') }}$ is added{% endif %}.

Give the output map.
"""

    image: IntMatrix = given("x", about="the image")
    kernel: IntMatrix = given("k", about="the kernel")
    stride: int = given(default=1, ge=1, le=4, about="stride")
    padding: int = given(default=0, ge=0, le=3, about="zeros around the image")
    b: Integer = given("b", default=0, ge=-99, le=99, about="bias of the filter")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kernel_slides(self.image, self.kernel, self.padding, (9, 5))
        return self

    def figure(self) -> Drawing:
        return grids((("image x", self.image), ("kernel k", self.kernel)), "Image and kernel",
                     (len(self.kernel), len(self.kernel[0])), self.padding)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, side = rng.level(level, easy=(4, 2), medium=(4, 3), hard=(5, 3))
        kernel = tuple(rng.integers(side, -2, 2) for _ in range(side))
        while sum(v == 0 for row in kernel for v in row) > side - 1:  # most of the products would be 0
            kernel = tuple(rng.integers(side, -2, 2) for _ in range(side))
        return cls(image=tuple(rng.integers(size, 0, rng.level(level, easy=4, medium=5, hard=3))
                               for _ in range(size)),
                   kernel=kernel, stride=rng.level(level, easy=1, medium=1, hard=2),
                   padding=rng.level(level, easy=0, medium=0, hard=1),
                   b=rng.level(level, easy=0, medium=rng.choice((-2, -1, 1, 2)), hard=0))

    def solve(self) -> Steps:
        x, k = self.image, self.kernel
        y = cross_correlate(x, k, self.stride, self.padding)
        wrong = {"added kernel and window instead of multiplying": lambda: self._plus(
            cross_correlate(x, k ** 0, self.stride, self.padding) + k.sum())}
        if (k != k[::-1, ::-1]).any():
            wrong["flipped the kernel"] = lambda: self._plus(
                convolve(x, k, self.stride, self.padding))
        if self.stride > 1 and y.size > 1:
            wrong["slid by 1 instead of the stride"] = lambda: self._plus(
                cross_correlate(x, k, 1, self.padding)[:y.shape[0], :y.shape[1]])
        if self.b != 0:
            wrong["left the bias out"] = lambda: y
        yield Step("y", "y", self._plus(y), "Output map", full=2, wrong=wrong)

    def _plus(self, y: Any) -> Any:
        return y + self.b if self.b != 0 else y
