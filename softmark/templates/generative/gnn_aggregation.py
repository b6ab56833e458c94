"""Neighbourhood aggregation of a graph network: aggregate, combine, read out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import relu
from softmark.solvers.graphs import aggregate, aggregate_in_turn, neighbours, pooled
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.graph import graph
from softmark.worksheet.runs import solve
from softmark.worksheet.terms import leaf_text

NAMES = "ABCDEF"
ONE = ((Decimal(1),),)
WORDS = {"sum": "sum", "mean": "mean", "max": "element-wise maximum"}


class GnnAggregation(Template):
    """Nodes A, B, …; all nodes are updated at once."""

    title: ClassVar[str] = "Message passing on a graph"
    statement: ClassVar[str] = r"""
An undirected graph has the nodes {{ p.nodes|join(', ') }} with the features
$${% for v in h %}h_{ {{- p.nodes[loop.index0] -}} } = {{ v[0] if v|length == 1 else v|column }}
{%- if not loop.last %},\quad {% endif %}{% endfor %}$$
and the edges {{ p.edge_names|join(', ') }}. In each round every node $v$ takes the **{{ p.word(kind) }}**
$a_v$ of the features of its neighbours
({% if self_loops %}itself **included**{% else %}itself **not** included{% endif %}), and then
{% if combine == 'add' %}
adds it to its own: $h_v\leftarrow h_v + a_v$.
{% elif W|length == 1 == W[0]|length %}
combines it with its own: $h_v\leftarrow\max(0,\,w\,h_v + u\,a_v)$ with $w={{ W[0][0] }}$ and
$u={{ U[0][0] }}$.
{% else %}
combines it with its own: $h_v\leftarrow\max(0,\,W h_v + U a_v)$, element by element, with
$$W = {{ W|matrix }},\qquad U = {{ U|matrix }}$$
{% endif %}
All nodes are updated **at once**: the $a_v$ of a round use the features from before the round. A
number in brackets tells the round: $h^{(0)}$ are the given features, $a^{(1)}$ and $h^{(1)}$ come in
round 1.

