"""Adagrad on a given history of gradients, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from softmark.solvers.optimizers import adagrad, scaled_step
from softmark.templates.training._history import TABLE, Scaled
from softmark.worksheet import Rng, Step, Steps, Vector, given


class Adagrad(Scaled):
    """Sum of squares and new parameters of every step."""

    title: ClassVar[str] = "Adagrad by hand"
    memory: ClassVar[tuple[str, ...]] = ("G",)
    statement: ClassVar[str] = r"""
Adagrad divides the learning rate of each parameter by the root of the sum of its squared gradients:

$$G_t=G_{t-1}+g_t^2,\qquad \theta_t=\theta_{t-1}-\frac{\eta}{ {{ p.divisor('G_t') }} }\,g_t$$

{% if p.names %}for each of the two parameters $\theta=(w,u)$ by itself. {% endif %}Here $\varepsilon$
stands {{ eps_in }} the root. It starts at ${{ p.given_start }}$ with ${{ named('eta') }}$ and
${{ named('eps') }}$, and meets these gradients:
""" + TABLE + r"""

Give $G_t$ and $\theta_t$ after each step.
"""

    G: Vector = given("G_0", about="sum of squares at the start", min_length=1, max_length=2)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions, steps = rng.level(level, easy=(1, 3), medium=(2, 2), hard=(2, 3))
        made = cls(**cls.drawn(rng, dimensions, steps), eta=rng.decimal("0.2", "0.9", 1),
                   G=("0",) * dimensions if level != "hard" else rng.vector(dimensions, "0.5", "4"),
                   eps_in="outside" if level == "hard" else "inside", decimals=4)
        # whoever adds up the gradients themselves must be able to go on
        sums = np.cumsum(np.vstack([made.G, made.g]).astype(float), axis=0)[1:]
        return cls.draw(rng, level) if (abs(sums) < 1e-6).any() else made

    def solve(self) -> Steps:
        theta, total, at = self.scalar(self.theta), self.scalar(self.G), self.labels
        for t, row in enumerate(self.g, 1):
            g = self.scalar(row)
            total = yield Step(f"G.{t}", f"G_{t}", adagrad(theta, total, g, self.eta)[1],
                               f"Sum of squares in step {t}", axes=at, full=2,
                               wrong=self._mistakes(total, g))
            theta = yield Step(f"theta.{t}", rf"\theta_{t}",
                               theta - scaled_step(g, total, self.eta, self.eps, self.eps_in),
                               self.after(t), axes=at, full=2, wrong={
                                   "left out the root": lambda now=theta, g=g, total=total:
                                   now - self.eta / (total + self.eps) * g,
                                   "added the step instead of subtracting it":
                                   lambda now=theta, g=g, total=total: now + scaled_step(
                                       g, total, self.eta, self.eps, self.eps_in)})

    def _mistakes(self, total: Any, g: Any) -> dict[str, Any]:
        if not np.any(total):
            return {}
        wrong = {"took the last square alone instead of the sum": lambda: g ** 2}
        if np.all(total + g > 0):
            wrong["added up the gradients, not their squares"] = lambda: total + g
        return wrong
