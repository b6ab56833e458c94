"""Small sentences for exercises on text, drawn from plain words."""

from __future__ import annotations

from softmark.worksheet.draws import Rng

NOUNS = ("network", "layer", "student", "teacher", "image", "filter", "signal", "model", "robot",
         "river", "garden", "train", "winter", "market", "window", "bridge", "forest", "kitchen")
VERBS = ("learns", "sees", "finds", "follows", "needs", "likes", "watches", "builds")
SMALL = ("the", "every", "this")
MARKS = (".", "!", "")
#: how a sentence of so many words is built: noun, verb, determiner, and
PATTERNS = {4: "nvdn", 5: "dnvdn", 6: "nvdnan", 7: "dnvdnan", 8: "dnvdnadn"}


def sentences(rng: Rng, words: int, count: int, repeat: bool = True) -> tuple[str, ...]:
    """`count` sentences of `words` words (4 to 8) from a small shared stock; with `repeat` a word may
    come twice in one, and in the last one does."""
    stock = {"n": rng.sample(NOUNS, 3), "v": rng.sample(VERBS, 2), "d": rng.sample(SMALL, 2),
             "a": ["and"]}
    pattern = PATTERNS[words]
    out = []
    for number in range(count):
        chosen: list[str] = []
        for kind in pattern:
            # nothing follows or meets itself
            shun = [word for word in chosen if word in stock["n"]][-1:] if repeat else chosen
            chosen.append(rng.choice([word for word in stock[kind] if word not in shun]))
        if repeat and number == count - 1:
            chosen[-1] = chosen[pattern.index("n")]
        chosen[0] = chosen[0].capitalize()
        out.append(" ".join(chosen) + rng.choice(MARKS))
    return tuple(out)
