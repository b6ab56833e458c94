"""Stacks of layers: shape, values and parameters, layer by layer.

A layer is written as text, the way a slide lists it: `CONV11-96 s4 p0 g1`, `POOL3 s2`, `FC-4096`;
also `AVGPOOL2`, `GAP` (global average pooling), `BN` (batch norm), `RELU`, `LRN`, `DROPOUT`. Shapes are
height × width × channels; sizes are rounded down unless a pooling says `ceil`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from softmark.solvers.convolution import conv_macs, conv_params, output_size

_LAYER = re.compile(r"^(?:(?P<conv>CONV)(?P<kernel>\d{1,2})-(?P<filters>\d{1,5})"
                    r"|(?P<pool>POOL|AVGPOOL)(?P<window>\d{1,2})|(?P<fc>FC)-(?P<units>\d{1,6})"
                    r"|(?P<plain>GAP|BN|RELU|LRN|DROPOUT))"
                    r"(?P<options>(?: (?:[spgd]\d{1,2}|ceil|floor|bias|nobias)){0,6})$")
#: options by kind; `ceil` and `floor` are one, as `bias` and `nobias`
_OPTIONS = {"conv": "spgdb", "pool": "spr", "fc": "b", "plain": ""}
_MEANS = {"ceil": ("r", 1), "floor": ("r", 0), "bias": ("b", 1), "nobias": ("b", 0)}
#: what leaves the shape alone and works on the values where they lie
IN_PLACE = ("BN", "RELU", "LRN", "DROPOUT")

_VGG_LAYER = re.compile(r"CONV3-\d{1,5}(?: s1)?(?: p1)?|POOL2(?: s2)?|FC-\d{1,6}")

LENET5 = ("CONV5-6", "POOL2", "CONV5-16", "POOL2", "FC-120", "FC-84", "FC-10")
ALEXNET = ("CONV11-96 s4", "POOL3 s2", "CONV5-256 p2", "POOL3 s2", "CONV3-384 p1", "CONV3-384 p1",
           "CONV3-256 p1", "POOL3 s2", "FC-4096", "FC-4096", "FC-1000")
ALEXNET_GROUPED = ("CONV11-96 s4", "POOL3 s2", "CONV5-256 p2 g2", "POOL3 s2", "CONV3-384 p1",
                   "CONV3-384 p1 g2", "CONV3-256 p1 g2", "POOL3 s2", "FC-4096", "FC-4096", "FC-1000")
_VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth: int) -> tuple[str, ...]:
    """The layers of VGG-11, 13, 16 or 19 (Simonyan and Zisserman, 2015)."""
    layers: list[str] = []
    for convs, width in zip(_VGG[depth], (64, 128, 256, 512, 512), strict=True):
        layers += [f"CONV3-{width} p1"] * convs + ["POOL2"]
    return (*layers, "FC-4096", "FC-4096", "FC-1000")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as read: its kind (CONV, POOL, FC, …), its numbers, and the text it came from.

    ceil, bias: as the layer itself says, None where it says nothing.
    """

    text: str
    kind: str
    size: int = 1
    width: int = 0
    stride: int = 1
    padding: int = 0
    groups: int = 1
    dilation: int = 1
    ceil: bool | None = None
    bias: bool | None = None


def parse_layer(text: str) -> Layer:
    """A layer of a plain stack: CONV, POOL or FC; a pool's stride is its window if none is given.

    ValueError for text that is no such layer.
    """
    layer = read_layer(text)
    if layer.kind not in ("CONV", "POOL", "FC"):
        raise ValueError(f"{text!r} is no layer of a plain stack: CONV, POOL or FC")
    if layer.dilation != 1 or layer.ceil is not None or layer.bias is not None:
        raise ValueError(f"{text!r} says what a layer of a plain stack does not have")
    return layer


def read_layer(text: str) -> Layer:
    """Any layer from its text.

    ValueError for text that is no layer.
    """
    match = _LAYER.match(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is no layer; write CONV5-64 s1 p2, POOL2 s2 or FC-1000")
    parts = [_MEANS.get(part, (part[0], part[1:])) for part in match["options"].split()]
    options = {name: int(value) for name, value in parts}
    allowed = next(letters for name, letters in _OPTIONS.items() if match[name])
    if len(options) < len(parts) or not set(options) <= set(allowed):
        raise ValueError(f"{text!r} says something twice, or what such a layer does not have")
    ceil, bias = (bool(options[name]) if name in options else None for name in "rb")
    if match["conv"]:
        layer = Layer(text, "CONV", int(match["kernel"]), int(match["filters"]), options.get("s", 1),
                      options.get("p", 0), options.get("g", 1), options.get("d", 1), bias=bias)
    elif match["pool"]:
        size = int(match["window"])
        layer = Layer(text, match["pool"], size, 0, options.get("s", size), options.get("p", 0),
                      ceil=ceil)
    elif match["fc"]:
        layer = Layer(text, "FC", 1, int(match["units"]), bias=bias)
    else:
        layer = Layer(text, match["plain"])
    widths = [layer.width] if layer.kind in ("CONV", "FC") else []
    least = min(layer.size, layer.stride, layer.groups, layer.dilation, *widths)
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


def output_shape(layer: Layer, shape: tuple[Any, Any, Any], ceil: bool = False
                 ) -> tuple[Any, Any, Any]:
    """Height, width and channels after the layer; `ceil`: poolings that say nothing round up."""
    height, width, depth = shape
    if layer.kind in ("FC", "GAP"):
        return (1, 1, layer.width if layer.kind == "FC" else depth)
    if layer.kind in IN_PLACE:
        return shape
    up = layer.kind != "CONV" and (ceil if layer.ceil is None else layer.ceil)
    sides = tuple((ceiled_size if up else output_size)(
        side, layer.size, layer.stride, layer.padding, layer.dilation) for side in (height, width))
    return (*sides, layer.width if layer.kind == "CONV" else depth)


def ceiled_size(size: Any, kernel: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> Any:
    """As `output_size`, rounded up; a window that would begin behind the input is left out.

    So do Caffe and PyTorch (`ceil_mode`).
    """
    full = output_size(size, kernel, stride, padding, dilation)
    begins = full * stride
    rest = size + 2 * padding - dilation * (kernel - 1) - 1 - (full - 1) * stride
    return full + 1 if rest > 0 and begins < size + padding else full


def layer_params(layer: Layer, shape: tuple[Any, Any, Any], bias: bool = True) -> Any:
    """Parameters of the layer on an input of the shape; a pool has none, batch norm γ and β.

    A layer that says `bias` or `nobias` itself is taken at its word.
    """
    height, width, depth = shape
    bias = bias if layer.bias is None else layer.bias
    if layer.kind == "BN":
        return 2 * depth
    if layer.kind == "FC":
        # behind another fully connected layer there is no map whose sides count
        weights = depth if isinstance(height, int) and height == width == 1 else height * width * depth
        return (weights + 1) * layer.width if bias else weights * layer.width
    if layer.kind != "CONV":
        return 0
    if layer.groups > 1:
        depth = depth // layer.groups
    return conv_params(layer.size, layer.size, depth, layer.width, bias)


def layer_macs(layer: Layer, shape: tuple[Any, Any, Any], out: tuple[Any, Any, Any]) -> Any:
    """Multiplications (each with its addition) of convolutions and fully connected layers."""
    height, width, depth = shape
    if layer.kind == "FC":
        return height * width * depth * layer.width
    if layer.kind != "CONV":
        return 0
    return conv_macs(out[0], out[1], layer.size, layer.size, depth // layer.groups, layer.width)


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
