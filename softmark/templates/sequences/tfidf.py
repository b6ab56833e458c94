"""TF-IDF of a few short documents."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np

from softmark.solvers.functions import log
from softmark.worksheet import Rng, Step, Steps, Template, given

WORDS = ("net", "layer", "loss", "data", "deep", "train", "test", "filter", "weight", "pool")


class Tfidf(Template):
    title: ClassVar[str] = "TF-IDF"
    statement: ClassVar[str] = r"""
{% for d in documents %}
{{ loop.index }}. “{{ d }}”
{% endfor %}

Lower case, punctuation dropped. TF is count over document length,
$\text{idf} = \log_{ {{- base -}} } (N/\text{df})$.
"""
    documents: tuple[str, ...] = given(about="the documents", min_length=2, max_length=6)
    base: Literal["10", "e", "2"] = "10"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        words = rng.sample(WORDS, rng.level(level, easy=3, medium=4, hard=5))
        docs = tuple(" ".join(rng.choice(words) for _ in range(rng.integer(3, 5)))
                     for _ in range(rng.level(level, easy=2, medium=3, hard=3)))
        return cls(documents=docs, decimals=4)

    def solve(self) -> Steps:
        tokens = [d.lower().replace(",", " ").replace(".", " ").split() for d in self.documents]
        vocabulary = yield Step("vocabulary", r"V", tuple(sorted({w for t in tokens for w in t})),
                                "Vocabulary in alphabetical order",
                                note="Every different word once.")
        docs = [str(i + 1) for i in range(len(tokens))]
        n = np.array([[t.count(w) for t in tokens] for w in vocabulary])
        counts = yield Step("n", "n", n, "Counts", axes=(vocabulary, docs), note="Count.")
        length = np.array([len(t) for t in tokens])
        tf = yield Step("tf", r"\text{tf}", counts / length, "Term frequency",
                        axes=(vocabulary, docs))
        df = yield Step("df", r"\text{df}", (n > 0).sum(axis=1), "Document frequency",
                        axes=(vocabulary,), note="Documents that hold the word.",
                        wrong={"counted all occurrences": lambda: n.sum(axis=1)})
        idf = yield Step("idf", r"\text{idf}", log(len(tokens) / df, self.base), "IDF",
                         axes=(vocabulary,))
        yield Step("tfidf", r"\text{tfidf}", tf * idf[:, None], "TF-IDF",
                   axes=(vocabulary, docs))
