"""Gradient descent on a quadratic function of one parameter or two, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from softmark.solvers.optimizers import gradient_descent
from softmark.templates.training._quadratic import Quadratic
from softmark.worksheet import Rng, Step, Steps


class GradientDescent(Quadratic):
    """Gradient and new point of every step, and how far the function came down."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Gradient descent by hand"
    statement: ClassVar[str] = r"""
Gradient descent is to find the minimum of

$${{ p.surface }}{% if p.names %},\qquad\theta=(w,u){% endif %}.$$

It starts at ${{ p.at_start('theta') }}$ with learning rate ${{ named('eta') }}$, and every step is
$\theta_{t+1}=\theta_t-\eta\,g_t$, where $g_t=\nabla J(\theta_t)$ is the gradient at the point reached.

Carry out {{ steps }} steps: give each gradient and each new point, and the value of $J$ at the last
one.
"""

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions, steps = rng.level(level, easy=(1, 2), medium=(2, 2), hard=(2, 3))
        return cls(**cls.drawn(rng, dimensions, level == "hard"), steps=steps,
                   eta=cls.rate(rng, level == "hard"))

    def solve(self) -> Steps:
        theta, at = self.start, self.labels
        first = self.gradient(theta)
        for t in range(self.steps):
            wrong: dict[str, Any] = {"left out the factor 2 of the derivative": lambda now=theta:
                                     self.gradient(now, 1)}
            if t:
                wrong["kept the gradient of the starting point"] = lambda: first
            g = yield Step(f"g.{t}", f"g_{t}", self.gradient(theta), f"Gradient at point {t}",
                           axes=at, full=2, wrong=wrong)
            theta = yield Step(
                f"theta.{t + 1}", rf"\theta_{t + 1}", gradient_descent(theta, g, self.eta),
                f"Point after step {t + 1}", axes=at, full=2,
                wrong={"added the step instead of subtracting it": lambda g=g, now=theta:
                       gradient_descent(now, -g, self.eta)})
        yield Step("J", f"J(\\theta_{self.steps})", self.cost(theta), "Value at the last point")
