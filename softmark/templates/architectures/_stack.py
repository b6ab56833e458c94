"""What the families about VGG-like networks share: the stack of layers, its words and its draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import model_validator

from softmark.solvers.architecture import Layer, vgg_stack
from softmark.worksheet import Integer, Rng, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack

#: what the statement says of the image and of the kinds of layers
LAYERS = r"""
A VGG-like network takes a
$W\times W\times D={{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ image.
CONV3-$K$ is a $3\times3$ convolution with $K$ filters, stride 1 and padding 1; POOL2 is a
$2\times2$ max pooling with stride 2 (a size that is odd is rounded **down**); FC-$n$ is fully
connected with $n$ units."""


class VggStack(Template):
    """3×3 convolutions keep the size, 2×2 pools halve it; FC layers close the stack."""

    size: Integer = given("W", about="height and width of the image", ge=8, le=1024)
    depth: Integer = given("D", about="channels of the image", ge=1, le=64)
    layers: tuple[str, ...] = given(about="CONV3-64, POOL2, FC-4096, …", min_length=1, max_length=40)

    @model_validator(mode="after")
    def _can_be_halved(self) -> VggStack:
        if self.size // 2 ** [layer.kind for layer in self.parsed].count("POOL") < 1:
            raise ValueError("there are more poolings than the image can be halved")
        return self

    @property
    def parsed(self) -> list[Layer]:
        return vgg_stack(self.layers)

    @property
    def captions(self) -> list[str]:
        return [layer.text for layer in self.parsed]

    def figure(self) -> Drawing:
        return stack(self.captions, f"{self.size}×{self.size}×{self.depth}", "The layers in order")

    @staticmethod
    def drawn_layers(rng: Rng, blocks: Sequence[int], *units: Any) -> list[str]:
        """Blocks of so many convolutions, each block twice as wide as the one before, then FC layers."""
        width = rng.choice((8, 12, 16, 24, 32))
        layers: list[str] = []
        for convs in blocks:
            layers += [f"CONV3-{width}"] * convs + ["POOL2"]
            width *= 2
        return layers + [f"FC-{rng.choice(choices)}" for choices in units]
