"""Stacks of layers: shape, values and parameters, layer by layer.

A layer is written as text, the way a slide lists it: `CONV11-96 s4 p0 g1`, `POOL3 s2`, `FC-4096`.
Shapes are height × width × channels; sizes are rounded down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from softmark.solvers.convolution import conv_params, output_size

_LAYER = re.compile(r"^(?:(?P<conv>CONV)(?P<kernel>\d{1,2})-(?P<filters>\d{1,5})"
                    r"|(?P<pool>POOL)(?P<window>\d{1,2})|(?P<fc>FC)-(?P<units>\d{1,6}))"
                    r"(?P<options>(?: [spg]\d{1,2}){0,3})$")

_VGG_LAYER = re.compile(r"CONV3-\d{1,5}(?: s1)?(?: p1)?|POOL2(?: s2)?|FC-\d{1,6}")

LENET5 = ("CONV5-6", "POOL2", "CONV5-16", "POOL2", "FC-120", "FC-84", "FC-10")
ALEXNET = ("CONV11-96 s4", "POOL3 s2", "CONV5-256 p2", "POOL3 s2", "CONV3-384 p1", "CONV3-384 p1",
           "CONV3-256 p1", "POOL3 s2", "FC-4096", "FC-4096", "FC-1000")
ALEXNET_GROUPED = ("CONV11-96 s4", "POOL3 s2", "CONV5-256 p2 g2", "POOL3 s2", "CONV3-384 p1",
                   "CONV3-384 p1 g2", "CONV3-256 p1 g2", "POOL3 s2", "FC-4096", "FC-4096", "FC-1000")
ZFNET = ("CONV7-96 s2 p1", "POOL3 s2", "CONV5-256 s2", "POOL3 s2", "CONV3-384 p1", "CONV3-384 p1",
         "CONV3-256 p1", "POOL3 s2", "FC-4096", "FC-4096", "FC-1000")
_VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth: int) -> tuple[str, ...]:
    """The layers of VGG-11, 13, 16 or 19 (Simonyan and Zisserman, 2015)."""
    layers: list[str] = []
    for convs, width in zip(_VGG[depth], (64, 128, 256, 512, 512), strict=True):
        layers += [f"CONV3-{width} p1"] * convs + ["POOL2"]
    return (*layers, "FC-4096", "FC-4096", "FC-1000")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as read: kind "CONV", "POOL" or "FC", its numbers, and the text it came from."""

    text: str
    kind: str
    size: int = 1
    width: int = 0
    stride: int = 1
    padding: int = 0
    groups: int = 1


def parse_layer(text: str) -> Layer:
    """A layer from its text; a pool's stride is its window if none is given.

    ValueError for text that is no layer.
    """
    match = _LAYER.match(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no layer; write CONV5-64 s1 p2, POOL2 s2 or FC-1000")
    parts = match["options"].split()
    options = {part[0]: int(part[1:]) for part in parts}
    allowed = "spg" if match["conv"] else "sp" if match["pool"] else ""
    if len(options) < len(parts) or not set(options) <= set(allowed):
        raise ValueError(f"{text!r} says something twice, or what such a layer does not have")
    if match["conv"]:
        layer = Layer(text, "CONV", int(match["kernel"]), int(match["filters"]),
                      options.get("s", 1), options.get("p", 0), options.get("g", 1))
    elif match["pool"]:
        size = int(match["window"])
        layer = Layer(text, "POOL", size, 0, options.get("s", size), options.get("p", 0))
    else:
        layer = Layer(text, "FC", 1, int(match["units"]))
    least = min(layer.size, layer.stride, layer.groups, 1 if layer.kind == "POOL" else layer.width)
    if least < 1 or layer.width % layer.groups:
        raise ValueError(f"{text!r}: sizes, strides, widths and groups are at least 1, "
                         "and groups divide the filters")
    return layer


def vgg_stack(texts: Sequence[str]) -> list[Layer]:
    """The layers of a VGG-like stack: CONV3-K with padding 1, POOL2, and FC-n at the end.

    Stride and padding need not be written. ValueError for any other layer or order.
    """
    layers: list[Layer] = []
    for text in texts:
        if not _VGG_LAYER.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is no layer of this table, which knows CONV3-K, POOL2 "
                             "and FC-n only")
        layer = parse_layer(text.split()[0])
        if layers and layers[-1].kind == "FC" and layer.kind != "FC":
            raise ValueError(f"{text} cannot follow a fully connected layer")
        layers.append(replace(layer, padding=1) if layer.kind == "CONV" else layer)
    return layers


def output_shape(layer: Layer, shape: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Height, width and channels after the layer."""
    height, width, depth = shape
    if layer.kind == "FC":
        return (1, 1, layer.width)
    sides = tuple(output_size(side, layer.size, layer.stride, layer.padding)
                  for side in (height, width))
    return (*sides, layer.width if layer.kind == "CONV" else depth)


def layer_params(layer: Layer, shape: tuple[Any, Any, Any], bias: bool = True) -> Any:
    """Parameters of the layer on an input of the shape; a pool has none."""
    height, width, depth = shape
    if layer.kind == "POOL":
        return 0
    if layer.kind == "FC":
        weights = height * width * depth
        return (weights + 1) * layer.width if bias else weights * layer.width
    if layer.groups > 1:
        depth = depth // layer.groups
    return conv_params(layer.size, layer.size, depth, layer.width, bias)


def table(layers: Sequence[str], shape: tuple[int, int, int], bias: bool = True
          ) -> list[tuple[Layer, tuple[int, int, int], int]]:
    """Layer, output shape and parameters, row by row."""
    rows = []
    for text in layers:
        layer = parse_layer(text)
        params = layer_params(layer, shape, bias)
        shape = output_shape(layer, shape)
        rows.append((layer, shape, params))
    return rows


def total_params(layers: Sequence[str], shape: tuple[int, int, int], bias: bool = True) -> int:
    """Parameters of the whole stack."""
    return sum(params for _, _, params in table(layers, shape, bias))
