"""The loss of a recurrent network over a sequence of characters."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import argmax
from softmark.solvers.recurrent import readout
from softmark.solvers.sequences import perplexity, sequence_loss, step_loss
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given

WORDS = ("deep", "seed", "need", "keep", "peep", "feed", "noon", "moon", "toot", "hello", "label",
         "level", "error", "layer", "alpha", "kappa", "sense", "tense", "cell", "ball", "pool", "loop")


class SequenceLoss(Template):
    """Characters are listed in alphabetical order; one column of the table a time step."""

    title: ClassVar[str] = "Loss over a sequence"
    statement: ClassVar[str] = r"""
A recurrent network predicts the next character of a word. The right characters of the
{{ targets|length }} time steps are {{ targets|join(', ') }}. The network puts out these
{% if given_as == 'probabilities' %}
**probabilities** $\hat y$:
{% else %}
**scores** $o$, from which a softmax over the characters makes the probabilities $\hat y$ of a time step:
{% endif %}

| time step |{% for c in characters %} {{ c }} |{% endfor %}

|---|{% for _ in characters %}---|{% endfor %}

{% for row in p.values %}
| {{ loop.index }} |{% for v in row %} {{ v|number }} |{% endfor %}

{% endfor %}

The loss $L_t$ of a time step is the cross-entropy
$-{{ {'e': '\\ln', '2': '\\log_2', '10': '\\log_{10}'}[base]|safe }} \hat y_{tc}$
of its right character $c$
({% if base == 'e' %}natural logarithm{% else %}logarithm to base {{ base }}{% endif %}). The loss $L$
of the sequence is the **{{ reduction }}** of the losses of its time steps.
{% if ask_perplexity %}
The perplexity is {% if reduction == 'mean' %}$e^L$.{% else %}$e^{\bar L}$, with the mean
$\bar L$ of the losses.{% endif %}

{% endif %}

Give {% if given_as == 'scores' %}the probability of the right character and {% endif %}the loss of each
time step, {{ 'the loss of the sequence, and the perplexity' if ask_perplexity else
'and the loss of the sequence' }}.
"""

    characters: tuple[str, ...] = given(about="the characters, in the order of the columns", min_length=2,
                                        max_length=6)
    targets: tuple[str, ...] = given(about="the right character of each time step", min_length=1,
                                     max_length=8)
    probabilities: Matrix = given(r"\hat{y}", default=((Decimal(1),),), about="one row a time step")
    scores: Matrix = given("o", default=((Decimal(0),),), about="one row a time step")
    given_as: Literal["probabilities", "scores"] = "probabilities"
    base: Literal["e", "10", "2"] = "e"
    reduction: Literal["sum", "mean"] = "sum"
    ask_perplexity: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.values) != len(self.targets) or len(self.values[0]) != len(self.characters):
            raise ValueError("the table must have one row a target and one column a character")
        known = set(self.characters)
        if len(known) < len(self.characters) or not set(self.targets) <= known:
            raise ValueError("characters must differ, and every target must be one of them")
        if not all(1 <= len(name) <= 8 for name in self.characters):
            raise ValueError("a character is named by 1 to 8 letters")
        if self.given_as == "probabilities":
            if any(sum(row) != 1 or min(row) < 0 for row in self.values):
                raise ValueError("the probabilities of a time step must be at least 0 and add up to 1")
            if any(row[c] == 0 for row, c in zip(self.values, self._right, strict=True)):
                raise ValueError("the right character's probability must not be 0: its loss is infinite")
        elif max(abs(v) for row in self.values for v in row) > 20:
            raise ValueError("scores must lie between -20 and 20")
        if self.ask_perplexity and self.base != "e":
            raise ValueError("perplexity is asked only with natural logarithms")
        return self

    @property
    def _right(self) -> list[int]:
        """The column of each target."""
        return [self.characters.index(target) for target in self.targets]

    @property
    def values(self) -> Any:
        """The table that is printed and used."""
        return self.probabilities if self.given_as == "probabilities" else self.scores

    def axes(self) -> dict[str, Any]:
        return {self.given_as: ([str(t + 1) for t in range(len(self.targets))], self.characters)}

    def flips(self) -> dict[str, dict[str, Any]]:
        turned: dict[str, dict[str, Any]] = {}
        if len(self.targets) > 1:
            turned["took the mean for the sum" if self.reduction == "sum" else
                   "took the sum for the mean"] = {
                       "reduction": "mean" if self.reduction == "sum" else "sum"}
        if not self.ask_perplexity:
            other = "10" if self.base == "e" else "e"
            turned[f"took the logarithm to base {other}"] = {"base": other}
        return turned

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        steps, kinds = rng.level(level, easy=(3, 3), medium=(4, 4), hard=(3, 3))
        words = [w for w in WORDS if len(w) > steps and len(set(w[1:steps + 1])) < kinds]
        word = rng.choice(words)
        targets = tuple(word[1:steps + 1])
        others = [c for c in "abdefhklmnoprst" if c not in targets]
        characters = sorted({*targets, *rng.sample(others, kinds - len(set(targets)))})
        scores = level == "hard"
        values = rng.matrix(steps, kinds, "-2", "2") if scores else tuple(
            _probabilities(rng, kinds) for _ in range(steps))
        kind = "scores" if scores else "probabilities"
        return cls(characters=tuple(characters), targets=targets, given_as=kind, **{kind: values},
                   reduction="sum" if level == "easy" else "mean", ask_perplexity=level == "medium",
                   decimals=4)

    def solve(self) -> Steps:
        losses = []
        # a small probability to few decimals leaves its logarithm even fewer
        places = max(1, self.decimals - 1) if self.given_as == "scores" else self.decimals
        for t, c in enumerate(self._right):
            row, target = self.values[t], self.targets[t]
            if self.given_as == "scores":
                p = yield Step(f"p{t + 1}", rf"\hat{{y}}_{{{t + 1}{target}}}", readout("softmax", row)[c],
                               f"Probability of the right character at time {t + 1}")
            else:
                p = row[c]
            wrong: dict[str, Callable[[], Any]] = {}
            if self.given_as == "probabilities" and argmax(row) != c:
                wrong["took the most probable character for the right one"] = \
                    lambda row=row: step_loss(row[argmax(row)], self.base)
            wrong["left out the minus sign"] = lambda p=p: -step_loss(p, self.base)
            losses.append((yield Step(f"L{t + 1}", f"L_{t + 1}", step_loss(p, self.base),
                                      f"Loss at time {t + 1}", decimals=places, wrong=wrong)))
        total = yield Step("L", "L", sequence_loss(losses, self.reduction), "Loss of the sequence",
                           decimals=places,
                           note="" if len(losses) > 1 else "There is one time step.")
        if self.ask_perplexity:
            mean = total if self.reduction == "mean" else total / len(losses)
            yield Step("perplexity", r"\text{perplexity}", perplexity(mean), "Perplexity",
                       decimals=max(1, self.decimals - 1))


def _probabilities(rng: Rng, size: int) -> tuple[Decimal, ...]:
    """Positive hundredths that add up to 1, none of them equal."""
    while True:
        cuts = sorted(rng.integer(1, 99) for _ in range(size - 1))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        if min(parts) >= 4 and len(set(parts)) == size:
            return tuple(Decimal(part) / 100 for part in parts)
