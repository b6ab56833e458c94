"""Parameters of a VGG-like network: per layer, in all, and the share of its FC layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.architecture import Layer, layer_params, output_shape
from softmark.templates.architectures._stack import LAYERS, VggStack
from softmark.worksheet import Rng, Step, Steps


class ParamsVgg(VggStack):
    """Each 3×3 convolution keeps the size, each 2×2 pooling halves it."""

    title: ClassVar[str] = "Parameters of a VGG-like network"
    statement: ClassVar[str] = LAYERS + r""" The layers are, in this order:

{{ p.captions|join(' → ') }}

{% if bias %}Every filter and every unit has a bias, which **counts**.{% else %}Biases are **not**
counted.{% endif %}

Give the parameters of each layer (0 where it has none), of all convolutions, of all fully connected
layers, of the whole network, and the share of the fully connected layers in the whole (as a number
from 0 to 1).
"""

    bias: bool = True

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        kinds = [layer.kind for layer in self.parsed]
        if "CONV" not in kinds or "FC" not in kinds:
            raise ValueError("layers must hold convolutions and fully connected layers")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        blocks = rng.level(level, easy=(1,), medium=(1, 1), hard=(2, 2))
        # small images, so that the convolutions have a share that shows
        side = rng.level(level, easy=2 * rng.integer(4, 9), medium=4 * rng.integer(3, 7),
                         hard=4 * rng.integer(4, 9))
        units = rng.level(level, easy=(8, 10, 12, 16, 20), medium=(20, 32, 50, 64),
                          hard=(32, 64, 100, 128))
        layers = cls.drawn_layers(rng, blocks, units, (2, 3, 4, 5, 6, 8, 10))
        return cls(size=side, depth=rng.choice((1, 3)), layers=layers,
                   bias=rng.level(level, easy=True, medium=rng.choice((True, False)), hard=True))

    def solve(self) -> Steps:
        shape: tuple[Any, Any, Any] = (self.size, self.size, self.depth)
        sums: dict[str, Any] = {"CONV": 0, "POOL": 0, "FC": 0}
        for i, layer in enumerate(self.parsed, 1):
            shown = replace(layer, size=self.written(layer.size), width=self.written(layer.width))
            params = yield Step(f"rows[{i}].params", f"p_{{{i}}}",
                                layer_params(shown, shape, self.bias), "Parameters",
                                row=layer.text, wrong=self._mistakes(layer, shape),
                                note=self._how(layer))
            if layer.kind == "POOL":
                side = yield Step(f"rows[{i}].side", f"W_{{{i}}}", shape[0] // 2,
                                  "Height and width after it", ask=False, row=layer.text)
                shape = (side, side, shape[2])
            else:
                shape = output_shape(shown, shape) if layer.kind == "FC" else (*shape[:2], shown.width)
            sums[layer.kind] = sums[layer.kind] + params
        convs = yield Step("conv", r"p_{\text{conv}}", sums["CONV"], "All convolutions",
                           note="The sum over the convolutions.")
        fully = yield Step("fc", r"p_{\text{fc}}", sums["FC"], "All fully connected layers",
                           note="The sum over the fully connected layers.")
        total = yield Step("total", "p", convs + fully, "The whole network")
        yield Step("share", "r", fully / total, "Share of the fully connected layers",
                   wrong={"divided by the convolutions instead of the whole": lambda: fully / convs})

    @staticmethod
    def _how(layer: Layer) -> str:
        return {"CONV": "", "POOL": "A pooling layer learns nothing.",
                "FC": "Each unit has a weight for every value of the layer before."}[layer.kind]

    def _mistakes(self, layer: Layer, before: Any) -> dict[str, Any]:
        if layer.kind == "POOL":
            return {"gave the pooling layer weights": lambda: layer.size * layer.size * before[2]}
        wrong: dict[str, Any] = {"left the biases out" if self.bias else "counted biases":
                                 lambda: layer_params(layer, before, not self.bias)}
        if layer.kind == "CONV" and before[2] != 1:
            wrong["forgot the depth of the input"] = lambda: layer_params(
                layer, (before[0], before[1], 1), self.bias)
        if layer.kind == "FC" and before[0] != 1:
            wrong["connected one value per channel instead of the whole map"] = lambda: layer_params(
                layer, (1, 1, before[2]), self.bias)
        return wrong
