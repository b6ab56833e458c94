"""Pooling over windows, partial ones included.

Conventions: "floor" drops windows that do not fit, "ceil" keeps partial windows, whose missing
elements are left out (they are no zeros).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.functions import ceil, largest, sqrt

KINDS = ("max", "average", "sum", "l2")


def pool_output_size(size: Any, window: Any, stride: Any, rounding: str = "floor") -> Any:
    """⌊(H − k) / s⌋ + 1, or ⌈(H − k) / s⌉ + 1 with rounding "ceil"."""
    if window > size or window < 1 or stride < 1:
        raise ValueError("the window must fit and the stride be at least 1")
    if rounding == "ceil":
        return ceil((size - window) / stride) + 1
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
