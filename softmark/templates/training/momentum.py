"""Gradient descent with momentum on a quadratic function, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from softmark.solvers.optimizers import momentum
from softmark.templates.training._quadratic import Rolling
from softmark.worksheet import Rng, Step, Steps


class Momentum(Rolling):
    """Gradient, velocity and new point of every step; where the learning rate stands is stated."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Gradient descent with momentum"
    statement: ClassVar[str] = r"""
Gradient descent with momentum is to find the minimum of

$${{ p.surface }}{% if p.names %},\qquad\theta=(w,u){% endif %}.$$

It starts at ${{ p.at_start('theta') }}$ with velocity ${{ p.at_start('v') }}$, learning rate
${{ named('eta') }}$ and momentum ${{ named('gamma') }}$. Every step takes
the gradient $g_t=\nabla J(\theta_{t-1})$ at the point reached, then
{% if form == 'rate_inside' %}
$v_t=\gamma v_{t-1}+\eta\,g_t$ and $\theta_t=\theta_{t-1}-v_t$: the learning rate stands inside the
velocity.
{% elif form == 'rate_outside' %}
$v_t=\gamma v_{t-1}+g_t$ and $\theta_t=\theta_{t-1}-\eta\,v_t$: the learning rate stands outside the
velocity.
{% else %}
$v_t=\gamma v_{t-1}+(1-\gamma)\,g_t$ and $\theta_t=\theta_{t-1}-\eta\,v_t$: the velocity is a running
mean of the gradients.
{% endif %}

Carry out {{ steps }} step{{ 's' if steps > 1 }}: give gradient, velocity and new point of each.
"""

    form: Literal["rate_inside", "rate_outside", "mean"] = "rate_inside"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions = rng.level(level, easy=1, medium=2, hard=2)
        form = rng.level(level, easy="rate_inside", medium=rng.choice(("rate_inside", "rate_outside")),
                         hard="mean")
        still = level != "hard"
        values, eta = cls.drawn(rng, dimensions, not still), cls.rate(rng, not still)
        # with these, forgetting the velocity and turning the gradient round are the same
        twins = [2 * (1 - 2 * values[name] * eta) for name in "ab" if name in values]
        return cls(**values, steps=2, form=form, eta=eta, gamma=rng.decimal("0.5", "0.9", 1, twins),
                   v=("0",) * dimensions if still else rng.vector(dimensions, "-4", "4", 1, ["0"]))

    def solve(self) -> Steps:
        theta, at = self.start, self.labels
        v = self.push
        for t in range(1, self.steps + 1):
            g = yield Step(f"g.{t}", f"g_{t}", self.gradient(theta), f"Gradient of step {t}", axes=at,
                           full=2)
            v_before = v
            v = yield Step(f"v.{t}", f"v_{t}", self._velocity(v, g), f"Velocity of step {t}", axes=at,
                           full=2, wrong=self._mistakes(v_before, g, t))
            theta = yield Step(f"theta.{t}", rf"\theta_{t}", self._moved(theta, v),
                               f"Point after step {t}", axes=at, full=2,
                               wrong={"added the velocity instead of subtracting it":
                                      lambda now=theta, v=v: self._moved(now, -v)})

    def _velocity(self, v: Any, g: Any, form: str = "") -> Any:
        return momentum(0, v, g, self.eta, self.gamma, form or self.form)[1]

    def _moved(self, theta: Any, v: Any) -> Any:
        return theta - v if self.form == "rate_inside" else theta - self.eta * v

    def _mistakes(self, v: Any, g: Any, t: int) -> dict[str, Any]:
        wrong = {"subtracted the gradient in the velocity": lambda: self._velocity(v, -g)}
        if t > 1 or self.form != "rate_inside":
            wrong["forgot the velocity of the step before"] = lambda: self._velocity(0 * v, g)
        if self.form == "rate_inside":
            wrong["weighted the gradient with 1 − γ"] = lambda: self._velocity(v, (1 - self.gamma) * g)
            wrong["left the learning rate out of the velocity"] = \
                lambda: self._velocity(v, g, "rate_outside")
        if self.form == "mean":
            wrong["left out the factor 1 − γ"] = lambda: self._velocity(v, g, "rate_outside")
        return wrong
