"""The forward pass of a small network, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import activate, dense
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import layered

Activation = Literal["sigmoid", "tanh", "relu", "identity"]
WORDS = {"sigmoid": "the logistic function", "tanh": "tanh", "relu": "ReLU",
         "identity": "no activation (the net input is the output)"}


class MlpForward(Template):
    """Nodes are numbered through: inputs, hidden nodes, outputs."""

    title: ClassVar[str] = "Forward pass of a small network"
    statement: ClassVar[str] = r"""
In the network below the weight from node $i$ to node $j$ is $w_{ij}$, the bias of node $j$ is
$b_j$. Hidden nodes use {{ p.words(hidden) }}, output nodes {{ p.words(output) }}.

$${{ named('W') }},$$

$${{ named('V') }},\quad {{ named('b') }},\quad {{ named('c') }}$$

The input is $x={{ x|vector }}$. Compute the net input $z_j$ and the output $a_j$ of every node.
"""

    x: Vector = given("x", about="inputs")
    W: Matrix = given("w", about="weights into the hidden nodes, one row a node", reverse=True)
    b: Vector = given("b", about="biases of the hidden nodes")
    V: Matrix = given("w", about="weights into the output nodes, one row a node", reverse=True)
    c: Vector = given("b", about="biases of the output nodes")
    hidden: Activation = "sigmoid"
    output: Activation = "sigmoid"

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        if len(self.W) != len(self.b) or len(self.W[0]) != len(self.x):
            raise ValueError("W must have one row a hidden node (as b) and one column an input")
        if len(self.V) != len(self.c) or len(self.V[0]) != len(self.b):
            raise ValueError("V must have one row an output (as c) and one column a hidden node")
        if max(len(self.x), len(self.b), len(self.c)) > 6:
            raise ValueError("a layer has at most 6 nodes in a network worked by hand")
        return self

    @staticmethod
    def words(name: str) -> str:
        return WORDS[name]

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        n, h, k = len(self.x), len(self.b), len(self.c)
        names = [str(i + 1) for i in range(n + h + k)]
        inputs, hidden, outputs = names[:n], names[n:n + h], names[n + h:]
        return {"x": (inputs,), "W": (hidden, inputs), "b": (hidden,), "V": (outputs, hidden),
                "c": (outputs,)}

    def figure(self) -> Drawing:
        return layered(self.x, ((self.W, self.b), (self.V, self.c)),
                       "Network with its weights on the edges and biases beside the nodes")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h, k = rng.level(level, easy=(2, 2, 1), medium=(3, 2, 1), hard=(3, 2, 2))
        hidden = rng.level(level, easy="sigmoid", medium="tanh", hard="relu")
        output = rng.level(level, easy="identity", medium="sigmoid", hard="tanh")
        ends = ("-0.9", "0.9", 1, ["0"])
        while True:
            x, W, b = rng.vector(n, "-1", "2", 1, ["0"]), rng.matrix(h, n, *ends), rng.vector(h, *ends)
            z = [sum(w * v for w, v in zip(row, x, strict=True)) + bias
                 for row, bias in zip(W, b, strict=True)]
            # ReLU does something, and leaves something
            if hidden != "relu" or min(z) < 0 < max(z):
                return cls(x=x, W=W, b=b, V=rng.matrix(k, h, *ends), c=rng.vector(k, *ends),
                           hidden=hidden, output=output, decimals=4)

    def solve(self) -> Steps:
        at = self.axes()
        z = yield Step("z", "z", dense(self.W, self.x, self.b), "Net input of each hidden node",
                       axes=at["b"], wrong={"left out the biases": lambda: self.W @ self.x})
        a = yield Step("a", "a", activate(self.hidden, z), "Output of each hidden node",
                       axes=at["b"], wrong=self._twice(self.hidden, z))
        n = yield Step("n", "z", dense(self.V, a, self.c), "Net input of each output node",
                       axes=at["c"], wrong={
                           "left out the biases": lambda: self.V @ a,
                           "fed on the net inputs instead of the activations":
                           lambda: dense(self.V, z, self.c)})
        yield Step("o", "a", activate(self.output, n), "Output of the network", axes=at["c"],
                   wrong=self._twice(self.output, n))

    @staticmethod
    def _twice(name: str, z: object) -> dict[str, object]:
        """Applying ReLU or nothing twice changes nothing, so it is no mistake."""
        if name in ("relu", "identity"):
            return {}
        return {"applied the activation twice": lambda: activate(name, activate(name, z))}
