"""Parameters of a locally connected layer, beside a convolution and a fully connected layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.convolution import conv_params, output_size
from softmark.solvers.counting import dense_params, unit_weights
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.windows import windows


class ParamsLocallyConnected(Template):
    """Units see a window as in a convolution, but each place has weights of its own."""

    title: ClassVar[str] = "Parameters of a locally connected layer"
    # which comparisons are asked is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A **locally connected** layer takes a
$W\times W\times D={{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ input. A unit sees
a window of $F\times F={{ kernel|number }}\times{{ kernel|number }}$ places over the full depth. The
windows lie as in a convolution with stride ${{ named('stride') }}$ and {% if padding > 0 %}a border
of zeros ${{ named('padding') }}$ wide{% else %}no padding{% endif %} (sizes are rounded
**down**), and at each place there {{ 'is one unit' if maps == 1 else 'are' }}
{%- if maps > 1 %} ${{ named('maps') }}$ units{% endif %}. No two units share weights.
{% if bias %}Every unit has **a bias of its own**; where units
share their weights they share the bias too. Biases **count** as parameters.
{% else %}There are **no biases**.
{% endif %}

How many hidden units are there, how many parameters has one of them, and how many the layer?
{% if 'shared' in compare %}

How many parameters has a **convolution** with the same windows and
${{ maps|number }}$ filter{{ 's' if maps > 1 }}?
{% endif %}
{% if 'full' in compare %}

How many has a **fully connected** layer with as many hidden units, and how many times as many as the
locally connected one is that?
{% endif %}
"""

    size: Integer = given("W", about="height and width of the input", ge=1, le=4096)
    depth: Integer = given("D", about="channels of the input", ge=1, le=4096)
    maps: Integer = given("K", about="units at each place", ge=1, le=4096)
    kernel: Integer = given("F", about="side of the window", ge=1, le=64)
    stride: Integer = given("S", default=1, about="stride", ge=1, le=64)
    padding: Integer = given("P", default=0, about="zeros around the input", ge=0, le=64)
    bias: bool = True
    compare: tuple[Literal["shared", "full"], ...] = given(
        default=("shared", "full"), max_length=2, about="layers to compare with")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        output_size(self.size, self.kernel, self.stride, self.padding)
        if self.padding >= self.kernel:
            raise ValueError("the border must be narrower than the window")
        return self

    def figure(self) -> Drawing:
        return windows(min(self.kernel, 3), min(self.stride, 2), own=True)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        kernel = rng.choice((3, 5, 7))
        stride = rng.level(level, easy=1, medium=1, hard=rng.choice((2, 3)))
        padding = rng.level(level, easy=(kernel - 1) // 2, medium=0, hard=rng.integer(1, kernel // 2))
        return cls(size=rng.integer(12, 64), depth=rng.choice((3, 4, 6, 8)), maps=rng.integer(2, 12),
                   kernel=kernel, stride=stride, padding=padding, decimals=2,
                   bias=rng.level(level, easy=False, medium=True, hard=True),
                   compare=rng.level(level, easy=(), medium=("shared",), hard=("shared", "full")))

    def solve(self) -> Steps:
        f, d, k = self.kernel, self.depth, self.maps
        side = yield Step("side", "W'", output_size(self.size, f, self.stride, self.padding),
                          "Places along one side", wrong={
                              "forgot the padding": lambda: output_size(self.size, f, self.stride)}
                          if self.padding > 0 and f <= self.size else {})
        units = yield Step("units", "n", side * side * k, "Hidden units",
                           wrong={"counted places instead of units": lambda: side * side}
                           if k != 1 else {})
        one = yield Step("unit", "p_1", unit_weights(f, d, self.bias), "Parameters of one unit",
                         wrong=self._unit_mistakes())
        local = yield Step("local", "p", units * one, "Parameters of the locally connected layer",
                           wrong=self._local_mistakes(side, units, one))
        if "shared" in self.compare:
            yield Step("shared", r"p_{\text{conv}}", conv_params(f, f, d, k, self.bias),
                       "Parameters of the convolution",
                       wrong={"let all filters share one set of weights": lambda: one}
                       if k != 1 else {})
        if "full" in self.compare:
            inputs = yield Step("inputs", "m", self.size * self.size * d, "Values of the input")
            full = yield Step("full", r"p_{\text{full}}", dense_params(inputs, units, self.bias),
                              "Parameters of the fully connected layer")
            yield Step("ratio", "r", full / local, "How many times as many", wrong={
                "turned the ratio round": lambda: local / full})

    def _unit_mistakes(self) -> dict[str, Any]:
        f, d = self.kernel, self.depth
        wrong = {"left the bias out" if self.bias else "counted a bias":
                 lambda: unit_weights(f, d, not self.bias)}
        if d != 1:
            wrong["forgot the depth of the input"] = lambda: unit_weights(f, 1, self.bias)
        return wrong

    def _local_mistakes(self, side: Any, units: Any, one: Any) -> dict[str, Any]:
        if side == 1:
            return {}
        wrong = {"shared the weights among all places": lambda: self.maps * one}
        if self.bias:
            wrong["shared the bias of a map"] = lambda: units * (one - 1) + self.maps
        return wrong
