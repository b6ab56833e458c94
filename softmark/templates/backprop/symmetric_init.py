"""Why weights begin at random: hidden units that begin alike stay alike, or part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.backprop import dense, hidden_delta, output_error, weight_gradient
from softmark.solvers.functions import sigmoid
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import network
from softmark.worksheet.terms import leaf_text

ANSWERS = ("the same", "different")


class SymmetricInit(Template):
    """One step of a network whose hidden units begin with the same weights."""

    title: ClassVar[str] = "Hidden units that begin alike"
    statement: ClassVar[str] = r"""
Both hidden units of this network begin with the same incoming weights. Hidden and output units are
logistic, $\sigma(z)=1/(1+e^{-z})$, and there are no biases. The weight from node $i$ to node $j$ is
$w_{ij}$:

$${{ named('W') }},\quad {{ named('V') }}$$

Carry out one step of gradient descent on the sample $x={{ x|vector }}$ with target
$y={{ y|number }}$, the loss $E=\tfrac12(y-a)^2$ and $\eta={{ eta|number }}$. With
$\delta_j=-\partial E/\partial z_j$, weights change by $w_{ij}\leftarrow w_{ij}+\eta\,\delta_j\,a_i$
(where $a_i=x_i$ for an input); the
hidden errors use the old output weights. Give the hidden outputs, the output, the errors, and the new
weights into the hidden units. Are the two hidden units (their incoming weights) still the same
afterwards?
"""

    x: Vector = given("x", about="inputs")
    W: Matrix = given("w", about="weights into the hidden units, one row a unit", reverse=True)
    V: Matrix = given("w", about="weights into the output, one row", reverse=True)
    y: Number = given("y", about="target", ge=0, le=1)
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=20)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.W) != 2 or self.W[0] != self.W[1] or len(self.W[0]) != len(self.x) or len(self.x) > 4:
            raise ValueError("W must be two equal rows, with one column for each of at most 4 inputs")
        if len(self.V) != 1 or len(self.V[0]) != 2:
            raise ValueError("V must be one row of two weights")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        names = [str(i + 1) for i in range(len(self.x) + 3)]
        inputs, hidden, output = names[:-3], names[-3:-1], names[-1:]
        return {"x": (inputs,), "W": (hidden, inputs), "V": (output, hidden)}

    def figure(self) -> Drawing:
        at = self.axes()
        weights = {(source, target): leaf_text(table[i][j])
                   for name, table in (("W", self.W), ("V", self.V))
                   for i, target in enumerate(at[name][0]) for j, source in enumerate(at[name][1])}
        beside = {name: f"x = {leaf_text(v)}" for name, v in zip(at["x"][0], self.x, strict=True)}
        return network((at["x"][0], *(at[name][0] for name in "WV")), weights, beside,
                       "The network before the step, its weights on the edges")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n = rng.level(level, easy=2, medium=2, hard=3)
        row = rng.vector(n, "-0.9", "0.9", 1, ["0"])
        first = rng.decimal("-1.5", "1.5", 1, ["0"])
        other = first if rng.integer(0, 1) else rng.decimal("-1.5", "1.5", 1, ["0", first])
        return cls(x=rng.vector(n, "-2", "2", 1, ["0", "1"]), W=(row, row), V=((first, other),),
                   y=rng.integer(0, 1), eta=rng.choice(["1", "2", "4"]), decimals=4)

    def solve(self) -> Steps:
        at = self.axes()
        hidden, output = at["W"][0], at["V"][0]
        none = 0
        a = yield Step("a", "a", sigmoid(dense(self.W, self.x, none)), "Hidden outputs", axes=[hidden],
                       wrong={"left out the activation": lambda: dense(self.W, self.x, none)})
        o = yield Step("o", "a", sigmoid(dense(self.V, a, none)), "Output", axes=[output])
        d = yield Step("d", r"\delta", output_error("squared", o, self.y), "Error of the output",
                       axes=[output], wrong={
                           "left out the slope a(1−a)": lambda: self.y - o,
                           "took a − y for y − a": lambda: -output_error("squared", o, self.y)})
        e = yield Step("e", r"\delta", hidden_delta("sigmoid", a, self.V, d),
                       "Errors of the hidden units", axes=[hidden], full=2, wrong={
                           "left out the slope a(1−a)": lambda: self.V.T @ d})
        yield Step("W", "w'", self.W + self.eta * weight_gradient(e, self.x), "New hidden weights",
                   axes=at["W"], reverse=True, weight=2, wrong={
                       "left out the inputs":
                       lambda: self.W + self.eta * weight_gradient(e, self.x ** 0)})
        same = self.V[0][0] == self.V[0][1]
        yield Step("units", r"\text{units}", ANSWERS[not same], "The hidden units afterwards",
                   options=ANSWERS, note=self._reason(same), wrong={
                       "thought that equal units part by themselves": lambda: ANSWERS[1]} if same else {
                       "thought that equal units can never part": lambda: ANSWERS[0]})

    @staticmethod
    def _reason(same: Any) -> str:
        if same:
            return ("They have equal outputs and equal weights to the output, so equal errors and equal "
                    "changes: they stay alike in every step.")
        return "Their weights to the output differ, so do their errors, and with them the changes."
