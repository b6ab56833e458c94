"""The trace of training: one format for every kind of layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Step:
    """One training step: of each layer its net input, output, delta dE/dz and gradients; the loss.

    The deltas are those of each sample, the gradients (by the parameters' names, the penalty's
    part among them) are means over the batch. a begins with the network's input. `inside` is what
    a layer computed besides: masks, means and variances, gates.
    """

    z: list[Any]
    a: list[Any]
    delta: list[Any]
    gradients: list[dict[str, Any]]
    loss: Any
    penalty: Any = 0.0
    inside: list[dict[str, Any]] = field(default_factory=list)

    @property
    def weight_gradients(self) -> list[Any]:
        """dE/dW of each layer that has a W."""
        return [named["W"] for named in self.gradients if "W" in named]

    @property
    def bias_gradients(self) -> list[Any]:
        """dE/db of each layer that has a b."""
        return [named["b"] for named in self.gradients if "b" in named]


@dataclass(slots=True)
class History:
    """Mean loss of each epoch, after its updates, and the trace of every step if asked."""

    loss: list[Any] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
