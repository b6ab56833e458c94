"""Nesterov's accelerated gradient on a quadratic function, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from softmark.solvers.optimizers import look_ahead, momentum, velocity
from softmark.templates.training._quadratic import Rolling
from softmark.worksheet import Rng, Step, Steps


class Nesterov(Rolling):
    """The gradient is taken where momentum alone would lead, or in the form that PyTorch computes."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Nesterov's accelerated gradient"
    statement: ClassVar[str] = r"""
Nesterov's accelerated gradient is to find the minimum of

$${{ p.surface }}{% if p.names %},\qquad\theta=(w,u){% endif %}.$$

It starts at ${{ p.at_start('theta') }}$ with velocity ${{ p.at_start('v') }}$, learning rate
${{ named('eta') }}$ and momentum ${{ named('gamma') }}$.
{% if form == 'lookahead' %}
Every step first looks ahead to $p_t=\theta_{t-1}-\gamma v_{t-1}$, takes the gradient **there**,
$g_t=\nabla J(p_t)$, and then sets $v_t=\gamma v_{t-1}+\eta\,g_t$ and $\theta_t=\theta_{t-1}-v_t$.
{% else %}
Use the form that PyTorch computes: every step takes the gradient at the point reached,
$g_t=\nabla J(\theta_{t-1})$, and sets $v_t=\gamma v_{t-1}+g_t$ and
$\theta_t=\theta_{t-1}-\eta\,(g_t+\gamma v_t)$.
{% endif %}

Carry out {{ steps }} step{{ 's' if steps > 1 }}: give {% if form == 'lookahead' %}the point looked
ahead to, {% endif %}gradient, velocity and new point of each.
"""

    form: Literal["lookahead", "torch"] = "lookahead"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions = rng.level(level, easy=1, medium=2, hard=2)
        # with whole velocities and such rates the first step comes out even in two decimals, so that
        # rounding does not pile up in the second
        return cls(**cls.drawn(rng, dimensions, level == "hard"), steps=2,
                   v=rng.vector(dimensions, "-3", "3", 0, ["0"]), eta=cls.rate(rng, coupled=True),
                   gamma=rng.decimal("0.6", "0.9", 1))

    def solve(self) -> Steps:
        theta, at = self.start, self.labels
        v = self.push
        for t in range(1, self.steps + 1):
            ahead = theta
            if self.form == "lookahead":
                ahead = yield Step(f"p.{t}", f"p_{t}", look_ahead(theta, v, self.gamma),
                                   f"Point looked ahead to in step {t}", axes=at, full=2, wrong={
                                       "looked ahead with a plus": lambda now=theta, v=v:
                                       look_ahead(now, v, -self.gamma),
                                       "took the gradient without looking ahead": lambda now=theta: now})
            g = yield Step(f"g.{t}", f"g_{t}", self.gradient(ahead), f"Gradient of step {t}", axes=at,
                           full=2)
            v = yield Step(f"v.{t}", f"v_{t}", self._velocity(v, g), f"Velocity of step {t}", axes=at,
                           full=2, wrong=self._mistakes(v, g))
            theta = yield Step(f"theta.{t}", rf"\theta_{t}", self._moved(theta, v, g),
                               f"Point after step {t}", axes=at, full=2, wrong={
                                   "took the step from the point looked ahead to":
                                   lambda ahead=ahead, v=v: ahead - v}
                               if self.form == "lookahead" else {
                                   "moved by the velocity alone, as plain momentum does":
                                   lambda now=theta, v=v: now - self.eta * v})

    def _velocity(self, v: Any, g: Any) -> Any:
        if self.form == "lookahead":
            return velocity(v, g, self.eta, self.gamma)
        return momentum(0, v, g, self.eta, self.gamma, "rate_outside")[1]

    def _moved(self, theta: Any, v: Any, g: Any) -> Any:
        return theta - v if self.form == "lookahead" else theta - self.eta * (g + self.gamma * v)

    def _mistakes(self, v: Any, g: Any) -> dict[str, Any]:
        return {"forgot the velocity of the step before": lambda: self._velocity(0 * v, g)}
