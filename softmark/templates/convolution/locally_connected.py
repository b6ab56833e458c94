"""A locally connected layer: local windows, but weights of their own."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import convolve_1d, dense_weights, output_size
from softmark.worksheet import IntMatrix, IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class LocallyConnected(Template):
    """y = Wᵀx with a band of different weights; what dense and shared weights would cost."""

    title: ClassVar[str] = "Local connections without sharing"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A layer has {{ x|length }} inputs $x={{ x|vector }}$ and {{ weights|length }} output units. Unit $j$
is connected only to a window of {{ weights[0]|length }} neighbouring inputs, and the window moves on
by {{ stride }} from unit to unit; unit 1 begins at $x_1$. Every unit has weights **of its own**, one
row for each unit, in the order of its window{% if bias %}, and a bias of its own{% endif %}:

$$w={{ weights|matrix }}{% if bias %},\qquad b={{ b|vector }}{% endif %}$$

Give the outputs (no activation function). Then count{% if bias %}, biases included{% endif %}:
the parameters of this layer; of a fully connected layer between the same inputs and units; and of a
layer whose units all share the weights{{ ' and the bias' if bias }} of one window.
"""

    x: IntVector = given("x", about="inputs", min_length=3, max_length=12)
    weights: IntMatrix = given("w", about="weights, one row a unit")
    b: IntVector = given("b", about="biases, one a unit")
    bias: bool = True
    stride: int = given(default=1, ge=1, le=4, about="how far the window moves from unit to unit")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.weights[0]) > len(self.x):
            raise ValueError("a window must fit into the inputs")
        wanted = output_size(len(self.x), len(self.weights[0]), self.stride)
        if len(self.weights) != wanted or len(self.weights) < 2:
            raise ValueError(f"{wanted} windows fit, at least 2 are needed: one row of weights each")
        if len(self.b) != len(self.weights):
            raise ValueError("there must be one bias a unit")
        if max(abs(v) for row in (self.x, self.b, *self.weights) for v in row) > 999:
            raise ValueError("numbers go from -999 to 999, to be worked by hand")
        return self

    def figure(self) -> Drawing:
        return grids((("inputs x", (tuple(self.x),)),), "Inputs, the window of unit 1 marked",
                     (1, len(self.weights[0])))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, taps, stride = rng.level(level, easy=(5, 2, 1), medium=(6, 3, 1), hard=(9, 3, 2))
        count = output_size(size, taps, stride)
        weights = tuple(tuple(rng.choice((-4, -3, -2, -1, 1, 2, 3, 4)) for _ in range(taps))
                        for _ in range(count))
        b = tuple(rng.choice((-3, -2, -1, 1, 2, 3)) for _ in range(count))
        return cls(x=tuple(rng.choice((-4, -3, -2, -1, 1, 2, 3, 4, 5)) for _ in range(size)),
                   weights=weights, b=b, bias=level != "easy", stride=stride)

    def solve(self) -> Steps:
        x, w, s = self.x, self.weights, self.stride
        y = convolve_1d(x, w, s)
        wrong: dict[str, Any] = {
            "used the first unit's weights everywhere": lambda: convolve_1d(x, w[0], s),
            "flipped the weights": lambda: convolve_1d(x, w[:, ::-1], s)}
        if s > 1:
            wrong["moved the window by 1"] = lambda: convolve_1d(x[:len(w) + w.shape[1] - 1], w)
        b = self.b if self.bias else 0
        yield Step("y", "y", y + b, "Outputs", full=2,
                   wrong={name: lambda made=made: made() + b for name, made in wrong.items()
                          if (made() != y).any()})
        inputs, units, taps = (self.written(n) for n in (len(x), *np.shape(w)))
        bias = self.bias
        local = yield Step("local", r"n_{\text{local}}", units * (taps + 1) if bias else units * taps,
                           "Parameters of this layer", wrong={
                               "counted one window only": lambda: taps + 1 if bias else taps})
        dense = dense_weights(inputs, units, bias)
        yield Step("dense", r"n_{\text{dense}}", dense, "Parameters if fully connected",
                   wrong={"left the biases out": lambda: inputs * units} if bias else {
                       "counted the inputs of one unit only": lambda: inputs})
        yield Step("shared", r"n_{\text{shared}}", taps + 1 if bias else taps,
                   "Parameters if shared", note="One window serves all units.",
                   wrong={"gave every unit a window of its own": lambda: local})
