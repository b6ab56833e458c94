"""Dropout with a given mask: what a layer hands on in training, and in use."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.regularization import dropout_test, dropout_train, thinned_networks
from softmark.worksheet import IntVector, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.thinned import thinned
from softmark.worksheet.terms import leaf_text


class Dropout(Template):
    """p may mean dropped or kept; scaling may happen in use (classic) or in training (inverted)."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Dropout"
    statement: ClassVar[str] = r"""
A hidden layer of {{ a|length }} units has the activations $a={{ a|vector }}$. In training, dropout draws
a mask $r$, in which 1 means that a unit stays and 0 that it is dropped for this mini-batch; now
$r={{ r|vector }}$. Each unit is **{{ 'dropped' if p_means == 'drop' else 'kept' }}**
with probability ${{ named('p') }}$.
{% if variant == 'classic' %}
This is classic dropout: in training the activations are only masked; in use no unit is dropped, and
every activation is multiplied by the probability that a unit is kept.
{% else %}
This is inverted dropout, as libraries compute it: in training the masked activations are divided by
the probability that a unit is kept; in use no unit is dropped and nothing is scaled.
{% endif %}

The next unit has the net input $z=\sum_i w_i h_i+b$, where $h_i$ is what unit $i$ hands on,
$w={{ w|vector }}$ and ${{ named('b') }}$.

Give the probability $q$ that a unit is kept, what each unit hands on and the net input, first in
training and then in use, and the number of different thinned networks that dropout can leave of this
layer (the network without any unit of it counts too).
"""

    a: Vector = given("a", about="activations", min_length=2, max_length=8)
    r: IntVector = given("r", about="mask: 1 stays, 0 is dropped")
    p: Number = given("p", about="probability, of what p_means says", gt=0, lt=1)
    w: Vector = given("w", about="weights into the next unit")
    b: Number = given("b", about="bias of the next unit", ge=-100, le=100)
    p_means: Literal["drop", "keep"] = "drop"
    variant: Literal["classic", "inverted"] = "inverted"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.a) == len(self.r) == len(self.w):
            raise ValueError("a, r and w need one number a unit")
        if set(self.r) - {0, 1}:
            raise ValueError("the mask r holds 0 and 1 only")
        if any(abs(v) > 100 for v in (*self.a, *self.w)):
            raise ValueError("activations and weights lie between -100 and 100")
        return self

    def figure(self) -> Drawing:
        return thinned([f"a = {leaf_text(v)}" for v in self.a], self.r, "z",
                       "The layer with its dropped units crossed out: "
                       + ", ".join(f"unit {i + 1} {'stays' if r else 'is dropped'}"
                                   for i, r in enumerate(self.r)))

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "drop" if self.p_means == "keep" else "keep"
        # with one half it does not show
        return {f"took p for the probability to {other}": {"p_means": other}} if 2 * self.p != 1 else {}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=4, hard=5)
        while True:
            mask = rng.integers(size, 0, 1)
            if sum(mask) == rng.level(level, easy=2, medium=2, hard=3):
                break
        return cls(a=rng.vector(size, "0.2", "2.5", 1, ["1"]), r=mask,
                   p=rng.choice(["0.2", "0.3", "0.4", "0.6", "0.7", "0.8"]),
                   w=rng.vector(size, "-2", "2", 1, ["0", "1"]), b=rng.decimal("-1", "1", 1, ["0"]),
                   p_means="keep" if level == "easy" else "drop",
                   variant="inverted" if level == "hard" else "classic", decimals=3)

    def solve(self) -> Steps:
        keep = yield Step("q", "q", 1 - self.p if self.p_means == "drop" else self.p,
                          "Probability that a unit is kept")
        h = yield Step("train", r"h^{\text{train}}", dropout_train(self.a, self.r, keep, self.variant),
                       "What each unit hands on in training", full=2, wrong=self._in_training(keep))
        yield Step("z_train", r"z^{\text{train}}", self.w @ h + self.b, "Net input in training",
                   wrong={"left out the bias": lambda: self.w @ h})
        h = yield Step("use", r"h^{\text{use}}", dropout_test(self.a, keep, self.variant),
                       "What each unit hands on in use", full=2, wrong=self._in_use(keep))
        yield Step("z_use", r"z^{\text{use}}", self.w @ h + self.b, "Net input in use",
                   wrong={"left out the bias": lambda: self.w @ h})
        units = self.written(len(self.a))
        yield Step("networks", "N", thinned_networks(units, self.written(2, drawn=False)),
                   "Number of thinned networks",
                   wrong={"counted two networks a unit": lambda: 2 * len(self.a)}
                   if len(self.a) > 2 else {})

    def _in_training(self, keep: Any) -> dict[str, Any]:
        wrong = {}
        if np.any(self.r == 0):
            wrong["dropped the wrong units"] = lambda: dropout_train(
                self.a, 1 - self.r, keep, self.variant)
        if self.variant == "inverted":
            wrong["did not scale at all"] = lambda: self.a * self.r
        else:
            wrong["scaled both in training and in use"] = lambda: keep * self.a * self.r
        return wrong

    def _in_use(self, keep: Any) -> dict[str, Any]:
        if self.variant == "inverted":
            return {"scaled both in training and in use": lambda: keep * self.a}
        return {"did not scale at all": lambda: self.a,
                "kept the mask in use": lambda: keep * self.a * self.r}
