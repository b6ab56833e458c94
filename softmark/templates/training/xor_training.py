"""Train a small network on XOR with a computer, and report the loss."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.network import Network
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import layered
from softmark.worksheet.runs import solve

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])
SAMPLES = ("00", "01", "10", "11")
#: the least change of the loss that four decimals show well
MOVED = 0.0003


class XorTraining(Template):
    """Full-batch gradient descent from given weights; values come from the trainer."""

    title: ClassVar[str] = "Train a network on XOR"
    statement: ClassVar[str] = r"""
Use a computer for this question. A network with 2 inputs, {{ W|length }} hidden nodes
({{ hidden }}) and one logistic output node is trained on XOR: the samples $(0,0),(0,1),(1,0),(1,1)$
with targets $0,1,1,0$. The weight from node $i$ to node $j$ is $w_{ij}$, the bias of node $j$ is
$b_j$. The network begins at

$${{ named('W') }}$$

$${{ named('V') }},\quad {{ named('b') }},\quad {{ named('c') }}$$

The loss is the **mean** over the four samples of $\tfrac12(y-a)^2$, with target $y$ and output $a$;
every epoch is one step of
gradient descent on this loss, over all four samples at once, with learning rate
$\eta={{ eta|number }}${% if momentum > 0 %} and momentum $\gamma={{ momentum|number }}$
($v\leftarrow\gamma v+\eta g$, $\theta\leftarrow\theta-v$, $v=0$ at the start){% endif %}.

Give the loss before training and after {{ checkpoints[:-1]|join(', ') }}
{{- ' and ' if checkpoints|length > 1 }}{{ checkpoints[-1] }} epochs, and the output for each
of the four samples at the end.
"""

    W: Matrix = given("w", about="weights into the hidden nodes, one row a node", reverse=True)
    b: Vector = given("b", about="biases of the hidden nodes")
    V: Matrix = given("w", about="weights into the output node, one row", reverse=True)
    c: Vector = given("b", about="bias of the output node")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=20)
    momentum: Number = given(r"\gamma", default=0, about="momentum", ge=0, lt=1)
    checkpoints: tuple[int, ...] = given(about="epochs after which the loss is asked", min_length=1,
                                         max_length=6)
    hidden: Literal["sigmoid", "tanh"] = "sigmoid"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.W[0]) != 2 or len(self.W) != len(self.b) or len(self.W) > 6:
            raise ValueError("W must have two columns and one row a hidden node (as b), 6 at most")
        if len(self.V) != 1 or len(self.V[0]) != len(self.W) or len(self.c) != 1:
            raise ValueError("V must be one row with a column a hidden node, c one bias")
        if list(self.checkpoints) != sorted(set(self.checkpoints)) or self.checkpoints[0] < 1 or \
                self.checkpoints[-1] > 5000:
            raise ValueError("checkpoints must grow from 1 to 5000 at most")
        return self

    def axes(self) -> dict[str, tuple[list[str], ...]]:
        hidden = [str(3 + i) for i in range(len(self.b))]
        output = [str(3 + len(self.b))]
        return {"W": (hidden, ["1", "2"]), "b": (hidden,), "V": (output, hidden), "c": (output,)}

    def figure(self) -> Drawing:
        return layered((None, None), ((self.W, self.b), (self.V, self.c)), "The network before training")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        h = rng.level(level, easy=2, medium=2, hard=3)
        ends = ("-1", "1", 1, ["0"])
        while True:
            problem = cls._drawn(rng, level, h, ends)
            if problem._moves():
                return problem

    def _moves(self) -> bool:
        """Does the loss change from one asked value to the next, so that training shows in it?"""
        losses = [done.value for name, done in solve(self).items() if name.startswith("loss")]
        return all(abs(a - b) > MOVED for a, b in pairwise(losses))

    @classmethod
    def _drawn(cls, rng: Rng, level: str, h: int, ends: Any) -> Self:
        return cls(W=rng.matrix(h, 2, *ends), b=rng.vector(h, *ends), V=rng.matrix(1, h, *ends),
                   c=rng.vector(1, *ends), eta=rng.choice(["2", "4"]),
                   momentum="0.5" if level == "hard" else "0",
                   checkpoints=rng.level(level, easy=(1, 20), medium=(1, 10, 100), hard=(1, 10, 100)),
                   hidden=rng.level(level, easy="sigmoid", medium="tanh", hard="tanh"), decimals=4)

    def flips(self) -> dict[str, dict[str, Any]]:
        return {"took the other activation in the hidden layer":
                {"hidden": "tanh" if self.hidden == "sigmoid" else "sigmoid"}}

    def network(self) -> Network:
        plain = [np.array([[float(str(v)) for v in row] for row in m]) for m in (self.W, self.V)]
        biases = [np.array([float(str(v)) for v in b]) for b in (self.b, self.c)]
        return Network(plain, biases, [self.hidden, "sigmoid"])

    def solve(self) -> Steps:
        network = self.network()
        eta, momentum = float(str(self.eta)), float(str(self.momentum))
        first = float(network.mean_loss(INPUTS, TARGETS))
        yield Step("start", "a^{(0)}", network.forward(INPUTS)[1][-1][:, 0],
                   "Output for each sample before training", ask=False, full=0, axes=[SAMPLES],
                   note="Four forward passes with the first weights.")
        yield Step("loss[0]", r"L_0", first, "Loss before training",
                   note="The mean of the four losses of these outputs.",
                   wrong={"left out the factor one half": lambda: 2 * first,
                          "added the four losses instead of taking their mean": lambda: 4 * first})
        done = 0
        for epoch in self.checkpoints:
            loss = float(network.fit(INPUTS, TARGETS, epoch - done, eta, momentum=momentum).loss[-1])
            done = epoch
            yield Step(f"loss[{epoch}]", f"L_{{{epoch}}}", loss,
                       f"Loss after {epoch} epoch{'s' if epoch > 1 else ''}",
                       note=f"From four forward passes with the weights after epoch {epoch}.",
                       wrong={"left out the factor one half": lambda loss=loss: 2 * loss,
                              "added the four losses instead of taking their mean":
                              lambda loss=loss: 4 * loss})
        outputs = network.forward(INPUTS)[1][-1][:, 0]
        yield Step("a", "a", outputs, "Output for each sample at the end",
                   axes=[SAMPLES], full=0, note="Four forward passes with the last weights.")
