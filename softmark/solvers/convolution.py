"""Convolution: sizes, values, parameters and cost.

Conventions: images are height × width (× channels last), "convolution" in network layers is
cross-correlation, sizes are rounded down. Everything works on arrays of terms too.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def output_size(size: Any, kernel: Any, stride: Any = 1, padding: Any = 0,
                dilation: Any = 1) -> Any:
    """⌊(W + 2P − D(F − 1) − 1) / S⌋ + 1, per side (Dumoulin and Visin, 2016, eq. 15).

    With dilation 1 it is written ⌊(W − F + 2P) / S⌋ + 1. ValueError if the kernel does not fit or
    stride or dilation are below 1.
    """
    if stride < 1 or dilation < 1 or kernel < 1 or padding < 0:
        raise ValueError("kernel, stride and dilation are at least 1, padding at least 0")
    room = size - kernel if dilation == 1 else size - dilation * (kernel - 1) - 1
    room = room + 2 * padding if padding != 0 else room
    if room < 0:
        raise ValueError("the kernel does not fit into the padded input")
    return room // stride + 1 if stride != 1 else room + 1


def pad(image: Any, padding: int) -> Any:
    """The image with a border of zeros, `padding` wide, on its two first axes."""
    if padding == 0:
        return image
    width = [(padding, padding)] * 2 + [(0, 0)] * (np.ndim(image) - 2)
    return np.pad(image, width, constant_values=0)


def windows(image: Any, kernel: tuple[int, int], stride: int = 1) -> list[list[Any]]:
    """The patches a kernel of the size sees, row by row (full windows only)."""
    high = output_size(image.shape[0], kernel[0], stride)
    wide = output_size(image.shape[1], kernel[1], stride)
    return [[image[i * stride:i * stride + kernel[0], j * stride:j * stride + kernel[1]]
             for j in range(wide)] for i in range(high)]


def cross_correlate(image: Any, kernel: Any, stride: int = 1, padding: int = 0) -> Any:
    """Sums of products of the kernel, unflipped, with each window: what a network layer computes.

    image (H, W) or (H, W, C), kernel likewise -> map (H', W').
    """
    rows = windows(pad(image, padding), kernel.shape[:2], stride)
    return np.array([[(patch * kernel).sum() for patch in row] for row in rows])


def convolve(image: Any, kernel: Any, stride: int = 1, padding: int = 0) -> Any:
    """As `cross_correlate`, with the kernel turned by 180°: the mathematician's convolution."""
    return cross_correlate(image, kernel[::-1, ::-1], stride, padding)


def conv_params(height: Any, width: Any, depth: Any, filters: Any, bias: bool = True) -> Any:
    """Parameters of a convolution layer: (F · F · D + 1) · K, the 1 only with biases."""
    weights = height * width * depth
    return (weights + 1) * filters if bias else weights * filters


def conv_macs(out_height: Any, out_width: Any, height: Any, width: Any, depth: Any,
              filters: Any) -> Any:
    """Multiplications of a convolution layer: H' · W' · K · (F · F · D)."""
    return out_height * out_width * filters * (height * width * depth)
