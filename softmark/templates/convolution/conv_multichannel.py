"""A convolution layer on an input with several channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import cross_correlate, multichannel
from softmark.worksheet import IntVector, Rng, Step, Steps, Template, Tensor, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class ConvMultichannel(Template):
    """The kernels of all filters stand in one list, filter by filter, channel by channel."""

    title: ClassVar[str] = "Convolution over several channels"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A convolution layer takes an input of {{ volume|length }} channels, where $x_{cij}$ is the pixel in
row $i$ and column $j$ of channel $c$. It has {{ b|length }} filter{{ 's' if b|length > 1 }} with a
kernel for each channel and **one** bias:
{% for row in p.names %}
{{ '- ' }}filter {{ loop.index }} has the kernels
{% for label in row %}$k_{ {{- label -}} }${{ ', ' if not loop.last }}{% endfor %}
 for the channels in order and the bias $b_{ {{- loop.index -}} }={{ b[loop.index0]|number }}$
{{- '.' if loop.last else ';' }}
{% endfor %}

$k_{mc,ab}$ stands in row $a$ and column $b$ of filter $m$'s kernel for channel $c$. The kernels are
not flipped; the stride is {{ stride }}, nothing is padded, and no activation function follows.

Give the output map{{ 's' if b|length > 1 }} of the layer.
"""

    volume: Tensor = given("x", about="the channels of the input, one map each")
    kernels: Tensor = given("k", about="kernels: filter 1's for each channel, then filter 2's …")
    b: IntVector = given("b", about="one bias for each filter")
    stride: int = given(default=1, ge=1, le=3, about="stride")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.kernels) != len(self.volume) * len(self.b):
            raise ValueError("there must be a kernel for every filter (as b) and channel (as volume)")
        if not 2 <= len(self.volume) <= 3 or len(self.b) > 3:
            raise ValueError("2 or 3 channels and at most 3 filters can be worked by hand")
        size, side = np.shape(self.volume)[1:], np.shape(self.kernels)[1:]
        if max(size) > 6 or max(side) > 3:
            raise ValueError("a map is 6×6 at most and a kernel 3×3, to be worked by hand")
        if side[0] > size[0] or side[1] > size[1]:
            raise ValueError("the kernels must fit into the maps")
        if max(abs(v) for maps in (self.volume, self.kernels) for m in maps for r in m for v in r) > 999:
            raise ValueError("maps and kernels hold numbers from -999 to 999, to be worked by hand")
        return self

    @property
    def names(self) -> list[list[str]]:
        channels = range(1, len(self.volume) + 1)
        return [[f"{m}{c}" for c in channels] for m in range(1, len(self.b) + 1)]

    def axes(self) -> dict[str, tuple[Sequence[str], ...]]:
        found: dict[str, tuple[Sequence[str], ...]] = {}
        for name, tops in (("volume", [str(c + 1) for c in range(len(self.volume))]),
                           ("kernels", [name for row in self.names for name in row])):
            rows, columns = np.shape(getattr(self, name))[1:]
            found[name] = (tops, [str(i + 1) for i in range(rows)], [str(j + 1) for j in range(columns)])
        return found

    def figure(self) -> Drawing:
        window = np.shape(self.kernels)[1:]
        inputs = [(f"channel {c}", m) for c, m in enumerate(self.volume, 1)]
        kernels = [(f"kernel {label}", k)
                   for label, k in zip(self.axes()["kernels"][0], self.kernels, strict=True)]
        return grids((*inputs, *kernels), "Channels and kernels", (window[0], window[1]))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, channels, filters = rng.level(level, easy=(3, 2, 1), medium=(3, 3, 1), hard=(3, 2, 2))

        def maps(count: int, side: int, values: tuple[int, ...]) -> Any:
            return tuple(tuple(tuple(rng.choice(values) for _ in range(side)) for _ in range(side))
                         for _ in range(count))

        # weights of 0 would make most of a long sum vanish
        return cls(volume=maps(channels, size, (0, 1, 2, 3, 4, 5)),
                   kernels=maps(channels * filters, 2, (-2, -1, 1, 2)),
                   b=tuple(rng.choice((-3, -2, -1, 1, 2, 3)) for _ in range(filters)))

    def solve(self) -> Steps:
        channels = len(self.volume)
        for m, bias in enumerate(self.b):
            kernels = self.kernels[m * channels:(m + 1) * channels]
            y = multichannel(self.volume, kernels, bias, self.stride)
            yield Step(f"y[{m + 1}]", f"y^{{{m + 1}}}", y, f"Output map of filter {m + 1}", full=1,
                       wrong=self._mistakes(kernels, bias, y))

    def _mistakes(self, kernels: Any, bias: Any, right: Any) -> dict[str, Any]:
        x, last = self.volume, len(self.volume) - 1
        wrong = {
            "looked at the first channel only": lambda:
                cross_correlate(x[0], kernels[0], self.stride) + bias,
            "added the bias once for every channel": lambda: right + last * bias,
            "flipped the kernels": lambda:
                multichannel(x, kernels[:, ::-1, ::-1], bias, self.stride),
            "used the first kernel for all channels": lambda:
                multichannel(x, [kernels[0]] * len(x), bias, self.stride)}
        return {name: made for name, made in wrong.items() if (made() != right).any()}
