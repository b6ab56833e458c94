"""Gradient steps in a chain of linear units, one weight each."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

from pydantic import model_validator

from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.network import network
from softmark.worksheet.terms import leaf_text


class BackpropChain(Template):
    """Activations are numbered down to the output a0, as are the weights."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Backpropagation through a linear chain"
    statement: ClassVar[str] = r"""
A chain of linear units without biases computes, from the input $a_{ {{- p.last + 1 -}} }=x$ on,
$a_i = w_i\,a_{i+1}$ down to the output $a_0$, with

$${{ named('w') }},\quad x = {{ x|number }}.$$

The target is $y={{ y|number }}$, the cost {% if half %}$C=\tfrac12(a_0-y)^2${% else %}$C=(a_0-y)^2$
(without a factor one half){% endif %}, the learning rate $r={{ r|number }}$. Compute the
activations, the derivatives of the cost with respect to each of them and to each weight, and the
weights after **one** step of gradient descent, $w_i' = w_i - r\,\partial C/\partial w_i$.
"""

    w: Vector = given("w", about="weights w0, w1, … (w0 next to the output)")
    x: Number = given(r"x", about="input of the chain")
    y: Number = given("y", about="target")
    r: Number = given("r", about="learning rate", gt=0, le=1)
    half: bool = False

    @model_validator(mode="after")
    def _is_chain(self) -> Self:
        if not 2 <= len(self.w) <= 6:
            raise ValueError("w must hold 2 to 6 weights")
        return self

    @property
    def last(self) -> int:
        return len(self.w) - 1

    def axes(self) -> dict[str, tuple[list[str]]]:
        return {"w": ([str(i) for i in range(len(self.w))],)}

    def figure(self) -> Drawing:
        nodes = ["x", *(f"a{i}" for i in range(self.last, -1, -1))]
        weights = {(f"a{i + 1}" if i < self.last else "x", f"a{i}"): leaf_text(w)
                   for i, w in enumerate(self.w)}
        return network([[node] for node in nodes], weights, alt="The chain, its weights on the edges")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=2, medium=3, hard=4)
        reach = rng.level(level, easy="2", medium="2", hard="1.5")  # products of weights amplify rounding
        w: tuple[Decimal, ...] = ()
        while len(set(map(abs, w))) < size:  # equal weights would have equal derivatives
            w = rng.vector(size, "-" + reach, reach, 1, ["0", "1", "-1"])
        return cls(w=w,
                   x=rng.decimal("0.5", "2", 1, ["1"]), y=rng.decimal("-1", "1", 1, ["0"]),
                   r=rng.choice(["0.1", "0.05", "0.2"]),
                   half=rng.level(level, easy=False, medium=rng.choice([True, False]), hard=False),
                   decimals=4)

    def solve(self) -> Steps:
        n = len(self.w)
        a = {n: self.x}
        for i in range(n - 1, -1, -1):
            a[i] = yield Step(f"a[{i}]", f"a_{i}", self.w[i] * a[i + 1], "Activation",
                              wrong={} if i else {"left the weight next to the output out":
                                                  lambda: a[1]})
        factor = 1 if self.half else 2
        slope = a[0] - self.y
        d = yield Step("d[0]", r"\frac{\partial C}{\partial a_0}",
                       slope if self.half else factor * slope, "Derivative with respect to $a_0$",
                       wrong={"took y − a": lambda: factor * (self.y - a[0])}
                       | ({} if self.half else {"missed the factor 2": lambda: a[0] - self.y}))
        for i in range(n):
            g = yield Step(f"g[{i}]", rf"\frac{{\partial C}}{{\partial w_{i}}}", d * a[i + 1],
                           f"Derivative with respect to $w_{i}$",
                           wrong={"took the unit's output for its input":
                                  lambda d=d, i=i: d * a[i]})
            new = yield Step(f"w[{i}]", f"w'_{i}", self.w[i] - self.r * g, "New weight",
                             wrong={"climbed instead of descending": lambda g=g, i=i:
                                    self.w[i] + self.r * g})
            if i < n - 1:
                d = yield Step(f"d[{i + 1}]", rf"\frac{{\partial C}}{{\partial a_{i + 1}}}",
                               d * self.w[i], f"Derivative with respect to $a_{i + 1}$",
                               wrong={"used the updated weight": lambda d=d, new=new: d * new})
