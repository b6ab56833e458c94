"""One gradient step of a small sigmoid network on one sample, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import sigmoid
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given


class BackpropNumeric(Template):
    """Nodes are numbered through: inputs first, then hidden nodes, then outputs."""

    title: ClassVar[str] = "One step of backpropagation"
    statement: ClassVar[str] = r"""
A feed-forward network has {{ x|length }} inputs, {{ W|length }} hidden and {{ V|length }} output
nodes. Hidden and output nodes use the logistic function $\sigma(z)=1/(1+e^{-z})$. The weight from
node $i$ to node $j$ is $w_{ij}$, the bias of node $j$ is $b_j$:

$${{ named('W') }}$$

$${{ named('V') }}$$

Use **one** sample, $x = {{ x|vector }}$ with target ${{ y|vector }}$, the loss
$E=\tfrac12\sum_k (y_k-a_k)^2$ and the learning rate $\eta={{ eta|number }}$.
"""

    x: Vector = given("x", about="inputs of the sample")
    W: Matrix = given("w", about="weights into the hidden nodes, one row a hidden node",
                      reverse=True)
    b: Vector = given("b", about="biases of the hidden nodes")
    V: Matrix = given("w", about="weights into the output nodes, one row an output node",
                      reverse=True)
    c: Vector = given("b", about="biases of the output nodes")
    y: Vector = given("y", about="targets")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        if len(self.W) != len(self.b) or len(self.W[0]) != len(self.x):
            raise ValueError("W must have one row a hidden node (as b) and one column an input")
        if len(self.V) != len(self.c) or len(self.V[0]) != len(self.b) or \
                len(self.y) != len(self.c):
            raise ValueError("V must have one row an output (as c and y), one column a hidden node")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        n, h, k = len(self.x), len(self.b), len(self.c)
        inputs = [str(i + 1) for i in range(n)]
        hidden = [str(n + i + 1) for i in range(h)]
        outputs = [str(n + h + i + 1) for i in range(k)]
        return {"W": (hidden, inputs), "b": (hidden,), "V": (outputs, hidden), "c": (outputs,),
                "y": (outputs,), "x": (inputs,)}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h, k = rng.level(level, easy=(2, 2, 1), medium=(3, 2, 1), hard=(2, 2, 2))
        weights = dict(places=1, low=-0.9, high=0.9, avoid=[0])
        return cls(x=rng.vector(n, 0.1, 1, 1), W=rng.matrix(h, n, **weights),
                   b=rng.vector(h, **weights), V=rng.matrix(k, h, **weights),
                   c=rng.vector(k, **weights), y=tuple(rng.integer(0, 1) for _ in range(k)),
                   eta=rng.choice(["0.5", "0.7", "0.9"]), decimals=4)

    def solve(self) -> Steps:
        at = self.axes()
        hidden, outputs = at["b"], at["c"]
        z = yield Step("z", "z", self.W @ self.x + self.b, "Net input of each hidden node",
                       axes=hidden, wrong={"left out the biases": lambda: self.W @ self.x})
        a = yield Step("a", "a", sigmoid(z), "Activation of each hidden node", axes=hidden)
        n = yield Step("n", "z", self.V @ a + self.c, "Net input of each output node",
                       axes=outputs, wrong={"left out the biases": lambda: self.V @ a})
        o = yield Step("o", "a", sigmoid(n), "Output of the network", axes=outputs)
        d = yield Step("d", r"\delta", o * (1 - o) * (self.y - o), "Error of each output node",
                       axes=outputs,
                       wrong={"left out the slope a(1−a)": lambda: self.y - o,
                              "took a − y for y − a": lambda: o * (1 - o) * (o - self.y)})
        e = yield Step("e", r"\delta", a * (1 - a) * (self.V.T @ d), "Error of each hidden node",
                       axes=hidden,
                       wrong={"left out the slope a(1−a)": lambda: self.V.T @ d})
        new_V = yield Step("V", r"w'", self.V + self.eta * d[:, None] * a, "New output weights",
                           axes=at["V"], reverse=True,
                           wrong={"subtracted the step": lambda: self.V - self.eta * d[:, None] * a})
        yield Step("c", r"b'", self.c + self.eta * d, "New output biases", axes=outputs)
        yield Step("W", r"w'", self.W + self.eta * e[:, None] * self.x, "New hidden weights",
                   axes=at["W"], reverse=True,
                   wrong={"subtracted the step":
                          lambda: self.W - self.eta * e[:, None] * self.x})
        yield Step("b", r"b'", self.b + self.eta * e, "New hidden biases", axes=hidden)
