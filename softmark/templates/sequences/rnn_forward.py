"""The forward pass of a plain recurrent network over a short sequence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import activate, dense
from softmark.solvers.recurrent import Gate, net_input, readout
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.recurrent import unrolled
from softmark.worksheet.terms import leaf_text


class RnnForward(Template):
    """The first index is the time step, the second the component."""

    title: ClassVar[str] = "Forward pass of a recurrent network"
    statement: ClassVar[str] = r"""
A recurrent network reads the sequence
$${% for v in x %}x_{{ loop.index }} = {{ v[0] if v|length == 1 else v|column }}
{%- if not loop.last %},\quad {% endif %}{% endfor %}$$
Its state starts at $s_0 = {{ s0[0] if s0|length == 1 else s0|column }}$, and with the same weights in
every time step
$$z_t = U x_t + W s_{t-1} + b,\qquad s_t = {% if activation == 'tanh' %}\tanh z_t
{%- elif activation == 'sigmoid' %}\sigma(z_t) = \frac{1}{1+e^{-z_t}}
{%- elif activation == 'relu' %}\max(0, z_t)
{%- else %}z_t{% endif %}$$
with
$$U = {{ U[0][0] if U|length == 1 == U[0]|length else U|matrix }},\qquad
W = {{ W[0][0] if W|length == 1 else W|matrix }},\qquad b = {{ b[0] if b|length == 1 else b|column }}.$$
{% if output != 'none' %}
The output is
{% if output == 'identity' %}
$\hat y_t = V s_t + c$
{% else %}
$\hat y_t = {% if output == 'sigmoid' %}\sigma{% else %}\text{softmax}{% endif %}(o_t)$ of the net input
$o_t = V s_t + c$
{% endif %}
with
$$V = {{ V[0][0] if V|length == 1 == V[0]|length else V|matrix }},\qquad
c = {{ c[0] if c|length == 1 else c|column }}.$$
{% endif %}

Compute net input and state of every time step{% if output != 'none' %}, and the output of
{{ 'every time step' if outputs == 'all' else 'the last time step' }}{% endif %}. Of two indices the
first is the time step and the second the component: $s_{21}$ is the first component of $s_2$.
"""

    x: Matrix = given("x", about="the inputs, one row a time step")
    U: Matrix = given("u", about="weights from the input, one row a hidden unit")
    W: Matrix = given("w", about="weights from the state before, one row a hidden unit")
    b: Vector = given("b", about="biases of the hidden units")
    V: Matrix = given("v", default=((Decimal(1),),), about="weights into the outputs, one row an output")
    c: Vector = given("c", default=(Decimal(0),), about="biases of the outputs")
    s0: Vector = given("s_0", about="the state at the start")
    activation: Literal["tanh", "sigmoid", "relu", "identity"] = "tanh"
    output: Literal["none", "identity", "sigmoid", "softmax"] = "identity"
    outputs: Literal["all", "last"] = "all"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        n, h = len(self.x[0]), len(self.b)
        if len(self.x) > 6 or max(n, h, len(self.c)) > 4:
            raise ValueError("by hand: at most 6 time steps and 4 inputs, hidden units and outputs")
        if len(self.U) != h or len(self.U[0]) != n:
            raise ValueError("U must have one row a hidden unit (as b), one column an input (as x)")
        if len(self.W) != h or len(self.W[0]) != h or len(self.s0) != h:
            raise ValueError("W must be square with one row a hidden unit, s0 as long as b")
        if self.output != "none" and (len(self.V) != len(self.c) or len(self.V[0]) != h):
            raise ValueError("V must have one row an output (as c) and one column a hidden unit")
        if self.output == "softmax" and len(self.c) < 2:
            raise ValueError("a softmax needs two outputs at least")
        return self

    def figure(self) -> Drawing:
        texts = [", ".join(leaf_text(v) for v in x) for x in self.x]
        output = "ŷ" if self.output != "none" else ""
        return unrolled(texts, "The network, unrolled in time: each state depends on the input and on "
                        "the state before", output=output, outputs=self.outputs)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h, k, steps = rng.level(level, easy=(1, 1, 1, 3), medium=(1, 2, 1, 2), hard=(2, 2, 2, 2))
        ends = ("-0.9", "0.9", 1, ["0"])
        return cls(x=rng.matrix(steps, n, "-1.5", "1.5", 1, ["0"]), U=rng.matrix(h, n, *ends),
                   W=rng.matrix(h, h, *ends), b=rng.vector(h, *ends), V=rng.matrix(k, h, *ends),
                   c=rng.vector(k, *ends), s0=rng.vector(h, *ends) if level == "medium" else (0,) * h,
                   activation=rng.level(level, easy="tanh", medium="sigmoid", hard="tanh"),
                   output=rng.level(level, easy="identity", medium="sigmoid", hard="softmax"),
                   outputs="last" if level == "hard" else "all", decimals=4)

    def solve(self) -> Steps:
        gate, s = Gate(self.U, self.W, self.b), self.s0
        for t, x in enumerate(self.x, 1):
            z = yield Step(f"z{t}", f"z_{t}", net_input(gate, x, s), f"Net input at time {t}",
                           wrong=self._mistakes(x, s))
            s = yield Step(f"s{t}", f"s_{t}", activate(self.activation, z), f"State at time {t}",
                           note="" if self.activation != "identity" else "It is the net input.")
            if self.output == "none" or (self.outputs == "last" and t < len(self.x)):
                continue
            o = dense(self.V, s, self.c)
            if self.output != "identity":
                o = yield Step(f"o{t}", f"o_{t}", o, f"Net input of the output at time {t}",
                               wrong={"left out the biases": lambda s=s: self.V @ s})
            yield Step(f"y{t}", rf"\hat{{y}}_{t}", readout(self.output, o), f"Output at time {t}",
                       wrong={"left out the biases": lambda s=s: self.V @ s}
                       if self.output == "identity" else {})

    def _mistakes(self, x: Any, s: Any) -> Mapping[str, Callable[[], Any]]:
        wrong: dict[str, Callable[[], Any]] = {
            "left out the biases": lambda: self.U @ x + self.W @ s,
            "left out the input": lambda: self.W @ s + self.b}
        if any(v != 0 for v in s):
            wrong["left out the state before"] = lambda: self.U @ x + self.b
        if self.U.shape == self.W.shape:
            wrong["swapped the weights of input and state"] = lambda: net_input(
                Gate(self.W, self.U, self.b), x, s)
        return wrong
