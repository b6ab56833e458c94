"""Convolution of images by sums of products, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from softmark.solvers.convolution import output_size
from softmark.solvers.layers.base import Layer, first_weights


class Convolution(Layer):
    """z[n,i,j,k] = Σ_pqd W[k,p,q,d] x[n, i·S + p·D − P, j·S + q·D − P, d] + b[k].

    That is cross-correlation, the kernel unflipped, with zeros around the image. x (batch, H, W,
    D), W (K, F, F', D), b (K) or None -> z (batch, H', W', K), sizes by
    `softmark.solvers.convolution.output_size`. dE/dW is the correlation of x with δ, dE/dx the
    full convolution of δ with W (Goodfellow et al., 2016, section 9.5).
    """

    penalized = ("W",)

    def __init__(self, W: Any, b: Any, activation: str = "identity", *, stride: int = 1,
                 padding: int = 0, dilation: int = 1) -> None:
        super().__init__(activation, W=W, b=b)
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.windows: Any = None

    @classmethod
    def random(cls, rng: np.random.Generator, kernel: int, depth: int, filters: int,
               activation: str = "identity", scheme: str = "glorot", **settings: int) -> Convolution:
        """Uniform square kernels of a scheme (F²D weights enter, F²K leave), and zero biases."""
        area = kernel * kernel
        W = first_weights(rng, scheme, area * depth, area * filters, filters, kernel, kernel, depth)
        return cls(W, np.zeros(filters), activation, **settings)

    def net(self, x: Any, train: bool) -> Any:
        W, s, d = self.parameters["W"], self.stride, self.dilation
        for axis in (1, 2):
            output_size(x.shape[axis], W.shape[axis], s, self.padding, d)  # refuses what cannot fit
        room = (0, 0), (self.padding, self.padding), (self.padding, self.padding), (0, 0)
        reach = tuple(d * (F - 1) + 1 for F in W.shape[1:3])
        # (batch, H', W', D, F, F'): a view of the padded image, no copy
        self.windows = sliding_window_view(np.pad(x, room), reach, axis=(1, 2))[
            :, ::s, ::s, :, ::d, ::d]
        return np.tensordot(self.windows, W, axes=((4, 5, 3), (1, 2, 3))) + self.parameters.get("b", 0)

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        places = (0, 1, 2)
        W = np.tensordot(delta, self.windows, axes=(places, places)).transpose(0, 2, 3, 1)
        self.gradients = {"W": W, "b": delta.sum(axis=places)} if "b" in self.parameters else {"W": W}
        return self._image(delta) if below else None

    def _image(self, delta: Any) -> Any:
        """dE/dx: each δ goes back, times its weight, to the pixels that it was made of."""
        W, s, P = self.parameters["W"], self.stride, self.padding
        n, H, wide, D = self.x.shape
        dx = np.zeros((n, H + 2 * P, wide + 2 * P, D))
        high, width = delta.shape[1:3]
        for p in range(W.shape[1]):
            for q in range(W.shape[2]):
                top, left = p * self.dilation, q * self.dilation
                dx[:, top:top + s * high:s, left:left + s * width:s] += delta @ W[:, p, q]
        return dx[:, P:P + H, P:P + wide]
