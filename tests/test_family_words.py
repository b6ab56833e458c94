"""Families about sentences: what is asked of which words, and how sentences are built."""

from itertools import pairwise

import numpy as np
import pytest

from softmark.templates.sequences.bag_of_words import BagOfWords
from softmark.templates.sequences.tfidf import Tfidf
from softmark.worksheet import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import solve
from softmark.worksheet.wording import NOUNS, sentences

DOCUMENTS = ("The river and the bridge", "This river", "The forest")


def test_tfidf_of_some_words_is_that_of_all_words_in_their_rows():
    every, some = (solve(Tfidf(documents=DOCUMENTS, of=of, decimals=4)) for of in ((), ("this", "river")))
    rows = [Tfidf(documents=DOCUMENTS).words.index(word) for word in ("river", "this")]
    for name in ("tf", "df", "idf", "tfidf"):
        assert np.allclose(some[name].value.astype(float), every[name].value.astype(float)[rows])
    # ln and base 10 differ; by hand: this is one of two words in one of three sentences
    assert some["tfidf"].value[1, 1] == pytest.approx(0.5 * np.log10(3))


def test_other_sentences_ask_for_all_their_words():
    drawn = Tfidf.draw(Rng.of("test", "words"), "medium")
    assert len(drawn.words) == 3
    assert drawn.replace(documents=DOCUMENTS).words == ("and", "bridge", "forest", "river", "the", "this")
    assert drawn.replace(base="2").words == drawn.words


@pytest.mark.parametrize("of", [("sea",), ("River",), ("river", "river")])
def test_words_that_are_asked_for_occur(of):
    with pytest.raises(UserError, match="occur in a sentence"):
        Tfidf.from_json({"documents": DOCUMENTS, "of": of})


def test_stop_words_leave_their_columns_out_against_scikit_learn():
    from sklearn.feature_extraction.text import CountVectorizer

    theirs = CountVectorizer(stop_words=["and", "the", "sea"], token_pattern=r"(?u)\b\w+\b")
    table = theirs.fit_transform(DOCUMENTS).toarray()
    done = solve(BagOfWords(documents=DOCUMENTS, stop=("and", "the", "sea")))
    assert done["vocabulary"].value == tuple(theirs.get_feature_names_out())
    assert (done["X"].value == table).all() and done["total"].value == table.sum()
    with pytest.raises(UserError, match="no stop word"):
        BagOfWords.from_json({"documents": ["The the", "and"], "stop": ["the", "and"]})


@pytest.mark.parametrize("words", range(4, 9))
def test_a_sentence_has_its_length_and_the_last_one_a_word_twice(words):
    split = [text.lower().strip(".!").split() for text in sentences(Rng.of("test", words), words, 4)]
    assert all(len(chosen) == words for chosen in split) and len(set(split[-1])) < words
    for chosen in split if words > 5 else split[:-1]:
        nouns = [word for word in chosen if word in NOUNS]
        assert len(nouns) > 1 and all(a != b for a, b in pairwise(nouns))
