"""Three lines and a Boolean function of their outputs: a network that marks out a region."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers import boolean
from softmark.solvers.perceptron import net_input, separating_weights
from softmark.templates.perceptron._notes import compared
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.plane import plane

INPUTS = tuple(product((0, 1), repeat=3))
NAMES = ("y1", "y2", "y3")
#: weights of the three lines and least sum for a 1, by level; signs and order are drawn
SHAPES: dict[str, tuple[tuple[tuple[int, ...], int], ...]] = {
    "easy": (((1, 1, 1), 1), ((1, 1, 1), 3)), "medium": (((2, 1, 1), 2), ((2, 1, 1), 3)),
    "hard": (((1, 1, 1), 2),)}


class BooleanNetwork(Template):
    """Line units first, then one output unit, whose weights are the student's own."""

    title: ClassVar[str] = "From lines to a region"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Three threshold units, one for each line below, see the point $(x_1,x_2)$. Unit $j$ puts out $y_j=1$ if
$s_j = w_{j0}+w_{j1}x_1+w_{j2}x_2\ge 0$, and 0 otherwise. Row $j$ of this matrix holds
$w_{j0}, w_{j1}, w_{j2}$:

$$W={{ lines|matrix }}$$

Their outputs say whether the point lies in the region (1) or not (0); a row that no point reaches is
decided all the same:

| $y_1$ | $y_2$ | $y_3$ | region |
|---|---|---|---|
{% for row in p.rows %}|{% for v in row %} {{ v }} |{% endfor +%}
{% endfor %}

1. For the point $({{ point[0]|number }},\,{{ point[1]|number }})$ give the three sums, the three
   outputs, and whether it lies in the region.
