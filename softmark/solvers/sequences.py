"""Losses of sequences, and backpropagation through time of a network with one hidden unit.

Everything is written for hands: numbers or terms a time step, in lists from t = 1 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from softmark.solvers.backprop import slope
from softmark.solvers.functions import exp, log


def step_loss(probability: Any, base: str = "e") -> Any:
    """−log p of the probability that was given to what really came."""
    return -log(probability, base)


def sequence_loss(losses: Sequence[Any], reduction: str = "sum") -> Any:
    """The losses of the time steps added, or their mean; ValueError for another reduction."""
    total = sum(losses[1:], losses[0])
    if reduction == "mean":
        return total / len(losses)
    if reduction != "sum":
        raise ValueError(f"losses are reduced by sum or mean, not {reduction!r}")
    return total


def perplexity(mean_loss: Any) -> Any:
    """e to the mean loss (natural logarithm): 1 for a perfect model, K for one that guesses among K."""
    return exp(mean_loss)


def explicit_slope(parameter: str, activation: str, s: Any, before: Any, x: Any) -> Any:
    """∂⁺s_k/∂θ of s_k = g(u x_k + w s_{k−1} + b): the state before is held constant.

    s is s_k, before s_{k−1}; ValueError for a parameter that is none of u, w, b.
    """
    factors = {"w": before, "u": x, "b": 1}
    if parameter not in factors:
        raise ValueError(f"the parameters are u, w and b, not {parameter!r}")
    factor = factors[parameter]
    if activation == "identity":
        return factor
    return slope(activation, s) if parameter == "b" else slope(activation, s) * factor


def step_slope(activation: str, s: Any, w: Any) -> Any:
    """∂s_k/∂s_{k−1} = g'(z_k) w, the slope written by the state s_k."""
    return w if activation == "identity" else slope(activation, s) * w


def total_slope(explicit: Sequence[Any], slopes: Sequence[Any], truncate: int = 0) -> Any:
    """ds_t/dθ = Σ_k (Π_{j>k} ∂s_j/∂s_{j−1}) ∂⁺s_k/∂θ (Werbos, 1990).

    explicit and slopes are those of the steps 1 … t; `truncate` keeps the last so many terms.
    """
    first = max(len(explicit) - truncate, 0) if truncate else 0
    total, through = explicit[-1], None
    for k in range(len(explicit) - 2, first - 1, -1):
        through = slopes[k + 1] if through is None else through * slopes[k + 1]
        total = total + through * explicit[k]
    return total
