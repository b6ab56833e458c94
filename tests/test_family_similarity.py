"""Cosine similarity and top-k errors: scikit-learn as a witness, the decks' figures, refused givens."""

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from softmark.solvers.similarity import cosine, damped, norms, rank, top_k_misses
from softmark.templates.losses.top_k_error import TopKError
from softmark.templates.sequences.cosine_similarity import CosineSimilarity
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistake_names, mistaken, solve

BAGS = {"words": ["net", "train"], "counts": [[1, 1], [2, 2], [5, 0]]}
TABLE = {"classes": ["cat", "dog", "fox"], "scores": [[0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.2, 0.7, 0.1]],
         "labels": [0, 1, 2], "k": 2, "before": 0.5}


def values(problem):
    return {name: done.value for name, done in solve(problem).items()}


def wrong_value(problem, mistake, step):
    assert mistake in mistake_names(problem)
    return mistaken(problem, mistake)[step].value


@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_cosines_agree_with_scikit_learn(level):
    from sklearn.metrics.pairwise import cosine_similarity

    problem = certified_draw(CosineSimilarity, Rng.of("sklearn"), level)
    table = np.array(problem.counts, dtype=float)
    if problem.weighting == "log":
        table = np.log1p(table)
    theirs = cosine_similarity(table[:1], table[1:])[0]
    run = values(problem)
    assert run["cos"] == pytest.approx(theirs)
    assert run["best"] == f"document {theirs.argmax() + 1}"


def test_deck_002_line_3532_length_does_not_count():
    """Documents are compared by the cosine: a text twice as long is as like as before."""
    run = values(CosineSimilarity.from_json(BAGS))
    assert run["cos"] == pytest.approx([1, 1 / np.sqrt(2)])
    assert run["best"] == "document 1"
    assert wrong_value(CosineSimilarity.from_json(BAGS), "took the largest dot product", "best") == \
        "document 2"
    assert values(CosineSimilarity.from_json({**BAGS, "weighting": "log"}))["t"][2].tolist() == \
        pytest.approx([np.log(6), 0])


@drawn(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=2, max_size=2))
def test_a_cosine_does_not_change_with_the_base(rows):
    a, b = (damped(np.array(rows), base) for base in ("e", "10"))
    if min(norms(a)) > 0:
        assert cosine(a[0] @ a[1], *norms(a)) == pytest.approx(cosine(b[0] @ b[1], *norms(b)))


@drawn(st.lists(st.permutations(range(5)), min_size=1, max_size=6), st.data())
def test_misses_agree_with_scikit_learn(scores, data):
    from sklearn.metrics import top_k_accuracy_score

    labels = [data.draw(st.integers(0, 4)) for _ in scores]
    for k in (1, 2, 4):
        theirs = top_k_accuracy_score(labels, np.array(scores, dtype=float), k=k, normalize=False,
                                      labels=range(5))
        assert top_k_misses(scores, labels, k) == len(labels) - theirs


def test_ranks_begin_at_one():
    assert [rank([0.2, 0.7, 0.1], label) for label in range(3)] == [2, 1, 3]


def test_errors_and_their_mistakes():
    problem = TopKError.from_json(TABLE)
    run = values(problem)
    assert (run["error[1]"], run["error[2]"]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert run["change"] == pytest.approx(1 / 3)
    assert wrong_value(problem, "took the share of hits", "error[1]") == pytest.approx(1 / 3)


def test_deck_002_line_2177_from_16_to_6_7_percent():
    """An error of 6.7 % after 16 %: it has fallen by 58 %, not by 9.3 %."""
    scores = [[0.9, 0.08, 0.02]] * 10
    problem = TopKError.from_json({**TABLE, "scores": scores, "labels": [0] * 9 + [2], "before": 0.16})
    run = values(problem)
    assert run["error[2]"] == pytest.approx(0.1)
    assert pytest.approx(0.58, abs=0.005) == (0.16 - 0.067) / 0.16
    assert run["change"] == pytest.approx((0.16 - 0.1) / 0.16)
    assert wrong_value(problem, "took the difference of the errors", "change") == pytest.approx(0.06)


@pytest.mark.parametrize(("cls", "given", "rule"), [
    (CosineSimilarity, {**BAGS, "counts": [[1, 1], [0, 0], [5, 0]]}, "no direction"),
    (CosineSimilarity, {**BAGS, "counts": [[1, 1], [2, 2]]}, "2 to 5 documents"),
    (CosineSimilarity, {**BAGS, "counts": [[1, 1], [-2, 2], [1, 0]]}, "0 to 999"),
    (TopKError, {**TABLE, "labels": [0, 1, 3]}, "numbers of classes"),
    (TopKError, {**TABLE, "k": 3}, "smaller than the number"),
    (TopKError, {**TABLE, "scores": [[0.5, 0.5, 0]] * 3}, "not settled"),
    (TopKError, {**TABLE, "scores": [[0.5, 0.4]] * 3}, "one column"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_refused(cls, given, rule):
    with pytest.raises(UserError, match=rule):
        cls.from_json(given)
