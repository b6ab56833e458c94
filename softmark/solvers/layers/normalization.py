"""Batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.layers.base import Layer
from softmark.solvers.normalization import running_statistic


class BatchNorm(Layer):
    """z = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), of each feature (Ioffe and Szegedy, 2015).

    gamma, beta (D), or (S, D) for S students; x (…, D): μ and σ² are taken over all axes but the
    last, so that of an image (batch, H, W, D) each channel is one feature. σ² of a batch has the
    divisor m. In use the running averages stand for them, which every training pass moves:
    running ← (1 − momentum) running + momentum · batch. The running variance is averaged from
    unbiased variances (divisor m − 1), as in the paper and PyTorch, or biased ones, as in Keras.
    """

    def __init__(self, gamma: Any, beta: Any, activation: str = "identity", *, epsilon: float = 1e-5,
                 momentum: float = 0.1, unbiased: bool = True) -> None:
        super().__init__(activation, gamma=gamma, beta=beta)
        self.epsilon = epsilon
        self.momentum = momentum
        self.unbiased = unbiased
        self.running_mean = np.zeros_like(self.parameters["gamma"])
        self.running_variance = np.ones_like(self.running_mean)
        self.train = False
        self.mean: Any = None
        self.variance: Any = None
        self.normalized: Any = None

    @classmethod
    def fresh(cls, features: int, activation: str = "identity", **settings: Any) -> BatchNorm:
        """γ = 1 and β = 0."""
        return cls(np.ones(features), np.zeros(features), activation, **settings)

    @property
    def leading(self) -> int:
        return int(self.parameters["gamma"].ndim - 1)

    @property
    def inside(self) -> dict[str, Any]:
        return {"mean": self.mean, "variance": self.variance, "normalized": self.normalized}

    def _beside(self, value: Any, x: Any) -> Any:
        """A feature's number as an array that broadcasts along x."""
        return value.reshape(*value.shape[:-1], *(1,) * (x.ndim - value.ndim), value.shape[-1])

    def _axes(self, x: Any) -> tuple[int, ...]:
        return tuple(range(self.leading, x.ndim - 1))

    def net(self, x: Any, train: bool) -> Any:
        self.train = train
        if train:
            axes = self._axes(x)
            self.mean, self.variance = x.mean(axis=axes), x.var(axis=axes)
            self._average(int(np.prod([x.shape[axis] for axis in axes])))
        else:
            self.mean, self.variance = self.running_mean, self.running_variance
        self.normalized = (x - self._beside(self.mean, x)) / self._deviation(x)
        return self._beside(self.parameters["gamma"], x) * self.normalized \
            + self._beside(self.parameters["beta"], x)

    def _deviation(self, x: Any) -> Any:
        return self._beside(np.sqrt(self.variance + self.epsilon), x)

    def _average(self, count: int) -> None:
        if self.unbiased and count < 2:
            raise ValueError("one value has no unbiased variance; normalize over larger batches")
        variance = self.variance * count / (count - 1) if self.unbiased else self.variance
        self.running_mean = running_statistic(self.running_mean, self.mean, self.momentum)
        self.running_variance = running_statistic(self.running_variance, variance, self.momentum)

    def back(self, delta: Any, below: bool = True) -> Any:
        """dE/dx = γ / √(σ² + ε) · (δ − mean(δ) − x̂ mean(δ x̂)): μ and σ² move with x in training."""
        self.delta = delta
        axes, x_hat = self._axes(delta), self.normalized
        self.gradients = {"gamma": (delta * x_hat).sum(axis=axes), "beta": delta.sum(axis=axes)}
        through = delta
        if self.train:
            through = delta - delta.mean(axis=axes, keepdims=True) \
                - x_hat * (delta * x_hat).mean(axis=axes, keepdims=True)
        return self._beside(self.parameters["gamma"], delta) / self._deviation(delta) * through
