"""Parameters of a VGG-like network: per layer, in all, and the share of its FC layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.architecture import Layer, layer_params, output_shape, parse_layer
from softmark.worksheet import Integer, Rng, Step, Steps, Template, given


class ParamsVgg(Template):
    """Each 3×3 convolution keeps the size, each 2×2 pooling halves it."""

    title: ClassVar[str] = "Parameters of a VGG-like network"
    # nothing branches here: the comparisons only refuse impossible layers
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A VGG-like network takes a ${{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ image.
Its convolutions are $3\times3$ with stride 1 and padding 1, its poolings $2\times2$ with stride 2:

{{ p.plain|join(' → ') }}

{% if bias %}Every filter and every unit has a bias, which **counts**.{% else %}Biases are **not**
counted.{% endif %}

Give the parameters of each layer that has any, of all convolutions, of all fully connected layers,
of the whole network, and the share of the fully connected layers in the whole (as a number from 0
to 1).
"""

    size: Integer = given("W", about="height and width of the image", ge=8, le=1024)
    depth: Integer = given("D", about="channels of the image", ge=1, le=64)
    layers: tuple[str, ...] = given(about="CONV3-64 p1, POOL2, FC-4096, …", min_length=1,
                                    max_length=40)
    bias: bool = True

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        kinds = [layer.kind for layer in self.parsed]
        if "CONV" not in kinds or "FC" not in kinds:
            raise ValueError("layers must hold convolutions and fully connected layers")
        shape: tuple[Any, Any, Any] = (self.size, self.size, self.depth)
        for layer in self.parsed:
            shape = output_shape(layer, shape)
        return self

    @property
    def parsed(self) -> list[Layer]:
        return [parse_layer(text) for text in self.layers]

    def shown(self, layer: Layer) -> Layer:
        """The layer with numbers that formulas show one by one."""
        return replace(layer, size=self.written(layer.size), width=self.written(layer.width),
                       stride=self.written(layer.stride), padding=self.written(layer.padding))

    @property
    def plain(self) -> list[str]:
        return [layer.text.replace(" p1", "") for layer in self.parsed]

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        blocks = rng.level(level, easy=(1,), medium=(1, 1), hard=(2, 2))
        width = rng.choice((8, 12, 16, 24, 32))
        layers: list[str] = []
        for convs in blocks:
            layers += [f"CONV3-{width} p1"] * convs + ["POOL2"]
            width *= 2
        layers += [f"FC-{rng.choice((32, 64, 100, 128, 256))}", f"FC-{rng.choice((2, 5, 10))}"]
        return cls(size=rng.choice((16, 24, 32, 40, 48)), depth=rng.choice((1, 3)), layers=layers,
                   bias=rng.level(level, easy=True, medium=rng.choice((True, False)), hard=True))

    def solve(self) -> Steps:
        shape: tuple[Any, Any, Any] = (self.size, self.size, self.depth)
        sums: dict[str, Any] = {"CONV": 0, "FC": 0}
        for i, layer in enumerate(map(self.shown, self.parsed), 1):
            before, shape = shape, output_shape(layer, shape)
            if layer.kind == "POOL":
                continue
            params = yield Step(f"rows[{i}].params", f"p_{{{i}}}",
                                layer_params(layer, before, self.bias), "Parameters",
                                row=layer.text.replace(" p1", ""), wrong=self._mistakes(layer, before),
                                note="Each unit has a weight for every value of the layer before."
                                if layer.kind == "FC" else "")
            sums[layer.kind] = sums[layer.kind] + params
        convs = yield Step("conv", r"p_{\text{conv}}", sums["CONV"] + 0, "All convolutions",
                           note="The sum over the convolutions.")
        fully = yield Step("fc", r"p_{\text{fc}}", sums["FC"] + 0, "All fully connected layers",
                           note="The sum over the fully connected layers.")
        total = yield Step("total", "p", convs + fully, "The whole network")
        yield Step("share", "r", fully / total, "Share of the fully connected layers",
                   wrong={"divided by the convolutions instead of the whole": lambda: fully / convs})

    def _mistakes(self, layer: Layer, before: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {"left the biases out" if self.bias else "counted biases":
                                 lambda: layer_params(layer, before, not self.bias)}
        if layer.kind == "CONV" and before[2] > 1:
            wrong["forgot the depth of the input"] = lambda: layer_params(
                layer, (before[0], before[1], 1), self.bias)
        return wrong
