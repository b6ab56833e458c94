"""Pooling over windows, partial ones included.

Conventions: "floor" drops windows that do not fit, "ceil" keeps partial windows, whose missing
elements are left out (they are no zeros). A window that would begin behind the map is none (only
with a stride above the window), as in PyTorch's `ceil_mode`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.convolution import scatter
from softmark.solvers.functions import argmax, ceil, largest, sqrt

KINDS = ("max", "average", "sum", "l2")


def pool_output_size(size: Any, window: Any, stride: Any, rounding: str = "floor") -> Any:
    """⌊(H − k) / s⌋ + 1, or ⌈(H − k) / s⌉ + 1 with rounding "ceil".

    Where with "ceil" the last window would begin behind the map, s · (H' − 1) ≥ H, it does not count.
    """
    if window > size or window < 1 or stride < 1:
        raise ValueError("the window must fit and the stride be at least 1")
    if rounding == "ceil":
        windows = ceil((size - window) / stride) + 1
        return windows - 1 if (windows - 1) * stride >= size else windows
    if rounding != "floor":
        raise ValueError(f"rounding is floor or ceil, not {rounding!r}")
    return (size - window) // stride + 1


def pool_windows(image: Any, window: int, stride: int, rounding: str = "floor") -> list[list[Any]]:
    """The windows of a map (H, W), row by row; with "ceil" those at the border may be smaller."""
    high = pool_output_size(image.shape[0], window, stride, rounding)
    wide = pool_output_size(image.shape[1], window, stride, rounding)
    return [[image[i * stride:i * stride + window, j * stride:j * stride + window]
             for j in range(wide)] for i in range(high)]


def pool_window(patch: Any, kind: str) -> Any:
    """One window's value; an average is taken over the elements that are there."""
    if kind == "max":
        return largest(patch)
    if kind == "sum":
        return patch.sum()
    if kind == "average":
        return patch.sum() / patch.size
    if kind == "l2":
        return sqrt((patch ** 2).sum())
    raise ValueError(f"pooling is one of {', '.join(KINDS)}, not {kind!r}")


def pool(image: Any, window: int, stride: int, kind: str = "max", rounding: str = "floor") -> Any:
    """The pooled map (H', W') of a map (H, W)."""
    return np.array([[pool_window(patch, kind) for patch in row]
                     for row in pool_windows(image, window, stride, rounding)])


def pool_gradient(image: Any, upstream: Any, window: int, stride: int, kind: str = "max") -> Any:
    """∂L/∂x of max or average pooling: (H', W') back to (H, W); overlapping windows add up.

    A maximum hands its gradient to the one element it was, the first of equals row by row; a mean
    hands every element of its window an equal share.
    """
    shares: dict[str, Any] = {
        "max": _largest_takes, "average": lambda patch, g: np.full(patch.shape, g / patch.size)}
    if kind not in shares:
        raise ValueError(f"gradients are for max and average pooling, not {kind!r}")
    patches = [[shares[kind](patch, g) for patch, g in zip(row, gradients, strict=True)]
               for row, gradients in zip(pool_windows(image, window, stride), upstream, strict=True)]
    return scatter(patches, image.shape, stride)


def _largest_takes(patch: Any, gradient: Any) -> Any:
    """The gradient at the largest element of a window, 0 elsewhere."""
    place = argmax(patch.ravel())
    out = [gradient if i == place else 0 for i in range(patch.size)]
    return np.array(out, dtype=object).reshape(patch.shape)


def flatten(maps: Any, order: str = "map by map") -> Any:
    """Maps (C, H, W) as one vector, rows from left to right: map by map, or pixel by pixel.

    "map by map" takes the first map whole, then the next (channels first); "pixel by pixel" takes
    the first pixel of all maps, then the next (channels last).
    """
    if order == "map by map":
        return maps.ravel()
    if order == "pixel by pixel":
        return np.moveaxis(maps, 0, -1).ravel()
    raise ValueError(f"maps are laid out map by map or pixel by pixel, not {order!r}")
