"""RMSprop on a given history of gradients, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from softmark.solvers.optimizers import rmsprop, running_mean, scaled_step, unbiased
from softmark.templates.training._history import TABLE, Scaled
from softmark.worksheet import Number, Rng, Step, Steps, Vector, given


class Rmsprop(Scaled):
    """Running mean of the squares and new parameters of every step."""

    title: ClassVar[str] = "RMSprop by hand"
    memory: ClassVar[tuple[str, ...]] = ("E",)
    statement: ClassVar[str] = r"""
RMSprop divides the learning rate of each parameter by the root of a running mean of its squared
gradients, $E_t$ (also written $E[g^2]_t$):

$$E_t=\gamma E_{t-1}+(1-\gamma)\,g_t^2,\qquad
\theta_t=\theta_{t-1}-\frac{\eta}{ {{ p.divisor('E_t') }} }\,g_t$$

{% if p.names %}for each of the two parameters $\theta=(w,u)$ by itself. {% endif %}Here $\varepsilon$
stands {{ eps_in }} the root. It starts at ${{ p.given_start }}$ with ${{ named('gamma') }}$,
${{ named('eta') }}$ and ${{ named('eps') }}$, and meets these gradients:
""" + TABLE + r"""

Give $E_t$ and $\theta_t$ after each step.
"""

    E: Vector = given("E_0", about="running mean of squares at the start", min_length=1, max_length=2)
    gamma: Number = given(r"\gamma", about="decay of the running mean", gt=0, lt=1)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions, steps = rng.level(level, easy=(1, 2), medium=(2, 2), hard=(2, 3))
        return cls(**cls.drawn(rng, dimensions, steps), eta=rng.decimal("0.1", "0.9", 1),
                   gamma=rng.choice(["0.6", "0.7", "0.8", "0.9"]),
                   E=("0",) * dimensions if level != "hard" else rng.vector(dimensions, "0.5", "4"),
                   eps_in="outside" if level == "hard" else "inside", decimals=4)

    def solve(self) -> Steps:
        theta, mean, at = self.scalar(self.theta), self.scalar(self.E), self.labels
        for t, row in enumerate(self.g, 1):
            g = self.scalar(row)
            mean = yield Step(f"E.{t}", f"E_{t}",
                              rmsprop(theta, mean, g, self.eta, self.gamma)[1],
                              f"Running mean of the squares in step {t}", axes=at, full=2,
                              wrong=self._mistakes(mean, g))
            theta = yield Step(f"theta.{t}", rf"\theta_{t}", theta - self._step(g, mean),
                               self.after(t), axes=at, full=2, wrong={
                                   "left out the root": lambda now=theta, g=g, mean=mean:
                                   now - self.eta / (mean + self.eps) * g,
                                   "corrected the bias as Adam does":
                                   lambda now=theta, g=g, mean=mean, t=t:
                                   now - self._step(g, unbiased(mean, self.gamma, t))})

    def _step(self, g: Any, mean: Any) -> Any:
        return scaled_step(g, mean, self.eta, self.eps, self.eps_in)

    def _mistakes(self, mean: Any, g: Any) -> dict[str, Any]:
        wrong = {"swapped γ and 1 − γ": lambda: running_mean(mean, g ** 2, 1 - self.gamma)}
        if np.any(mean):
            wrong["added up the squares as Adagrad does"] = lambda: mean + g ** 2
        return wrong
