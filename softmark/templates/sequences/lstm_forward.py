"""The forward pass of an LSTM cell, gate by gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import activate
from softmark.solvers.recurrent import cell_state, joined_input
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.recurrent import lstm_cell

Wrong = Mapping[str, Callable[[], Any]]
INTRODUCTION = r"""
An LSTM cell with {{ 'one unit' if h0|length == 1 else '%d units'|format(h0|length) }} reads
{% for v in x %}$x_{{ loop.index }} = {{ v[0] if v|length == 1 else v|column }}$
{%- if not loop.last %}, {% endif %}{% endfor %}. It starts with the state
$h_0 = {{ h0[0] if h0|length == 1 else h0|column }}$ and the cell state
$c_0 = {{ c0[0] if c0|length == 1 else c0|column }}$. With
$v_t=[{% if order == 'hx' %}h_{t-1}, x_t{% else %}x_t, h_{t-1}{% endif %}]$, one vector under
the other, it computes
"""
WEIGHTS = r"""
{% for name, W, b in (('f', Wf, bf), ('i', Wi, bi), ('c', Wc, bc), ('o', Wo, bo)) %}
$$W_{{ name }} = {{ W|matrix }},\qquad b_{{ name }} = {{ b[0] if b|length == 1 else b|column }}$$
{% endfor %}
"""
ASKED = r"""
Compute the gates $f_t$ and $i_t$, the candidate $\tilde c_t$, the cell state $c_t$, the output gate
$o_t$ and the state $h_t$ of {{ 'the time step' if x|length == 1 else 'each time step' }}. Of two
indices the first is the time step and the second the unit.
"""


class LstmForward(Template):
    """All gates have their weights for the joined vector of state and input."""

    title: ClassVar[str] = "Forward pass of an LSTM"
    statement: ClassVar[str] = INTRODUCTION + r"""
