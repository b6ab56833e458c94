"""What all layers of the trainer have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.backprop import activate, slope
from softmark.solvers.initialization import init_variance, uniform_bound


class Layer:
    """A net input z of the layer's input x, then an activation a = f(z), elementwise.

    `forward` computes and keeps x, z and a; `backward` turns dE/da of the last forward pass into
    dE/dx and leaves delta = dE/dz and the gradients of the parameters, summed over the batch.
    A layer of its own gives `net` and `back`; one without an activation has z = a.
    """

    #: the parameters that penalties and weight decay act on
    penalized: tuple[str, ...] = ()

    def __init__(self, activation: str = "identity", **parameters: Any) -> None:
        """Parameters by name, copied; None for one that is left out."""
        self.activation = activation
        self.parameters = {name: np.array(value, dtype=float)
                           for name, value in parameters.items() if value is not None}
        self.gradients: dict[str, Any] = {}
        self.x: Any = None
        self.z: Any = None
        self.a: Any = None
        self.delta: Any = None

    @property
    def leading(self) -> int | None:
        """How many axes stand before the batch: 1 for students' layers, else 0; None for either."""
        return 0

    @property
    def inside(self) -> dict[str, Any]:
        """What the last pass computed besides z, a and delta, by name, for the trace."""
        return {}

    def forward(self, x: Any, train: bool = False) -> Any:
        """The layer's output; `train` matters to dropout and batch normalization."""
        self.x = x
        self.z = self.net(x, train)
        self.a = self.z if self.activation == "identity" else activate(self.activation, self.z)
        return self.a

    def backward(self, dy: Any, below: bool = True) -> Any:
        """dE/dx from dE/da; without `below` only the gradients, where nothing lies below."""
        return self.back(dy if self.activation == "identity" else slope(self.activation, self.a) * dy,
                         below)

    def net(self, x: Any, train: bool) -> Any:
        """The net input z."""
        raise NotImplementedError

    def back(self, delta: Any, below: bool = True) -> Any:
        """dE/dx from delta = dE/dz; keeps delta and fills in the gradients."""
        raise NotImplementedError

    def freeze(self) -> None:
        """Makes what the last training pass drew by chance stay as it is."""


def first_weights(rng: np.random.Generator, scheme: str, n_in: int, n_out: int, *shape: int) -> Any:
    """Uniform weights with the variance of a scheme of `softmark.solvers.initialization`.

    "glorot" draws from ±√(6 / (n_in + n_out)) (Glorot and Bengio, 2010).
    """
    return rng.uniform(-1, 1, shape) * uniform_bound(init_variance(scheme, n_in, n_out))
