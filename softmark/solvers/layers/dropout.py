"""Dropout with a mask that can be seen, and given."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.layers.base import Layer


class Dropout(Layer):
    """Training: the mask's zeros silence units. Inverted: what stays is divided by keep.

    keep    the probability that a unit stays (a drop rate p is keep = 1 − p)
    variant "inverted", x · m / keep in training and x in use (Srivastava et al., 2014, section
            10), or "classic", x · m in training and keep · x in use (ibid., section 4)
    mask    zeros and ones of the shape of x, or that broadcast to it; else they are drawn from
            `seed` at every training pass
    """

    def __init__(self, keep: float, *, variant: str = "inverted", mask: Any = None,
                 seed: int = 0) -> None:
        super().__init__()
        if not 0 < keep <= 1:
            raise ValueError(f"keep is a probability above 0, not {keep}")
        self.keep = keep
        if variant not in ("inverted", "classic"):
            raise ValueError(f"dropout is classic or inverted, not {variant!r}")
        self.inverted = variant == "inverted"
        self.mask = None if mask is None else np.array(mask, dtype=float)
        self.drawn: Any = None
        self.factor: Any = 1.0
        self.rng = np.random.default_rng(seed)

    @property
    def leading(self) -> None:
        return None

    @property
    def inside(self) -> dict[str, Any]:
        return {"mask": self.drawn}

    def net(self, x: Any, train: bool) -> Any:
        if train:
            self.drawn = self.mask if self.mask is not None else \
                (self.rng.random(x.shape) < self.keep).astype(float)
            self.factor = self.drawn / self.keep if self.inverted else self.drawn
        else:
            self.drawn = None
            self.factor = 1.0 if self.inverted else self.keep
        return x * self.factor

    def back(self, delta: Any, below: bool = True) -> Any:
        self.delta = delta
        return delta * self.factor

    def freeze(self) -> None:
        self.mask = self.drawn if self.drawn is not None else self.mask