$$f_t = \sigma(W_f v_t + b_f),\qquad i_t = \sigma(W_i v_t + b_i)$$
$$\tilde c_t = {% if candidate == 'tanh' %}\tanh{% else %}\sigma{% endif %}(W_c v_t + b_c),\qquad
o_t = \sigma(W_o v_t + b_o)$$
$$c_t = f_t\odot c_{t-1} + i_t\odot\tilde c_t,\qquad
h_t = o_t\odot{% if output == 'tanh' %}\tanh{% else %}\sigma{% endif %}(c_t)$$
with $\sigma(z)=1/(1+e^{-z})$, products $\odot$ element by element, and
""" + WEIGHTS + ASKED

    x: Matrix = given("x", about="the inputs, one row a time step")
    h0: Vector = given("h_0", about="the state at the start")
    c0: Vector = given("c_0", about="the cell state at the start")
    Wf: Matrix = given("w_f", about="weights of the forget gate, one row a unit")
    Wi: Matrix = given("w_i", about="weights of the input gate")
    Wc: Matrix = given("w_c", about="weights of the candidate")
    Wo: Matrix = given("w_o", about="weights of the output gate")
    bf: Vector = given("b_f", about="biases of the forget gate")
    bi: Vector = given("b_i", about="biases of the input gate")
    bc: Vector = given("b_c", about="biases of the candidate")
    bo: Vector = given("b_o", about="biases of the output gate")
    order: Literal["hx", "xh"] = "hx"
    candidate: Literal["tanh", "sigmoid"] = "tanh"
    output: Literal["tanh", "sigmoid"] = "tanh"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        n, h = len(self.x[0]), len(self.h0)
        if len(self.x) > 4 or max(n, h) > 3:
            raise ValueError("by hand: at most 4 time steps, 3 inputs and 3 units")
        if any(len(W) != h or len(W[0]) != h + n for W in (self.Wf, self.Wi, self.Wc, self.Wo)):
            raise ValueError("the weights of a gate have one row a unit (as h0), and one column "
                             "for each unit and each input")
        if any(len(v) != h for v in (self.c0, self.bf, self.bi, self.bc, self.bo)):
            raise ValueError("c0 and the biases must be as long as h0")
        return self

    def figure(self) -> Drawing:
        short = {"tanh": "tanh", "sigmoid": "σ"}
        return lstm_cell("The inside of the LSTM cell: gates f, i, o and candidate c̃ act on the cell "
                         "state", candidate=short[self.candidate], output=short[self.output])

    def flips(self) -> dict[str, dict[str, Any]]:
        words = {"tanh": "tanh", "sigmoid": "σ"}
        other = "sigmoid" if self.candidate == "tanh" else "tanh"
        return {f"took {words[other]} for {words[self.candidate]} in the candidate": {"candidate": other}}

    @staticmethod
    def sizes(level: str) -> tuple[int, int, int]:
        """Inputs, units and time steps of a level."""
        return {"easy": (1, 1, 1), "medium": (2, 1, 2), "hard": (1, 2, 1)}[level]

    @classmethod
    def drawn(cls, rng: Rng, level: str) -> dict[str, Any]:
        """The values of an LSTM of the level's size."""
        n, h, steps = cls.sizes(level)
        ends = ("-0.9", "0.9", 1, ["0"])
        values: dict[str, Any] = {f"W{g}": rng.matrix(h, h + n, *ends) for g in "fico"}
        values |= {f"b{g}": rng.vector(h, *ends) for g in "fico"}
        return values | {"x": rng.matrix(steps, n, "-1.5", "1.5", 1, ["0"]), "h0": rng.vector(h, *ends),
                         "c0": rng.vector(h, "-1.5", "1.5", 1, ["0"]), "decimals": 4}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        plain = level != "hard"
        kinds = ("tanh", "sigmoid")
        return cls(**cls.drawn(rng, level), candidate="tanh" if plain else rng.choice(kinds),
                   output="tanh" if plain else rng.choice(kinds))

    def peephole(self, gate: str) -> Any:
        """Weights with which the gate sees the cell state: none here."""
        return None

    def net(self, gate: str, joined: Any, c: Any, bias: bool = True) -> Any:
        """Net input of the gate; c is the cell state that its peephole sees."""
        b = getattr(self, f"b{gate}") if bias else None
        return joined_input(getattr(self, f"W{gate}"), joined, b, self.peephole(gate), c)

    def mistakes(self, gate: str, joined: Any, c: Any) -> Wrong:
        """What goes wrong at a gate; the candidate's activation is its own."""
        kind = self.candidate if gate == "c" else "sigmoid"
        return {"left out the biases": lambda: activate(kind, self.net(gate, joined, c, bias=False))}

    def solve(self) -> Steps:
        h, c = self.h0, self.c0
        for t, x in enumerate(self.x, 1):
            at = f" at time {t}" if len(self.x) > 1 else ""
            joined = (h, x) if self.order == "hx" else (x, h)
            f = yield Step(f"f{t}", f"f_{t}", activate("sigmoid", self.net("f", joined, c)),
                           "Forget gate" + at, wrong=self.mistakes("f", joined, c))
            i = yield Step(f"i{t}", f"i_{t}", activate("sigmoid", self.net("i", joined, c)),
                           "Input gate" + at, wrong=self.mistakes("i", joined, c))
            g = yield Step(f"g{t}", rf"\tilde{{c}}_{t}",
                           activate(self.candidate, self.net("c", joined, c)), "Candidate" + at,
                           wrong=self.mistakes("c", joined, c))
            wrong = {
                "swapped input gate and forget gate": lambda c=c, f=f, i=i, g=g: cell_state(i, c, f, g),
                "added the candidate without its gate": lambda c=c, f=f, g=g: f * c + g}
            before, c = c, (yield Step(f"c{t}", f"c_{t}", cell_state(f, c, i, g), "Cell state" + at,
                                       wrong=wrong))
            o = yield Step(f"o{t}", f"o_{t}", activate("sigmoid", self.net("o", joined, c)),
                           "Output gate" + at, wrong=self.output_mistakes(joined, before, c))
            h = yield Step(f"h{t}", f"h_{t}", o * activate(self.output, c), "State" + at, wrong={
                "left out the activation of the cell state": lambda o=o, c=c: o * c})

    def output_mistakes(self, joined: Any, before: Any, c: Any) -> Wrong:
        """What goes wrong at the output gate, which may see the new cell state."""
        return self.mistakes("o", joined, c)
