"""Dense layers, and the decoder of an autoencoder whose weights are its encoder's."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.backprop import dense, weight_gradient
from softmark.solvers.layers.base import Layer, first_weights
from softmark.solvers.recurrent import times


def rows(x: Any, leading: int) -> Any:
    """x as (batch, features): every step of a sequence is a row of its own."""
    if x.ndim <= leading + 2:
        return x
    return x.reshape(*x.shape[:leading], -1, x.shape[-1])


class Dense(Layer):
    """z = W x + b (Rumelhart, Hinton and Williams, 1986): δᵀx is dE/dW, Wᵀδ goes on below.

    W (out, in), b (out) or None; x (batch, in), or (batch, steps, in) for one layer at every step. With
    W (S, out, in) and b (S, out) it is S students' layers, and x has their axis first.
    """

    penalized = ("W",)

    def __init__(self, W: Any, b: Any, activation: str = "identity") -> None:
        super().__init__(activation, W=W, b=b)
        self.tied: Any = None  # what a tied decoder adds to dE/dW

    @classmethod
    def random(cls, rng: np.random.Generator, inputs: int, outputs: int,
               activation: str = "identity", scheme: str = "glorot") -> Dense:
        """Uniform weights of a scheme (`first_weights`) and zero biases."""
        return cls(first_weights(rng, scheme, inputs, outputs, outputs, inputs), np.zeros(outputs),
                   activation)

    @property
    def leading(self) -> int:
        return int(self.parameters["W"].ndim - 2)

    def net(self, x: Any, train: bool) -> Any:
        W, b = self.parameters["W"], self.parameters.get("b")
        if x.ndim <= W.ndim:
            return times(W, x) if b is None else dense(W, x, b)
        z = rows(x, W.ndim - 2)
        z = times(W, z) if b is None else dense(W, z, b)
        return z.reshape(*x.shape[:-1], W.shape[-2])

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        W, x = self.parameters["W"], self.x
        if x.ndim > W.ndim:
            delta, x = rows(delta, W.ndim - 2), rows(x, W.ndim - 2)
        gradient = weight_gradient(delta, x)
        if self.tied is not None:
            gradient, self.tied = gradient + self.tied, None
        self.gradients = {"W": gradient}
        if "b" in self.parameters:
            self.gradients["b"] = delta.sum(axis=-2)
        if not below:
            return None
        dx = np.matmul(delta, W)
        return dx if x is self.x else dx.reshape(self.x.shape)


class TiedDense(Layer):
    """z = Wᵀ x + b with the W of a dense layer below (tied weights; Vincent et al., 2010).

    Its only parameter is b; its part of dE/dW is added to the other layer's. It takes one network
    (no students) and must stand above the layer whose weights it uses.
    """

    def __init__(self, encoder: Dense, b: Any, activation: str = "identity") -> None:
        super().__init__(activation, b=b)
        self.encoder = encoder
        if self.parameters["b"].shape != encoder.parameters["W"].shape[1:]:
            raise ValueError("a tied decoder has as many outputs as its encoder has inputs")

    def net(self, x: Any, train: bool) -> Any:
        return x @ self.encoder.parameters["W"] + self.parameters["b"]

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        part = weight_gradient(rows(self.x, 0), rows(delta, 0))
        self.encoder.tied = part if self.encoder.tied is None else self.encoder.tied + part
        self.gradients = {"b": rows(delta, 0).sum(axis=0)}
        return delta @ self.encoder.parameters["W"].T if below else None
