"""Classify points by a given line."""

from __future__ import annotations

from functools import partial
from operator import ne
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.perceptron import fires, net_input
from softmark.templates.perceptron._notes import compared
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.plane import plane

PAIRS = (("green", "red"), ("ripe", "unripe"), ("spam", "mail"), ("day", "night"))


class LinearClassifier(Template):
    """Score and class of each point; where the points are labelled, how many come out wrong."""

    title: ClassVar[str] = "Classify by a line"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A point $(x_1,x_2)$ is classified by its score $s = w_0+w_1x_1+w_2x_2$ with ${{ named('w') }}$. It is
**{{ sides[0] }}** if $s {% if tie == '>=' %}\ge{% else %}>{% endif %} 0$ and **{{ sides[1] }}**
otherwise{% if tie == '>=' %} (so a point on the line is {{ sides[0] }}){% else %} (so a point on the
line is {{ sides[1] }}){% endif %}.

| point | $x_1$ | $x_2$ |{% if labels %} true class |{% endif +%}
|---|---|---|{% if labels %}---|{% endif +%}
{% for a, b in points %}| {{ loop.index }} | {{ a }} | {{ b }} |
{%- if labels %} {{ p.truth[loop.index0] }} |{% endif +%}
{% endfor %}

Give the score and the class of every point{% if labels %}, say how many points this line classifies
wrongly{% endif %}{% if crossings %}, and give the point where the line $s=0$ meets the $x_1$-axis and
the one where it meets the $x_2$-axis (the coordinate that is not 0){% endif %}.
"""

    w: Vector = given("w", about="weights w0, w1, w2")
    points: Matrix = given("x", about="points, one row each")
    labels: tuple[Literal[0, 1], ...] = given(
        default=(), about="true classes, 1 for the first side; empty: no errors are asked")
    sides: tuple[str, str] = given(default=PAIRS[0], about="class where the score is positive, other")
    crossings: bool = given(default=False, about="are the crossings with the axes asked?")
    tie: Literal[">=", ">"] = ">"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.w) != 3 or not self.w[1] or not self.w[2]:
            raise ValueError("w holds w0, w1, w2, and w1 and w2 are not 0")
        if len(self.points) > 16 or len(self.points[0]) != 2:
            raise ValueError("points are pairs, 16 of them at most")
        if self.labels and len(self.labels) != len(self.points):
            raise ValueError("labels must give 0 or 1 for every point, or be empty")
        if self.sides[0] == self.sides[1]:
            raise ValueError("the two sides need different names")
        if self.crossings and not self.w[0]:
            raise ValueError("a line through the origin has no crossings to ask")
        return self

    def axes(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {"w": (("0", "1", "2"),)}

    @property
    def truth(self) -> list[str]:
        """The true class of every point, if the points are labelled."""
        return [self.sides[1 - k] for k in self.labels]

    def figure(self) -> Drawing:
        return plane([(float(a), float(b)) for a, b in self.points],
                     self.truth or [""] * len(self.points),
                     "The points in the plane and the line where the score is 0",
                     lines=[("s = 0", tuple(map(float, self.w)))])  # type: ignore[list-item]

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=4, hard=5)
        tie = rng.level(level, easy=">", medium=rng.choice([">", ">="]), hard=rng.choice([">", ">="]))
        w1 = rng.choice([-3, -2, 2, 3, 4])
        # of equal weights it does not show which is which
        w2 = rng.choice([v for v in (-5, -3, 2, 3, 5) if v != w1])
        points: list[tuple[int, int]] = []
        while len(set(points)) < size:
            points = [(rng.integer(0, 9), rng.integer(0, 9)) for _ in range(size)]
        # the last point lies on the line where the tie rule is part of the question
        middle = points[-1] if level == "hard" else (rng.integer(3, 6), rng.integer(3, 6))
        w0 = -(w1 * middle[0] + w2 * middle[1])
        scale = rng.level(level, easy=1, medium=1, hard=rng.choice(["0.1", "0.5"]))
        w = tuple(v * rng.decimal(scale, scale) if scale != 1 else v for v in (w0, w1, w2))
        on = [fires(w[0] + w[1] * a + w[2] * b, tie) for a, b in points]
        flipped = rng.integer(0, size - 2)
        labels = () if level == "easy" else tuple(
            int(side != (i == flipped)) for i, side in enumerate(on))
        if not 0 < sum(on) < size or not w0 or (labels and len(set(labels)) < 2):
            return cls.draw(rng, level)
        return cls(w=w, points=tuple(points), labels=labels, sides=rng.choice(PAIRS), tie=tie,
                   crossings=level != "easy", decimals=2)

    def flips(self) -> dict[str, dict[str, Any]]:
        if all(self.w[0] + self.w[1] * a + self.w[2] * b for a, b in self.points):
            return {}
        return {"put a point on the line to the other side": {"tie": ">" if self.tie == ">=" else ">="}}

    def solve(self) -> Steps:
        classes = []
        for i, x in enumerate(self.points, 1):
            row = f"point {i}"
            s = yield Step(f"rows[{i}].score", f"s_{i}", net_input(self.w, x), "Score", row=row,
                           wrong=self._mistakes(x))
            side = 0 if fires(s, self.tie) else 1
            classes.append((yield Step(f"rows[{i}].class", rf"\text{{class}}_{i}", self.sides[side],
                                       "Class", options=self.sides, row=row, weight=0.5,
                                       note=compared(f"s_{i}", s), wrong={
                                           "turned the inequality round":
                                           partial(str, self.sides[1 - side])} if s else {})))
        if self.labels:
            wrong = [i for i, pair in enumerate(zip(classes, self.truth, strict=True), 1) if ne(*pair)]
            yield Step("errors", r"\text{errors}", len(wrong), "Points classified wrongly",
                       note="The classes are compared with the last column of the table"
                       + (f": they differ at {', '.join(map(str, wrong))}." if wrong else "."))
        if self.crossings:
            yield Step("c1", "c_1", -self.w[0] / self.w[1], "Crossing with the $x_1$-axis", wrong={
                "put the wrong coordinate to 0": lambda: -self.w[0] / self.w[2]}
                if self.w[1] != self.w[2] else {})
            yield Step("c2", "c_2", -self.w[0] / self.w[2], "Crossing with the $x_2$-axis", wrong={
                "put the wrong coordinate to 0": lambda: -self.w[0] / self.w[1]}
                if self.w[1] != self.w[2] else {})

    def _mistakes(self, x: Any) -> dict[str, Any]:
        wrong = {"left the bias out": lambda: net_input(self.w, x) - self.w[0]} if self.w[0] else {}
        if x[0] != x[1] and self.w[1] != self.w[2]:
            wrong["exchanged the coordinates"] = lambda: net_input(self.w, np.array(x)[::-1])
        return wrong
