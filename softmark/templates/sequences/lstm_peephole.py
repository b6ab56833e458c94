"""The forward pass of an LSTM cell whose gates see the cell state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import activate
from softmark.solvers.recurrent import joined_input
from softmark.templates.sequences.lstm_forward import ASKED, INTRODUCTION, WEIGHTS, LstmForward
from softmark.worksheet import Matrix, Rng, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.recurrent import lstm_cell


class LstmPeephole(LstmForward):
    """Forget and input gate see the cell state before, the output gate the new one."""

    title: ClassVar[str] = "An LSTM with peepholes"
    statement: ClassVar[str] = INTRODUCTION + r"""
{% if peepholes == 'diagonal' %}
$$f_t = \sigma(W_f v_t + p_f\odot c_{t-1} + b_f)$$
$$i_t = \sigma(W_i v_t + p_i\odot c_{t-1} + b_i)$$
$$o_t = \sigma(W_o v_t + p_o\odot c_t + b_o)$$
{% else %}
$$f_t = \sigma(W_f v_t + P_f c_{t-1} + b_f)$$
$$i_t = \sigma(W_i v_t + P_i c_{t-1} + b_i)$$
$$o_t = \sigma(W_o v_t + P_o c_t + b_o)$$
{% endif %}
$$\tilde c_t = {% if candidate == 'tanh' %}\tanh{% else %}\sigma{% endif %}(W_c v_t + b_c),\quad
c_t = f_t\odot c_{t-1} + i_t\odot\tilde c_t,\quad
h_t = o_t\odot{% if output == 'tanh' %}\tanh{% else %}\sigma{% endif %}(c_t)$$
with $\sigma(z)=1/(1+e^{-z})$, products $\odot$ element by element. So the output gate sees the **new**
cell state. {% if peepholes == 'diagonal' %}Each unit sees its own cell only{% else %}Each unit sees all
cells{% endif %}. The weights are
""" + WEIGHTS + r"""
{% if peepholes == 'diagonal' %}
$$p_f = {{ Pf[0][0] if h0|length == 1 else Pf[0]|column }},\qquad
p_i = {{ Pi[0][0] if h0|length == 1 else Pi[0]|column }},\qquad
p_o = {{ Po[0][0] if h0|length == 1 else Po[0]|column }}$$
{% else %}
$$P_f = {{ Pf|matrix }},\qquad P_i = {{ Pi|matrix }},\qquad P_o = {{ Po|matrix }}$$
{% endif %}
""" + ASKED

    Pf: Matrix = given("p_f", about="peephole of the forget gate: one row, or one row a unit")
    Pi: Matrix = given("p_i", about="peephole of the input gate")
    Po: Matrix = given("p_o", about="peephole of the output gate")
    peepholes: Literal["diagonal", "full"] = "diagonal"

    @model_validator(mode="after")
    def _peepholes_fit(self) -> Self:
        h = len(self.h0)
        rows = 1 if self.peepholes == "diagonal" else h
        if any(len(P) != rows or len(P[0]) != h for P in (self.Pf, self.Pi, self.Po)):
            raise ValueError(f"{self.peepholes} peepholes have {rows} row{'s' * (rows > 1)} of {h} "
                             "numbers")
        return self

    def axes(self) -> dict[str, Any]:
        units = [str(u + 1) for u in range(len(self.h0))]
        rows = [""] if self.peepholes == "diagonal" else units
        return dict.fromkeys(("Pf", "Pi", "Po"), (rows, units))

    def figure(self) -> Drawing:
        short = {"tanh": "tanh", "sigmoid": "σ"}
        return lstm_cell("The inside of the LSTM cell; dashed peepholes lead from the cell state to the "
                         "gates, to the output gate from the new one", True, short[self.candidate],
                         short[self.output])

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        h = cls.sizes(level)[1]
        peepholes = {f"P{g}": rng.matrix(1, h, "-0.9", "0.9", 1, ["0"]) for g in "fio"}
        return cls(**cls.drawn(rng, level), **peepholes)

    def peephole(self, gate: str) -> Any:
        if gate == "c":
            return None
        P = getattr(self, f"P{gate}")
        return P[0] if self.peepholes == "diagonal" else P

    def mistakes(self, gate: str, joined: Any, c: Any) -> Mapping[str, Callable[[], Any]]:
        if gate == "c":
            return {}
        return {"left out the peepholes": lambda: activate("sigmoid", joined_input(
            getattr(self, f"W{gate}"), joined, getattr(self, f"b{gate}")))}

    def output_mistakes(self, joined: Any, before: Any, c: Any) -> Mapping[str, Callable[[], Any]]:
        return {**self.mistakes("o", joined, c), "let the output gate see the old cell state":
                lambda: activate("sigmoid", self.net("o", joined, before))}
