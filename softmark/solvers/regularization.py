"""Penalties, weight decay, dropout, early stopping and gradient clipping.

Numbers, arrays, fractions and terms alike. How a penalty is scaled is named by what the squares
are multiplied with (the L1 penalty has the same factor before Σ|w|), n being the number of samples:

    "lambda/2n"   λ/(2n) Σw², its gradient λ/n w
    "lambda/n"    λ/n Σw², its gradient 2λ/n w (Raschka's lectures)
    "lambda/2"    λ/2 Σw², its gradient λ w: PyTorch's weight_decay for SGD
    "lambda"      λ Σw², its gradient 2λ w: Keras' l2
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from softmark.solvers.functions import sqrt

SCALES = ("lambda/2n", "lambda/n", "lambda/2", "lambda")


def penalty_factor(lam: Any, n: Any, scale: str, two: Any = 2) -> Any:
    """What Σw² or Σ|w| is multiplied with; ValueError if there is no such scale."""
    if scale == "lambda/2n":
        return lam / (two * n)
    if scale == "lambda/n":
        return lam / n
    if scale == "lambda/2":
        return lam / two
    if scale == "lambda":
        return lam
    raise ValueError(f"a penalty is scaled by {', '.join(SCALES)}, not {scale!r}")


def norm(w: Any, kind: str = "l2") -> Any:
    """Σw² for "l2", Σ|w| for "l1"; over all elements of the array."""
    flat = np.asarray(w).ravel()
    if kind == "l2":
        return (flat ** 2).sum()
    if kind == "l1":
        return abs(flat).sum()
    raise ValueError(f"a penalty is l1 or l2, not {kind!r}")


def sign(w: Any) -> Any:
    """+1, −1 or 0, elementwise, as whole numbers."""
    return np.array([int(v > 0) - int(v < 0) for v in np.asarray(w).ravel()]).reshape(np.shape(w))


def penalty_gradient(w: Any, lam: Any, n: Any, scale: str, kind: str = "l2", two: Any = 2) -> Any:
    """Gradient of the penalty with respect to w: a multiple of w (l2) or of its sign (l1)."""
    if kind == "l1":
        return penalty_factor(lam, n, scale, two) * sign(w)
    return decay_rate(lam, n, scale, two) * w


def decay_rate(lam: Any, n: Any, scale: str, two: Any = 2) -> Any:
    """What w is multiplied with in the gradient of an L2 penalty: λ/n for "lambda/2n", …"""
    if scale == "lambda/2n":
        return lam / n
    if scale == "lambda/n":
        return two * lam / n
    if scale == "lambda/2":
        return lam
    if scale == "lambda":
        return two * lam
    raise ValueError(f"a penalty is scaled by {', '.join(SCALES)}, not {scale!r}")


def decay_factor(eta: Any, rate: Any) -> Any:
    """1 − η · rate, by which weights shrink in every step."""
    return 1 - eta * rate


def weight_decay_step(w: Any, g: Any, eta: Any, factor: Any) -> Any:
    """w ← factor · w − η g: a gradient step whose weights decay (Krogh and Hertz, 1992)."""
    return factor * w - eta * g


# -- dropout


def dropout_train(a: Any, mask: Any, keep: Any, variant: str = "inverted") -> Any:
    """What a layer hands on in training: mask · a, over `keep` if inverted.

    `mask` holds 1 for units that stay. "classic" scales at test time (Srivastava et al., 2014).
    """
    if variant == "classic":
        return a * mask
    if variant == "inverted":
        return a * mask / keep
    raise ValueError(f"dropout is classic or inverted, not {variant!r}")


def dropout_test(a: Any, keep: Any, variant: str = "inverted") -> Any:
    """What a layer hands on in use: keep · a if classic, a itself if inverted."""
    if variant == "classic":
        return keep * a
    if variant == "inverted":
        return a
    raise ValueError(f"dropout is classic or inverted, not {variant!r}")


def thinned_networks(units: Any, two: Any = 2) -> Any:
    """How many networks a mask over `units` units can leave: 2 to the power of units."""
    return two ** units


# -- early stopping


def waits(losses: Sequence[Any], min_delta: Any = 0, patience: int | None = None) -> list[int]:
    """How many epochs since the last improvement, after each epoch until training stops.

    An epoch improves on the best loss so far if it is smaller by more than `min_delta`; an equal
    one does not. Training stops once `patience` epochs in a row do not improve (Prechelt, 1998).
    """
    best, counted, since = None, [], 0
    for loss in losses:
        if best is None or best - loss > min_delta:
            best, since = loss, 0
        else:
            since += 1
        counted.append(since)
        if patience is not None and since >= patience:
            break
    return counted


def early_stopping(losses: Sequence[Any], patience: int, min_delta: Any = 0) -> tuple[int, int]:
    """(best epoch, last epoch) counted from 1; the last one if patience is never used up."""
    counted = waits(losses, min_delta, patience)
    last = len(counted)
    return last - counted[-1], last


# -- clipping


def global_norm(gradients: Sequence[Any]) -> Any:
    """√Σg² over all elements of all arrays (Pascanu et al., 2013)."""
    return sqrt(sum((np.asarray(g).ravel() ** 2).sum() for g in gradients))


def clip_norm(g: Any, size: Any, limit: Any) -> Any:
    """limit / size · g if `size`, the norm of all gradients, is above the limit; else g."""
    return limit / size * g if size > limit else g


def clip_value(g: Any, limit: Any) -> Any:
    """Each element cut to [−limit, limit]."""
    flat = [limit if v > limit else -limit if v < -limit else v for v in np.asarray(g).ravel()]
    return np.array(flat).reshape(np.shape(g))
