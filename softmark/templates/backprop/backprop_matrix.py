"""Backpropagation through one hidden layer, in matrices."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.backprop import hidden_delta, output_delta, weight_gradient
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given


class BackpropMatrix(Template):
    """Samples are rows, so an error is a row too, and the gradient is δᵀ a."""

    title: ClassVar[str] = "Backpropagation in matrices"
    statement: ClassVar[str] = r"""
A network with logistic hidden and output units has been run forward on
{% if X|length == 1 %}one sample{% else %}a batch of $m={{ X|length }}$ samples{% endif %}. Every
**row** below is a sample: inputs $a^{(1)}$, hidden outputs $a^{(2)}$, outputs $a^{(3)}$, targets $y$;
row $j$ of $\Theta^{(2)}$ holds the weights into output $j$.

$$a^{(1)}={{ X|matrix }},\quad a^{(2)}={{ A|matrix }},\quad a^{(3)}={{ O|matrix }}$$

$$y={{ Y|matrix }},\quad \Theta^{(2)}={{ Theta|matrix }}$$

The cost $J$ is {% if X|length > 1 %}the **mean over the samples** of {% endif %}
{% if loss == 'squared' %}
$\tfrac12\sum_k(a^{(3)}_k-y_k)^2$.
{% else %}
the cross-entropy $-\sum_k\big(y_k\ln a^{(3)}_k+(1-y_k)\ln(1-a^{(3)}_k)\big)$.
{% endif %}
With $\delta^{(l)}=\partial J/\partial z^{(l)}$, one row per sample, give
{%- if X|length > 1 %} (with the factor $1/m$ of the mean in $\delta^{(3)}$){% endif %}:
$\delta^{(3)}$, the gradient $G^{(2)}=\partial J/\partial\Theta^{(2)}$ in the shape of $\Theta^{(2)}$,
$\delta^{(2)}$, and $G^{(1)}=\partial J/\partial\Theta^{(1)}$, whose row $j$ belongs to hidden unit $j$.
(Biases are left out.)
"""

    X: Matrix = given("a^{(1)}", about="inputs, one row a sample")
    A: Matrix = given("a^{(2)}", about="hidden outputs, one row a sample")
    O: Matrix = given("a^{(3)}", about="outputs, one row a sample")
    Y: Matrix = given("y", about="targets, one row a sample")
    Theta: Matrix = given(r"\Theta^{(2)}", about="weights into the outputs, one row an output")
    loss: Literal["squared", "cross_entropy"] = "squared"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.X) == len(self.A) == len(self.O) == len(self.Y) <= 4:
            raise ValueError("X, A, O and Y must have one row for every sample, 4 at most")
        if len(self.Y[0]) != len(self.O[0]) or len(self.Theta) != len(self.O[0]) or \
                len(self.Theta[0]) != len(self.A[0]):
            raise ValueError("Theta must have one row an output (as columns of O and Y) and one column "
                             "a hidden unit (as columns of A)")
        if max(len(self.X[0]), len(self.A[0]), len(self.O[0])) > 5:
            raise ValueError("a layer has at most 5 units in a network worked by hand")
        if any(not 0 < v < 1 for row in (*self.A, *self.O) for v in row):
            raise ValueError("outputs of logistic units lie between 0 and 1")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        m, k = rng.level(level, easy=(1, 1), medium=(1, 2), hard=(2, 2))
        # hidden outputs that are no multiples of 0.05: their slopes leave errors off a rounding tie
        round_ones = [f"{i / 100}" for i in range(10, 95, 5)]
        while True:
            one = cls(X=rng.matrix(m, 2, "-1.2", "1.2", 1, ["0", "1", "-1"]),
                      A=rng.matrix(m, 2, "0.11", "0.89", 2, round_ones),
                      O=rng.matrix(m, k, "0.1", "0.9", 1, ["0.5"]),
                      Y=tuple(tuple(rng.integer(0, 1) for _ in range(k)) for _ in range(m)),
                      Theta=rng.matrix(k, 2, "-2", "2", 1, ["0", "1"]),
                      loss=rng.level(level, easy="cross_entropy", medium="squared",
                                     hard="cross_entropy"), decimals=4)
            if one._smallest() >= 0.01:  # what nearly cancels is mostly rounding
                return one

    def _smallest(self) -> float:
        """Size of the smallest result."""
        it = self.numeric()
        d = output_delta(it.loss, "sigmoid", it.O, it.Y) / len(self.X)
        e = hidden_delta("sigmoid", it.A, it.Theta, d)
        results = (weight_gradient(d, it.A), e, weight_gradient(e, it.X))
        return min(float(np.abs(value).min()) for value in results)

    def solve(self) -> Steps:
        m = len(self.X)
        over = self.written(m, symbol="m")

        def mean(value: Any) -> Any:
            return value / over if m > 1 else value

        right = output_delta(self.loss, "sigmoid", self.O, self.Y)
        wrong = {"took y − a for a − y": lambda: mean(-right)}
        if m > 1:
            wrong["left out the factor 1/m"] = lambda: right
        other = "squared" if self.loss == "cross_entropy" else "cross_entropy"
        wrong["left out the slope a(1−a)" if self.loss == "squared" else
              "put in the slope a(1−a) of the squared error"] = \
            lambda: mean(output_delta(other, "sigmoid", self.O, self.Y))
        # of outputs with few decimals the errors come out even
        d = yield Step("d3", r"\delta^{(3)}", mean(right), "Error of the output layer",
                       decimals=self.decimals + 1, wrong=wrong)
        yield Step("G2", "G^{(2)}", weight_gradient(d, self.A),
                   "Gradient of the output weights",
                   note=r"In matrices: $G^{(2)}=\delta^{(3)\top}a^{(2)}$.", wrong={
                       "transposed the gradient": lambda: np.swapaxes(weight_gradient(d, self.A), 0, 1)}
                   if len(self.O[0]) == len(self.A[0]) else {})
        e = yield Step("d2", r"\delta^{(2)}", hidden_delta("sigmoid", self.A, self.Theta, d),
                       "Error of the hidden layer", wrong=self._below(d),
                       note=r"In matrices, $\odot$ being element by element: $\delta^{(2)}="
                       r"\delta^{(3)}\Theta^{(2)}\odot a^{(2)}\odot(1-a^{(2)})$.")
        yield Step("G1", "G^{(1)}", weight_gradient(e, self.X),
                   "Gradient of the hidden weights",
                   note=r"In matrices: $G^{(1)}=\delta^{(2)\top}a^{(1)}$.", wrong={
                       "transposed the gradient": lambda: np.swapaxes(weight_gradient(e, self.X), 0, 1)}
                   if len(self.A[0]) == len(self.X[0]) else {})

    def _below(self, d: Any) -> dict[str, Any]:
        wrong = {"left out the slope of the hidden units": lambda: np.matmul(d, self.Theta)}
        if len(self.Theta) == len(self.Theta[0]) and (self.Theta != self.Theta.T).any():
            wrong["sent the error back through the transposed weights"] = \
                lambda: hidden_delta("sigmoid", self.A, self.Theta.T, d)
        return wrong
