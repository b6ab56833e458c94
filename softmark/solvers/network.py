"""A small trainer of dense networks: every quantity of every step can be looked at.

float64 throughout; seeds are explicit; gradients are means over the batch. With weights of shape
(S, out, in) it trains S students' networks at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from softmark.solvers.backprop import (
    activate,
    dense,
    hidden_delta,
    output_delta,
    sample_loss,
    weight_gradient,
)


@dataclass(slots=True)
class Step:
    """One training step: net inputs, activations, deltas, gradients per layer, and the loss."""

    z: list[Any]
    a: list[Any]
    delta: list[Any]
    weight_gradients: list[Any]
    bias_gradients: list[Any]
    loss: Any


@dataclass(slots=True)
class History:
    """Mean loss of each epoch, after its updates, and the trace of every step if asked."""

    loss: list[Any] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class Network:
    """Dense layers with their activations, a loss, and momentum SGD."""

    def __init__(self, weights: Sequence[Any], biases: Sequence[Any],
                 activations: Sequence[str], loss: str = "squared") -> None:
        """weights (out, in) and biases (out) a layer, or (S, out, in) and (S, out).

        ValueError if the shapes do not chain or the loss does not go with the last activation.
        """
        self.weights = [np.array(w, dtype=float) for w in weights]
        self.biases = [np.array(b, dtype=float) for b in biases]
        self.activations = list(activations)
        self.loss = loss
        if not len(self.weights) == len(self.biases) == len(self.activations):
            raise ValueError("weights, biases and activations are one a layer")
        for lower, upper in pairwise(self.weights):
            if lower.shape[-2] != upper.shape[-1]:
                raise ValueError(f"a layer of {lower.shape[-2]} outputs cannot feed one of "
                                 f"{upper.shape[-1]} inputs")
        if "softmax" in self.activations[:-1] or \
                (self.activations[-1] == "softmax" and loss != "cross_entropy"):
            raise ValueError("softmax goes into the last layer, with cross-entropy")
        self._velocity: list[Any] | None = None

    @classmethod
    def random(cls, sizes: Sequence[int], activations: Sequence[str], loss: str = "squared",
               seed: int = 0) -> Network:
        """Glorot-uniform weights (Glorot and Bengio, 2010) and zero biases."""
        rng = np.random.default_rng(seed)
        weights = [rng.uniform(-1, 1, (m, n)) * np.sqrt(6 / (m + n))
                   for n, m in pairwise(sizes)]
        return cls(weights, [np.zeros(m) for m in sizes[1:]], activations, loss)

    def forward(self, x: Any) -> tuple[list[Any], list[Any]]:
        """Net inputs and activations of each layer for a batch (…, batch, in)."""
        z_all, a_all = [], [x]
        for w, b, name in zip(self.weights, self.biases, self.activations, strict=True):
            z = dense(w, a_all[-1], b)
            z_all.append(z)
            a_all.append(activate(name, z))
        return z_all, a_all

    def gradients(self, x: Any, y: Any) -> Step:
        """Loss and gradients of a batch, as means over it."""
        z, a = self.forward(x)
        count = x.shape[-2]
        delta = output_delta(self.loss, self.activations[-1], a[-1], y)
        deltas = [delta]
        weight_gradients: list[Any] = []
        bias_gradients: list[Any] = []
        for layer in range(len(self.weights) - 1, -1, -1):
            weight_gradients.insert(0, weight_gradient(delta, a[layer]) / count)
            bias_gradients.insert(0, delta.sum(axis=-2) / count)
            if layer:
                delta = hidden_delta(self.activations[layer - 1], a[layer], self.weights[layer],
                                     delta)
                deltas.insert(0, delta)
        loss = sample_loss(self.loss, self.activations[-1], a[-1], y).mean(axis=-1)
        return Step(z, a, deltas, weight_gradients, bias_gradients, loss)

    def update(self, step: Step, eta: float, momentum: float = 0.0) -> None:
        """θ ← θ − v with v ← γ v + η g (Polyak, 1964)."""
        moved = self.weights + self.biases
        gradients = step.weight_gradients + step.bias_gradients
        if not momentum:
            for value, gradient in zip(moved, gradients, strict=True):
                value -= eta * gradient
            return
        if self._velocity is None:
            self._velocity = [np.zeros_like(value) for value in moved]
        for value, velocity, gradient in zip(moved, self._velocity, gradients, strict=True):
            velocity *= momentum
            velocity += eta * gradient
            value -= velocity

    def fit(self, x: Any, y: Any, epochs: int, eta: float, *, batch_size: int | None = None,
            momentum: float = 0.0, seed: int | None = None, trace: bool = False,
            callback: Callable[[int, Any], bool | None] | None = None) -> History:
        """Trains on samples x (…, n, in) and targets y (…, n, out).

        Batches are taken in order, or shuffled each epoch if a seed is given; without a batch
        size the whole set is one batch. `callback(epoch, loss)` may return True to stop.
        """
        history = History()
        rng = None if seed is None else np.random.default_rng(seed)
        n = x.shape[-2]
        size = batch_size or n
        for epoch in range(1, epochs + 1):
            order = np.arange(n) if rng is None else rng.permutation(n)
            for begin in range(0, n, size):
                chosen = order[begin:begin + size]
                step = self.gradients(x[..., chosen, :], y[..., chosen, :])
                self.update(step, eta, momentum)
                if trace:
                    history.steps.append(step)
            loss = self.mean_loss(x, y)
            history.loss.append(loss)
            if callback is not None and callback(epoch, loss):
                break
        return history

    def mean_loss(self, x: Any, y: Any) -> Any:
        """Mean loss over the samples, one number a student."""
        a = self.forward(x)[1][-1]
        return sample_loss(self.loss, self.activations[-1], a, y).mean(axis=-1)

    def gradient_check(self, x: Any, y: Any, epsilon: float = 1e-6) -> float:
        """Largest relative difference between the gradients and central differences."""
        step = self.gradients(x, y)
        worst = 0.0
        for values, gradient in zip(self.weights + self.biases,
                                    step.weight_gradients + step.bias_gradients, strict=True):
            for place in np.ndindex(values.shape):
                kept = values[place]
                losses = []
                for shift in (epsilon, -epsilon):
                    values[place] = kept + shift
                    losses.append(float(np.sum(self.mean_loss(x, y))))
                values[place] = kept
                numeric = (losses[0] - losses[1]) / (2 * epsilon)
                scale = max(1e-4, abs(numeric), abs(float(gradient[place])))
                worst = max(worst, abs(numeric - float(gradient[place])) / scale)
        return worst
