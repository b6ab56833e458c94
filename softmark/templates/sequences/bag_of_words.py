"""Bag of words: vocabulary and count matrix of a few sentences."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from softmark.solvers import text
from softmark.templates.sequences._documents import Documents
from softmark.worksheet import Rng, Step, Steps
from softmark.worksheet.wording import sentences


class BagOfWords(Documents):
    """Rows are sentences, columns are words in alphabetical order."""

    title: ClassVar[str] = "Bag of words"
    statement: ClassVar[str] = r"""
Turn these sentences into bags of words:

{% for d in documents %}
{{ loop.index }}. “{{ d }}”
{% endfor %}

Everything is written in **lower case** first and punctuation is dropped; the vocabulary holds every
different word once, in **alphabetical order**. Give the vocabulary, the count matrix $X$ (one row a
sentence, one column a word of the vocabulary), and the number $N$ of words in all.
"""

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        words, count = rng.level(level, easy=(5, 2), medium=(6, 3), hard=(8, 3))
        return cls(documents=sentences(rng, words, count, repeat=level != "easy"))

    def solve(self) -> Steps:
        documents = [str(i + 1) for i in range(len(self.documents))]
        words = text.vocabulary(self.documents)
        vocabulary = yield Step("vocabulary", "V", words, "Vocabulary, in alphabetical order",
                                # the head of the table below has these words
                                weight=0.5, note="Every different word once, in lower case.")
        table = text.counts(self.documents).T
        counts = yield Step("X", "X", table, "Count matrix", axes=(documents, vocabulary),
                            weight=2, full=0, wrong=self._mistakes(table),
                            note="How often each word occurs in each sentence.")
        lengths = yield Step("length", "n", counts.sum(axis=1), "Words of each sentence", ask=False,
                             full=0, note="The sums of the rows.")
        yield Step("total", "N", lengths.sum(), "Words in all",
                   note="" if lengths.sum() else "There are none.",
                   wrong={"counted the different words": lambda: len(vocabulary)}
                   if len(vocabulary) != lengths.sum() else {})

    @staticmethod
    def _mistakes(table: Any) -> dict[str, Any]:
        if (table <= 1).all():
            return {}
        return {"wrote 1 for every word that occurs": lambda: (table > 0) * 1}
