"""Trace of the perceptron rule, exact from beginning to end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.perceptron import fires, misclassified, net_input, updated
from softmark.templates.perceptron._notes import written
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.plane import plane


def _told(nets: list[Any], wrong: list[int], when: str) -> str:
    """The net inputs of the samples, and which of them are wrong."""
    listed = ", ".join(f"${written(net)}$" + " (wrong)" * (row in wrong)
                       for row, net in enumerate(nets, 1))
    return f"Net inputs of the samples, {when}: {listed}."


class PerceptronTraining(Template):
    """Weights (w0, w1, w2) after each epoch and the errors that remain."""

    title: ClassVar[str] = "Training a perceptron"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A perceptron with bias puts out 1 if $w_0+w_1x_1+w_2x_2 {% if tie == '>=' %}\ge{% else %}>{% endif %} 0$
and ${{ low }}$ otherwise. It is trained on these samples, with the target $t$ as output:

| $x_1$ | $x_2$ | $t$ |
|---|---|---|
{% for (a, b), t in p.samples %}| {{ a }} | {{ b }} | {{ t }} |
{% endfor %}

The weights begin at ${{ named('start') }}$; the learning rate is $\eta={{ eta|number }}$.
{% if online %}
An epoch goes through the samples in the order of the table; each wrongly classified one changes
the weights **at once**, $w\leftarrow w+\eta\,(t-o)\,(1,x_1,x_2)$, before the next is looked at.
{% else %}
An epoch classifies all samples with the weights it began with, adds up
$\eta\,(t-o)\,(1,x_1,x_2)$ over the wrong ones, and changes the weights **once**, at its end.
{% endif %}
{% if epochs > 1 %}
Give the weights $w^{(k)}$ after each epoch $k=1{% if epochs > 2 %},\dots{% endif %},{{ epochs }}$, and
how many samples those weights get wrong.
{% else %}
Give the weights $w^{(1)}$ after the epoch, and how many samples they get wrong.
{% endif %}
"""

    points: Matrix = given("x", about="samples, one row each")
    targets: tuple[int, ...] = given(about="targets, 1 or the low output")
    start: Vector = given("w", about="first weights w0, w1, w2")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    epochs: int = given(default=2, ge=1, le=60, about="how many epochs are traced")
    tie: Literal[">=", ">"] = ">="
    low: Literal[0, -1] = -1
    online: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.targets) != len(self.points) or set(self.targets) - {1, self.low}:
            raise ValueError(f"targets must be 1 or {self.low}, one for every point")
        if len(self.points) > 20 or len(self.start) != 3 or len(self.points[0]) != 2:
            raise ValueError("points are pairs, 20 at most, and start holds three weights")
        return self

    @property
    def samples(self) -> list[tuple[Any, int]]:
        return list(zip(self.points, self.targets, strict=True))

    def axes(self) -> dict[str, tuple[tuple[str, ...]]]:
        return {"start": (("0", "1", "2"),)}

    def figure(self) -> Drawing:
        w0, w1, w2 = map(float, self.start)
        # whichever class the first sample has, the same shape stands for 1
        rows = sorted(self.samples, key=lambda row: row[1])
        return plane([(float(a), float(b)) for (a, b), _ in rows], [f"t = {t}" for _, t in rows],
                     "The samples in the plane, and the line of the first weights where it is near",
                     lines=[("first line", (w0, w1, w2))] if w1 or w2 else [])

    def flips(self) -> dict[str, dict[str, Any]]:
        flips: dict[str, dict[str, Any]] = {
            "changed the weights once an epoch instead of at once" if self.online else
            "changed the weights at once instead of once an epoch": {"online": not self.online}}
        return flips

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=4, hard=5)
        epochs = 1 if level == "easy" else 2
        while True:
            points = [(rng.integer(-3, 4), rng.integer(-3, 4)) for _ in range(size)]
            a, b, c = rng.integer(-2, 2), rng.choice([-2, -1, 1, 2]), rng.choice([-2, -1, 1, 2])
            sums = [a + b * x + c * y for x, y in points]
            if len(set(points)) < size or not min(sums) < 0 <= max(sums):
                continue
            low = 0 if level == "hard" else -1
            problem = cls(points=tuple(points), targets=tuple(1 if s >= 0 else low for s in sums),
                          start=rng.vector(3, "-0.5", "0.5", 1), eta=rng.choice(["0.1", "0.2", "0.5"]),
                          epochs=epochs, low=low, decimals=2)
            if all(changes for _, _, changes in problem._epochs()):
                return problem

    def _epochs(self) -> Iterator[tuple[Any, list[Any], list[int]]]:
        """What `_passed` gives, epoch by epoch."""
        w = self.numeric().start
        for _ in range(self.epochs):
            passed = self.numeric()._passed(w)
            w = passed[0]
            yield passed

    def _passed(self, w: Any) -> tuple[Any, list[Any], list[int]]:
        """The weights after an epoch that begins with `w`, net inputs, numbers of the wrong samples."""
        new, nets, wrong = w, [], []
        for number, (x, t) in enumerate(self.samples, 1):
            nets.append(net_input(new if self.online else w, x))
            o = 1 if fires(nets[-1], self.tie) else self.low
            if o != t:
                new = updated(new, x, t, o, self.eta)
                wrong.append(number)
        return new, nets, wrong

    def _tested(self, w: Any) -> str:
        """What the weights make of every sample, in words."""
        nets = [net_input(w, x) for x, _ in self.samples]
        wrong = [row for row, (net, (_, t)) in enumerate(zip(nets, self.samples, strict=True), 1)
                 if fires(net, self.tie) != (t == 1)]
        return _told(nets, wrong, "all with these weights")

    def solve(self) -> Steps:
        w = self.start
        for epoch in range(1, self.epochs + 1):
            new, nets, changed = self._passed(w)
            when = "with the weights of the moment" if self.online else "with the weights before"
            w = yield Step(f"w[{epoch}]", f"w^{{({epoch})}}", new, f"Weights after epoch {epoch}",
                           axes=[("0", "1", "2")], full=3, weight=2,
                           note=_told(nets, changed, when),
                           wrong=self._forgets_bias(new, w) if changed else {})
            points = [np.array(x) for x in self.points]
            yield Step(f"wrong[{epoch}]", rf"\text{{wrong}}_{epoch}",
                       misclassified(w, points, self.targets, self.tie, self.low),
                       f"Samples that these weights get wrong (epoch {epoch})",
                       note=self._tested(w))

    @staticmethod
    def _forgets_bias(new: Any, before: Any) -> dict[str, Any]:
        if new[0] == before[0]:
            return {}
        return {"left the bias as it was": lambda: np.array([before[0], *new[1:]])}
