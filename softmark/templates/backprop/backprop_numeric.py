"""One gradient step of a small sigmoid network on one sample, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import dense, hidden_delta, output_delta, weight_gradient
from softmark.solvers.functions import sigmoid
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import layered


class BackpropNumeric(Template):
    """Nodes are numbered through: inputs first, then hidden nodes, then outputs."""

    title: ClassVar[str] = "One step of backpropagation"
    statement: ClassVar[str] = r"""
A feed-forward network has {{ x|length }} inputs, {{ W|length }} hidden and {{ V|length }} output
node{{ 's' if V|length > 1 }}. Hidden and output nodes use the logistic function
$\sigma(z)=1/(1+e^{-z})$. The weight from node $i$ to node $j$ is $w_{ij}$, the bias of node $j$ is
$b_j$:

$${{ named('W') }},$$

$${{ named('V') }},\quad {{ named('b') }},\quad {{ named('c') }}$$

Carry out **one** step of gradient descent on the sample $x = {{ x|vector }}$ with target
${{ named('y') }}$ and learning rate $\eta={{ eta|number }}$. The loss is
{% if loss == 'squared' %}
$E=\tfrac12\sum_k (y_k-a_k)^2$.
{% else %}
the cross-entropy $E=-\sum_k \big(y_k\ln a_k+(1-y_k)\ln(1-a_k)\big)$.
{% endif %}
The error of a node is $\delta_j=-\partial E/\partial z_j$; the errors of the hidden nodes use the
weights before the step. Weights change by $w_{ij}\leftarrow w_{ij}+\eta\,\delta_j\,a_i$
(where $a_i=x_i$ for an input)
{% if update_biases %}and biases by $b_j\leftarrow b_j+\eta\,\delta_j${% else %}; the biases stay as
they are{% endif %}.
"""

    x: Vector = given("x", about="inputs of the sample")
    W: Matrix = given("w", about="weights into the hidden nodes, one row a hidden node", reverse=True)
    b: Vector = given("b", about="biases of the hidden nodes")
    V: Matrix = given("w", about="weights into the output nodes, one row an output", reverse=True)
    c: Vector = given("b", about="biases of the output nodes")
    y: Vector = given("y", about="targets")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    loss: Literal["squared", "cross_entropy"] = "squared"
    update_biases: bool = True

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        n, h, k = len(self.x), len(self.b), len(self.c)
        if len(self.W) != h or len(self.W[0]) != n:
            raise ValueError("W must have one row a hidden node (as b) and one column an input")
        if len(self.V) != k or len(self.V[0]) != h or len(self.y) != k:
            raise ValueError("V must have one row an output (as c and y), one column a hidden node")
        if max(n, h, k) > 6:
            raise ValueError("a layer has at most 6 nodes in a network worked by hand")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        n, h, k = len(self.x), len(self.b), len(self.c)
        names = [str(i + 1) for i in range(n + h + k)]
        inputs, hidden, outputs = names[:n], names[n:n + h], names[n + h:]
        return {"x": (inputs,), "W": (hidden, inputs), "b": (hidden,), "V": (outputs, hidden),
                "c": (outputs,), "y": (outputs,)}

    def figure(self) -> Drawing:
        return layered(self.x, ((self.W, self.b), (self.V, self.c)),
                       "Network with its weights on the edges and biases beside the nodes")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h, k = rng.level(level, easy=(2, 2, 1), medium=(3, 2, 1), hard=(2, 2, 2))
        ends = ("-0.9", "0.9", 1, ["0"])
        return cls(x=rng.vector(n, "0.1", "1"), W=rng.matrix(h, n, *ends), b=rng.vector(h, *ends),
                   V=rng.matrix(k, h, *ends), c=rng.vector(k, *ends),
                   y=tuple(rng.integer(0, 1) for _ in range(k)), eta=rng.choice(["0.5", "0.7", "0.9"]),
                   loss="cross_entropy" if level == "hard" else "squared", decimals=4)

    def solve(self) -> Steps:
        at = self.axes()
        hidden, outputs = at["b"], at["c"]
        z = yield Step("z", "z", dense(self.W, self.x, self.b), "Net input of each hidden node",
                       axes=hidden, wrong={"left out the biases": lambda: self.W @ self.x})
        a = yield Step("a", "a", sigmoid(z), "Activation of each hidden node", axes=hidden)
        n = yield Step("n", "z", dense(self.V, a, self.c), "Net input of each output node",
                       axes=outputs, wrong={"left out the biases": lambda: self.V @ a})
        o = yield Step("o", "a", sigmoid(n), "Output of the network", axes=outputs)
        d = yield Step("d", r"\delta", self._output_error(o), "Error of each output node",
                       axes=outputs, wrong=self._output_mistakes(o))
        e = yield Step("e", r"\delta", hidden_delta("sigmoid", a, self.V, d),
                       "Error of each hidden node", axes=hidden,
                       wrong={"left out the slope a(1−a)": lambda: self.V.T @ d,
                              "used the updated weights for the hidden errors": lambda:
                              hidden_delta("sigmoid", a, self.V + self.eta * weight_gradient(d, a), d)})
        yield Step("V", "w'", self.V + self.eta * weight_gradient(d, a), "New output weights",
                   axes=at["V"], reverse=True,
                   wrong={"subtracted the step": lambda: self.V - self.eta * weight_gradient(d, a)})
        if self.update_biases:
            yield Step("c", "b'", self.c + self.eta * d, "New output biases", axes=outputs)
        yield Step("W", "w'", self.W + self.eta * weight_gradient(e, self.x), "New hidden weights",
                   axes=at["W"], reverse=True,
                   wrong={"subtracted the step": lambda:
                          self.W - self.eta * weight_gradient(e, self.x)})
        if self.update_biases:
            yield Step("b", "b'", self.b + self.eta * e, "New hidden biases", axes=hidden)

    def _output_error(self, o: object) -> object:
        """The descent direction: minus the delta of the solver, in the order a hand writes."""
        if self.loss == "cross_entropy":
            return self.y - o
        return o * (1 - o) * (self.y - o)

    def _output_mistakes(self, o: object) -> dict[str, object]:
        wrong = {"took a − y for y − a": lambda: output_delta(self.loss, "sigmoid", o, self.y)}
        if self.loss == "squared":
            wrong["left out the slope a(1−a)"] = lambda: self.y - o
        else:
            wrong["put in the slope a(1−a) of the squared error"] = \
                lambda: o * (1 - o) * (self.y - o)
        return wrong
