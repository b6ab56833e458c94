"""Top-1 and top-k error of a classifier from its scores."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.similarity import rank, top_k_misses
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, given

CLASSES = ("cat", "dog", "fox", "owl", "bee", "cow", "hen", "pig", "rat", "ant")


class TopKError(Template):
    """Ranks first, then how many samples miss, then the share."""

    title: ClassVar[str] = "Top-1 and top-k error"
    exact: ClassVar[bool] = True
    # ranks are compared with k, and may equal it; equal scores are refused
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A classifier gives each of {{ scores|length }} images a score for every class, the higher the likelier:

| image |{% for name in classes %} {{ name }} |{% endfor %} true class |
|---|{% for _ in classes %}---|{% endfor %}---|
{% for row, truth in p.rows %}| {{ loop.index }} |{% for v in row %} {{ v }} |{% endfor %} {{ truth }} |
{% endfor %}

The top-$k$ error is the share of images whose true class is **not** among the $k$ highest scores. Give
the error for $k=1$ and for $k={{ k }}$, as decimal fractions (0.25 for 25 %). Last year's best
top-{{ k }} error was {{ before|number }}: by which fraction of it has the error fallen,
$(\text{last year}-\text{now})/\text{last year}$?
"""

    classes: tuple[str, ...] = given(about="names of the classes", min_length=3, max_length=8)
    scores: Matrix = given("s", about="scores, one row an image, one column a class")
    labels: tuple[int, ...] = given(about="true class of each image, from 0")
    k: int = given(default=2, ge=2, le=5, about="how many guesses the second error allows")
    before: Number = given(r"\text{last}", about="last year's error", gt=0, le=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.scores) != len(self.labels) or len(self.scores) > 10:
            raise ValueError("labels must give a class for every image, 10 images at most")
        if len(self.scores[0]) != len(self.classes) or len(set(self.classes)) < len(self.classes):
            raise ValueError("scores must have one column for every class, and classes must differ")
        if any(not 0 <= label < len(self.classes) for label in self.labels):
            raise ValueError("labels are numbers of classes, from 0")
        if self.k >= len(self.classes):
            raise ValueError("k must be smaller than the number of classes")
        if any(len(set(row)) < len(row) for row in self.scores):
            raise ValueError("two scores of an image are equal, so its ranking is not settled")
        return self

    @property
    def rows(self) -> list[tuple[tuple[object, ...], str]]:
        return [(row, self.classes[label]) for row, label in zip(self.scores, self.labels, strict=True)]

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        images, size, k = rng.level(level, easy=(4, 4, 2), medium=(5, 5, 2), hard=(8, 5, 3))
        while True:
            scores = tuple(tuple(Decimal(v) / 100 for v in rng.sample(range(2, 97), size))
                           for _ in range(images))
            labels = rng.integers(images, 0, size - 1)
            one, some = (top_k_misses(scores, labels, n) for n in (1, k))
            if 0 < some < one < images:
                break
        return cls(classes=tuple(rng.sample(CLASSES, size)), scores=scores, labels=labels, k=k,
                   before=rng.decimal("0.55", "0.95", 2), decimals=3)

    def solve(self) -> Steps:
        images = self.written(Fraction(len(self.labels)))
        places = [rank(row, label) for row, label in zip(self.scores, self.labels, strict=True)]
        yield Step("rank", "r", np.array(places), "Rank of the true class, image by image",
                   ask=False, full=0, note="One more than the number of higher scores in its row.")
        errors = {}
        for k in (1, self.k):
            misses = self.written(top_k_misses(self.scores, self.labels, k))
            hits = images - misses
            upside_down = sum(len(self.classes) + 1 - r > k for r in places)
            wrong: dict[str, Any] = {
                "took the share of hits": lambda hits=hits: hits / images,
                "ranked from the lowest score": lambda u=upside_down: self._share(u)}
            if k > 1:
                wrong["counted only a class at that very rank"] = lambda: self._share(
                    len(places) - places.count(self.k))
            errors[k] = yield Step(f"error[{k}]", rf"\text{{error}}_{k}", misses / images,
                                   f"Top-{k} error", weight=1.5, wrong={
                                       name: value for name, value in wrong.items()
                                       if value() != misses / images},
                                   note=f"The images whose rank is above {k}, over all images.")
        yield Step("change", r"\text{change}", (self.before - errors[self.k]) / self.before,
                   "Relative change", wrong={
                       "took the difference of the errors": lambda: self.before - errors[self.k],
                       "divided by the new error":
                       lambda: (self.before - errors[self.k]) / errors[self.k]})

    def _share(self, count: int) -> Any:
        return Fraction(count, len(self.labels))
