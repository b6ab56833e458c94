"""Information, entropy and divergences of distributions; what variational autoencoders need of them.

Distributions are one-dimensional arrays of probabilities that sum to 1. Logarithms are to `base`
"e" (nats), "2" (bits) or "10" (hartleys), and 0 log 0 counts as 0. Gaussians are given by mean and
variance. Sources: Cover and Thomas, Elements of Information Theory, chapter 2; Kingma and Welling
2014, appendix B; Goodfellow et al. 2014, section 4.
"""

from __future__ import annotations

from typing import Any

from softmark.solvers.functions import exp, log

UNITS = {"e": "nats", "2": "bits", "10": "hartleys"}


def information(p: Any, base: str = "2") -> Any:
    """-log p of an event, or of each event, with p > 0."""
    return -log(p, base)


def entropy(p: Any, base: str = "2") -> Any:
    """-sum p log p over the outcomes that can happen."""
    return cross_entropy(p, p, base)


def cross_entropy(p: Any, q: Any, base: str = "e") -> Any:
    """-sum p log q over the outcomes that can happen under p; p holds targets, q predictions."""
    possible = [i for i, v in enumerate(p) if v != 0]
    return -sum(p[i] * log(q[i], base) for i in possible)


def kl_divergence(p: Any, q: Any, base: str = "e") -> Any:
    """KL(p||q) = sum p log(p/q), never negative, 0 where p = q; q > 0 wherever p > 0."""
    possible = [i for i, v in enumerate(p) if v != 0]
    return sum(p[i] * log(p[i] / q[i], base) for i in possible)


def jensen_shannon(p: Any, q: Any, base: str = "e") -> Any:
    """The mean of the divergences of p and of q from their mean."""
    m = (p + q) / 2
    return (kl_divergence(p, m, base) + kl_divergence(q, m, base)) / 2


def exponential(value: Any, base: str = "e") -> Any:
    """base to the power value: the perplexity that belongs to an entropy."""
    return exp(value) if base == "e" else int(base) ** value


def gaussian_kl(mu: Any, variance: Any, log_variance: Any = None) -> Any:
    """KL(N(mu, variance) || N(0, 1)) = (mu² + variance - ln variance - 1)/2, each dimension.

    A logarithm of the variance that is known already is given as `log_variance`.
    """
    return (mu**2 + variance - (log(variance) if log_variance is None else log_variance) - 1) / 2


def gaussian_kl_between(mu: Any, sigma: Any, mean: Any, spread: Any) -> Any:
    """KL(N(mu, s²) || N(mean, t²)) = ln(t/s) + (s² + (mu-mean)²)/(2 t²) - ½, with s sigma, t spread."""
    return log(spread / sigma) + (sigma**2 + (mu - mean) ** 2) / (2 * spread**2) - 0.5


def reparametrised(mu: Any, sigma: Any, noise: Any) -> Any:
    """A sample of N(mu, sigma²) from noise of N(0, 1), through which gradients can flow."""
    return mu + sigma * noise


def evidence_bound(joint: Any, q: Any) -> Any:
    """sum q ln(p(x, z)/q) over the values of z: at most ln p(x)."""
    return sum(q[i] * log(joint[i] / q[i]) for i in range(len(q)))


def optimal_discriminator(data: Any, generated: Any) -> Any:
    """D*(x) = p_data/(p_data + p_g) at each point."""
    return data / (data + generated)


def adversarial_value(data: Any, generated: Any, d: Any) -> Any:
    """V = sum p_data ln D + sum p_g ln(1 - D) over the points."""
    return (data * log(d)).sum() + (generated * log(1 - d)).sum()
