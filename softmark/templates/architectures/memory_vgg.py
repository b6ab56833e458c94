"""Activations, bytes and parameters of a VGG-like stack, row by row."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from softmark.worksheet import Integer, Rng, Shape, Step, Steps, Template, given


class MemoryVgg(Template):
    """3×3 convolutions keep the size, 2×2 pools halve it; FC layers close the stack."""

    title: ClassVar[str] = "Memory of a VGG-like network"
    statement: ClassVar[str] = r"""
A VGG-like network takes a ${{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ image.
CONV3-$K$ is a $3\times3$ convolution with $K$ filters, stride 1 and padding 1; POOL2 is a
$2\times2$ max pooling with stride 2; FC-$n$ is fully connected. **Biases are not counted**
(weights only). Shapes are height × width × channels. The layers are, in this order:

{{ layers|join(' → ') }}

Fill in the table: the shape after each layer, the number of activation values it holds, and its
weights. Then add up all values, the input included, and give the memory that one image takes at
{{ bytes }} bytes a value; 1 MB is {% if megabyte == '10^6' %}$10^6${% else %}$2^{20}${% endif %} bytes.
"""

    size: Integer = given("W", about="height and width of the input", ge=8, le=1024)
    depth: Integer = given("D", about="channels of the input", ge=1, le=64)
    layers: tuple[str, ...] = given(about="CONV3-64, POOL2, FC-4096, …", min_length=1,
                                    max_length=40)
    bytes: Literal[2, 4, 8] = 4
    megabyte: Literal["10^6", "2^20"] = "10^6"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        blocks = rng.level(level, easy=(1,), medium=(1, 1), hard=(1, 2))
        width = rng.choice((8, 16, 32))
        layers: list[str] = []
        for convs in blocks:
            layers += [f"CONV3-{width}"] * convs + ["POOL2"]
            width *= 2
        layers += [f"FC-{rng.choice((64, 100, 128))}"]
        return cls(size=rng.choice((32, 48, 64, 96)), depth=rng.choice((1, 3)), layers=layers,
                   decimals=3)

    def solve(self) -> Steps:
        h, d = self.size, self.depth
        values = yield Step("rows[0].values", "v_0", h * h * d, "Values", row="INPUT")
        total_values, total_weights = values, 0
        for i, layer in enumerate(self.layers, 1):
            kind, _, number = layer.partition("-")
            if kind == "CONV3":
                k = int(number)
                shape, weights = Shape((h, h, k)), 3 * 3 * d * k
            elif kind == "POOL2":
                shape, weights = Shape((h // 2, h // 2, d)), 0
            else:
                shape, weights = Shape((1, 1, int(number))), h * h * d * int(number)
            shape = yield Step(f"rows[{i}].shape", rf"\text{{shape}}_{{{i}}}", shape, "Shape",
                               row=layer)
            rows_wrong = {"halved the channels too":
                          lambda s=shape, k=kind: s[0] * s[1] * (s[2] // 2)} \
                if kind == "POOL2" else {}
            values = yield Step(f"rows[{i}].values", f"v_{{{i}}}", shape[0] * shape[1] * shape[2],
                                "Values", row=layer, wrong=rows_wrong)
            if kind == "CONV3":
                wrong = {"forgot the depth of the input": lambda s=shape: 3 * 3 * s[2]}
            else:
                wrong = {}
            weights = yield Step(f"rows[{i}].weights", f"p_{{{i}}}", weights, "Weights", row=layer,
                                 wrong=wrong, note="A pooling layer has no weights."
                                 if kind == "POOL2" else "")
            h, d = shape[0], shape[2]
            total_values, total_weights = total_values + values, total_weights + weights
        total = yield Step("total", "v", total_values, "All activation values")
        yield Step("weights", "p", total_weights, "All weights")
        yield Step("memory", r"M", total * self.bytes / (10**6 if self.megabyte == "10^6"
                                                         else 2**20), "Memory in MB",
                   wrong={"took MB for MiB or the other way round":
                          lambda: total * self.bytes / (2**20 if self.megabyte == "10^6"
                                                        else 10**6)})
