"""Adadelta on a given history of gradients, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from softmark.solvers.functions import sqrt
from softmark.solvers.optimizers import adadelta, adadelta_step, running_mean
from softmark.templates.training._history import TABLE, History
from softmark.worksheet import Number, Rng, Step, Steps, Vector, given


class Adadelta(History):
    """Both running means, the step, and the new parameters; there is no learning rate."""

    title: ClassVar[str] = "Adadelta by hand"
    memory: ClassVar[tuple[str, ...]] = ("E", "D")
    statement: ClassVar[str] = r"""
Adadelta has no learning rate: it scales each step with the root of a running mean of the squares of
the steps **before**. With $E_t$ for $E[g^2]_t$ and $D_t$ for $E[\Delta\theta^2]_t$, every step computes,
in this order,

$$E_t=\gamma E_{t-1}+(1-\gamma)\,g_t^2,\qquad
\Delta_t=-\frac{\sqrt{D_{t-1}+\varepsilon}}{\sqrt{E_t+\varepsilon}}\,g_t$$
$$\theta_t=\theta_{t-1}+\Delta_t,\qquad D_t=\gamma D_{t-1}+(1-\gamma)\,\Delta_t^2$$

{% if p.names %}for each of the two parameters $\theta=(w,u)$ by itself. {% endif %}It starts at
${{ p.given_start }}$ with ${{ named('gamma') }}$ and ${{ named('eps') }}$, and meets these gradients:
""" + TABLE + r"""

Give $E_t$, $\Delta_t$, $\theta_t$ and $D_t$ of each step.
"""

    E: Vector = given("E_0", about="running mean of squared gradients at the start", min_length=1,
                      max_length=2)
    D: Vector = given("D_0", about="running mean of squared steps at the start", min_length=1,
                      max_length=2)
    gamma: Number = given(r"\gamma", about="decay of both running means", gt=0, lt=1)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions = rng.level(level, easy=1, medium=1, hard=2)
        zero = ("0",) * dimensions
        began = level == "medium"
        return cls(**cls.drawn(rng, dimensions, 3 if level == "medium" else 2),
                   gamma=rng.choice(["0.6", "0.7", "0.8", "0.9"]),
                   E=rng.vector(dimensions, "0.5", "4") if began else zero,
                   D=rng.vector(dimensions, "0.02", "0.2", 2) if began else zero, decimals=4)

    def solve(self) -> Steps:
        theta, at = self.scalar(self.theta), self.labels
        squares, moves = self.scalar(self.E), self.scalar(self.D)
        for t, row in enumerate(self.g, 1):
            g = self.scalar(row)
            squares = yield Step(
                f"E.{t}", f"E_{t}", adadelta(theta, squares, moves, g, self.gamma, self.eps)[1],
                f"Running mean of g² in step {t}", axes=at, full=2,
                wrong={"swapped γ and 1 − γ": lambda squares=squares, g=g:
                       running_mean(squares, g ** 2, 1 - self.gamma)})
            move = yield Step(f"Delta.{t}", rf"\Delta_{t}", adadelta_step(g, squares, moves, self.eps),
                              f"Change in step {t}", axes=at, full=2,
                              wrong=self._mistakes(g, squares, moves))
            theta = yield Step(f"theta.{t}", rf"\theta_{t}", theta + move, self.after(t),
                               axes=at, full=2, wrong={"subtracted the step, which has its minus already":
                                                       lambda now=theta, move=move: now - move})
            moves = yield Step(f"D.{t}", f"D_{t}", running_mean(moves, move ** 2, self.gamma),
                               f"Running mean of Δ² in step {t}", axes=at, full=2,
                               wrong={"swapped γ and 1 − γ": lambda moves=moves, move=move:
                                      running_mean(moves, move ** 2, 1 - self.gamma)})

    def _mistakes(self, g: Any, squares: Any, moves: Any) -> dict[str, Any]:
        return {"put 1 in the place of the root of the squared steps":
                lambda: -(g / sqrt(squares + self.eps)),
                "left out the roots": lambda: -((moves + self.eps) / (squares + self.eps) * g),
                "left out the minus": lambda: -adadelta_step(g, squares, moves, self.eps)}
