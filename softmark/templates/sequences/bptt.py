"""Backpropagation through time, with explicit and implicit terms, for one hidden unit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.backprop import activate
from softmark.solvers.sequences import explicit_slope, step_slope, total_slope
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.recurrent import unrolled
from softmark.worksheet.terms import leaf_text


class Bptt(Template):
    """The state is the output; the loss is taken at the last time step or at all of them."""

    title: ClassVar[str] = "Backpropagation through time"
    statement: ClassVar[str] = r"""
A recurrent network with one hidden unit computes
$$s_t = {% if activation == 'tanh' %}\tanh{% elif activation == 'sigmoid' %}\sigma{% endif %}
{%- if activation == 'identity' %}u\,x_t + w\,s_{t-1}{{ ' + b' if b }}
{%- else %}\left(u\,x_t + w\,s_{t-1}{{ ' + b' if b }}\right){% endif %}
{%- if activation == 'sigmoid' %},\qquad \sigma(z)=\frac{1}{1+e^{-z}}{% endif %}$$
with ${{ named('u') }}$, ${{ named('w') }}$, {% if b %}${{ named('b') }}$, {% endif %}and
${{ named('s0') }}$. It reads ${{ named('x') }}$.
{% if losses == 'last' %}
The loss is taken at the **last** time step only, $L = \tfrac12(s_t - y_t)^2$ for $t = {{ x|length }}$,
with the target ${{ named('y') }}$.
{% else %}
The loss is the sum over **all** time steps, $L = \sum_t \tfrac12(s_t - y_t)^2$, with the targets
${{ named('y') }}$.
{% endif %}

