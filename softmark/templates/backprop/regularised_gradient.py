"""Gradients added up over samples, averaged, and regularised; one step of descent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.backprop import regularised, weight_gradient
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, given


class RegularisedGradient(Template):
    """One layer; the bias weight comes first and is not regularised."""

    title: ClassVar[str] = "The regularised gradient"
    statement: ClassVar[str] = r"""
Backpropagation over $n={{ deltas|length }}$ samples has given, for one layer, the errors
$\delta=\partial C/\partial z$ of its units and the activations $a$ that go into it (without the bias
$a_0=1$), one row per sample. The weights are $\Theta$, one row per unit, the **bias weight first**
(column 0).

$$\delta={{ deltas|matrix }},\quad a={{ acts|matrix }},\quad \Theta={{ Theta|matrix }}$$

Compute

1. the accumulated gradient $\Delta_{ij}=\sum_s\delta_{(s),i}\,a_{(s),j}$ over the samples $s$, $a_0=1$,
2. the regularised gradient with $\lambda={{ lam|number }}$:
   $D_{ij}=\tfrac{1}{n}\Delta_{ij}+
   {% if scale == 'lambda' %}\lambda{% else %}\tfrac{\lambda}{n}{% endif %}\,\Theta_{ij}$
   for $j\ne0$, and $D_{i0}=\tfrac{1}{n}\Delta_{i0}$ (the bias is **not** regularised),
3. the new weights $\Theta_{ij}-\alpha\,D_{ij}$ with $\alpha={{ alpha|number }}$.
"""

    deltas: Matrix = given(r"\delta", about="errors, one row a sample, one column a unit")
    acts: Matrix = given("a", about="activations below without the bias, one row a sample")
    Theta: Matrix = given(r"\Theta", about="weights, one row a unit, bias weight first")
    lam: Number = given(r"\lambda", about="strength of the regularisation", gt=0, le=100)
    alpha: Number = given(r"\alpha", about="learning rate", gt=0, le=10)
    scale: Literal["lambda", "lambda/n"] = "lambda"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.deltas) != len(self.acts) or len(self.deltas) > 6:
            raise ValueError("deltas and acts must have one row for every sample, 6 at most")
        if len(self.Theta) != len(self.deltas[0]) or len(self.Theta[0]) != len(self.acts[0]) + 1:
            raise ValueError("Theta must have one row a unit and a column for the bias and each input")
        if max(len(self.Theta), len(self.Theta[0])) > 5:
            raise ValueError("a layer has 5 units and 4 inputs at most, to be worked by hand")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        samples = [f"({i + 1})" for i in range(len(self.deltas))]
        units = [str(i + 1) for i in range(len(self.Theta))]
        inputs = [str(j) for j in range(len(self.Theta[0]))]
        return {"deltas": (samples, units), "acts": (samples, inputs[1:]), "Theta": (units, inputs)}

    def flips(self) -> dict[str, dict[str, Any]]:
        if len(self.deltas) == 1:
            return {}
        return {"divided λ by the number of samples": {"scale": "lambda/n"}} if self.scale == "lambda" \
            else {"did not divide λ by the number of samples": {"scale": "lambda"}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        n, units = rng.level(level, easy=(2, 1), medium=(2, 2), hard=(4, 2))
        return cls(deltas=rng.matrix(n, units, "-0.9", "0.9", 1, ["0"]),
                   acts=rng.matrix(n, 2, "-2", "2", 1, ["0", "1"]),
                   Theta=rng.matrix(units, 3, "-2", "2", 1, ["0"]), lam=rng.choice(["0.1", "0.2", "0.5"]),
                   alpha=rng.choice(["0.1", "0.5", "1"]),
                   scale=rng.level(level, easy="lambda", medium="lambda", hard="lambda/n"), decimals=4)

    def solve(self) -> Steps:
        axes = self.axes()["Theta"]
        n = self.written(len(self.deltas), symbol="n")
        total = yield Step("Delta", r"\Delta", self._accumulated(), "Accumulated gradient", axes=axes,
                           full=2, wrong=self._first_mistakes())
        right = regularised(total, self.Theta, n, self.lam, self.scale == "lambda/n")
        wrong = {"regularised the bias too": lambda: total / n + self._decay() * self.Theta,
                 "subtracted the weight decay": lambda: 2 * total / n - right}
        if len(self.deltas) > 1:
            wrong["did not divide by the number of samples"] = lambda: right - total / n + total
        d = yield Step("D", "D", right, "Regularised gradient", axes=axes, full=2, weight=2, wrong=wrong)
        yield Step("Theta", r"\Theta'", self.Theta - self.alpha * d, "New weights", axes=axes, wrong={
            "climbed instead of descending": lambda: self.Theta + self.alpha * d})

    def _accumulated(self) -> Any:
        weights = weight_gradient(self.deltas, self.acts)
        biases = self.deltas.sum(axis=0)
        return np.array([[bias, *row] for bias, row in zip(biases, weights, strict=True)])

    def _first_mistakes(self) -> dict[str, Any]:
        return {"kept the gradient of the last sample only": lambda: np.array(
            [[d, *(d * self.acts[-1])] for d in self.deltas[-1]])} if len(self.deltas) > 1 else {}

    def _decay(self) -> Any:
        return self.lam if self.scale == "lambda" else self.lam / len(self.deltas)
