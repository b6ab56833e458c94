"""Two linear layers do the work of one unit: in letters."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import numpy as np
from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.perceptron import collapsed
from softmark.worksheet import Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.expressions import symbol_tex, symbols
from softmark.worksheet.figures.network import network

#: without e, i, l and o, which look like numbers, and h, w, x, y, which are taken
ALPHABET = "abcdfgkmnpqrstuvz"


class LinearCollapseSymbolic(Template):
    """Hidden units h_j = b + Σ weight x_i and one output unit, all without activation."""

    title: ClassVar[str] = "Two linear layers are one, in letters"
    statement: ClassVar[str] = r"""
A network without activation functions computes from its input{{ 's' if p.n > 1 }} ${{ p.named_inputs }}$

$${{ p.listing }}.$$

It does no more than one linear unit $y = {{ p.one_unit }}$.
Write the bias $w'_0$ and the weights $w'_i$ of that unit as formulas in the letters above.
"""

    hidden: tuple[tuple[str, ...], ...] = given(
        about="letters of each hidden unit, bias first, then one weight an input", min_length=1,
        max_length=4)
    output: tuple[str, ...] = given(about="letters of the output unit, bias first", min_length=2,
                                    max_length=5)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len({len(row) for row in self.hidden}) != 1 or not 2 <= len(self.hidden[0]) <= 5:
            raise ValueError("every hidden unit needs a bias and as many weights, 1 to 4")
        if len(self.output) != len(self.hidden) + 1:
            raise ValueError("the output unit needs a bias and one weight a hidden unit")
        names = [*self.output, *(v for row in self.hidden for v in row)]
        if not all(re.fullmatch(r"[A-Za-z][0-9]{0,2}", v) for v in names) or \
                any(v[0] in "ehxy" for v in names):
            raise ValueError("a weight is a letter other than e, h, x, y, with one or two digits behind "
                             "it if you like")
        if len(set(names)) < len(names):
            raise ValueError("all letters must differ")
        return self

    @property
    def n(self) -> int:
        return len(self.hidden[0]) - 1

    @property
    def named_inputs(self) -> Any:
        return Markup(", ".join(f"x_{i}" for i in range(1, self.n + 1)))

    @property
    def listing(self) -> Any:
        xs = [f"x_{i}" for i in range(1, self.n + 1)]
        hs = [f"h_{j}" for j in range(1, len(self.hidden) + 1)]
        units = [f"{h} = {_sum(row, xs)}" for h, row in zip(hs, self.hidden, strict=True)]
        return Markup(r",\quad ".join([*units, f"y = {_sum(self.output, hs)}"]))

    @property
    def one_unit(self) -> Any:
        return Markup(" + ".join(["w'_0", *(rf"w'_{i}\,x_{i}" for i in range(1, self.n + 1))]))

    def figure(self) -> Drawing:
        inputs = [f"x{i}" for i in range(1, self.n + 1)]
        hidden = [f"h{j}" for j in range(1, len(self.hidden) + 1)]
        weights = {(x, h): row[i + 1] for h, row in zip(hidden, self.hidden, strict=True)
                   for i, x in enumerate(inputs)}
        weights |= {(h, "y"): v for h, v in zip(hidden, self.output[1:], strict=True)}
        beside = {h: f"bias {row[0]}" for h, row in zip(hidden, self.hidden, strict=True)}
        return network((inputs, hidden, ["y"]), weights, beside | {"y": f"bias {self.output[0]}"},
                       "The two layers with their letters on the edges and biases beside the units")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h = rng.level(level, easy=(1, 2), medium=(2, 2), hard=(2, 3))
        letters = iter(rng.shuffled(ALPHABET))
        return cls(hidden=tuple(tuple(next(letters) for _ in range(n + 1)) for _ in range(h)),
                   output=tuple(next(letters) for _ in range(h + 1)))

    def solve(self) -> Steps:
        table = np.array([symbols(" ".join(row)) for row in self.hidden], dtype=object)
        out = np.array(symbols(" ".join(self.output)), dtype=object)
        weights, bias = collapsed(table[:, 1:], table[:, 0], out[1:], out[0])
        yield Step("w[0]", "w'_0", bias, "Bias of the one unit", wrong={
            "left out the products of weights and hidden biases": lambda: out[0],
            "took the hidden biases without their weights": lambda: table[:, 0].sum() + out[0]})
        for i in range(self.n):
            wrong: dict[str, Any] = {"added the weights along a path instead of multiplying":
                                     lambda i=i: (table[:, i + 1] + out[1:]).sum()}
            if len(out) > 2:
                wrong["followed one path only"] = lambda i=i: table[0, i + 1] * out[1]
                wrong["exchanged the weights of the output unit"] = \
                    lambda i=i: (table[:, i + 1] * out[:0:-1]).sum()
            yield Step(f"w[{i + 1}]", f"w'_{i + 1}", weights[i], f"Weight of $x_{i + 1}$", wrong=wrong)


def _sum(letters: tuple[str, ...], variables: list[str]) -> str:
    first, *rest = (symbol_tex(v) for v in letters)
    return " + ".join([first, *(rf"{w}\,{x}" for w, x in zip(rest, variables, strict=True))])
