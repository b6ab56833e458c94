"""Bag of words: vocabulary and count matrix of a few sentences."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers import text
from softmark.templates.sequences._documents import Documents
from softmark.worksheet import Rng, Step, Steps, given
from softmark.worksheet.wording import sentences

STOP = ("a", "and", "every", "the", "this")


class BagOfWords(Documents):
    """Rows are sentences, columns are words in alphabetical order."""

    title: ClassVar[str] = "Bag of words"
    statement: ClassVar[str] = r"""
Turn these sentences into bags of words:

{% for d in documents %}
{{ loop.index }}. “{{ d }}”
{% endfor %}

Everything is written in **lower case** first and punctuation is dropped
{%- if stop %}; then the **stop words** {{ stop|join(', ') }} are left out{% endif %}. The vocabulary
holds every different word once, in **alphabetical order**. Give the vocabulary, the count matrix $X$
(one row a sentence, one column a word of the vocabulary), and the number $N$ of words
{{ 'left' if stop }} in all.
"""

    stop: tuple[str, ...] = given(default=(), max_length=25, about="words that are not counted")

    @model_validator(mode="after")
    def _leaves_words(self) -> Self:
        if not text.vocabulary(self.documents, self.stop):
            raise ValueError("there must be a word that is no stop word")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        words, count = rng.level(level, easy=(5, 2), medium=(6, 3), hard=(8, 4))
        return cls(documents=sentences(rng, words, count, repeat=level != "easy"),
                   stop=STOP if level == "hard" else ())

    def solve(self) -> Steps:
        documents = [str(i + 1) for i in range(len(self.documents))]
        words = text.vocabulary(self.documents, self.stop)
        vocabulary = yield Step("vocabulary", "V", words, "Vocabulary, in alphabetical order",
                                # the head of the table below has these words
                                weight=0.5, note="Every different word once, in lower case"
                                     + (", without the stop words." if self.stop else "."))
        table = text.counts(self.documents, self.stop).T
        counts = yield Step("X", "X", table, "Count matrix", axes=(documents, vocabulary),
                            weight=2, full=0, wrong=self._mistakes(table),
                            note="How often each word occurs in each sentence.")
        lengths = yield Step("length", "n", counts.sum(axis=1), "Words of each sentence", ask=False,
                             full=0, note="The sums of the rows.")
        yield Step("total", "N", lengths.sum(), "Words left in all" if self.stop else "Words in all",
                   note="" if lengths.sum() else "There are none.",
                   wrong=self._other_totals(len(vocabulary), lengths.sum()))

    def _other_totals(self, different: int, total: Any) -> dict[str, Any]:
        everything = sum(len(text.tokens(document)) for document in self.documents)
        wrong: dict[str, Any] = {}
        if different != total:
            wrong["counted the different words"] = lambda: different
        if everything != total:
            wrong["counted the stop words too"] = lambda: everything
        return wrong

    @staticmethod
    def _mistakes(table: Any) -> dict[str, Any]:
        if (table <= 1).all():
            return {}
        return {"wrote 1 for every word that occurs": lambda: (table > 0) * 1}
