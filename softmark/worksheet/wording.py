"""Small sentences for exercises on text, drawn from plain words."""

from __future__ import annotations

from softmark.worksheet.draws import Rng

NOUNS = ("network", "layer", "student", "teacher", "image", "filter", "signal", "model", "robot",
         "river", "garden", "train", "winter", "market", "window", "bridge", "forest", "kitchen")
VERBS = ("learns", "sees", "finds", "follows", "needs", "likes", "watches", "builds")
SMALL = ("the", "a", "and", "then", "every")
MARKS = (".", "!", "")


def sentences(rng: Rng, words: int, count: int, repeat: bool = True) -> tuple[str, ...]:
    """`count` sentences of `words` words from a small shared stock; none holds the whole of it."""
    stock = [*rng.sample(NOUNS, 3), *rng.sample(VERBS, 2), *rng.sample(SMALL, 2)]
    out = []
    for number in range(count):
        chosen = rng.sample(stock, min(words, len(stock) - 2))
        while len(chosen) < words:
            chosen.append(rng.choice(chosen))
        if repeat and number == count - 1:
            chosen[-1] = chosen[0]
        chosen[0] = chosen[0].capitalize()
        out.append(" ".join(chosen) + rng.choice(MARKS))
    return tuple(out)
