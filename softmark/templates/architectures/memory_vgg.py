"""Activations, bytes and parameters of a VGG-like stack, row by row."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from softmark.templates.architectures._stack import LAYERS, VggStack
from softmark.worksheet import Rng, Shape, Step, Steps


class MemoryVgg(VggStack):
    """3×3 convolutions keep the size, 2×2 pools halve it; FC layers close the stack."""

    title: ClassVar[str] = "Memory of a VGG-like network"
    statement: ClassVar[str] = LAYERS + r"""
**Biases are not counted** (weights only). Shapes are height × width × channels,
$1\times1\times n$ after FC-$n$. The layers are, in this order:

{{ p.captions|join(' → ') }}

Give the number of values of the input, and for each layer the shape after it, the number of activation
values this holds, and the layer's weights. Then add up all values, the input included, and give the
memory that one image takes in the forward pass at {{ bytes }} bytes per value; 1 MB is
{% if megabyte == '10^6' %}$10^6${% else %}$2^{20}${% endif %} bytes.
"""

    bytes: Literal[2, 4, 8] = 4
    megabyte: Literal["10^6", "2^20"] = "10^6"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        blocks = rng.level(level, easy=(1,), medium=(1, 1), hard=(1, 2))
        layers = cls.drawn_layers(rng, blocks, (10, 50, 64, 100, 128))
        return cls(size=8 * rng.integer(3, 16), depth=rng.choice((1, 3, 4)),
                   layers=layers, bytes=rng.choice((4, 8)))

    def solve(self) -> Steps:
        h, d, f = self.size, self.depth, self.written(3, drawn=False)
        values = yield Step("input", "v_0", h * h * d, "Values of the input")
        total: Any = values
        weights_total: Any = 0
        for i, layer in enumerate(self.parsed, 1):
            text, kind, k = layer.text, layer.kind, self.written(layer.width)
            if kind == "CONV":
                shape, weights = Shape((h, h, k)), f * f * d * k
            elif kind == "POOL":
                shape, weights = Shape((h // 2, h // 2, d)), 0
            else:
                shape, weights = Shape((1, 1, k)), h * h * d * k
            shape = yield Step(f"rows[{i}].shape", rf"\text{{shape}}_{{{i}}}", shape, "Shape",
                               row=text, note=self._how(kind))
            values = yield Step(f"rows[{i}].values", f"v_{{{i}}}", shape[0] * shape[1] * shape[2],
                                "Values", row=text, wrong={} if kind == "FC" else {
                                    "left the channels out": lambda s=shape: s[0] * s[1]})
            weights = yield Step(f"rows[{i}].weights", f"p_{{{i}}}", weights, "Weights", row=text,
                                 note="A pooling layer has no weights." if kind == "POOL" else "",
                                 wrong=self._mistakes(kind, h, d, k))
            h, d = shape[0], shape[2]
            total, weights_total = total + values, weights_total + weights
        total = yield Step("total", "v", total, "All activation values")
        yield Step("weights", "p", weights_total, "All weights")
        million, binary = 10**6, 2**20
        mega, other = (million, binary) if self.megabyte == "10^6" else (binary, million)
        yield Step("memory", "M", self.bytes * total / mega, "Memory in MB",
                   wrong={"took the other megabyte": lambda: total * self.bytes / other,
                          "counted the backward pass too": lambda: 2 * total * self.bytes / mega})

    @staticmethod
    def _how(kind: str) -> str:
        return {"CONV": "Padding 1 keeps height and width; each filter makes one channel.",
                "POOL": "Height and width are halved, the channels stay.",
                "FC": "One value per unit."}[kind]

    @staticmethod
    def _mistakes(kind: str, side: Any, depth: Any, width: Any) -> dict[str, Any]:
        if kind == "POOL":
            return {"gave the pooling layer weights": lambda: 2 * 2 * depth}
        if kind == "FC":
            return {"connected one value per channel instead of the whole map":
                    lambda: depth * width} if side != 1 else {}
        return {"forgot the depth of the input": lambda: 3 * 3 * width} if depth != 1 else {}
