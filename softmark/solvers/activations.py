"""Activation functions, their derivatives, and softmax with shift and temperature.

Net inputs z are numbers or arrays of any shape, of floats, fractions or terms; functions act
elementwise. Sources: Maas et al. 2013 (leaky ReLU), Clevert et al. 2016 (ELU), Dugas et al. 2001
(softplus), Goodfellow et al. 2013 (maxout), Hinton et al. 2015 (temperature).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from softmark.solvers.functions import argmax, exp, maximum, relu, sigmoid, softplus, tanh

ELEMENTWISE = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus")


def each(function: Callable[[Any], Any], z: Any) -> Any:
    """`function` of every element, for functions that branch on the element."""
    if not isinstance(z, np.ndarray):
        return function(z)
    kind = object if z.dtype == object else float
    return np.array([function(v) for v in z.ravel()], dtype=kind).reshape(z.shape)


def elu(z: Any, alpha: Any) -> Any:
    """z for z >= 0, else alpha (e^z - 1)."""
    return each(lambda v: v if v >= 0 else alpha * (exp(v) - 1), z)


def activation(name: str, z: Any, slope: Any = 0.01, alpha: Any = 1) -> Any:
    """The activation `name`; `slope` (0 to 1) is that of the leaky ReLU, `alpha` that of the ELU."""
    if name == "sigmoid":
        return sigmoid(z)
    if name == "tanh":
        return tanh(z)
    if name == "relu":
        return relu(z)
    if name == "leaky_relu":
        return each(lambda v: maximum(slope * v, v), z)
    if name == "elu":
        return elu(z, alpha)
    if name == "softplus":
        return softplus(z)
    raise ValueError(f"there is no activation {name!r}; there are {', '.join(ELEMENTWISE)}")


def derivative(name: str, z: Any, a: Any, slope: Any = 0.01, alpha: Any = 1, at_zero: Any = 0) -> Any:
    """f'(z) of the activation whose value is a = f(z), written with a where a hand would.

    `at_zero` is what is taken for the derivative of ReLU and leaky ReLU at their kink.
    """
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a**2
    if name in ("relu", "leaky_relu"):
        low = 0 if name == "relu" else slope
        return each(lambda v: 1 if v > 0 else low if v < 0 else at_zero, z)
    if name == "elu":
        return each(lambda v: 1 if v > 0 or (v == 0 and alpha == 1) else alpha * exp(v), z)
    if name == "softplus":
        return sigmoid(z)
    raise ValueError(f"there is no activation {name!r}; there are {', '.join(ELEMENTWISE)}")


def maxout(z: Any, w: Any, b: Any) -> Any:
    """The largest of the linear pieces w_j z + b_j; w and b are one-dimensional."""
    return each(lambda v: maximum(*(w * v + b)), z)


def maxout_derivative(z: Any, w: Any, b: Any) -> Any:
    """The weight of the piece that is largest at z (the first of equals)."""
    return each(lambda v: w[argmax(w * v + b)], z)


def tanh_by_sigmoid(s: Any) -> Any:
    """tanh(x) from s = sigmoid(2x): 2s - 1."""
    return 2 * s - 1


def tanh_by_exponentials(up: Any, down: Any) -> Any:
    """tanh(x) from up = e^x and down = e^-x."""
    return (up - down) / (up + down)


def softmax(z: Any, temperature: Any = None) -> Any:
    """exp(z/T) over its sum, of one-dimensional logits; without a temperature, T = 1."""
    e = exp(z if temperature is None else z / temperature)
    return e / e.sum()
