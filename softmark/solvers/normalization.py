"""Batch normalization (Ioffe and Szegedy, 2015), in the steps of its definition.

Net inputs z are (n) for one unit or (n, units) for several; means run over the samples, the first
axis. Numbers, fractions and terms alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.functions import sqrt


def batch_mean(z: Any, n: Any = None) -> Any:
    """μ = Σz / n of each unit; `n` may be a term."""
    return z.sum(axis=0) / (len(z) if n is None else n)


def batch_variance(z: Any, mean: Any, n: Any = None, unbiased: bool = False) -> Any:
    """σ² = Σ(z − μ)² / n of each unit, or over n − 1 if unbiased."""
    n = len(z) if n is None else n
    return ((z - mean) ** 2).sum(axis=0) / (n - 1 if unbiased else n)


def normalized(z: Any, mean: Any, variance: Any, eps: Any = 0) -> Any:
    """z' = (z − μ) / √(σ² + ε); an ε that is 0 is left out."""
    return (z - mean) / sqrt(variance + eps)


def scaled(z: Any, gamma: Any, beta: Any) -> Any:
    """a' = γ z' + β, γ and β one a unit."""
    return gamma * z + beta


def batchnorm(z: Any, gamma: Any, beta: Any, eps: Any = 1e-5) -> Any:
    """The whole forward pass of training, with the biased variance."""
    z = np.asarray(z)
    mean = batch_mean(z)
    return scaled(normalized(z, mean, batch_variance(z, mean), eps), gamma, beta)


def running_statistic(old: Any, new: Any, momentum: Any) -> Any:
    """(1 − momentum) · old + momentum · new, as PyTorch counts momentum; it takes the unbiased
    variance as `new`."""
    return (1 - momentum) * old + momentum * new


# -- inputs


def standardized(x: Any, mean: Any, deviation: Any) -> Any:
    """(x − μ) / σ, with μ and σ of the training set, for any sample."""
    return (x - mean) / deviation


def between(x: Any, low: Any, high: Any) -> Any:
    """(x − low) / (high − low): 0 at the smallest value of the training set, 1 at the largest."""
    return (x - low) / (high - low)


def restored(z: Any, mean: Any, deviation: Any) -> Any:
    """μ + σ z: the input that is standardized to z."""
    return mean + deviation * z
