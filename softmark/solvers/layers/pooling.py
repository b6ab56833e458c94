"""Pooling of images, forward and backward, and the way from maps to vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.layers.base import Layer
from softmark.solvers.pooling import KINDS, pool_output_size


class Pool(Layer):
    """The largest, mean, sum or root of the sum of squares of each window of each map.

    x (batch, H, W, D) -> (batch, H', W', D). kind, stride (the window if none is given) and
    rounding as in `softmark.solvers.pooling`: with "ceil" partial windows count, whose missing
    elements are left out. Of equal largest elements the first, row by row, takes the whole
    gradient (as in PyTorch), or with ties="split" all take equal shares.
    """

    def __init__(self, kind: str, window: int, stride: int | None = None, *,
                 rounding: str = "floor", ties: str = "first") -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"pooling is one of {', '.join(KINDS)}, not {kind!r}")
        if ties not in ("first", "split"):
            raise ValueError(f"ties go to the first or are split, not {ties!r}")
        if rounding == "ceil" and (stride or window) > window:
            raise ValueError("a partial window might see nothing: the stride is at most the window")
        self.kind = kind
        self.window = window
        self.stride = stride or window
        self.rounding = rounding
        self.ties = ties
        self.patches: list[Any] = []
        self.counts: Any = None

    def net(self, x: Any, train: bool) -> Any:
        x = x.astype(float, copy=False)
        high, wide = (pool_output_size(size, self.window, self.stride, self.rounding)
                      for size in x.shape[1:3])
        reach = [self.stride * (n - 1) + self.window for n in (high, wide)]
        room = [(0, 0), *((0, max(0, r - size)) for r, size in zip(reach, x.shape[1:3], strict=True)),
                (0, 0)]
        filled = np.pad(x, room, constant_values=-np.inf if self.kind == "max" else 0)
        there = np.pad(np.ones((1, *x.shape[1:3], 1)), room)
        # one array a place within the window, each (batch, H', W', D)
        self.patches = [filled[at] for at in self._places(high, wide)]
        if self.kind == "max":
            return np.max(self.patches, axis=0)
        if self.kind == "l2":
            return np.sqrt(sum(patch ** 2 for patch in self.patches))
        self.counts = sum(there[at] for at in self._places(high, wide))
        total = np.sum(self.patches, axis=0)
        return total / self.counts if self.kind == "average" else total

    def _places(self, high: int, wide: int) -> list[tuple[slice, slice, slice]]:
        """Where the elements of all windows lie, for each place within the window."""
        s = self.stride
        return [(slice(None), slice(p, p + s * (high - 1) + 1, s), slice(q, q + s * (wide - 1) + 1, s))
                for p in range(self.window) for q in range(self.window)]

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        high, wide = delta.shape[1:3]
        n, H, width, D = self.x.shape
        reach = [self.stride * (m - 1) + self.window for m in (high, wide)]
        dx = np.zeros((n, max(H, reach[0]), max(width, reach[1]), D))
        for at, share in zip(self._places(high, wide), self._shares(), strict=True):
            dx[at] += share * delta
        return dx[:, :H, :width]

    def _shares(self) -> list[Any]:
        """∂(pooled value)/∂(element) for each place within the window."""
        if self.kind == "average":
            return [1 / self.counts] * len(self.patches)
        if self.kind == "sum":
            return [1.0] * len(self.patches)
        if self.kind == "l2":
            length = np.where(self.a > 0, self.a, 1)  # a window of zeros takes no gradient
            return [patch / length for patch in self.patches]
        largest = np.array([patch == self.a for patch in self.patches])
        if self.ties == "split":
            return list(largest / largest.sum(axis=0))
        return list(largest & (largest.cumsum(axis=0) == 1))


class GlobalAverage(Layer):
    """The mean of each map: (batch, H, W, D) -> (batch, D) (Lin, Chen and Yan, 2014).

    Of a sequence (batch, T, D) it is the mean over time.
    """

    def net(self, x: Any, train: bool) -> Any:
        return x.mean(axis=tuple(range(1, x.ndim - 1)))

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        n, *sizes, D = self.x.shape
        each = delta.reshape(n, *(1,) * len(sizes), D) / np.prod(sizes)
        return np.broadcast_to(each, self.x.shape)


class Flatten(Layer):
    """Images (batch, H, W, D) as vectors (batch, H·W·D), row by row.

    order "map by map" takes one whole map after the other (PyTorch), "pixel by pixel" all channels
    of one pixel after the other (Keras), as in `softmark.solvers.pooling.flatten`.
    """

    def __init__(self, order: str = "map by map") -> None:
        super().__init__()
        if order not in ("map by map", "pixel by pixel"):
            raise ValueError(f"maps are laid out map by map or pixel by pixel, not {order!r}")
        self.order = order

    def net(self, x: Any, train: bool) -> Any:
        x = np.moveaxis(x, -1, 1) if self.order == "map by map" else x
        return x.reshape(len(x), -1)

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        n, *sizes, D = self.x.shape
        if self.order == "map by map":
            return np.moveaxis(delta.reshape(n, D, *sizes), 1, -1)
        return delta.reshape(self.x.shape)