Carry out {{ rounds }} round{{ 's' if rounds > 1 }}, and then read out the whole graph by the
{{ p.word(readout) }} $h_G$ over all nodes.
"""

    h: Matrix = given("h^{(0)}", about="features, one row a node")
    edges: tuple[tuple[int, int], ...] = given(about="edges between nodes, counted from 0", min_length=1,
                                               max_length=15)
    kind: Literal["sum", "mean", "max"] = "sum"
    combine: Literal["add", "weighted"] = "add"
    W: Matrix = given("w", default=ONE, about="weights of a node's own features")
    U: Matrix = given("u", default=ONE, about="weights of the aggregated features")
    rounds: int = given(default=1, ge=1, le=3, about="rounds of message passing")
    readout: Literal["sum", "mean", "max"] = "sum"
    self_loops: bool = given(default=False, about="does a node count among its neighbours?")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        n, d = len(self.h), len(self.h[0])
        if not 2 <= n <= 6 or d > 3:
            raise ValueError("by hand: 2 to 6 nodes with at most 3 features")
        pairs = {frozenset(edge) for edge in self.edges}
        if any(not 0 <= v < n for edge in self.edges for v in edge) or any(len(p) < 2 for p in pairs):
            raise ValueError(f"an edge joins two different nodes from 0 to {n - 1}")
        if len(pairs) < len(self.edges):
            raise ValueError("an edge is given twice")
        if {v for edge in self.edges for v in edge} != set(range(n)):
            raise ValueError("every node needs an edge")
        if self.combine == "weighted" and any(
                len(M) != d or len(M[0]) != d for M in (self.W, self.U)):
            raise ValueError("W and U must be square, one row a feature")
        if max(abs(v) for M in (self.h, self.W, self.U) for row in M for v in row) > 100:
            raise ValueError("features and weights lie between -100 and 100")
        return self

    @property
    def nodes(self) -> str:
        return NAMES[:len(self.h)]

    @property
    def edge_names(self) -> list[str]:
        return [f"{NAMES[a]}–{NAMES[b]}" for a, b in self.edges]

    @staticmethod
    def word(kind: str) -> str:
        return WORDS[kind]

    def axes(self) -> dict[str, Any]:
        d = len(self.h[0])
        one = [""] if d == 1 else [str(i + 1) for i in range(d)]
        square = {} if len(self.W) != d else {"W": (one, one), "U": (one, one)}
        return {"h": (list(self.nodes), one), **square}

    def figure(self) -> Drawing:
        return graph(self.nodes, self.edges, [", ".join(leaf_text(v) for v in row) for row in self.h],
                     "The graph with the features of its nodes")

    def flips(self) -> dict[str, dict[str, Any]]:
        word = "left the node itself out" if self.self_loops else "counted the node among its neighbours"
        return {word: {"self_loops": not self.self_loops}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        # all graphs of a level have the same degrees, so that all are the same work
        shape = rng.level(level, easy=((0, 1), (1, 2), (2, 0), (2, 3)),
                          medium=((0, 1), (1, 2), (2, 3), (3, 0), (0, 2)),
                          hard=((0, 1), (1, 2), (2, 0), (2, 3)))
        order = rng.shuffled(range(4))
        edges = tuple(sorted((min(order[a], order[b]), max(order[a], order[b])) for a, b in shape))
        d = 2 if level == "hard" else 1
        weights = cls._weights(rng, level)
        while True:
            columns = [rng.sample(range(1, 10), 4) for _ in range(d)]
            problem = cls._of(level, h=tuple(zip(*columns, strict=True)), edges=edges, **weights)
            if not problem._is_dead():
                return problem
            weights = cls._weights(rng, level)

    def _is_dead(self) -> bool:
        """Does ReLU leave some feature with fewer than three nodes?"""
        last = solve(self)[f"h{self.rounds}"].value
        return bool((np.count_nonzero(last, axis=0) < len(last) - 1).any())

    @classmethod
    def _of(cls, level: str, **values: Any) -> Self:
        return cls(**values,
                   kind={"easy": "sum", "medium": "mean", "hard": "max"}[level],
                   rounds=2 if level == "medium" else 1, decimals=3,
                   readout="sum" if level == "easy" else "mean")

    @staticmethod
    def _weights(rng: Rng, level: str) -> dict[str, Any]:
        if level == "easy":
            return {}
        if level == "medium":
            return {"combine": "weighted", "W": rng.matrix(1, 1, "0.3", "0.9"),
                    "U": rng.matrix(1, 1, "0.2", "0.8")}
        return {"combine": "weighted", "W": rng.matrix(2, 2, "-0.9", "0.9", 1, ["0"]),
                "U": rng.matrix(2, 2, "-0.9", "0.9", 1, ["0"])}

    def combined(self, h: Any, a: Any) -> Any:
        """A node's features after the round, from its own and the aggregated ones."""
        if self.combine == "add":
            return h + a
        if np.ndim(h) == 0:
            return relu(self.W[0, 0] * h + self.U[0, 0] * a)
        return relu(self.W @ h + self.U @ a)

    def combined_all(self, h: Any, a: Any) -> Any:
        """`combined` for every node."""
        return np.array([self.combined(own, other) for own, other in zip(h, a, strict=True)])

    def solve(self) -> Steps:
        near = neighbours(self.edges, len(self.h), self.self_loops)
        h = self.h[:, 0] if self.h.shape[1] == 1 else self.h
        labels = [list(self.nodes)] + [[str(i + 1) for i in range(size)] for size in h.shape[1:]]
        for k in range(1, self.rounds + 1):
            at = f" in round {k}" if self.rounds > 1 else ""
            a = yield Step(f"a{k}", f"a^{{({k})}}", aggregate(h, near, self.kind), "Aggregated" + at,
                           full=2, axes=labels, wrong=self._mistakes(h, near))
            wrong: dict[str, Callable[[], Any]] = {
                "left out the node's own feature": lambda a=a: a * 1} if self.combine == "add" else {
                "left out the node's own features": lambda a=a, h=h: self.combined_all(0 * h, a)}
            h = yield Step(f"h{k}", f"h^{{({k})}}", self.combined_all(h, a), "Features" + at, full=2,
                           axes=labels, wrong=wrong)
        value = pooled(h, self.readout)
        yield Step("G", "h_G", value, "Read-out of the graph", wrong={
            "took the mean for the sum": lambda: pooled(h, "mean")} if self.readout == "sum" else {
            "took the sum": lambda: pooled(h, "sum")})

    def _mistakes(self, h: Any, near: Any) -> dict[str, Callable[[], Any]]:
        wrong: dict[str, Callable[[], Any]] = {
            "updated the nodes one after the other": lambda: aggregate_in_turn(
                h, near, self.kind, self.combined)}
        if self.kind == "mean":
            wrong["divided by the number of all nodes"] = lambda: aggregate(h, near, "sum") / len(h)
        if self.kind == "max":
            wrong["took the sum for the maximum"] = lambda: aggregate(h, near, "sum")
        return wrong
