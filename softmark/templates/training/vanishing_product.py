"""Gradients that vanish or explode: powers of one factor."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.functions import ceil
from softmark.solvers.initialization import chained, exponent_at
from softmark.worksheet import Integer, Number, Rng, Step, Steps, Template, given


class VanishingProduct(Template):
    """Every step back in time multiplies the gradient by the same factor c."""

    title: ClassVar[str] = "Vanishing and exploding gradients"
    statement: ClassVar[str] = r"""
{% if slope == 1 %}
In a recurrent network, every step back in time multiplies the gradient by the same factor
$c=w$, with ${{ named('w') }}$:
{% else %}
In a recurrent network with one unit, every step back in time multiplies the gradient by its weight
${{ named('w') }}$ and by the slope of its activation. Take the slope as ${{ named('slope') }}$ in every
step (the largest that the logistic function has is 0.25), so that the factor is $c=w\cdot s$:
{% endif %}

$$\frac{\partial h_i}{\partial h_k}=\prod_{j=k+1}^{i}\frac{\partial h_j}{\partial h_{j-1}}=c^{\,n}.$$

Give {% if slope != 1 %}the factor $c$, {% endif %}the number $n$ of factors between ${{ named('k') }}$
and ${{ named('i') }}$,
{% if show %}
the powers $c^1$ to $c^{ {{ show }} }$,
{% endif %}
what becomes of a gradient of size 1 on this way ($c^n$),
and whether it vanishes or explodes as $n$ grows. From which number of factors $N$ on is the product
{{ 'below' if limit < 1 else 'above' }} ${{ named('limit') }}$?
"""

    w: Number = given("w", about="weight from one step to the next", gt=0, le=100)
    slope: Number = given("s", default=Decimal(1), gt=0, le=1, about="slope of the activation")
    k: Integer = given("k", about="step that the gradient reaches", ge=0, le=100)
    i: Integer = given("i", about="step that the gradient starts from", ge=1, le=130)
    show: int = given(default=0, ge=0, le=12, about="how many powers to list; 0: none")
    limit: Number = given("T", about="bound to be crossed: below 1 for shrinking powers", gt=0, le=10**6)

    @model_validator(mode="after")
    def _moves(self) -> Self:
        factor = self.w * self.slope
        if factor == 1 or self.limit == 1 or (factor < 1) != (self.limit < 1):
            raise ValueError("the factor w·s and the limit must both be below 1, or both above")
        if not self.k < self.i <= self.k + 30:
            raise ValueError("i comes after k, by 30 steps at most")
        if not Decimal("1e-9") < factor ** (self.i - self.k) < Decimal("1e7"):
            raise ValueError("the product over this way is too small or too large to write")
        if any(factor ** n == self.limit for n in range(1, 100)):
            raise ValueError("the limit must not be a power of the factor itself")
        return self

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        shrinks = rng.choice((True, False))
        k = rng.integer(1, 9)
        n = rng.level(level, easy=rng.integer(5, 8), medium=rng.integer(6, 12), hard=rng.integer(3, 5))
        w, slope = rng.decimal("0.5", "0.95", 2), Decimal(1)
        if level == "hard":
            w = rng.decimal("1.2", "3.2", 1) if shrinks else rng.decimal("5.2", "8", 1)
            slope = rng.decimal("0.15" if shrinks else "0.22", "0.25", 2)
        elif not shrinks:
            w = rng.decimal("1.1", "1.8", 2)
        limit = rng.choice(["0.1", "0.05", "0.02", "0.01"] if shrinks else ["10", "20", "50", "100"])
        return cls(w=w, slope=slope, k=k, i=k + n, limit=limit, decimals=4,
                   show=rng.level(level, easy=4, medium=0, hard=0))

    def solve(self) -> Steps:
        c = self.w
        if self.slope != 1:
            c = yield Step("c", "c", self.w * self.slope, "Factor of one step",
                           wrong={"left the slope out": lambda: self.w,
                                  "added weight and slope": lambda: self.w + self.slope})
        n = yield Step("n", "n", self.i - self.k, "Number of factors",
                       wrong={"counted both ends": lambda: self.i - self.k + 1})
        if self.show:
            yield Step("powers", "p", np.array([chained(c, t + 1) for t in range(self.show)]),
                       "First powers of the factor", full=2)
        yield Step("product", r"\frac{\partial h_i}{\partial h_k}", chained(c, n),
                   "What becomes of a gradient of size 1",
                   wrong={"multiplied by the number of factors instead of taking the power":
                          lambda: n * c})
        fate = "vanishes" if c < 1 else "explodes"
        yield Step("fate", r"\text{gradient}", fate, "As n grows, the gradient",
                   options=("vanishes", "explodes"),
                   note=f"The factor is {'below' if c < 1 else 'above'} 1.")
        met = yield Step("met", "x", exponent_at(c, self.limit), "Exponent that meets the bound",
                         ask=False)
        limit = ceil(met)
        yield Step("N", "N", limit, "Number of factors from which on the bound is crossed",
                   wrong={"stopped one factor before the bound": lambda: limit - 1})
