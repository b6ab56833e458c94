"""Parameters of a convolution layer."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from softmark.solvers.convolution import conv_params
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.volumes import Volume, volumes


class ParamsConv(Template):
    """Per filter and in all; on hard for two layers in a row."""

    title: ClassVar[str] = "Parameters of a convolution layer"
    # whether there is a second layer is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A convolution layer takes {{ 'an RGB image' if depth == 3 else 'an input' }} of
${{ named('depth') }}$ channel{{ 's' if depth > 1 }} and has ${{ named('filters') }}$ filters of size
$F\times F={{ kernel|number }}\times{{ kernel|number }}$, each over the full depth of the input.
{% if bias %}Every filter has **one bias**, which counts as a parameter.
{% else %}There are **no biases**.{% endif %}

How many parameters does one filter have, and how many the layer?
{% if second > 0 %}A second layer with ${{ named('second') }}$ filters of the same
size{{ ' and a bias each' if bias }} follows
on the maps of the first; how many parameters does it have, and the two together?{% endif %}
"""

    depth: Integer = given("D", about="channels of the input", ge=1, le=4096)
    kernel: Integer = given("F", about="side of the filters", ge=1, le=64)
    filters: Integer = given("K", about="number of filters", ge=1, le=65536)
    second: Integer = given("K_2", default=0, about="filters of a second layer, 0 for none", ge=0,
                            le=65536)
    bias: bool = True

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        return cls(depth=rng.choice(rng.level(level, easy=(1, 3), medium=(3, 6, 16, 32),
                                              hard=(3, 6, 16, 32))),
                   kernel=rng.choice((3, 5, 7, 9, 11)),
                   filters=2 * rng.integer(3, 60),
                   second=4 * rng.integer(4, 40) if level == "hard" else 0,
                   bias=True if level != "medium" else rng.choice((True, False)))

    def figure(self) -> Drawing:
        size = f"{self.kernel} × {self.kernel}"
        filters = [self.filters, self.second] if self.second > 0 else [self.filters]
        maps = [Volume(name="maps")] * len(filters)
        return volumes([Volume(depth=f"D = {self.depth}", name="input"), *maps],
                       [(f"{number} filters", size) for number in filters],
                       "Each filter reaches through the full depth")

    def solve(self) -> Steps:
        f, d = self.kernel, self.depth
        one = yield Step("filter", "p_1", f * f * d + 1 if self.bias else f * f * d,
                         "Parameters of one filter", wrong=self._mistakes(d))
        first = yield Step("layer", "p", one * self.filters, "Parameters of the layer",
                           wrong=self._total_mistakes(one))
        if self.second > 0:
            second = yield Step("second", "p'", conv_params(f, f, self.filters, self.second, self.bias),
                                "Parameters of the second layer",
                                wrong={"forgot the depth of the input": lambda:
                                       conv_params(f, f, 1, self.second, self.bias)})
            yield Step("both", r"p_{\text{both}}", first + second, "Parameters of both layers")

    def _mistakes(self, depth: Any) -> dict[str, Any]:
        extra = 1 if self.bias else 0
        wrong = {}
        if depth > 1:
            wrong["forgot the depth of the input"] = lambda: self.kernel * self.kernel + extra
        wrong["left the bias out" if self.bias else "counted a bias"] = \
            lambda: self.kernel * self.kernel * depth + 1 - extra
        return wrong

    def _total_mistakes(self, one: Any) -> dict[str, Any]:
        if not self.bias:
            return {}
        return {"counted one bias for the whole layer": lambda: (one - 1) * self.filters + 1}
