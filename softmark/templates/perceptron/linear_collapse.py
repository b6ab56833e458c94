"""Two linear layers do the work of one unit: in numbers."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.backprop import dense
from softmark.solvers.perceptron import collapsed
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import network
from softmark.worksheet.terms import leaf_text


class LinearCollapse(Template):
    """Hidden outputs, output, and the weights of the one unit that is as good."""

    title: ClassVar[str] = "Two linear layers are one"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A network has {{ x|length }} inputs, {{ b|length }} hidden units and one output unit, all **linear** (no
activation function). The weight from input $i$ to hidden unit $j$ is $w_{ji}$, in row $j$ of $W$, and
its bias is $w_{j0}$; the weight from hidden unit $j$ to the output is $v_j$ and the bias of the output
$v_0$:

$$W={{ W|matrix }},\qquad {{ named('b') }}$$

$${{ named('v') }},\quad {{ named('v0') }}$$

1. Compute the hidden outputs $h_j$ and the output $o$ for the input $x={{ x|vector }}$.
2. One linear unit $o = w'_0 + \sum_i w'_i x_i$ does the same for every input. Give its weights and its
   bias, and its output for $x$ computed with **your** weights.
"""

    W: Matrix = given("w", about="weights into the hidden units, one row a unit")
    b: Vector = given("w", about="biases of the hidden units")
    v: Vector = given("v", about="weights into the output unit")
    v0: Number = given("v_0", about="bias of the output unit")
    x: Vector = given("x", about="an input")

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        if len(self.W) != len(self.b) or len(self.v) != len(self.b) or len(self.W[0]) != len(self.x):
            raise ValueError("W must have one row a hidden unit (as b and v) and one column an input")
        if max(len(self.b), len(self.x)) > 5:
            raise ValueError("5 inputs and 5 hidden units are the most, to be worked by hand")
        return self

    def axes(self) -> dict[str, tuple[list[str], ...]]:
        return {"b": ([f"{j}0" for j in range(1, len(self.b) + 1)],)}

    def figure(self) -> Drawing:
        inputs = [f"x{i}" for i in range(1, len(self.x) + 1)]
        hidden = [f"h{j}" for j in range(1, len(self.b) + 1)]
        weights = {(x, h): leaf_text(self.W[j][i]) for j, h in enumerate(hidden)
                   for i, x in enumerate(inputs)}
        weights |= {(h, "o"): leaf_text(v) for h, v in zip(hidden, self.v, strict=True)}
        beside = {name: f"bias {leaf_text(b)}"
                  for name, b in zip([*hidden, "o"], [*self.b, self.v0], strict=True)}
        return network((inputs, hidden, ["o"]), weights, beside,
                       "The two linear layers: inputs, hidden units, output; biases beside the units")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h = rng.level(level, easy=(2, 2), medium=(2, 3), hard=(3, 3))
        ends = ("-3", "3", 0, ["0"]) if level == "easy" else ("-2", "2", 1, ["0"])
        return cls(W=rng.matrix(h, n, *ends), b=rng.vector(h, *ends), v=rng.vector(h, *ends),
                   v0=rng.decimal(*ends), x=rng.vector(n, -4, 5, 0, ["0", "1"]), decimals=3)

    def solve(self) -> Steps:
        h = yield Step("h", "h", dense(self.W, self.x, self.b), "Hidden outputs", wrong={
            "left out the biases": lambda: self.W @ self.x})
        yield Step("o", "o", (self.v * h).sum() + self.v0, "Output of the network", wrong={
            "left out the biases": lambda: (self.v * h).sum()})
        weights, bias = collapsed(self.W, self.b, self.v, self.v0)
        w = yield Step("w", "w'", weights, "Weights of the one unit", full=2, weight=2,
                       wrong=self._mistakes())
        w0 = yield Step("w0", "w'_0", bias, "Its bias", weight=1.5, wrong={
            "left out the products of weights and hidden biases": lambda: self.v0,
            "took the hidden biases without their weights": lambda: self.b.sum() + self.v0})
        yield Step("again", "o", w0 + (w * self.x).sum(), "Output of the one unit")

    def _mistakes(self) -> dict[str, Any]:
        wrong = {"added the weights along a path instead of multiplying":
                 lambda: (self.W + self.v[:, None]).sum(axis=0)}
        if len(self.W) == len(self.W[0]) and (self.W != self.W.T).any():
            wrong["multiplied in the wrong order"] = lambda: self.W @ self.v
        return wrong
