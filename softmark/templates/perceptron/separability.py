"""Which Boolean functions can one threshold unit compute, and how is it shown either way?"""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.perceptron import opposite_pairs, separating_weights
from softmark.worksheet import Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.corners import corners

ANSWERS = ("yes", "no")


class Separability(Template):
    """Always one function that is separable, for weights, and one that is not, for a proof."""

    title: ClassVar[str] = "Linearly separable or not?"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A threshold unit with bias computes $s=w_0+w_1x_1+w_2x_2{% if p.n == 3 %}+w_3x_3{% endif %}$ and puts
out 1 if $s\ge 0$, and 0 otherwise. Here are {{ functions|length }} Boolean functions:

| row |{% for i in range(p.n) %} $x_{{ loop.index }}$ |{% endfor %}
{%- for _ in functions %} $f_{{ loop.index }}$ |{% endfor +%}
|---|{% for i in range(p.n + functions|length) %}---|{% endfor +%}
{% for row in p.rows %}| {{ loop.index }} |{% for v in row %} {{ v }} |{% endfor +%}
{% endfor %}

- Say of each function whether one such unit can compute it (is it linearly separable?).
- For the **first** function that is, choose weights $(w_0,\dots,w_{{ p.n }})$ that compute it. Any that
  do are accepted.
- For the **first** function that is not, give a proof: the numbers of two rows $a, b$ where it is 1 and
  of two rows $c, d$ where it is 0, such that the inputs of $a$ and $b$ add up to the same as those of
  $c$ and $d$. (The net inputs of $a$ and $b$ would have to add up to at least 0, those of $c$ and $d$
  to less than 0, yet both sums are the same.)