Compute the states and then $\partial L/\partial {{ parameter }}$ by backpropagation through time:
$$\frac{\partial s_t}{\partial {{ parameter }}} = \sum_{k=
{%- if truncate %}\max(1,\,t{{ '-%d'|format(truncate - 1) if truncate > 1 }}){% else %}1{% endif %}}^{t}
\left(\prod_{j=k+1}^{t}
\frac{\partial s_j}{\partial s_{j-1}}\right)\frac{\partial^+ s_k}{\partial {{ parameter }}}$$
where the explicit derivative $\partial^+ s_k/\partial {{ parameter }}$ holds $s_{k-1}$ constant.
{% if truncate %}
The sum is **truncated**: it keeps the last {{ truncate }} time steps up to $t$ only.
{% endif %}
"""

    x: Vector = given("x", about="the inputs")
    u: Number = given("u", about="weight from the input")
    w: Number = given("w", about="weight from the state before")
    b: Number = given("b", default=Decimal(0), about="bias")
    s0: Number = given("s_0", default=Decimal(0), about="the state at the start")
    y: Vector = given("y", about="the target, or one target a time step")
    activation: Literal["identity", "tanh", "sigmoid"] = "tanh"
    parameter: Literal["w", "u", "b"] = "w"
    losses: Literal["last", "all"] = "last"
    truncate: int = given(default=0, ge=0, le=6, about="terms that are kept, 0 for all")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not 2 <= len(self.x) <= 6:
            raise ValueError("backpropagation through time by hand takes 2 to 6 time steps")
        if len(self.y) != (1 if self.losses == "last" else len(self.x)):
            raise ValueError("y must be one target, or one a time step where losses is all")
        if self.activation == "identity" and self.parameter != "w":
            raise ValueError("with the identity the explicit derivatives of u and b are no computation")
        if self.truncate >= len(self.x):
            raise ValueError("truncate must be smaller than the number of time steps, or 0")
        if max(abs(v) for v in (*self.x, *self.y, self.u, self.w, self.b, self.s0)) > 10:
            raise ValueError("numbers must lie between -10 and 10")
        return self

    def axes(self) -> dict[str, Any]:
        return {"y": ([str(len(self.x))],)} if self.losses == "last" else {}

    def figure(self) -> Drawing:
        return unrolled([leaf_text(v) for v in self.x], "The network unrolled in time, with its loss",
                        weights=("u", "w", ""), loss=self.losses)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        steps = 3
        return cls(x=rng.vector(steps, "-1.5", "1.5", 1, ["0"]), u=rng.decimal("-0.9", "0.9", 1, ["0"]),
                   w=rng.decimal("-0.9", "0.9", 1, ["0", "0.1", "-0.1"]),
                   b=rng.level(level, easy=0, medium=rng.decimal("-0.5", "0.5", 1, ["0"]), hard=0),
                   s0=rng.decimal("-0.9", "0.9", 1, ["0"]),
                   y=rng.vector(3 if level == "hard" else 1, "-1", "1", 1, ["0"]),
                   activation=rng.level(level, easy="identity", medium="tanh", hard="tanh"),
                   parameter=rng.choice(("w", "u")) if level == "hard" else "w",
                   losses="all" if level == "hard" else "last",
                   truncate=2 if level == "hard" else 0, decimals=4)

    def solve(self) -> Steps:
        states = [self.s0]
        for t, x in enumerate(self.x, 1):
            net = self.u * x + self.w * states[-1]
            states.append((yield Step(
                f"s{t}", f"s_{t}", activate(self.activation, net + self.b if self.b != 0 else net),
                f"State at time {t}", wrong={"left out the state before": lambda x=x: activate(
                    self.activation, self.u * x + self.b)} if states[-1] != 0 else {})))
        explicit: list[Any] = []
        slopes: list[Any] = []
        for k in range(1, len(states)):
            explicit.append((yield from self._explicit(k, states)))
            wrong = {"left out the slope of the activation": lambda: self.w * 1.0} \
                if self.activation != "identity" else {}
            slopes.append((yield Step(
                f"d{k}", rf"\frac{{\partial s_{k}}}{{\partial s_{k - 1}}}",
                step_slope(self.activation, states[k], self.w),
                f"Derivative with respect to the state before, at time {k}",
                wrong=wrong)) if k > 1 and self.activation != "identity" else self.w)
        gradients: list[Any] = []
        for t in range(1, len(states)):
            if self.losses == "all" or t == len(states) - 1:
                gradients.append((yield from self._gradient(t, states[t], explicit[:t], slopes[:t])))
        if self.losses == "all":
            yield Step("L", self._by("L"), sum(gradients[1:], gradients[0]), "Gradient of the whole loss",
                       wrong={"took the last time step's loss only": lambda: gradients[-1]})

    def _by(self, over: str) -> str:
        return rf"\frac{{\partial {over}}}{{\partial {self.parameter}}}"

    def _explicit(self, k: int, states: list[Any]) -> Steps:
        s, before, x = states[k], states[k - 1], self.x[k - 1]
        value = explicit_slope(self.parameter, self.activation, s, before, x)
        if self.activation == "identity":
            return value
        wrong = {"left out the slope of the activation": lambda: 1.0 * explicit_slope(
            self.parameter, "identity", s, before, x)}
        return (yield Step(f"e{k}", rf"\frac{{\partial^+ s_{k}}}{{\partial {self.parameter}}}", value,
                           f"Explicit derivative at time {k}", wrong=wrong))

    def _gradient(self, t: int, s: Any, explicit: list[Any], slopes: list[Any]) -> Steps:
        """∂s_t/∂θ and ∂L_t/∂θ."""
        target = self.y[t - 1] if self.losses == "all" else self.y[0]
        total = explicit[0]
        if t > 1:
            wrong: dict[str, Callable[[], Any]] = {
                "took the explicit term only": lambda: explicit[-1],
                "added the explicit terms without the products": lambda: sum(explicit[1:], explicit[0])}
            if 0 < self.truncate < t:
                wrong["did not truncate"] = lambda: total_slope(explicit, slopes)
            total = yield Step(f"S{t}", self._by(f"s_{t}"), total_slope(explicit, slopes, self.truncate),
                               f"Derivative of the state at time {t}", wrong=wrong)
        name = "L" if self.losses == "last" else f"L_{t}"
        return (yield Step(f"L{t}", self._by(name), (s - target) * total,
                           f"Gradient of the loss at time {t}",
                           wrong={"took y − s for s − y": lambda: (target - s) * total}))
