"""Replace a tanh unit by a logistic unit so that the network computes the same."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import sigmoid, tanh
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import network
from softmark.worksheet.terms import leaf_text


class TanhToLogistic(Template):
    """tanh x = 2σ(2x) − 1 doubles the weights on both sides of a unit and moves the output bias."""

    title: ClassVar[str] = "A tanh network rewritten with logistic units"
    statement: ClassVar[str] = r"""
A network with one input $x$ has {{ w|length }} hidden tanh unit{{ 's' if w|length > 1 }} and a linear
output, $$o=c+\sum_j v_j\tanh(w_j x+b_j),$$ with ${{ named('w') }}$, ${{ named('b') }}$,
${{ named('v') }}$ and ${{ named('c') }}$.

Using $\tanh u=2\,\sigma(2u)-1$, replace the tanh units by logistic units,
$o=c'+\sum_j v'_j\,\sigma(w'_j x+b'_j)$, so that the output is the same for **every** input. Give $w'_j$,
$b'_j$, $v'_j$ and $c'$. Check it at ${{ named('x') }}$: give the hidden activations
$a_j=\tanh(w_j x+b_j)$ and the output of the old network, then the activations
$a'_j=\sigma(w'_j x+b'_j)$ and the output of the new one.
"""

    w: Vector = given("w", about="weights into the hidden units", max_length=4)
    b: Vector = given("b", about="biases of the hidden units")
    v: Vector = given("v", about="weights into the output")
    c: Number = given("c", about="bias of the output", ge=-20, le=20)
    x: Number = given("x", about="input at which to check", ge=-20, le=20)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.w) == len(self.b) == len(self.v):
            raise ValueError("every hidden unit has one weight w, one bias b and one weight v")
        if max(abs(n) for n in (*self.w, *self.b, *self.v)) > 20:
            raise ValueError("weights and biases lie between -20 and 20, to be worked by hand")
        return self

    def figure(self) -> Drawing:
        hidden = [f"a{j}" for j in range(1, len(self.w) + 1)]
        weights = {("x", node): leaf_text(w) for node, w in zip(hidden, self.w, strict=True)}
        weights |= {(node, "o"): leaf_text(v) for node, v in zip(hidden, self.v, strict=True)}
        beside = {node: f"tanh, b = {leaf_text(b)}" for node, b in zip(hidden, self.b, strict=True)}
        return network((("x",), hidden, ("o",)), weights, beside | {"o": f"c = {leaf_text(self.c)}"},
                       "The network of tanh units, its weights on the edges")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=1, medium=2, hard=3)
        plain = ["0", "1", "-1"]
        return cls(w=rng.vector(size, "-1.2", "1.2", 1, plain), c=rng.decimal("-0.9", "0.9", 1, ["0"]),
                   b=rng.vector(size, "-0.6", "0.6", 1, ["0"]),
                   v=rng.vector(size, "-1.5", "1.5", 1, plain),
                   x=rng.decimal("-1.4", "1.4", 1, plain), decimals=4)

    def solve(self) -> Steps:
        w, b, v, c, x = self.w, self.b, self.v, self.c, self.x
        new_w = yield Step("w_new", "w'", 2 * w, "Weights into the logistic units",
                           note=r"With $u=w_jx+b_j$, $\tanh u=2\,\sigma(2u)-1$: what goes into $\sigma$ "
                           "is twice what went into tanh.",
                           wrong={"kept the weights into the units": lambda: w + 0})
        new_b = yield Step("b_new", "b'", 2 * b, "Their biases",
                           wrong={"doubled the weights but not the biases": lambda: b + 0})
        new_v = yield Step("v_new", "v'", 2 * v, "Weights into the output",
                           wrong={"kept the weights into the output": lambda: v + 0})
        new_c = yield Step("c_new", "c'", c - v.sum(), "Bias of the output",
                           note=r"A unit brings $v_j\,(2\,\sigma(2u)-1)$: its $-v_j$ goes to the bias.",
                           wrong={"kept the bias of the output": lambda: c + 0,
                                  "added the weights to the bias": lambda: c + v.sum(),
                                  "took 1 off the bias": lambda: c - 1})
        a = yield Step("a", "a", tanh(w * x + b), "Activations of the tanh units")
        yield Step("o", "o", c + (v * a).sum(), "Output of the old network",
                   wrong={"left out the output bias": lambda: (v * a).sum()})
        s = yield Step("a_new", "a'", sigmoid(new_w * x + new_b), "Activations of the logistic units")
        yield Step("o_new", "o'", new_c + (new_v * s).sum(), "Output of the new network")