"""

    functions: tuple[tuple[int, ...], ...] = given(
        about="outputs of each function, rows in counting order", min_length=2, max_length=6)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sizes = {len(f) for f in self.functions}
        if sizes not in ({4}, {8}) or any(v not in (0, 1) for f in self.functions for v in f):
            raise ValueError("every function has 4 or every function 8 outputs, each 0 or 1")
        if len({self.separable(f) for f in self.functions}) < 2:
            raise ValueError("one function at least must be linearly separable, and one not")
        return self

    @property
    def n(self) -> int:
        return 2 if len(self.functions[0]) == 4 else 3

    @property
    def inputs(self) -> list[tuple[int, ...]]:
        return list(product((0, 1), repeat=self.n))

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """The rows of the table: inputs, then what every function puts out."""
        return [(*x, *(f[i] for f in self.functions)) for i, x in enumerate(self.inputs)]

    def separable(self, f: tuple[int, ...]) -> bool:
        return separating_weights(self.inputs, f) is not None

    def figure(self) -> Drawing:
        return corners(self.inputs, [(f"f_{i}", f) for i, f in enumerate(self.functions, 1)],
                       "The functions on the corners of "
                       f"{'squares' if self.n == 2 else 'cubes'}: filled where the output is 1")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, count = rng.level(level, easy=(2, 4), medium=(3, 3), hard=(3, 4))
        size = 2 ** n
        while True:
            functions = [tuple(rng.integers(size, 0, 1)) for _ in range(count)]
            if level != "medium":
                # a constant function is one that many forget
                functions[rng.integer(0, count - 1)] = (rng.integer(0, 1),) * size
            else:
                # few functions of three inputs are separable: begin from weights
                w = [rng.integer(-2, 2) for _ in range(n + 1)]
                functions[rng.integer(0, count - 1)] = tuple(
                    int(w[0] + sum(a * b for a, b in zip(w[1:], x, strict=True)) >= 0)
                    for x in product((0, 1), repeat=n))
            inputs = list(product((0, 1), repeat=n))
            kinds = [separating_weights(inputs, f) is not None for f in functions]
            first = functions[kinds.index(True)] if any(kinds) else (0,)
            if len(set(functions)) == count and 0 < sum(kinds) < count and len(set(first)) == 2:
                return cls(functions=tuple(functions))

    def _violated(self, f: tuple[int, ...], w: Any) -> list[str]:
        found = []
        for row, (x, wanted) in enumerate(zip(self.inputs, f, strict=True), 1):
            s = w[0] + sum(a * b for a, b in zip(w[1:], x, strict=True))
            if (s >= 0) != bool(wanted):
                found.append(f"in row {row} the net input is {s}, but the output must be {wanted}")
        return found

    def _no_proof(self, f: tuple[int, ...], rows: Any) -> list[str]:
        size = len(self.inputs)
        if any(v not in range(1, size + 1) for v in rows):
            return [f"rows are numbered from 1 to {size}"]
        a, b, c, d = (int(v) - 1 for v in rows)
        found = [f"the output in row {v + 1} is {f[v]}, not {wanted}"
                 for v, wanted in ((a, 1), (b, 1), (c, 0), (d, 0)) if f[v] != wanted]
        total = [[p + q for p, q in zip(self.inputs[i], self.inputs[j], strict=True)]
                 for i, j in ((a, b), (c, d))]
        return found + ([] if total[0] == total[1] else
                        [f"the inputs add up to {tuple(total[0])} and to {tuple(total[1])}"])

    def solve(self) -> Steps:
        kinds = [self.separable(f) for f in self.functions]
        for i, (f, can) in enumerate(zip(self.functions, kinds, strict=True), 1):
            yield Step(f"separable[{i}]", f"f_{i}", ANSWERS[not can], f"Is $f_{i}$ separable?",
                       options=ANSWERS, weight=0.5, note=self._reason(f, can),
                       wrong=self._opposite(f, can))
        f = self.functions[kinds.index(True)]
        weights = separating_weights(self.inputs, f)
        w = np.array(weights, dtype=object)
        yield Step("w", "w", w, "Weights for the first separable one", kind="design", weight=2,
                   axes=[[str(i) for i in range(self.n + 1)]], full=0,
                   check=lambda w: self._violated(f, w),
                   note=f"This is $f_{kinds.index(True) + 1}$; any weights that give every row its "
                        "output are right.",
                   wrong={"took the threshold for the bias": lambda: w * ([-1] + [1] * self.n)}
                   if self._violated(f, w * ([-1] + [1] * self.n)) else {})
        g = self.functions[kinds.index(False)]
        yield Step("rows", r"\text{row}", np.array(self.proof(g), dtype=object),
                   "Rows that prove it for the first that is not separable", kind="design", weight=2,
                   axes=[["a", "b", "c", "d"]], full=0, check=lambda rows: self._no_proof(g, rows),
                   note=f"This is $f_{kinds.index(False) + 1}$; any such rows are right.")

    def proof(self, f: tuple[int, ...]) -> tuple[int, ...]:
        """Two rows where f is 1 and two where it is 0 with equal sums of inputs, from 1."""
        on = [i for i, v in enumerate(f) if v]
        off = [i for i, v in enumerate(f) if not v]
        pairs = opposite_pairs([self.inputs[i] for i in on], [self.inputs[i] for i in off])
        if pairs is None:
            raise ValueError("a separable function has no such rows")
        a, b, c, d = pairs
        return on[a] + 1, on[b] + 1, off[c] + 1, off[d] + 1

    def _reason(self, f: tuple[int, ...], can: bool) -> str:
        if len(set(f)) == 1:
            return "It is constant: a bias alone computes it."
        if can:
            w = separating_weights(self.inputs, f)
            return f"Weights ({', '.join(map(str, w or ()))}) compute it."
        a, b, c, d = self.proof(f)
        return (f"The inputs of rows {a} and {b} (output 1) and of rows {c} and {d} (output 0) add up "
                "to the same, so no weights can tell them apart.")

    def _opposite(self, f: tuple[int, ...], can: bool) -> dict[str, Any]:
        if len(set(f)) == 1:
            return {"forgot that a constant function is separable": lambda: "no"}
        if not can and len(f) == 4:
            return {"took XOR or its negation for separable": lambda: "yes"}
        return {} if can else {"took a function with crossed corners for separable": lambda: "yes"}
