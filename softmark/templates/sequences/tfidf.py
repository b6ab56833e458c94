"""TF-IDF of a few short sentences."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np

from softmark.solvers import text
from softmark.templates.sequences._documents import Documents
from softmark.worksheet import Rng, Step, Steps
from softmark.worksheet.wording import sentences


class Tfidf(Documents):
    """Tables are words × sentences; the vocabulary is given, the figures are asked."""

    title: ClassVar[str] = "TF-IDF"
    statement: ClassVar[str] = r"""
Compute TF-IDF for these {{ documents|length }} sentences:

{% for d in documents %}
{{ loop.index }}. “{{ d }}”
{% endfor %}

Words are taken in **lower case** without punctuation, in alphabetical order:
{{ p.words|join(', ') }}. The term frequency is the count of the word over the number of words in
the sentence. The document frequency $\text{df}$ is the number of **sentences that contain** the
word; the inverse document frequency is
$\text{idf}={% if base == 'e' %}\ln{% else %}\log_{ {{- base -}} }{% endif %}(N/\text{df})$ with $N$
sentences
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}, no smoothing).
TF-IDF is their product.
"""

    base: Literal["10", "e", "2"] = "10"

    @property
    def words(self) -> tuple[str, ...]:
        return text.vocabulary(self.documents)

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "e" if self.base == "10" else "10"
        return {f"took the logarithm to base {other}": {"base": other}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        words, count = rng.level(level, easy=(4, 2), medium=(5, 3), hard=(6, 3))
        while True:
            documents = sentences(rng, words, count)
            df = text.document_frequency(text.counts(documents))
            if 1 < len(df) <= 9 and df.min() < count and (text.counts(documents).sum(axis=1) > df).any():
                break
        return cls(documents=documents, base=rng.level(level, easy="10", medium="10",
                                                       hard=rng.choice(["e", "2"])), decimals=4)

    def solve(self) -> Steps:
        words = self.words
        documents = [str(i + 1) for i in range(len(self.documents))]
        table = text.counts(self.documents)
        lengths = np.array([self.written(len(text.tokens(d))) for d in self.documents])
        n = yield Step("n", "n", table, "Count of each word in each sentence", ask=False, full=0,
                       axes=(words, documents), note="How often the word occurs in the sentence.")
        tf = yield Step("tf", r"\text{tf}", text.term_frequency(n, lengths), "Term frequency",
                        axes=(words, documents), wrong={
                            "took the bare counts": lambda: n * 1.0,
                            "divided by the length of the vocabulary": lambda: n / len(words)}
                        if len(words) not in [len(text.tokens(d)) for d in self.documents] else {
                            "took the bare counts": lambda: n * 1.0})
        df = yield Step("df", r"\text{df}", text.document_frequency(table), "Document frequency",
                        axes=(words,), full=0, note="The number of sentences that contain the word.",
                        wrong={"counted all occurrences instead of sentences":
                               lambda: table.sum(axis=1)})
        count = self.written(len(self.documents))
        idf = yield Step("idf", r"\text{idf}",
                         text.inverse_document_frequency(count, df, self.base),
                         "Inverse document frequency", axes=(words,))
        yield Step("tfidf", r"\text{tfidf}", tf * idf[:, None], "TF-IDF", axes=(words, documents),
                   wrong={"added tf and idf": lambda: tf + idf[:, None]})
