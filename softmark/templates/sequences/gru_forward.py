"""The forward pass of a GRU cell, gate by gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.functions import sigmoid, tanh
from softmark.solvers.recurrent import Gate, gru_candidate, gru_state, net_input
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.recurrent import gru_cell


class GruForward(Template):
    """Where the reset gate acts and which share z weighs are said in the statement."""

    title: ClassVar[str] = "Forward pass of a GRU"
    statement: ClassVar[str] = r"""
A GRU cell with {{ 'one unit' if h0|length == 1 else '%d units'|format(h0|length) }} reads
{% for v in x %}$x_{{ loop.index }} = {{ v[0] if v|length == 1 else v|column }}$
{%- if not loop.last %}, {% endif %}{% endfor %} and starts with the state
$h_0 = {{ h0[0] if h0|length == 1 else h0|column }}$. It computes
$$r_t = \sigma(U_r x_t + W_r h_{t-1}{{ ' + b_r'|safe if biases }}),\qquad
z_t = \sigma(U_z x_t + W_z h_{t-1}{{ ' + b_z'|safe if biases }})$$
{% if reset == 'before' %}
$$\tilde h_t = \tanh\left(U_h x_t + W_h (r_t\odot h_{t-1}){{ ' + b_h'|safe if biases }}\right)$$
{% else %}
$$\tilde h_t = \tanh\left(U_h x_t + r_t\odot (W_h h_{t-1}){{ ' + b_h'|safe if biases }}\right)$$
{% endif %}
{% if update == 'new' %}
$$h_t = (1-z_t)\odot h_{t-1} + z_t\odot\tilde h_t$$
{% else %}
$$h_t = z_t\odot h_{t-1} + (1-z_t)\odot\tilde h_t$$
{% endif %}
with $\sigma(a)=1/(1+e^{-a})$ and products $\odot$ element by element. So the reset gate acts
**{{ reset }}** the product with $W_h$, and $z_t$ weighs the **{{ update }}** state. The weights are
{% for name, U, W, b in (('r', Ur, Wr, br), ('z', Uz, Wz, bz), ('h', Uh, Wh, bh)) %}
$$U_{{ name }} = {{ U[0][0] if U|length == 1 == U[0]|length else U|matrix }},\qquad W_{{ name }} =
{{- ' ' }}{{ W[0][0] if W|length == 1 else W|matrix }}
{%- if biases %},\qquad b_{{ name }} = {{ b[0] if b|length == 1 else b|column }}{% endif %}$$
{% endfor %}

Compute both gates, the candidate $\tilde h_t$ and the state $h_t$ of
{{ 'the time step' if x|length == 1 else 'each time step' }}. Of two indices the first is the time
step and the second the unit.
"""

    x: Matrix = given("x", about="the inputs, one row a time step")
    h0: Vector = given("h_0", about="the state at the start")
    Ur: Matrix = given("u_r", about="weights of the reset gate from the input, one row a unit")
    Wr: Matrix = given("w_r", about="weights of the reset gate from the state")
    br: Vector = given("b_r", about="biases of the reset gate")
    Uz: Matrix = given("u_z", about="weights of the update gate from the input")
    Wz: Matrix = given("w_z", about="weights of the update gate from the state")
    bz: Vector = given("b_z", about="biases of the update gate")
    Uh: Matrix = given("u_h", about="weights of the candidate from the input")
    Wh: Matrix = given("w_h", about="weights of the candidate from the state")
    bh: Vector = given("b_h", about="biases of the candidate")
    biases: bool = given(default=True, about="are the biases added?")
    reset: Literal["before", "after"] = "before"
    update: Literal["new", "old"] = "new"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        n, h = len(self.x[0]), len(self.h0)
        if len(self.x) > 4 or max(n, h) > 3:
            raise ValueError("by hand: at most 4 time steps, 3 inputs and 3 units")
        if any(len(U) != h or len(U[0]) != n for U in (self.Ur, self.Uz, self.Uh)):
            raise ValueError("each U has one row a unit (as h0) and one column an input (as x)")
        if any(len(W) != h or len(W[0]) != h for W in (self.Wr, self.Wz, self.Wh)):
            raise ValueError("each W is square, with one row a unit (as h0)")
        if any(len(b) != h for b in (self.br, self.bz, self.bh)):
            raise ValueError("the biases must be as long as h0")
        return self

    def figure(self) -> Drawing:
        return gru_cell("The inside of the GRU cell: reset gate r, update gate z, candidate h̃",
                        self.update, self.reset)

    def flips(self) -> dict[str, dict[str, Any]]:
        turned = {"swapped z and 1 − z": {"update": "old" if self.update == "new" else "new"}}
        if len(self.h0) > 1:
            other = "after" if self.reset == "before" else "before"
            turned[f"reset {other} the product with the weights"] = {"reset": other}
        return turned

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, h, steps = rng.level(level, easy=(1, 1, 1), medium=(2, 1, 2), hard=(1, 2, 1))
        ends = ("-0.9", "0.9", 1, ["0"])
        values: dict[str, Any] = {f"U{g}": rng.matrix(h, n, *ends) for g in "rzh"}
        values |= {f"W{g}": rng.matrix(h, h, *ends) for g in "rzh"}
        values |= {f"b{g}": rng.vector(h, *ends) for g in "rzh"}
        return cls(**values, x=rng.matrix(steps, n, "-1.5", "1.5", 1, ["0"]), h0=rng.vector(h, *ends),
                   biases=level != "hard",
                   update="new" if level == "easy" else rng.choice(("new", "old")),
                   reset=rng.choice(("before", "after")) if level == "hard" else "before", decimals=4)

    def gate(self, name: str) -> Gate:
        """The weights of gate r, z or of the candidate h."""
        return Gate(getattr(self, f"U{name}"), getattr(self, f"W{name}"),
                    getattr(self, f"b{name}") if self.biases else None)

    def solve(self) -> Steps:
        h = self.h0
        for t, x in enumerate(self.x, 1):
            at = f" at time {t}" if len(self.x) > 1 else ""
            r = yield Step(f"r{t}", f"r_{t}", sigmoid(net_input(self.gate("r"), x, h)),
                           "Reset gate" + at, wrong=self._without_biases("r", x, h))
            z = yield Step(f"z{t}", f"z_{t}", sigmoid(net_input(self.gate("z"), x, h)),
                           "Update gate" + at, wrong=self._without_biases("z", x, h))
            wrong: dict[str, Callable[[], Any]] = {
                "left out the reset gate": lambda x=x, h=h: tanh(net_input(self.gate("h"), x, h))}
            if self.biases:
                wrong["left out the biases"] = lambda x=x, h=h, r=r: tanh(gru_candidate(
                    self.gate("h")._replace(b=None), x, h, r, self.reset))
            n = yield Step(f"n{t}", rf"\tilde{{h}}_{t}",
                           tanh(gru_candidate(self.gate("h"), x, h, r, self.reset)), "Candidate" + at,
                           wrong=wrong)
            h = yield Step(f"h{t}", f"h_{t}", gru_state(z, h, n, self.update), "State" + at)

    def _without_biases(self, name: str, x: Any, h: Any) -> dict[str, Callable[[], Any]]:
        if not self.biases:
            return {}
        return {"left out the biases": lambda: sigmoid(net_input(
            self.gate(name)._replace(b=None), x, h))}
