"""Losses of single samples and of batches, and the losses of the two adversarial networks.

Targets y and outputs a are one-dimensional arrays, one element a sample; logarithms are to `base`
"e", "2" or "10". Sources: Bishop, Pattern Recognition and Machine Learning, chapters 1, 4 and 7;
Goodfellow et al. 2014 (adversarial networks).
"""

from __future__ import annotations

from typing import Any

from softmark.solvers.functions import log, relu, softplus


def squared_errors(y: Any, a: Any) -> Any:
    """(y - a)² of each sample."""
    return (y - a) ** 2


def binary_cross_entropies(y: Any, a: Any, base: str = "e") -> Any:
    """-(y log a + (1 - y) log(1 - a)) of each sample; y is 0 or 1, a a probability between."""
    return -(y * log(a, base) + (1 - y) * log(1 - a, base))


def hinge_losses(margins: Any) -> Any:
    """max(0, 1 - m) of each margin m = y s, with targets -1 or 1 and scores s."""
    return relu(1 - margins)


def logistic_losses(margins: Any) -> Any:
    """ln(1 + e^-m) of each margin m = y s."""
    return softplus(-margins)


def reduced(losses: Any, reduction: str = "mean") -> Any:
    """The sum or the mean of the losses of all samples."""
    if reduction == "sum":
        return losses.sum()
    if reduction == "mean":
        return losses.sum() / len(losses)
    raise ValueError(f"a reduction is sum or mean, not {reduction!r}")


def cross_entropy_of_logits(y: Any, z: Any, total: Any) -> Any:
    """-sum y ln p of p = exp(z)/total without a logarithm of each p: ln total - sum y z."""
    return log(total) - sum(y[i] * z[i] for i, v in enumerate(y) if v != 0)


def softmax_gradient(p: Any, y: Any) -> Any:
    """Gradient of the cross-entropy by the logits behind p = softmax(z): p - y."""
    return p - y


def real_term(d: Any, reduction: str = "mean") -> Any:
    """What the discriminator gains on real samples: the mean (or sum) of ln D(x)."""
    return reduced(log(d), reduction)


def fake_term(d: Any, reduction: str = "mean") -> Any:
    """What it gains on generated ones, ln(1 - D(G(z))): also the saturating generator loss."""
    return reduced(log(1 - d), reduction)


def non_saturating_loss(d: Any, reduction: str = "mean") -> Any:
    """The generator's loss in practice: minus the mean (or sum) of ln D(G(z))."""
    return -reduced(log(d), reduction)
