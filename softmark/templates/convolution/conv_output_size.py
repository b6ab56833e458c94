"""Size of a convolution layer's output."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import output_size
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.volumes import Volume, volumes


class ConvOutputSize(Template):
    """Height and width may differ; the channels are the number of filters."""

    title: ClassVar[str] = "Output size of a convolution layer"
    # nothing branches here: the comparisons only refuse impossible layers
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A convolution layer takes an input of
$H\times W\times C={{ height|number }}\times{{ width|number }}\times{{ depth|number }}$ (height ×
width × channels). It has ${{ named('filters') }}$ filters of size
$F\times F={{ kernel|number }}\times{{ kernel|number }}$, stride ${{ named('stride') }}$, padding
${{ named('padding') }}$ on each side{% if dilation > 1 %}, dilation ${{ named('dilation') }}$
(neighbouring weights lie {{ dilation }} pixels apart){% endif %}. Where the last step does not fit,
it is left out (round **down**).

Give the height, the width and the number of channels of the output, and how many values it holds.
"""

    height: Integer = given("H", about="height of the input", ge=1, le=4096)
    width: Integer = given("W", about="width of the input", ge=1, le=4096)
    depth: Integer = given("C", about="channels of the input", ge=1, le=4096)
    kernel: Integer = given("F", about="side of the filter", ge=1, le=64)
    stride: Integer = given("S", about="stride", ge=1, le=16)
    padding: Integer = given("P", about="padding on each side", ge=0, le=32)
    dilation: Integer = given("D", default=1, about="dilation", ge=1, le=8)
    filters: Integer = given("K", about="number of filters", ge=1, le=4096)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.dilation * (self.kernel - 1) + 1 > min(self.height, self.width) + 2 * self.padding:
            raise ValueError("the filter must fit into the padded input")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        kernel = rng.choice(rng.level(level, easy=(3, 5), medium=(3, 5, 7), hard=(3, 5)))
        stride = rng.choice((2, 3))
        padding = rng.level(level, easy=0, medium=rng.integer(1, 2), hard=rng.integer(1, 3))
        dilation = rng.level(level, easy=1, medium=1, hard=2)
        reach = dilation * (kernel - 1) + 1 - 2 * padding
        # drawn backwards from the output; on easy it comes out even
        sizes = [stride * (rng.integer(9, 60) - 1) + reach
                 + (0 if level == "easy" else rng.integer(0, stride - 1)) for _ in range(2)]
        if level == "easy":
            sizes[1] = sizes[0]
        return cls(height=sizes[0], width=sizes[1], depth=rng.choice((1, 3, 16, 32)), kernel=kernel,
                   stride=stride, padding=padding, dilation=dilation,
                   filters=rng.choice((6, 8, 16, 32, 64)))

    def figure(self) -> Drawing:
        taken = Volume(f"H = {self.height}", f"W = {self.width}", f"C = {self.depth}", "input")
        steps = f"S = {self.stride}, P = {self.padding}" + f", D = {self.dilation}" * (self.dilation > 1)
        return volumes([taken, Volume("H′", "W′", "C′", "output")],
                       [(f"{self.filters} filters", steps)], "A convolution layer, not to scale")

    def solve(self) -> Steps:
        sides = []
        for name, symbol, size in (("height", "H'", self.height), ("width", "W'", self.width)):
            sides.append((yield Step(
                name, symbol, output_size(size, self.kernel, self.stride, self.padding, self.dilation),
                f"Output {name}", wrong=self._mistakes(size))))
        channels = yield Step("channels", "C'", self.filters, "Output channels",
                              note="Each filter makes one channel.",
                              wrong={"kept the channels of the input": lambda: self.depth}
                              if self.depth != self.filters else {})
        yield Step("values", "n", sides[0] * sides[1] * channels, "Values in the output")

    def _mistakes(self, size: object) -> dict[str, object]:
        room = size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1
        wrong: dict[str, object] = {"forgot to add 1": lambda: room // self.stride}
        if self.padding and (2 * self.padding) // self.stride != self.padding // self.stride:
            wrong["padded one side only"] = lambda: (room - self.padding) // self.stride + 1
        if room % self.stride:
            wrong["rounded up"] = lambda: -(-room // self.stride) + 1
        if self.dilation > 1:
            wrong["ignored the dilation"] = lambda: output_size(size, self.kernel, self.stride,
                                                                self.padding)
        return wrong
