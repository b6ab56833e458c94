"""ReLU and pooling stacked on filtered maps, and flattened."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import absolute, relu
from softmark.solvers.pooling import flatten, pool, pool_output_size
from softmark.worksheet import Rng, Step, Steps, Template, Tensor, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids

NEGATIVES = "took absolute values instead of setting to 0"


class XoStacking(Template):
    """Each map goes through ReLU and one or more poolings; partial windows count, or are dropped."""

    title: ClassVar[str] = "ReLU and pooling, stacked"
    exact: ClassVar[bool] = True
    # equal maxima in a window give the same answer whichever is taken
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
{% if maps|length == 1 %}
A convolution layer has made the map $x$. It goes
{%- else %}
A convolution layer has made the {{ maps|length }} maps
{% for m in maps %}$x_{ {{- loop.index -}} }${{ ', ' if not loop.last }}{% endfor %}. Each goes
{%- endif %}
 through a ReLU (negative values become 0, all others stay) and then through
{{ 'a max pooling' if poolings == 1 else 'two max poolings, one after the other, each' }} with
${{ window }}\times{{ window }}$ windows and stride {{ stride }}.
{% if rounding == 'ceil' %}
Windows that reach over the right or lower edge **count**: the maximum is taken over the values they
do hold (nothing is padded).
{% else %}
Windows that reach over the right or lower edge are **dropped**.
{% endif %}

Give {{ 'for each map the result of every pooling' if maps|length > 1 else 'the result of every layer' }}
{%- if maps|length > 1 %}, then all results flattened to one vector $v$: map by map, and in each map
row by row from left to right{% endif %}. How many values does a fully connected layer get that comes
next?
"""

    maps: Tensor = given("x", about="the filtered maps")
    window: int = given(default=2, ge=2, le=4, about="side of the pooling window")
    stride: int = given(default=2, ge=1, le=4, about="stride of the pooling")
    poolings: int = given(default=1, ge=1, le=2, about="how many poolings follow the ReLU")
    rounding: Literal["floor", "ceil"] = "ceil"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sizes = np.shape(self.maps)[1:]
        if len(self.maps) > 3 or max(sizes) > 9:
            raise ValueError("at most 3 maps of 9×9 can be worked by hand")
        if self.stride > self.window:
            raise ValueError("the stride is at most the window, or values would be skipped")
        for size in sizes:
            for _ in range(self.poolings):
                if size < self.window:
                    raise ValueError("the window must fit into the map before each pooling")
                size = pool_output_size(size, self.window, self.stride, self.rounding)
        return self

    def axes(self) -> dict[str, tuple[list[str], ...]]:
        if len(self.maps) == 1:
            rows, columns = np.shape(self.maps)[1:]
            return {"maps": ([""], [str(i + 1) for i in range(rows)],
                             [str(i + 1) for i in range(columns)])}
        return {}

    def _side(self, size: int, rounding: str) -> int:
        """The side of a map after all poolings."""
        for _ in range(self.poolings):
            size = int(pool_output_size(size, self.window, self.stride, rounding))
        return size

    def _values(self, rounding: str) -> int:
        count, rows, columns = np.shape(self.maps)
        return count * self._side(rows, rounding) * self._side(columns, rounding)

    def figure(self) -> Drawing:
        names = ["map x"] if len(self.maps) == 1 else [f"map x_{i + 1}" for i in range(len(self.maps))]
        return grids(tuple(zip(names, self.maps, strict=True)), "The filtered maps",
                     (self.window, self.window))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        count, size, poolings, rounding = rng.level(
            level, easy=(1, 4, 1, "floor"), medium=(1, 5, 2, "ceil"), hard=(2, 5, 2, "ceil"))

        def values() -> tuple[Any, ...]:
            return tuple(rng.vector(size, "-1", "1", 2, ["0"]) for _ in range(size))

        while True:
            maps = tuple(values() for _ in range(count))
            if all(2 * size < sum(v < 0 for row in m for v in row) < 3 * size for m in maps):
                return cls(maps=maps, poolings=poolings, rounding=rounding, decimals=2)

    def _pooled(self, y: Any, kind: str = "max") -> Any:
        return pool(y, self.window, self.stride, kind, self.rounding)

    def _title(self, layer: int) -> str:
        name = "the pooling" if self.poolings == 1 else f"pooling {layer}"
        return f"After the ReLU and {name}" if len(self.maps) > 1 and layer == 1 else f"After {name}"

    def solve(self) -> Steps:
        results = []
        many = len(self.maps) > 1
        for i, x in enumerate(self.maps, 1):
            mark = f"[{i}]" if many else ""
            sup = f"^{{{i}}}" if many else ""
            y = relu(x)
            # of several maps, copying them out without the negatives would be most of the work
            if not many:
                y = yield Step(f"relu{mark}", f"a{sup}", y, "After the ReLU", full=2, wrong={
                    NEGATIVES: partial(absolute, x)})
            for layer in range(1, self.poolings + 1):
                wrong = {"took the mean of each window": partial(self._pooled, y, "average")}
                if many and layer == 1:
                    wrong[NEGATIVES] = partial(self._pooled, absolute(x))
                y = yield Step(f"pool{layer}{mark}", f"{'pq'[layer - 1]}{sup}", self._pooled(y),
                               self._title(layer) + (f", map {i}" if many else ""), full=2, wrong=wrong)
            results.append(y)
        if many:
            stacked = np.array(results)
            yield Step("v", "v", flatten(stacked), "Flattened",
                       note="The last maps, one after the other, row by row.", wrong={
                           "read the maps column by column": lambda: flatten(
                               np.swapaxes(stacked, 1, 2)),
                           "took the maps pixel by pixel": lambda: flatten(
                               stacked, "pixel by pixel")})
        other = "floor" if self.rounding == "ceil" else "ceil"
        try:
            differs = self._values(other) != self._values(self.rounding)
        except ValueError:  # with partial windows dropped nothing is left for the last pooling
            differs = False
        name = "dropped the partial windows" if self.rounding == "ceil" else \
            "counted the partial windows"
        rows, columns = (self.written(size) for size in results[0].shape)
        yield Step("n", "n", self.written(len(results)) * rows * columns if many else rows * columns,
                   "Values for the next layer",
                   wrong={name: lambda: self._values(other)} if differs else {})
