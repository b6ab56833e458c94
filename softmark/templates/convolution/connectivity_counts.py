"""Connections and weights of dense, local and shared layers of the same size."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import conv_params, dense_weights, local_weights, output_size
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given


class ConnectivityCounts(Template):
    """Units of the hidden layer: one a place and map."""

    title: ClassVar[str] = "Dense, local and shared connections"
    # nothing branches here: the comparisons only refuse impossible layers
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
An image of $H\times W={{ height|number }}\times{{ width|number }}$ pixels with ${{ named('depth') }}$
channel{{ 's' if depth > 1 }} is the input of a hidden layer.
{% if same %}
The hidden layer consists of ${{ named('maps') }}$ map{{ 's' if maps > 1 }} of the image's size, one unit
at each pixel (zeros are padded where a window reaches over the edge; the padded places are counted
as inputs of a unit like all others).
{% else %}
The hidden layer consists of ${{ named('maps') }}$ map{{ 's' if maps > 1 }} with a unit at every place
where a ${{ kernel|number }}\times{{ kernel|number }}$ window lies inside the image (stride 1, no
padding).
{% endif %}

Give the number of hidden units. How many {{ 'weights and biases' if bias else 'weights' }} are there
to be learned

{{ '- ' }}if the layer is **fully connected**: every unit sees every input value;
{{ '- ' }}if it is **locally connected**: every unit sees a
$F\times F={{ kernel|number }}\times{{ kernel|number }}$ window of all channels with weights of its own;
{{ '- ' }}if it is **convolutional**: all units of a map share the weights of one window
{%- if bias %} and one bias{% endif %}?

{% if bias %}Every unit has a bias{{ ', shared like its weights in the last case' }}.
{% else %}There are no biases.{% endif %} How many connections (products in one forward pass) does
the convolutional layer have?
"""

    height: Integer = given("H", about="height of the image", ge=2, le=4096)
    width: Integer = given("W", about="width of the image", ge=2, le=4096)
    depth: Integer = given("C", about="channels of the image", ge=1, le=512)
    kernel: Integer = given("F", about="side of the window", ge=1, le=31)
    maps: Integer = given("K", about="maps of the hidden layer", ge=1, le=512)
    same: bool = given(default=True, about="do the maps have the image's size?")
    bias: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kernel > min(self.height, self.width):
            raise ValueError("the window must fit into the image")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        sizes = rng.level(level, easy=(20, 30, 40, 50, 60, 80, 100), medium=(28, 32, 48, 64, 96, 120),
                          hard=(28, 32, 36, 48, 64, 96))
        return cls(height=rng.choice(sizes), width=rng.choice(sizes),
                   depth=rng.level(level, easy=rng.choice((1, 3)), medium=rng.choice((3, 4)),
                                   hard=rng.choice((3, 4, 8))),
                   kernel=rng.choice((3, 5, 7, 9)), maps=rng.choice((2, 3, 4, 6, 8, 12, 16)),
                   same=level != "hard", bias=level != "easy")

    def solve(self) -> Steps:
        f, depth, maps, bias = self.kernel, self.depth, self.maps, self.bias
        sides = [n if self.same else output_size(n, f) for n in (self.height, self.width)]
        units = yield Step("units", "U", sides[0] * sides[1] * maps, "Hidden units", wrong={
            "counted one map only": lambda: sides[0] * sides[1]} if maps > 1 else {
                "counted the channels as maps": lambda: sides[0] * sides[1] * depth} if depth > 1 else {})
        inputs = self.height * self.width * depth
        yield Step("dense", r"n_{\text{dense}}", dense_weights(inputs, units, bias), "Fully connected",
                   wrong=self._common(dense_weights(inputs, units, False),
                                      dense_weights(self.height * self.width, units, bias)))
        local = yield Step("local", r"n_{\text{local}}", local_weights(units, f, depth, bias),
                           "Locally connected", wrong=self._common(
                               local_weights(units, f, depth, False), local_weights(units, f, 1, bias)))
        yield Step("conv", r"n_{\text{conv}}", conv_params(f, f, depth, maps, bias), "Convolutional",
                   wrong={"gave every unit a window of its own": lambda: local,
                          **self._common(conv_params(f, f, depth, maps, False),
                                         conv_params(f, f, 1, maps, bias))})
        yield Step("connections", r"n_{\text{c}}", local_weights(units, f, depth, False),
                   "Connections of the convolutional layer",
                   wrong={"counted one unit only": lambda: f * f * depth})

    def _common(self, without_bias: Any, one_channel: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if self.bias:
            wrong["left the biases out"] = lambda: without_bias
        if self.depth > 1:
            wrong["left the channels out"] = lambda: one_channel
        return wrong
