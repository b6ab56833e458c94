"""The error of a unit in two conventions: other loss, other sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.backprop import dense, hidden_delta, output_delta, output_error, weight_gradient
from softmark.solvers.functions import sigmoid
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import layered


class BackpropConventions(Template):
    """A: cross-entropy, derivative, descent. B: squared error, minus the derivative, added."""

    title: ClassVar[str] = "Two conventions for the error of a unit"
    statement: ClassVar[str] = r"""
The last layer of a network has {{ 'one logistic unit' if V|length == 1 else 'logistic units' }} with
$o=\sigma(z)$, $\sigma(z)=1/(1+e^{-z})$. The layer below (logistic too) puts out ${{ named('a') }}$. The
weight from node $i$ to node $j$ is $w_{ij}$, the bias of node $j$ is $b_j$:

$${{ named('V') }},\quad {{ named('c') }}$$

The target is ${{ named('y') }}$, the learning rate $\eta={{ eta|number }}$. Two textbooks teach it in two
ways:

- **A**: the loss is the cross-entropy $C=-\sum_j\big(y_j\ln o_j+(1-y_j)\ln(1-o_j)\big)$, the error
  $\delta^A_j=+\partial C/\partial z_j$, and weights change by
  $w_{ij}\leftarrow w_{ij}-\eta\,\delta^A_j a_i$.
- **B**: the loss is $E=\tfrac12\sum_j(y_j-o_j)^2$, the error
  $\delta^B_j=-\partial E/\partial z_j$, and weights change by
  $w_{ij}\leftarrow w_{ij}+\eta\,\delta^B_j a_i$.

Give the net input and output of the last layer, then for A and for B the error $\delta$ of the last
layer{% if hidden %}, the error of the layer below{% endif %} and the new weights
(the biases stay as they are).
"""

    a: Vector = given("a", about="outputs of the layer below")
    V: Matrix = given("w", about="weights into the last layer, one row a unit", reverse=True)
    c: Vector = given("b", about="biases of the last layer")
    y: Vector = given("y", about="targets, from 0 to 1")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    hidden: bool = given(default=True, about="are the errors of the layer below asked?")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.V) != len(self.c) or len(self.V) != len(self.y) or len(self.V[0]) != len(self.a):
            raise ValueError("V must have one row a unit (as c and y) and one column a number in a")
        if max(len(self.a), len(self.c)) > 4:
            raise ValueError("a layer has at most 4 nodes in a network worked by hand")
        if any(not 0 < v < 1 for v in self.a) or any(not 0 <= v <= 1 for v in self.y):
            raise ValueError("outputs of logistic units lie between 0 and 1, targets from 0 to 1")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        names = [str(i + 1) for i in range(len(self.a) + len(self.c))]
        below, last = names[:len(self.a)], names[len(self.a):]
        return {"a": (below,), "V": (last, below), "c": (last,), "y": (last,)}

    def figure(self) -> Drawing:
        return layered((None,) * len(self.a), ((self.V, self.c),),
                       "The last layer with its weights on the edges and biases beside the nodes")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        h, k = rng.level(level, easy=(2, 1), medium=(2, 1), hard=(2, 2))
        ends = ("-1.5", "1.5", 1, ["0"])
        return cls(a=rng.vector(h, "0.15", "0.85", 2, ["0.5"]), V=rng.matrix(k, h, *ends),
                   c=rng.vector(k, *ends), y=tuple(rng.integer(0, 1) for _ in range(k)),
                   eta=rng.choice(["0.5", "0.8", "1", "2"]), hidden=level != "easy", decimals=4)

    def solve(self) -> Steps:
        at = self.axes()
        below, last = at["a"], at["c"]
        z = yield Step("z", "z", dense(self.V, self.a, self.c), "Net input", axes=last,
                       wrong={"left out the biases": lambda: self.V @ self.a})
        o = yield Step("o", "o", sigmoid(z), "Output", axes=last)
        d = yield Step("dA", r"\delta^A", output_delta("cross_entropy", "sigmoid", o, self.y),
                       "A: error of the last layer", axes=last, wrong={
                           "took y − o with the derivative's sign": lambda: self.y - o,
                           "put the slope o(1−o) into the error of the cross-entropy":
                           lambda: output_delta("squared", "sigmoid", o, self.y)})
        yield from self._below("A", d, below)
        yield Step("VA", "w^A", self.V - self.eta * weight_gradient(d, self.a), "A: new weights",
                   axes=at["V"], reverse=True, wrong={
                       "moved uphill": lambda: self.V + self.eta * weight_gradient(d, self.a)})
        s = sigmoid(o)
        e = yield Step("dB", r"\delta^B", output_error("squared", o, self.y),
                       "B: error of the last layer", axes=last, wrong={
                           "left the slope o(1−o) out of the error of the squared loss":
                           lambda: self.y - o,
                           "took the slope at the output instead of at the net input":
                           lambda: s * (1 - s) * (self.y - o)})
        yield from self._below("B", e, below)
        yield Step("VB", "w^B", self.V + self.eta * weight_gradient(e, self.a), "B: new weights",
                   axes=at["V"], reverse=True, wrong={
                       "moved uphill": lambda: self.V - self.eta * weight_gradient(e, self.a)})

    def _below(self, name: str, delta: Any, below: Sequence[Sequence[str]]) -> Steps:
        if self.hidden:
            yield Step(f"h{name}", rf"\delta^{name}", hidden_delta("sigmoid", self.a, self.V, delta),
                       f"{name}: error of the layer below", axes=below,
                       wrong={"left out the slope a(1−a) of the layer below": lambda: self.V.T @ delta})
