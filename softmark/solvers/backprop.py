"""The formulas of dense layers, once: for the walkthrough on one sample and for training.

Shapes: weights W (out, in), inputs x (in) or (batch, in), biases b (out); deltas are dE/dz.
With a leading axis of students, W is (S, out, in) and x (S, batch, in). Squared error is
½ Σ (y − a)² per sample; cross-entropy is −Σ y log a (softmax) or the binary form (sigmoid).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.functions import leaky_relu, relu, sigmoid, tanh

LEAKY_SLOPE = 0.01
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "softmax")
LOSSES = ("squared", "cross_entropy")


def dense(weights: Any, x: Any, bias: Any, out: Any = None) -> Any:
    """Net inputs W x + b of one sample, or x Wᵀ + b of a batch."""
    if np.ndim(x) == 1:
        return weights @ x + bias
    z = np.matmul(x, weights.swapaxes(-1, -2), out=out)
    return np.add(z, bias if np.ndim(bias) == 1 else bias[:, None, :], out=out)


def activate(name: str, z: Any) -> Any:
    """The activation `name` of the net inputs."""
    if name == "identity":
        return z
    if name == "sigmoid":
        return sigmoid(z)
    if name == "tanh":
        return tanh(z)
    if name == "relu":
        return relu(z)
    if name == "leaky_relu":
        return leaky_relu(z, LEAKY_SLOPE)
    if name == "softmax":
        return softmax(z)
    raise ValueError(f"there is no activation {name!r}; there are {', '.join(ACTIVATIONS)}")


def softmax(z: Any) -> Any:
    """exp(z) / Σ exp(z) along the last axis, shifted by the maximum against overflow."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def slope(name: str, a: Any) -> Any:
    """The activation's derivative, written with its value a (ReLU: by the sign of a)."""
    if name == "identity":
        return 1
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a**2
    if name == "relu":
        return (a > 0) * 1
    if name == "leaky_relu":
        return (a > 0) * (1 - LEAKY_SLOPE) + LEAKY_SLOPE
    raise ValueError(f"the slope of {name!r} is not elementwise")


def output_delta(loss: str, activation: str, a: Any, y: Any) -> Any:
    """dE/dz of the output layer: a − y for cross-entropy, (a − y) f'(z) for squared error."""
    if loss == "cross_entropy":
        if activation not in ("softmax", "sigmoid"):
            raise ValueError("cross-entropy goes with softmax or sigmoid outputs")
        return a - y
    if loss == "squared":
        return (a - y) if activation == "identity" else (a - y) * slope(activation, a)
    raise ValueError(f"there is no loss {loss!r}; there are {', '.join(LOSSES)}")


def hidden_delta(activation: str, a: Any, weights: Any, delta: Any) -> Any:
    """dE/dz of a hidden layer: f'(z) times what comes back through the weights above."""
    back = weights.T @ delta if np.ndim(delta) == 1 else np.matmul(delta, weights)
    return back if activation == "identity" else slope(activation, a) * back


def weight_gradient(delta: Any, x: Any, out: Any = None) -> Any:
    """dE/dW: the outer product of one sample's delta and input, summed over a batch."""
    if np.ndim(delta) == 1:
        return delta[:, None] * x
    return np.matmul(delta.swapaxes(-1, -2), x, out=out)


def sample_loss(loss: str, activation: str, a: Any, y: Any) -> Any:
    """The loss of each sample, summed over the outputs."""
    if loss == "squared":
        return 0.5 * ((y - a) ** 2).sum(axis=-1)
    tiny = np.finfo(float).tiny
    if activation == "softmax":
        return -(y * np.log(np.maximum(a, tiny))).sum(axis=-1)
    return -(y * np.log(np.maximum(a, tiny))
             + (1 - y) * np.log(np.maximum(1 - a, tiny))).sum(axis=-1)


def output_error(loss: str, o: Any, y: Any) -> Any:
    """−dE/dz of logistic outputs, which points downhill: minus `output_delta` (Mitchell, 1997, ch. 4)."""
    if loss == "cross_entropy":
        return y - o
    if loss == "squared":
        return o * (1 - o) * (y - o)
    raise ValueError(f"there is no loss {loss!r}; there are {', '.join(LOSSES)}")


def regularised(total: Any, weights: Any, samples: Any, strength: Any, spread: bool = False) -> Any:
    """Mean gradient with weight decay: Δ/n + λ Θ, or λ/n Θ with `spread`; the bias is spared.

    Δ and Θ (out, 1 + in), the bias first (lecture notes of Ng, 2011).
    """
    decay = strength / samples if spread else strength
    return np.array([[row[0] / samples, *(row[1:] / samples + decay * theta[1:])]
                     for row, theta in zip(total, weights, strict=True)])


def central_difference(right: Any, left: Any, step: Any) -> Any:
    """(f(x + ε) − f(x − ε)) / 2ε from the two values, off from f′ by the order of ε²."""
    return (right - left) / (2 * step)


def squared_loss(a: Any, y: Any) -> Any:
    """½ (a − y)² of one unit."""
    return (a - y) ** 2 / 2
