"""Convolution: sizes, values, gradients, parameters and cost.

Conventions: images are height × width (× channels last), "convolution" in network layers is
cross-correlation, sizes are rounded down. Everything works on arrays of terms too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.functions import maximum


def output_size(size: Any, kernel: Any, stride: Any = 1, padding: Any = 0,
                dilation: Any = 1) -> Any:
    """⌊(W + 2P − D(F − 1) − 1) / S⌋ + 1, per side (Dumoulin and Visin, 2016, eq. 15).

    With dilation 1 it is written ⌊(W − F + 2P) / S⌋ + 1, with stride 1 and dilation
    W + 2P − D(F − 1). ValueError if the kernel does not fit or stride or dilation are below 1.
    """
    if stride < 1 or dilation < 1 or kernel < 1 or padding < 0:
        raise ValueError("kernel, stride and dilation are at least 1, padding at least 0")
    room = size - kernel if dilation == 1 else size - dilation * (kernel - 1) - 1
    room = room + 2 * padding if padding != 0 else room
    if room < 0:
        raise ValueError("the kernel does not fit into the padded input")
    if stride != 1:
        return room // stride + 1
    if dilation == 1:
        return room + 1
    kept = size - dilation * (kernel - 1)
    return kept + 2 * padding if padding != 0 else kept


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


def same_padding(kernel: Any, dilation: Any = 1) -> Any:
    """Zeros on each side that keep the size at stride 1: D(F − 1) / 2, for an odd kernel.

    Dumoulin and Visin (2016), section 2.3. ValueError where the zeros cannot be split evenly.
    """
    if kernel < 1 or dilation < 1 or (dilation * (kernel - 1)) % 2 != 0:
        raise ValueError("D(F − 1) zeros must split evenly: take an odd kernel")
    return _halved(kernel - 1 if dilation == 1 else dilation * (kernel - 1))


def same_padding_total(size: Any, out: Any, kernel: Any, stride: Any) -> Any:
    """Zeros on both ends together that give `out` outputs: (W' − 1) · S + F − W, or 0.

    With out = ⌈W / S⌉ it is TensorFlow's padding "SAME"; of an odd total the larger half goes to
    the end.
    """
    return maximum((out - 1) * stride + kernel - size, 0)


def _halved(number: Any) -> Any:
    """Half of an even number, whole where the number is."""
    return number / 2 if hasattr(number, "elementary") else number // 2


def multichannel(volume: Any, kernels: Any, bias: Any = 0, stride: int = 1, padding: int = 0) -> Any:
    """One map of a layer: the cross-correlations of all channels added up, and the bias.

    volume (C, H, W), kernels (C, F, F) of one filter -> map (H', W').
    """
    return sum(cross_correlate(x, k, stride, padding)
               for x, k in zip(volume, kernels, strict=True)) + bias


def kernel_gradient(image: Any, upstream: Any, kernel: tuple[int, int], stride: int = 1) -> Any:
    """∂L/∂k of `cross_correlate` without padding: each g times the window it was made from.

    image (H, W), upstream (H', W') -> (F, F). Goodfellow et al. (2016), eq. 9.11.
    """
    high, wide = upstream.shape
    return np.array([[(image[a:a + stride * (high - 1) + 1:stride,
                             b:b + stride * (wide - 1) + 1:stride] * upstream).sum()
                      for b in range(kernel[1])] for a in range(kernel[0])])


def image_gradient(kernel: Any, upstream: Any, image: tuple[int, int], stride: int = 1) -> Any:
    """∂L/∂x of `cross_correlate` without padding: every g hands its kernel back to its window.

    kernel (F, F), upstream (H', W') -> (H, W); at stride 1 the full convolution of the two.
    Goodfellow et al. (2016), eq. 9.13.
    """
    return scatter([[g * kernel for g in row] for row in upstream], image, stride)


def scatter(patches: Any, shape: tuple[int, int], stride: int) -> Any:
    """Adds patches up where their windows lie: the transpose of `windows`."""
    out: list[list[Any]] = [[0] * shape[1] for _ in range(shape[0])]
    for i, row in enumerate(patches):
        for j, patch in enumerate(row):
            for (a, b), value in np.ndenumerate(patch):
                out[i * stride + a][j * stride + b] = out[i * stride + a][j * stride + b] + value
    return np.array(out)


def convolve_1d(signal: Any, weights: Any, stride: int = 1) -> Any:
    """Sums of products of a filter, unflipped, with each full window of a signal.

    weights (F,) are shared by all windows; weights (N', F) are locally connected, a row a window.
    """
    size = weights.shape[-1]
    count = output_size(len(signal), size, stride)
    rows = weights if weights.ndim == 2 else [weights] * count
    return np.array([(signal[i * stride:i * stride + size] * row).sum()
                     for i, row in zip(range(count), rows, strict=True)])


def band_matrix(weights: Any, size: int, stride: int = 1) -> Any:
    """The matrix W with y = Wᵀx for `convolve_1d`: inputs × outputs, zero off its band.

    A column is one output's weights; with shared weights the same numbers move down by the stride.
    """
    taps = weights.shape[-1]
    count = output_size(size, taps, stride)
    rows = weights if weights.ndim == 2 else [weights] * count
    return np.array([[rows[j][i - j * stride] if 0 <= i - j * stride < taps else 0
                      for j in range(count)] for i in range(size)])


def dense_weights(inputs: Any, units: Any, bias: bool = True) -> Any:
    """Weights of a fully connected layer: every unit sees every input."""
    return (inputs + 1) * units if bias else inputs * units


def local_weights(units: Any, kernel: Any, depth: Any, bias: bool = True) -> Any:
    """Weights of a locally connected layer: every unit has a window of its own weights."""
    window = kernel * kernel * depth
    return units * (window + 1) if bias else units * window