2. If every row with a 1 got an AND unit of its own, how many would be needed?
3. Which formula $f$ is the table, simplified as far as possible? (Letters side by side are joined by AND;
   the sign + means OR, and ' negates.)
{% if p.has_unit %}
4. One threshold unit can compute the last column from $y_1,y_2,y_3$: it puts out 1 if
   $v_0+v_1y_1+v_2y_2+v_3y_3\ge 0$. Choose its weights (any that give all eight rows right are accepted),
   and give its net input for the point above with **your** weights.
{% endif %}
"""

    lines: Matrix = given("w", about="weights of the three lines, one row (w0, w1, w2) a line")
    targets: tuple[int, ...] = given(about="the last column, rows in counting order", min_length=8,
                                     max_length=8)
    point: Vector = given("x", about="the point to classify", min_length=2, max_length=2)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.lines) != 3 or len(self.lines[0]) != 3:
            raise ValueError("lines holds three rows of three weights")
        if any(not w1 and not w2 for _, w1, w2 in self.lines):
            raise ValueError("w1 and w2 of a line are not both 0")
        if set(self.targets) != {0, 1}:
            raise ValueError("targets hold 0 and 1, and both of them")
        return self

    def axes(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {"lines": (("1", "2", "3"), ("0", "1", "2"))}

    @property
    def rows(self) -> list[tuple[int, ...]]:
        return [(*x, y) for x, y in zip(INPUTS, self.targets, strict=True)]

    @property
    def has_unit(self) -> bool:
        return separating_weights(INPUTS, self.targets) is not None

    def figure(self) -> Drawing:
        x = (float(self.point[0]), float(self.point[1]))
        return plane((), (), "The three lines in the plane; the cross is the point", x,
                     [(f"s_{j} = 0", (float(a), float(b), float(c)))
                      for j, (a, b, c) in enumerate(self.lines, 1)],
                     (min(0.0, *(v - 1 for v in x)), max(10.0, *(v + 1 for v in x))))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        weights, least = rng.choice(SHAPES[level])
        weights = tuple(rng.shuffled(weights))
        # a negated line: its output enters as 1 − y
        negated = [rng.integer(0, 1) for _ in range(3)]
        sums = [sum(w for w, y, n in zip(weights, x, negated, strict=True) if y != n) for x in INPUTS]
        targets = tuple(int(s >= least) for s in sums)
        point = (rng.decimal("1.5", "8.5"), rng.decimal("1.5", "8.5"))
        lines: list[tuple[int, int, int]] = []
        while len(lines) < 3:
            w1, w2 = rng.choice([-3, -2, -1, 1, 2, 3]), rng.choice([-3, -2, -1, 1, 2, 3])
            w0 = -(w1 * rng.integer(2, 8) + w2 * rng.integer(2, 8))
            if w0 and w0 + w1 * point[0] + w2 * point[1]:
                lines.append((w0, w1, w2))
        return cls(lines=tuple(lines), targets=targets, point=point, decimals=2)

    @property
    def formulas(self) -> dict[str, str]:
        """The four formulas to choose from: the right one under "", the others by what went wrong."""
        right = boolean.minimal_sum(self.targets)
        ones = boolean.minterms(self.targets)
        wrong = {"missed a row with a 1": boolean.minimal_sum(boolean.outputs_of(ones[1:], 3)),
                 "exchanged AND and OR": boolean.dual(right),
                 "took the rows with a 0": boolean.minimal_sum(tuple(1 - v for v in self.targets)),
                 "negated the first line the wrong way round":
                 boolean.minimal_sum(self.targets[4:] + self.targets[:4]),
                 "negated the last line the wrong way round": boolean.minimal_sum(
                     tuple(self.targets[i ^ 1] for i in range(8)))}
        found = {"": boolean.written(right, NAMES)}
        for name, products in wrong.items():
            text = boolean.written(products, NAMES)
            if text not in found.values() and products and len(found) < 4:
                found[name] = text
        return found

    def _violated(self, v: Any) -> list[str]:
        found = []
        for x, wanted in zip(INPUTS, self.targets, strict=True):
            s = net_input(v, np.array(x))
            if (s >= 0) != bool(wanted):
                found.append(f"for {x} the net input is {s}, but the output must be {wanted}")
        return found

    def solve(self) -> Steps:
        y = []
        for j in range(3):
            row = f"line {j + 1}"
            s = yield Step(f"rows[{j + 1}].net", f"s_{j + 1}", net_input(self.lines[j], self.point),
                           "Sum", row=row, wrong={"left the bias out": lambda j=j: net_input(
                               self.lines[j], self.point) - self.lines[j][0]} if self.lines[j][0] else {})
            y.append((yield Step(f"rows[{j + 1}].output", f"y_{j + 1}", int(s >= 0), "Output", row=row,
                                 note=compared(f"s_{j + 1}", s), weight=0.5)))
        at = 4 * y[0] + 2 * y[1] + y[2]
        here = self._looked_up(y)
        yield Step("region", r"\text{region}", here, "In the region?", options=("yes", "no"), weight=0.5,
                   note="The three outputs are looked up in the table.", wrong={
                       "read the columns in the other order": lambda: self._looked_up(y[::-1])}
                   if self._looked_up(y[::-1]) != here else {})
        yield Step("units", r"\text{units}", sum(self.targets), "AND units, one a row with a 1",
                   note="The rows with a 1 are counted.", wrong={
                       "counted the rows with a 0": lambda: 8 - sum(self.targets)}
                   if sum(self.targets) != 4 else {})
        formulas = self.formulas
        # in the order of the alphabet the right one, shorter than its dual, would stand in the middle
        words = sorted(formulas.values())
        yield Step("formula", r"f", formulas[""], "Simplified formula",
                   options=Rng.of(*words).shuffled(words), weight=1.5,
                   note=self._merged(),
                   wrong={name: lambda text=text: text for name, text in formulas.items() if name})
        weights = separating_weights(INPUTS, self.targets)
        if weights is None:
            return
        reference = np.array(weights, dtype=object)
        v = yield Step("v", "v", reference, "Weights of the output unit", kind="design", weight=2,
                       full=0, axes=[("0", "1", "2", "3")], check=self._violated,
                       note=self._lifted(reference),
                       wrong=self._mistakes(reference))
        yield Step("net", "s", net_input(v, np.array(y)), "Net input of your output unit",
                   note="" if at else "All three outputs are 0, so only the bias is left.")

    def _merged(self) -> str:
        """How the rows with a 1 become products."""
        rows = boolean.minterms(self.targets)
        if len(rows) == 1:
            return f"Only the row {rows[0]} has a 1, and nothing can be merged."
        told = []
        for term in sorted(boolean.minimal_sum(self.targets), reverse=True):
            covered = [row for row in rows if boolean.covers(term, row)]
            told.append(f"{', '.join(covered)} {'give' if len(covered) > 1 else 'gives'} "
                        f"{boolean.written([term], NAMES)}")
        return ("Rows with a 1 that differ in one letter only are merged, again and again: "
                f"{'; '.join(told)}.")

    def _lifted(self, v: Any) -> str:
        """Where the bias of weights that fit must lie."""
        sums = [net_input(v, np.array(x)) - v[0] for x in INPUTS]
        ones = [s for s, wanted in zip(sums, self.targets, strict=True) if wanted]
        zeros = [s for s, wanted in zip(sums, self.targets, strict=True) if not wanted]
        return (f"Without bias the rows with a 1 come to ${min(ones)}$ or more, the others to "
                f"${max(zeros)}$ or less; with the bias ${v[0]}$ only the first reach 0. Any weights "
                "that give all eight rows right are accepted.")

    def _looked_up(self, y: Any) -> str:
        """Is a point with these outputs of the lines in the region?"""
        return "yes" if self.targets[int(4 * y[0] + 2 * y[1] + y[2])] else "no"

    def _mistakes(self, v: Any) -> dict[str, Any]:
        wrong = {"took the threshold for the bias": v * [-1, 1, 1, 1],
                 "gave every line a positive weight": np.array([v[0], *abs(v[1:])], dtype=object)}
        return {name: lambda value=value: value for name, value in wrong.items()
                if self._violated(value)}
