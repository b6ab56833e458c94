"""Check a gradient by central differences."""

from __future__ import annotations

from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.backprop import activate, central_difference, output_delta, squared_loss
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given

FORMULAS = {"identity": "z", "sigmoid": r"\sigma(z)=1/(1+e^{-z})", "tanh": r"\tanh z"}
#: bugs that a program may have: what it gives for the right gradient g, the error, the input
BUGS: tuple[Callable[[float, float, float], float], ...] = (
    lambda g, error, x: error * x, lambda g, error, x: g / x, lambda g, error, x: 2 * g,
    lambda g, error, x: -g)


class GradientCheck(Template):
    """Loss on both sides, central difference, derivative, and whether a program's gradient passes."""

    title: ClassVar[str] = "Gradient checking"
    statement: ClassVar[str] = r"""
A unit computes $z=\sum_i w_ix_i+b$ and $a={{ p.formula }}$; its loss is
$J=\tfrac12(a-y)^2$. For ${{ named('w') }}$, ${{ named('x') }}$, ${{ named('b') }}$, ${{ named('y') }}$,
somebody's program says that $\partial J/\partial w_i$ is ${{ named('claimed') }}$.

Check {{ 'each component' if w|length > 1 else 'it' }} with $\varepsilon={{ eps|number }}$: change
{{ 'one weight at a time' if w|length > 1 else 'the weight' }}, and give

1. the losses $J^+_i$ at $w_i+\varepsilon$ and $J^-_i$ at $w_i-\varepsilon$
   {%- if activation != 'identity' %}, to {{ places }} decimals (they are nearly the same){% endif %},
2. the central difference $D_i=(J^+_i-J^-_i)/(2\varepsilon)$,
3. the derivative $\partial J/\partial w_i$ by the chain rule,
4. whether the program's value passes, that is, differs from the central difference by at most
   {{ tolerance }}.
"""

    w: Vector = given("w", about="weights", min_length=1, max_length=4)
    x: Vector = given("x", about="inputs")
    b: Number = given("b", about="bias")
    y: Number = given("y", about="target")
    eps: Number = given(r"\varepsilon", about="how far a weight is moved", gt=0, le=1)
    claimed: Vector = given("g", about="what the program gives, one number a weight")
    activation: Literal["identity", "sigmoid", "tanh"] = "sigmoid"
    tolerance: Number = given(default=Decimal("0.005"), about="largest difference that passes",
                              gt=0, le=1)
    places: int = given(default=7, ge=2, le=9, about="decimals of the two losses")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.w) == len(self.x) == len(self.claimed):
            raise ValueError("w, x and claimed must hold as many numbers")
        return self

    @property
    def formula(self) -> Any:
        return Markup(FORMULAS[self.activation])

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=1, medium=1, hard=2)
        activation = rng.level(level, easy="identity", medium=rng.choice(["sigmoid", "tanh"]),
                               hard=rng.choice(["sigmoid", "tanh"]))
        w, x = rng.vector(size, "-1.5", "1.5", 1, ["0"]), rng.vector(size, "-2", "2", 1, ["0", "1", "-1"])
        b, y = rng.decimal("-0.9", "0.9", 1, ["0"]), rng.decimal("0", "1", 1, ["0.5"])
        z = float(sum(p * q for p, q in zip(w, x, strict=True)) + b)
        a = activate(activation, z)
        right = [float(v) * output_delta("squared", activation, a, float(y)) for v in x]
        # one component at most is wrong, in half of the problems
        broken = rng.integer(0, 2 * size - 1)
        bug = rng.choice(BUGS[activation == "identity":])
        claimed = [bug(g, a - float(y), float(v)) if i == broken else g
                   for i, (g, v) in enumerate(zip(right, x, strict=True))]
        eps = 0.1 if level == "easy" else 0.01
        bends = [squared_loss(activate(activation, z + s * eps * float(v)), float(y))
                 for v in x for s in (1, -1, 0)]
        # a bug shows clearly, and so does a difference on one side only
        if any(0 < abs(g - c) < 0.02 for g, c in zip(right, claimed, strict=True)) or any(
                abs(up + down - 2 * middle) / (2 * eps) < 0.0005 or abs(up - middle) / eps < 0.005
                for up, down, middle in zip(bends[::3], bends[1::3], bends[2::3], strict=True)):
            return cls.draw(rng, level)
        return cls(w=w, x=x, b=b, y=y, eps=str(eps),
                   claimed=tuple(f"{g:.4f}" for g in claimed), activation=activation, decimals=4)

    def solve(self) -> Steps:
        z = yield Step("z", "z", (self.w * self.x).sum() + self.b, "Net input at the weights", ask=False)
        a = yield Step("a", "a", activate(self.activation, z), "Output at the weights", ask=False,
                       decimals=self.places)
        for i in range(len(self.w)):
            row = f"weight {i + 1}"

            up = yield from self._loss("up", "+", i, self.w[i] + self.eps, row)
            down = yield from self._loss("down", "-", i, self.w[i] - self.eps, row)
            n = yield Step(f"rows[{i + 1}].central", f"D_{i + 1}",
                           central_difference(up, down, self.eps), "Central difference", row=row,
                           weight=1.5, wrong={
                               "divided by ε instead of 2ε": lambda up=up, down=down:
                               (up - down) / self.eps,
                               "took the one-sided difference": lambda up=up:
                               (up - squared_loss(a, self.y)) / self.eps})
            yield from self._derivative(i, row, a)
            passes = bool(abs(n - self.claimed[i]) <= self.tolerance)
            yield Step(f"rows[{i + 1}].verdict", rf"\text{{verdict}}_{i + 1}",
                       "passes" if passes else "fails", "Does the value pass?", row=row, weight=0.5,
                       options=("passes", "fails"), note=f"$|D_{i + 1}-g_{i + 1}|$ is "
                       f"{'no more' if passes else 'more'} than is allowed.")

    def _loss(self, name: str, sign: str, i: int, moved: Any, row: str
              ) -> Generator[Step, Any, Any]:
        """Output and loss with weight number i moved."""
        w = np.array([moved if j == i else w for j, w in enumerate(self.w)])
        side = "right" if name == "up" else "left"
        a = yield Step(f"rows[{i + 1}].a_{name}", f"a^{sign}_{i + 1}",
                       activate(self.activation, (w * self.x).sum() + self.b), f"Output on the {side}",
                       decimals=self.places, row=row, ask=False)
        return (yield Step(f"rows[{i + 1}].{name}", f"J^{sign}_{i + 1}", squared_loss(a, self.y),
                           f"Loss on the {side}", decimals=self.places, row=row))

    def _derivative(self, i: int, row: str, a: Any) -> Steps:
        yield Step(f"rows[{i + 1}].chain", rf"\frac{{\partial J}}{{\partial w_{i + 1}}}",
                   output_delta("squared", self.activation, a, self.y) * self.x[i],
                   "Derivative by the chain rule", row=row, weight=1.5, wrong={
                       "took y − a for a − y": lambda:
                       -output_delta("squared", self.activation, a, self.y) * self.x[i]}
                   | ({} if self.activation == "identity" else {
                       "left out the slope of the activation": lambda: (a - self.y) * self.x[i]}))
