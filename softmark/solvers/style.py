"""Style transfer and class activation maps: Gram matrices and the losses built on them.

Features F (N, M) are N filters at M positions; feature maps f (K, H, W), class weights w (K, C).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from softmark.solvers.functions import absolute

#: what the summed squares of a layer's style loss are divided by
STYLE_FACTORS = ("4N2M2", "N2M2", "none")


def gram(features: Any) -> Any:
    """G = F Fᵀ (N, N): inner products of the filters' responses (Gatys, Ecker and Bethge, 2016)."""
    return features @ features.T


def squared_differences(one: Any, other: Any) -> Any:
    """(a − b)², element by element."""
    return (one - other) ** 2


def layer_style_loss(squares: Any, filters: Any, positions: Any, factor: str = "4N2M2") -> Any:
    """Σ (G − A)² over 4 N² M² ("4N2M2", Gatys et al.), over N² M² ("N2M2"), or as it is ("none").

    squares are (G − A)², filters N, positions M; ValueError for another factor.
    """
    if factor not in STYLE_FACTORS:
        raise ValueError(f"the factor is one of {', '.join(STYLE_FACTORS)}, not {factor!r}")
    total = squares.sum()
    if factor == "none":
        return total
    scale = filters**2 * positions**2
    return total / (4 * scale) if factor == "4N2M2" else total / scale


def content_loss(squares: Any) -> Any:
    """½ Σ (F − P)² of the squares (F − P)²."""
    return squares.sum() / 2


def total_loss(content: Any, style: Any, alpha: Any, beta: Any) -> Any:
    """α L_content + β L_style."""
    return alpha * content + beta * style


def differences(image: Any) -> tuple[Any, Any]:
    """Each value's right neighbour minus itself (H, W − 1), and its lower one's (H − 1, W)."""
    return image[:, 1:] - image[:, :-1], image[1:] - image[:-1]


def variation(steps: Any, kind: str = "absolute") -> Any:
    """Σ |d| or Σ d² of differences (anisotropic total variation); ValueError for another kind."""
    if kind == "absolute":
        return absolute(steps).sum()
    if kind != "squared":
        raise ValueError(f"total variation is absolute or squared, not {kind!r}")
    return (steps**2).sum()


def global_average(maps: Any) -> Any:
    """The mean of each feature map (K, H, W) -> (K)."""
    return np.array([one.sum() / one.size for one in maps])


def class_scores(weights: Any, pooled: Any) -> Any:
    """S_c = Σ_k w_kc F_k."""
    return weights.T @ pooled


def activation_map(maps: Any, weights: Any) -> Any:
    """M = Σ_k w_k f_k of one class, with its column of weights (K) (Zhou et al., 2016)."""
    total = weights[0] * maps[0]
    for weight, one in zip(weights[1:], maps[1:], strict=True):
        total = total + weight * one
    return total
