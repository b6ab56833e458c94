"""TF-IDF of a few short sentences."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers import text
from softmark.templates.sequences._documents import Documents
from softmark.worksheet import Rng, Step, Steps, given
from softmark.worksheet.wording import sentences


class Tfidf(Documents):
    """Tables are words × sentences; the vocabulary is given, the figures are asked."""

    title: ClassVar[str] = "TF-IDF"
    statement: ClassVar[str] = r"""
Compute TF-IDF {% if of %}of the words **{{ p.words|join('**, **') }}** in{% else %}for{% endif %} these
{{ documents|length }} sentences:

{% for d in documents %}
{{ loop.index }}. “{{ d }}”
{% endfor %}

Words are taken in **lower case** without punctuation
{%- if not of %}, in alphabetical order: {{ p.words|join(', ') }}{% endif %}.
The term frequency is the count of the word over the number of words in
the sentence. The document frequency $\text{df}$ is the number of **sentences that contain** the
word; the inverse document frequency is
$\text{idf}={% if base == 'e' %}\ln{% else %}\log_{ {{- base -}} }{% endif %}(N/\text{df})$ with $N$
sentences
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}, no smoothing).
TF-IDF is their product.
"""

    base: Literal["10", "e", "2"] = "10"
    of: tuple[str, ...] = given(default=(), max_length=25, about="words that are asked for; none: all")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if len(set(self.of)) < len(self.of) or not set(self.of) <= set(text.vocabulary(self.documents)):
            raise ValueError("the words in `of` must differ, and each occur in a sentence, in lower case")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(sorted(self.of)) or text.vocabulary(self.documents)

    @property
    def table(self) -> Any:
        """How often each of the words occurs in each sentence."""
        everything = text.vocabulary(self.documents)
        return text.counts(self.documents)[[everything.index(word) for word in self.words]]

    def replace(self, **changes: Any) -> Self:
        """The same problem with some fields changed; of other sentences all words are asked."""
        return super().replace(**({"of": ()} if "documents" in changes else {}) | changes)

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "e" if self.base == "10" else "10"
        return {f"took the logarithm to base {other}": {"base": other}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        words, count = rng.level(level, easy=(5, 2), medium=(6, 3), hard=(8, 3))
        base = rng.level(level, easy="10", medium="10", hard=rng.choice(["e", "2"]))
        while True:
            documents = sentences(rng, words, count)
            problem = cls(documents=documents, base=base, decimals=4,
                          of=tuple(rng.sample(text.vocabulary(documents), 3)))
            df = text.document_frequency(problem.table)
            if (df < count).sum() == 2 and (problem.table.sum(axis=1) > df).any():
                return problem

    def solve(self) -> Steps:
        words = self.words
        documents = [str(i + 1) for i in range(len(self.documents))]
        table = self.table
        lengths = np.array([self.written(len(text.tokens(d))) for d in self.documents])
        vocabulary = len(text.vocabulary(self.documents))
        n = yield Step("n", "n", table, "Count of each word in each sentence", ask=False, full=0,
                       axes=(words, documents), note="How often the word occurs in the sentence.")
        tf = yield Step("tf", r"\text{tf}", text.term_frequency(n, lengths), "Term frequency",
                        axes=(words, documents), wrong={
                            "took the bare counts": lambda: n * 1.0,
                            "divided by the length of the vocabulary": lambda: n / vocabulary}
                        if vocabulary not in [len(text.tokens(d)) for d in self.documents] else {
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
