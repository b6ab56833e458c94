"""Losses of autoencoders: reconstruction, sparsity, contraction.

x and the reconstruction r (n), the code h (H), encoder weights W (H, n).
"""

from __future__ import annotations

from typing import Any

from softmark.solvers.functions import absolute, log


def squared_errors(x: Any, r: Any) -> Any:
    """(x_i − r_i)²."""
    return (x - r) ** 2


def cross_entropies(x: Any, r: Any) -> Any:
    """−x_i ln r_i − (1 − x_i) ln(1 − r_i) of targets in [0, 1]."""
    return -(x * log(r)) - (1 - x) * log(1 - r)


def reduced(errors: Any, reduction: str = "sum") -> Any:
    """The errors' sum or mean; ValueError for another reduction."""
    if reduction not in ("sum", "mean"):
        raise ValueError(f"errors are reduced by sum or mean, not {reduction!r}")
    return errors.sum() if reduction == "sum" else errors.sum() / len(errors)


def l1_penalty(h: Any) -> Any:
    """Σ |h_j| (sparse autoencoder)."""
    return absolute(h).sum()


def contractive_terms(h: Any, weights: Any) -> Any:
    """(h_j (1 − h_j))² Σ_i W_ji², the squared row norms of ∂h/∂x of a logistic code.

    Their sum is the contractive penalty (Rifai et al., 2011).
    """
    return (h * (1 - h)) ** 2 * (weights**2).sum(axis=1)
