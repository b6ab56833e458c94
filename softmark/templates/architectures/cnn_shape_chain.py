"""Shapes and parameters through a stack of layers such as AlexNet or LeNet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.architecture import Layer, layer_params, output_shape, parse_layer
from softmark.worksheet import Integer, Rng, Shape, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack


class CnnShapeChain(Template):
    """Each row feeds the next."""

    title: ClassVar[str] = "Shapes through a convolutional network"
    # nothing branches here: the comparisons only refuse impossible layers
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A network takes a $W\times W\times D={{ size|number }}\times{{ size|number }}\times{{ depth|number }}$
image and has these layers, in this order:

| layer | what it does |
|---|---|
{% for layer in p.parsed %}| {{ loop.index }} | {{ p.described(layer) }} |
{% endfor %}

Sizes that do not come out even are rounded **down**. Shapes are height × width × channels,
$1\times1\times n$ after a fully connected layer of $n$ units; the first of these takes all values of
the map before it.
{% if p.grouped %}With $g$ groups, each filter sees one $g$-th of the input channels only.
{% endif %}
{% if bias %}Every filter and every unit has a bias, which **counts** as a parameter.
{% else %}Biases are **not** counted.{% endif %}

Give the shape after each layer and the layer's parameters, and all parameters together.
"""

    size: Integer = given("W", about="height and width of the image", ge=4, le=1024)
    depth: Integer = given("D", about="channels of the image", ge=1, le=64)
    layers: tuple[str, ...] = given(min_length=1, max_length=30,
                                    about="layers such as CONV11-96 s4 p0, POOL3 s2, FC-1000")
    bias: bool = True

    @model_validator(mode="after")
    def _chains(self) -> Self:
        shape: tuple[Any, Any, Any] = (self.size, self.size, self.depth)
        for layer in self.parsed:
            if layer.kind == "CONV" and shape[2] % layer.groups:
                raise ValueError(f"{layer.text}: {shape[2]} channels cannot be split into "
                                 f"{layer.groups} groups")
            try:
                shape = output_shape(layer, shape)
            except ValueError as error:
                raise ValueError(f"{layer.text} after {'×'.join(map(str, shape))}: {error}") from None
        return self

    @property
    def parsed(self) -> list[Layer]:
        return [parse_layer(text) for text in self.layers]

    @property
    def grouped(self) -> bool:
        return any(layer.groups > 1 for layer in self.parsed)

    def shown(self, layer: Layer) -> Layer:
        """The layer with numbers that formulas show one by one."""
        return replace(layer, size=self.written(layer.size), width=self.written(layer.width),
                       stride=self.written(layer.stride), padding=self.written(layer.padding))

    @staticmethod
    def described(layer: Layer) -> str:
        if layer.kind == "FC":
            return f"fully connected, {layer.width} units"
        if layer.kind == "POOL":
            padding = f", padding {layer.padding}" if layer.padding else ""
            return f"max pooling {layer.size}×{layer.size}, stride {layer.stride}{padding}"
        groups = f", {layer.groups} groups" if layer.groups > 1 else ""
        return (f"convolution, {layer.width} filters {layer.size}×{layer.size}, "
                f"stride {layer.stride}, padding {layer.padding}{groups}")

    def figure(self) -> Drawing:
        return stack([layer.text.split()[0] for layer in self.parsed],
                     f"{self.size}×{self.size}×{self.depth}", "The layers in order")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        k1, k2 = rng.choice((3, 5)), rng.choice((3, 5))
        f1, f2 = 2 * rng.integer(2, 12), 4 * rng.integer(4, 12)
        units = 10 * rng.integer(1, 12)
        if level == "easy":
            layers = [f"CONV{k1}-{f1}", "POOL2", f"FC-{units}"]
        elif level == "medium":
            layers = [f"CONV{k1}-{f1}", "POOL2", f"CONV{k2}-{f2}", "POOL2", f"FC-{units}"]
        else:
            layers = [f"CONV{rng.choice((7, 9, 11))}-{f1} s{rng.choice((2, 3, 4))}", "POOL3 s2",
                      f"CONV{k2}-{f2} p{k2 // 2}{rng.choice(('', ' g2'))}", "POOL3 s2", f"FC-{units}"]
        size = rng.level(level, easy=2 * rng.integer(6, 20), medium=4 * rng.integer(6, 12),
                         hard=rng.integer(63, 127))
        return cls(size=size, depth=rng.choice((1, 3)), layers=layers)

    def solve(self) -> Steps:
        shape = Shape((self.size, self.size, self.depth))
        total: Any = 0
        for i, layer in enumerate(map(self.shown, self.parsed), 1):
            before = shape
            shape = yield Step(f"rows[{i}].shape", rf"\text{{shape}}_{{{i}}}",
                               Shape(output_shape(layer, before)), "Shape", row=layer.text,
                               note=self._how(layer), wrong=self._shape_mistakes(layer, before))
            params = yield Step(f"rows[{i}].params", f"p_{{{i}}}",
                                layer_params(layer, before, self.bias), "Parameters",
                                row=layer.text, wrong=self._mistakes(layer, before),
                                note="A pooling layer learns nothing." if layer.kind == "POOL" else "")
            total = total + params
        yield Step("total", "p", total, "All parameters")

    @staticmethod
    def _how(layer: Layer) -> str:
        if layer.kind == "FC":
            return "A fully connected layer puts out one value per unit."
        return "Height and width by the formula for the size; " + (
            "one channel per filter." if layer.kind == "CONV" else "pooling keeps the channels.")

    @staticmethod
    def _shape_mistakes(layer: Layer, before: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if layer.kind == "FC":
            return wrong
        if (before[0] + 2 * layer.padding - layer.size) % layer.stride != 0:
            wrong["rounded the size up"] = lambda: Shape((
                *(output_shape(layer, before)[0] + 1,) * 2, output_shape(layer, before)[2]))
        if layer.padding == 0 and output_shape(layer, before)[0] > 1:
            wrong["forgot to add 1"] = lambda: Shape((
                *(output_shape(layer, before)[0] - 1,) * 2, output_shape(layer, before)[2]))
        if (2 * layer.padding) // layer.stride != 0:
            wrong["forgot the padding"] = lambda: Shape(
                output_shape(replace(layer, padding=0), before))
        return wrong

    def _mistakes(self, layer: Layer, before: Any) -> dict[str, Any]:
        if layer.kind == "POOL":
            return {"gave the pooling layer weights": lambda: layer.size * layer.size * before[2]}
        wrong: dict[str, Any] = {"left the biases out" if self.bias else "counted biases":
                                 lambda: layer_params(layer, before, not self.bias)}
        if layer.groups > 1:
            wrong["ignored the groups"] = lambda: layer_params(replace(layer, groups=1), before,
                                                               self.bias)
        if layer.kind == "FC" and before[0] != 1:
            wrong["connected one value per channel instead of the whole map"] = lambda: layer_params(
                layer, (1, 1, before[2]), self.bias)
        if layer.kind == "CONV" and before[2] != layer.groups:
            wrong["forgot the depth of the input"] = lambda: layer_params(
                layer, (before[0], before[1], layer.groups), self.bias)
        return wrong
