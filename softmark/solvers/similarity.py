"""How alike two vectors are, and how well a ranking finds the right class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from softmark.solvers.functions import log, sqrt


def damped(counts: Any, base: str = "e") -> Any:
    """log(1 + count), elementwise: ten times as many is not ten times as much."""
    return log(1 + counts, base)


def norms(rows: Any) -> Any:
    """Euclidean length of each row: (n, d) -> (n)."""
    return sqrt((rows ** 2).sum(axis=1))


def cosine(dot: Any, first: Any, second: Any) -> Any:
    """The cosine between vectors from their dot product and their lengths (Salton et al., 1975)."""
    return dot / (first * second)


def rank(scores: Sequence[Any], label: int) -> int:
    """The place of the class `label` among the scores, from 1; equal scores share the best one."""
    return 1 + sum(1 for score in scores if score > scores[label])


def top_k_misses(scores: Sequence[Sequence[Any]], labels: Sequence[int], k: int) -> int:
    """How many samples do not have their class among the k highest scores (Russakovsky et al., 2015)."""
    return int(np.sum([rank(row, label) > k for row, label in zip(scores, labels, strict=True)]))
