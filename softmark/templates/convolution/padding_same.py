"""Padding that keeps the size of a map."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import output_size, same_padding, same_padding_total
from softmark.solvers.functions import ceil, maximum
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given


class PaddingSame(Template):
    """At stride 1 the same zeros on each side; at larger strides the total, split in two."""

    title: ClassVar[str] = "Padding that keeps the size"
    # nothing branches here: the comparisons only refuse impossible layers
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
{% if stride == 1 %}
A convolution layer with $F\times F={{ kernel|number }}\times{{ kernel|number }}$ filters
{%- if dilation > 1 %}, stride 1 and dilation ${{ named('dilation') }}$ (neighbouring weights lie
{{ dilation }} pixels apart){% else %} and stride 1{% endif %} takes a map of
$H\times W={{ height|number }}\times{{ width|number }}$ (height × width).

Give the height and the width of the output without padding, the number $P$ of zeros that has to be
added on **each** side (top, bottom, left, right) so that the output is as large as the input, and
the height and the width of the padded map.
{% else %}
A layer with $F\times F={{ kernel|number }}\times{{ kernel|number }}$ filters and stride
${{ named('stride') }}$ takes a map of $H\times W={{ height|number }}\times{{ width|number }}$
(height × width). With “same” padding each side $n$ shrinks to $\lceil n/S\rceil$: as many zeros
are added as this needs, and none more. Half of them go to each end; of an odd number the larger half
goes to the bottom and to the right.

Give the height and the width of the output, the number $T_H$ of rows of zeros added altogether and
how many of them stand on top, and the number $T_W$ of columns of zeros and how many of them stand
on the left.
{% endif %}
"""

    height: Integer = given("H", about="height of the map", ge=1, le=1024)
    width: Integer = given("W", about="width of the map", ge=1, le=1024)
    kernel: Integer = given("F", about="side of the filter", ge=2, le=31)
    dilation: Integer = given("D", default=1, about="dilation", ge=1, le=8)
    stride: Integer = given("S", default=1, about="stride", ge=1, le=8)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.stride == 1 and self.dilation * (self.kernel - 1) % 2:
            raise ValueError("with stride 1 take an odd filter, or the zeros do not split evenly")
        if self.stride > 1 and self.dilation > 1:
            raise ValueError("dilation goes with stride 1 only")
        if self.stride > self.kernel:
            raise ValueError("the stride is at most the filter, or pixels would be skipped")
        if self.dilation * (self.kernel - 1) + 1 > min(self.height, self.width):
            raise ValueError("the filter must fit into the map")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        height, width = rng.sample(range(48, 240), 2)
        if level != "hard":
            kernels = rng.level(level, easy=(5, 7, 9, 11), medium=(3, 5, 7), hard=())
            return cls(height=height, width=width, kernel=rng.choice(kernels),
                       dilation=1 if level == "easy" else rng.choice((2, 3, 4)))
        stride, kernel = rng.choice(((2, 4), (2, 5), (2, 7), (3, 5), (3, 6), (3, 7), (4, 7), (4, 9)))
        return cls(height=height, width=width, kernel=kernel, stride=stride)

    def solve(self) -> Steps:
        if self.stride != 1:
            yield from self._strided()
            return
        f, d = self.kernel, self.dilation
        for name, symbol, size in (("height", "H'", self.height), ("width", "W'", self.width)):
            yield Step(name, symbol, output_size(size, f, 1, 0, d), f"Output {name} without padding",
                       wrong={"forgot to add 1": lambda size=size: output_size(size, f, 1, 0, d) - 1})
        p = yield Step("P", "P", same_padding(f, d), "Zeros on each side", weight=2, wrong={
            "added all the zeros on each side": lambda: 2 * same_padding(f, d),
            "took (F+1)/2 for (F−1)/2": lambda: same_padding(f) + 1} if d == 1 else {
            "added all the zeros on each side": lambda: 2 * same_padding(f, d),
            "ignored the dilation": lambda: same_padding(f)})
        for name, symbol, size in (("height", "H", self.height), ("width", "W", self.width)):
            yield Step(f"padded_{name}", rf"{symbol}_{{\text{{p}}}}", size + 2 * p,
                       f"Padded {name}",
                       wrong={"padded one side only": lambda size=size: size + p})

    def _strided(self) -> Steps:
        s, f = self.stride, self.kernel
        for side, letter, start, size in (("height", "H", "top", self.height),
                                          ("width", "W", "left", self.width)):
            out = yield Step(side, f"{letter}'", ceil(size / s), f"Output {side}", wrong={
                "rounded down": lambda size=size: size // s} if size % s else {})
            total = same_padding_total(size, out, f, s)
            total = yield Step(f"total_{side}", f"T_{letter}", total, f"Zeros along the {side}",
                               wrong=self._mistakes(total))
            yield Step(start, rf"P_{{\text{{{start}}}}}", total // 2, f"Zeros on the {start}", wrong={
                "put the larger half first": lambda total=total: total - total // 2}
                if total % 2 else {})

    def _mistakes(self, total: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if total > 0:
            wrong["took one output too few"] = lambda: maximum(total - self.stride, 0)
        if total not in (self.kernel - 1, total - self.stride):
            wrong["took the padding of stride 1"] = lambda: self.kernel - 1
        return wrong
