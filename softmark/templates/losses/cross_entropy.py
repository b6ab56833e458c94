"""Cross-entropy of a batch of class probabilities."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import argmax
from softmark.solvers.information import exponential, information
from softmark.solvers.losses import reduced
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given


class CrossEntropy(Template):
    """Minus the logarithm of the probability that the right class was given."""

    title: ClassVar[str] = "Cross-entropy of a batch"
    statement: ClassVar[str] = r"""
{% set ln = {'e': '\\ln', '2': '\\log_2', '10': '\\log_{10}'}[base] %}
A classifier with softmax output gives these probabilities to {{ P[0]|length }} classes:

| sample | {% for c in P[0] %}class {{ loop.index }} | {% endfor %}right class |
|---|{% for c in P[0] %}---|{% endfor %}---|
{% for row in P %}
| {{ loop.index }} | {% for v in row %}{{ v }} | {% endfor %}{{ targets[loop.index0] }} |
{% endfor %}

Compute the cross-entropy $\ell_n=-{{ ln|safe }} p_{n,c}$ of each sample, where $c$ is its right class
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}), and the loss
$L$ of the batch, their **{{ reduction }}**.
{% if perplexity %}
Give also the perplexity ${% if base == 'e' %}e{% else %}{{ base }}{% endif %}^{m}$, where $m$ is
the **mean** of the $\ell_n${% if reduction == 'mean' %}, here $L$ itself{% endif %}, and the share
of samples whose right class has the largest probability (the accuracy).
{% endif %}
"""

    P: Matrix = given("p", about="probabilities, one row a sample")
    targets: tuple[int, ...] = given(about="right class of each sample, counted from 1", max_length=8)
    reduction: Literal["mean", "sum"] = "mean"
    base: Literal["e", "10", "2"] = "e"
    perplexity: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.targets) != len(self.P) or len(self.P[0]) > 8:
            raise ValueError("there is one right class for every row of P, and 8 classes are the most")
        if not all(1 <= c <= len(self.P[0]) for c in self.targets):
            raise ValueError("right classes are counted from 1 to the number of columns of P")
        if any(sum(row) != 1 or min(row) <= 0 for row in self.P):
            raise ValueError("every row of P holds probabilities above 0 that sum to 1")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        rows, columns = rng.level(level, easy=(3, 3), medium=(4, 3), hard=(4, 4))
        hits = 0
        while not 0 < hits < rows:  # an accuracy of 0 or 1 asks nothing
            cuts = [sorted(rng.sample(range(4, 97), columns - 1)) for _ in range(rows)]
            ends = [(0, *c, 100) for c in cuts]
            P = tuple(tuple(f"{(b - a) / 100:.2f}" for a, b in pairwise(e)) for e in ends)
            targets = tuple(rng.integer(1, columns) for _ in range(rows))
            hits = sum(row[c - 1] == max(row) for row, c in zip(P, targets, strict=True))
        return cls(P=P, targets=targets,
                   reduction=rng.choice(["mean", "sum"]) if level == "medium" else "mean",
                   base=rng.level(level, easy="e", medium="e", hard=rng.choice(["e", "2"])),
                   perplexity=level == "hard", decimals=4)

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "10" if self.base != "10" else "e"
        flips: dict[str, dict[str, Any]] = {f"took the logarithm to base {other}": {"base": other}}
        if len(self.targets) > 1:
            flips["added the losses instead of taking their mean" if self.reduction == "mean" else
                  "took the mean of the losses instead of their sum"] = {
                "reduction": "sum" if self.reduction == "mean" else "mean"}
        return flips

    def solve(self) -> Steps:
        P, base = self.P, self.base
        right = P[np.arange(len(self.targets)), [c - 1 for c in self.targets]]
        losses = yield Step("l", r"\ell", information(right, base), "Cross-entropy of each sample",
                            full=2, wrong={
                                "left out the minus": lambda: -information(right, base),
                                "took 1 − p for the loss": lambda: 1 - right,
                                "added the logarithms of all classes": lambda:
                                information(P, base).sum(axis=1)})
        loss = yield Step("L", "L", reduced(losses, self.reduction), "Loss of the batch")
        if self.perplexity:
            mean = loss if self.reduction == "mean" else loss / len(self.targets)
            yield Step("perplexity", r"\text{perplexity}", exponential(mean, base),
                       "Perplexity")
            hits = [i for i, c in enumerate(self.targets) if argmax(P[i]) == c - 1]
            count = self.written(len(hits))
            yield Step("accuracy", r"\text{accuracy}", count / len(self.targets), "Accuracy", weight=0.5,
                       note="Samples whose right class has the largest probability, over all samples: "
                       + ", ".join(str(i + 1) for i in hits) + ".",
                       wrong={"gave the share of errors": lambda: 1 - count / len(self.targets)}
                       if 2 * len(hits) != len(self.targets) else {})
