"""Neighbourhood aggregation on undirected graphs, synchronous unless said otherwise.

Nodes are 0 … n − 1; features (n) or (n, d); all nodes see the values of the round before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from softmark.solvers.functions import maximum

KINDS = ("sum", "mean", "max")
Edges = Sequence[tuple[int, int]]


def neighbours(edges: Edges, nodes: int, self_loops: bool = False) -> list[list[int]]:
    """The neighbours of every node in order, itself among them with self-loops."""
    near: list[set[int]] = [{v} if self_loops else set() for v in range(nodes)]
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    return [sorted(one) for one in near]


def pooled(rows: Any, kind: str = "sum") -> Any:
    """Sum, mean or largest over the first axis, element by element; ValueError for another kind."""
    if len(rows) == 1 and kind in KINDS:
        return rows[0]
    if kind == "max":
        return maximum(*rows) if np.ndim(rows) == 1 else np.array([maximum(*c) for c in rows.T])
    if kind not in KINDS:
        raise ValueError(f"features are aggregated by {', '.join(KINDS)}, not {kind!r}")
    total = rows.sum(axis=0)
    return total / len(rows) if kind == "mean" else total


def aggregate(features: Any, near: Sequence[Sequence[int]], kind: str = "sum") -> Any:
    """a_v = AGGREGATE of h_u over the neighbours u of v, for every node (Gilmer et al., 2017)."""
    return np.array([pooled(features[list(one)], kind) for one in near])


def aggregate_in_turn(features: Any, near: Sequence[Sequence[int]], kind: str,
                      combine: Callable[[Any, Any], Any]) -> Any:
    """As `aggregate`, but each node is updated at once and the next ones see it: a common slip."""
    now = features.copy()
    seen = []
    for v, one in enumerate(near):
        seen.append(pooled(now[list(one)], kind))
        now[v] = combine(now[v], seen[-1])
    return np.array(seen)
