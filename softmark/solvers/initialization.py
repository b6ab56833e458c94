"""How widely the first weights of a layer are scattered.

n_in weights enter a unit and n_out leave one. The variance is

    "xavier"   1 / n_in            (LeCun's rule, what many lectures call Xavier)
    "glorot"   2 / (n_in + n_out)  (Glorot and Bengio, 2010, equation 16)
    "he"       2 / n_in            (He et al., 2015, for ReLU)
    "standard" 1 / (3 n_in)        (uniform up to 1 / √n_in: Glorot and Bengio, 2010, equation 1)
"""

from __future__ import annotations

from typing import Any

from softmark.solvers.functions import log, sqrt

SCHEMES = ("xavier", "glorot", "he", "standard")


def fan_in_conv(side: Any, channels: Any) -> Any:
    """Weights that enter a unit of a convolution: side · side · channels."""
    return side * side * channels


def init_variance(scheme: str, n_in: Any, n_out: Any = None, one: Any = 1, two: Any = 2,
                  three: Any = 3) -> Any:
    """Variance of the weights; ValueError if there is no such scheme."""
    if scheme == "xavier":
        return one / n_in
    if scheme == "glorot":
        return two / (n_in + n_out)
    if scheme == "he":
        return two / n_in
    if scheme == "standard":
        return one / (three * n_in)
    raise ValueError(f"there is no scheme {scheme!r}; there are {', '.join(SCHEMES)}")


def deviation(variance: Any) -> Any:
    """Standard deviation: the root of the variance."""
    return sqrt(variance)


def uniform_bound(variance: Any, three: Any = 3) -> Any:
    """The r for which the uniform distribution on [−r, r] has this variance: √(3 σ²)."""
    return sqrt(three * variance)


# -- what becomes of gradients on the way through many layers


def chained(factor: Any, count: Any) -> Any:
    """factor to the power of count: what a product of equal slopes comes to."""
    return factor ** count


def exponent_at(factor: Any, limit: Any) -> Any:
    """The x with factor^x = limit, ln limit / ln factor: the next whole number is the first power
    below the limit (0 < limit < 1, factor below 1), or above it (limit > 1, factor above 1).

    ValueError if the powers never get there.
    """
    if not ((0 < factor < 1 and 0 < limit < 1) or (factor > 1 and limit > 1)):
        raise ValueError("powers of the factor do not go towards the limit")
    return log(limit) / log(factor)


def variance_through(n_in: Any, weight_variance: Any, variance: Any, after_relu: bool = False) -> Any:
    """Variance of a net input: n_in · Var(w) · Var(a), of independent weights and inputs of mean 0.

    After a ReLU `variance` is that of the net inputs before it, and half of it arrives (He et al.,
    2015, equation 9).
    """
    through = n_in * weight_variance * variance
    return through / 2 if after_relu else through
