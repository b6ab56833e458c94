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


def lms_change(inputs: Any, target: Any, output: Any, eta: Any) -> Any:
    """What one example adds in the delta rule, η (t − o) (1, x) (Widrow and Hoff, 1960)."""
    step = eta * (target - output)
    return np.array([step, *(step * inputs)])


def squared_error(targets: Any, outputs: Any) -> Any:
    """½ Σ (t − o)² over the examples."""
    return ((targets - outputs) ** 2).sum() / 2


def opposite_pairs(on: Sequence[Any], off: Sequence[Any]) -> tuple[int, int, int, int] | None:
    """Indices of two inputs that are on and two that are off whose sums are the same, or None.

    Where there are such pairs no weights can tell on from off; with up to eight Boolean inputs
    there always are unless some weights can (Muroga, Threshold Logic and Its Applications, 1971).
    """
    sums: dict[tuple[Any, ...], tuple[int, int]] = {}
    for c in range(len(off)):
        for d in range(c + 1, len(off)):
            sums.setdefault(tuple(p + q for p, q in zip(off[c], off[d], strict=True)), (c, d))
    for a in range(len(on)):
        for b in range(a + 1, len(on)):
            total = tuple(p + q for p, q in zip(on[a], on[b], strict=True))
            if total in sums:
                return a, b, *sums[total]
    return None


def separating_weights(inputs: Sequence[Sequence[int]], outputs: Sequence[int]) -> tuple[int, ...] | None:
    """Whole weights (w0, w1, …) whose net input is at least 1 where on, at most −1 where off.

    None if there are none. All 2^n Boolean inputs, n at most 8; found by the perceptron rule.
    """
    on = [x for x, y in zip(inputs, outputs, strict=True) if y]
    off = [x for x, y in zip(inputs, outputs, strict=True) if not y]
    if opposite_pairs(on, off):
        return None
    weights = [0] * (1 + len(inputs[0]))
    while True:
        wrong = False
        for x, y in zip(inputs, outputs, strict=True):
            sign = 1 if y else -1
            if sign * (weights[0] + sum(a * b for a, b in zip(weights[1:], x, strict=True))) < 1:
                weights = [w + sign * v for w, v in zip(weights, (1, *x), strict=True)]
                wrong = True
        if not wrong:
            return tuple(weights)


def linear_layer(weights: Any, inputs: Any, orientation: str = "in_out") -> Any:
    """Wᵀ X of weights stored inputs × outputs, W X of weights stored outputs × inputs ("out_in").

    X (inputs, samples) -> (outputs, samples).
    """
    if orientation not in ("in_out", "out_in"):
        raise ValueError(f"weights are stored in_out or out_in, not {orientation!r}")
    return (weights.T if orientation == "in_out" else weights) @ inputs


def collapsed(weights: Any, biases: Any, above: Any, bias: Any) -> tuple[Any, Any]:
    """Weights and bias of the one linear unit that does the work of two linear layers.

    W (hidden, in), b (hidden), v (hidden), c: v (W x + b) + c = (v W) x + (v b + c).
    """
    return above @ weights, (above * biases).sum() + bias
