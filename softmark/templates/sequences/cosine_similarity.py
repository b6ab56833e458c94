"""Which document is most like the query? Cosine similarity of bags of words."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import argmax
from softmark.solvers.similarity import cosine, damped, norms
from softmark.worksheet import IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.wording import NOUNS


class CosineSimilarity(Template):
    """The first row is the query, the others are documents."""

    title: ClassVar[str] = "Cosine similarity of documents"
    statement: ClassVar[str] = r"""
A search compares a query with {{ p.documents|length }} documents by the words they hold. The table
counts them; $c_{q1}$ is the first count of the query, $c_{11}$ that of document 1:

| |{% for word in words %} {{ word }} |{% endfor +%}
|---|{% for _ in words %}---|{% endfor +%}
{% for name, row in p.rows %}| {{ name }} |{% for v in row %} {{ v }} |{% endfor +%}
{% endfor %}

{% if weighting == 'log' %}
So that frequent words do not count too much, each count $c$ is replaced by $t=\ln(1+c)$ (natural
logarithm) before anything else.
{% else %}
The counts are used as they are.
{% endif %}
The similarity of the query $q$ and document $d_i$ is the cosine $\cos_i=(q\cdot d_i)/(n_q\,n_i)$ with the
Euclidean length $n=\sqrt{\sum_j {{ 't' if weighting == 'log' else 'c' }}_j^2}$ of each row. Give
{% if weighting == 'log' %}the replaced counts $t$, {% endif %}
the lengths of all rows, the dot product and the cosine of the query with each document, and name
the document that is most like the query.
"""

    words: tuple[str, ...] = given(about="the vocabulary", min_length=2, max_length=8)
    counts: IntMatrix = given("c", about="counts, the query first, then one row a document")
    weighting: Literal["counts", "log"] = "counts"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not 3 <= len(self.counts) <= 6 or len(self.counts[0]) != len(self.words):
            raise ValueError("counts needs a row for the query and 2 to 5 documents, a column a word")
        if any(not 0 <= v <= 999 for row in self.counts for v in row):
            raise ValueError("a word is counted 0 to 999 times")
        if not all(any(row) for row in self.counts):
            raise ValueError("a row without any word has no direction, and no cosine")
        return self

    @property
    def documents(self) -> list[str]:
        return [f"document {i}" for i in range(1, len(self.counts))]

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        return list(zip(["query", *self.documents], self.counts, strict=True))

    def axes(self) -> dict[str, tuple[list[str], list[str]]]:
        return {"counts": (["q", *map(str, range(1, len(self.counts)))],
                           [str(i + 1) for i in range(len(self.words))])}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, documents = rng.level(level, easy=(3, 2), medium=(4, 3), hard=(3, 2))
        high = rng.level(level, easy=5, medium=6, hard=9)
        return cls(words=tuple(sorted(rng.sample(NOUNS, size))),
                   counts=tuple(rng.integers(size, 0, high) for _ in range(documents + 1)),
                   weighting="log" if level == "hard" else "counts", decimals=3)

    def solve(self) -> Steps:
        names, words = self.axes()["counts"]
        table = self.counts
        if self.weighting == "log":
            table = yield Step("t", "t", damped(table), "Replaced counts", axes=[names, words], wrong={
                "took the logarithm to base 10": lambda: damped(self.counts, "10")})
        n = yield Step("n", "n", norms(table), "Length of each row", axes=[names], wrong={
            "left out the root": lambda: (table ** 2).sum(axis=1) * 1.0,
            "added the counts": lambda: table.sum(axis=1) * 1.0})
        dot = yield Step("dot", r"q\cdot d", table[1:] @ table[0], "Dot product with the query",
                         axes=[names[1:]], wrong={} if self.weighting == "log" else {
                             "counted common words instead of multiplying": lambda: (
                                 (table[1:] > 0) & (table[0] > 0)).sum(axis=1)})
        s = yield Step("cos", r"\cos", cosine(dot, n[0], n[1:]), "Cosine with the query",
                       axes=[names[1:]], weight=2, wrong={
                           "did not divide by the length of the query": lambda: dot / n[1:]})
        best = argmax(s)
        yield Step("best", r"\text{best}", self.documents[best], "Most like the query",
                   options=self.documents, weight=0.5, note="The largest cosine wins.",
                   wrong=self._by_dot(dot, best))

    def _by_dot(self, dot: Any, best: int) -> dict[str, Any]:
        largest = argmax(dot)
        return {"took the largest dot product": lambda: self.documents[largest]} \
            if largest != best else {}
