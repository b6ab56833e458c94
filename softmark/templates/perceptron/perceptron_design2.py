"""Two threshold units that tell four classes apart; the student's own weights are carried on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.templates.perceptron._notes import compared
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.plane import plane
from softmark.worksheet.terms import plain_value

NAMES = (("bus", "car", "plane", "bicycle"), ("cat", "dog", "bird", "fish"),
         ("red", "green", "blue", "grey"), ("oak", "elm", "fir", "ash"))
#: weights, one row an input, one column a unit: each input tells one bit
AXES = ((Decimal(1), Decimal(0)), (Decimal(0), Decimal(1)))
#: weights whose lines lie across both axes
SLANTED = (((1, 1), (1, -1)), ((2, -1), (-1, 2)), ((1, -1), (1, 1)), ((2, 1), (-1, 1)),
           ((1, 1), (2, -1)))
TOLD_AXES = "One input alone tells each bit here: the axes separate the classes."
TOLD_LINES = ("The line where a sum equals the threshold has the classes with bit 1 on one side; "
              "any weights that give every sample its class are right.")


def _sums(weights: Any, a: Any, b: Any) -> list[Any]:
    """The sums of both units for the point (a, b)."""
    return [weights[0][j] * a + weights[1][j] * b for j in (0, 1)]


def _code(weights: Any, a: int, b: int, theta: int) -> int:
    """The class of a point, its two bits read as a number."""
    first, second = (int(s >= theta) for s in _sums(weights, a, b))
    return 2 * first + second


class PerceptronDesign2(Template):
    """Class k is coded by the two bits (y1, y2) = 00, 01, 10, 11 in the order of `classes`."""

    title: ClassVar[str] = "Two units for four classes"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Two threshold units without bias share the inputs $x_1,x_2$. The weight from input $i$ to unit $j$
is $w_{ij}$; unit $j$ puts out $y_j=1$ if
$s_j=w_{1j}x_1+w_{2j}x_2 {% if tie == '>=' %}\ge{% else %}>{% endif %}
\theta$, and 0 otherwise, with the same threshold $\theta={{ theta|number }}$ for both. The outputs
$(y_1,y_2)$ code the classes: {% for name in classes %}{{ name }} is
$({{ loop.index0 // 2 }},{{ loop.index0 % 2 }})$
{%- if not loop.last %}, {% endif %}{% endfor %}.

| $x_1$ | $x_2$ | class |
|---|---|---|
{% for (a, b), k in p.samples %}| {{ a }} | {{ b }} | {{ classes[k] }} |
{% endfor %}

Choose the four weights so that every sample is classified correctly (any weights that do are
accepted). Then classify the point $({{ new[0]|number }},\,{{ new[1]|number }})$ with **your**
weights: give both sums, both outputs and the class.
"""

    points: Matrix = given("x", about="samples, one row each")
    labels: tuple[int, ...] = given(about="class of each sample, 0 to 3")
    classes: tuple[str, str, str, str] = given(about="names of the four classes")
    theta: Number = given(r"\theta", about="threshold of both units", gt=0)
    new: Vector = given("x", about="the point to classify")
    weights: Matrix = given("w", default=AXES, about="weights that are right, one row an input, one "
                            "column a unit; those where each input tells one bit if none are given")
    tie: Literal[">=", ">"] = ">="

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.points) != len(self.labels) or any(not 0 <= k <= 3 for k in self.labels):
            raise ValueError("labels must give a class 0 to 3 for every point")
        if len(self.points) > 16 or len(self.new) != 2 or len(self.points[0]) != 2:
            raise ValueError("points are pairs, 16 of them at most, and new is one more pair")
        if len(self.weights) != 2 or len(self.weights[0]) != 2:
            raise ValueError("weights have one row an input and one column a unit")
        if self._wrong_samples(self.weights):
            raise ValueError("the weights (or x1 and x2 alone, if none are given) must tell the classes "
                             "apart at the threshold theta")
        return self

    @property
    def samples(self) -> list[tuple[Any, int]]:
        return list(zip(self.points, self.labels, strict=True))

    def figure(self) -> Drawing:
        return plane([(float(a), float(b)) for a, b in self.points],
                     [self.classes[k] for k in self.labels], "The samples; the cross is the new point",
                     (float(self.new[0]), float(self.new[1])))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        per = rng.level(level, easy=1, medium=2, hard=3)
        theta = rng.integer(3, 5)
        hard = level == "hard"
        weights = rng.choice(SLANTED) if hard else AXES
        grid = range(-4 if hard else 0, theta + 5)
        points: list[tuple[int, int]] = []
        labels: list[int] = []
        for k in rng.shuffled(range(4)):
            of_class = [(a, b) for a in grid for b in grid if _code(weights, a, b, theta) == k]
            points += sorted(rng.sample(of_class, per))
            labels += [k] * per
        while True:
            new = rng.vector(2, "-3.5" if hard else "0.5", "7.5", 1)
            if all(abs(s - theta) >= 1 for s in _sums(weights, *new)):
                break
        return cls(points=tuple(points), labels=tuple(labels), weights=weights, theta=theta, new=new,
                   classes=tuple(rng.shuffled(rng.choice(NAMES))), decimals=2)

    def _bit(self, total: Any) -> int:
        return int(total >= self.theta) if self.tie == ">=" else int(total > self.theta)

    def _wrong_samples(self, w: Any) -> list[str]:
        found = []
        for (a, b), k in self.samples:
            bits = tuple(map(self._bit, _sums(w, a, b)))
            if bits != (k // 2, k % 2):
                found.append(f"the sample ({a}, {b}) comes out as {self.classes[2 * bits[0] + bits[1]]}"
                             f", but is {self.classes[k]}")
        return found

    def solve(self) -> Steps:
        own = plain_value(self.weights)
        w = yield Step("w", "w", own, "Weights", weight=3, full=0, kind="design",
                       check=self._wrong_samples,
                       note=TOLD_LINES if own[0][1] or own[1][0] else TOLD_AXES,
                       wrong={"exchanged the inputs": lambda: own[::-1]})
        s, y = [], []
        for j in (1, 2):
            s.append((yield Step(f"s[{j}]", f"s_{j}", _sums(w, *self.new)[j - 1],
                                 f"Sum of unit {j} for the new point")))
            y.append((yield Step(f"y[{j}]", f"y_{j}", self._bit(s[-1]),
                                 f"Output of unit {j} for the new point",
                                 note=compared(f"s_{j}", s[-1], self.theta))))
        yield Step("class", r"\text{class}", self.classes[2 * y[0] + y[1]], "Class",
                   options=self.classes, note="The two bits are looked up in the code.",
                   wrong={"read the bits in the other order":
                          lambda: self.classes[2 * y[1] + y[0]]} if y[0] != y[1] else {})
