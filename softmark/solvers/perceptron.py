"""The threshold unit and the perceptron rule, exact on fractions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

TIES = (">=", ">")


def net_input(weights: Any, inputs: Any) -> Any:
    """w0 + w1 x1 + …: weights (1 + n), inputs (n)."""
    return weights[0] + (weights[1:] * inputs).sum()


def fires(net: Any, tie: str = ">=") -> bool:
    """Does the unit fire? At 0 it does with tie ">=", does not with ">"."""
    if tie not in TIES:
        raise ValueError(f"the tie rule is one of {TIES}, not {tie!r}")
    return bool(net >= 0) if tie == ">=" else bool(net > 0)


def updated(weights: Any, inputs: Any, target: Any, output: Any, eta: Any) -> Any:
    """One perceptron step: w + η (t − o) (1, x) (Rosenblatt, 1958)."""
    step = eta * (target - output)
    return np.array([weights[0] + step, *(weights[1:] + step * inputs)])


def epochs(weights: Any, inputs: Sequence[Any], targets: Sequence[int], eta: Any,
           tie: str = ">=", low: int = -1, online: bool = True) -> Iterator[tuple[Any, int]]:
    """Weights and number of errors after each epoch, for ever.

    Outputs are `low` or 1. Online, each example is classified with the weights of the moment; in
    batch, all with those the epoch began with. An error is counted when an example is met.
    """
    while True:
        errors, new = 0, weights
        for x, t in zip(inputs, targets, strict=True):
            o = 1 if fires(net_input(new if online else weights, x), tie) else low
            if o != t:
                errors += 1
                new = updated(new, x, t, o, eta)
        weights = new
        yield weights, errors


def misclassified(weights: Any, inputs: Sequence[Any], targets: Sequence[int], tie: str = ">=",
                  low: int = -1) -> int:
    """How many examples the weights get wrong."""
    return sum((1 if fires(net_input(weights, x), tie) else low) != t
               for x, t in zip(inputs, targets, strict=True))
