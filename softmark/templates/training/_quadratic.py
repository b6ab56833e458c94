"""What families share that walk down a quadratic surface: its coefficients, words and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import cos, pi, sin, sqrt
from typing import Any, Self

import numpy as np
from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.quadratic import quadratic, quadratic_gradient
from softmark.templates.training._parameters import Parameters
from softmark.worksheet import Number, Rng, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.series import Series, chart
from softmark.worksheet.terms import leaf_text

ZERO = Decimal(0)


class Quadratic(Parameters):
    """J(θ) = aθ² + dθ, or J(w, u) = aw² + bu² + cwu + dw + eu with θ = (w, u)."""

    # without symbols, so that the worked solution shows the numbers of J(θ) themselves
    a: Number = given(about="coefficient of the first square", gt=0, le=100)
    b: Number = given(default=ZERO, about="coefficient of the second square", ge=0, le=100)
    c: Number = given(default=ZERO, about="coefficient of the product", ge=-100, le=100)
    d: Number = given(default=ZERO, about="coefficient of the first parameter", ge=-100, le=100)
    e: Number = given(default=ZERO, about="coefficient of the second parameter", ge=-100, le=100)
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=2)
    steps: int = given(about="number of steps", ge=1, le=5)

    @model_validator(mode="after")
    def _is_a_bowl(self) -> Self:
        if any(abs(value) > 100 for value in self.theta):
            raise ValueError("the starting point lies between -100 and 100")
        if len(self.theta) == 1 and (self.b or self.c or self.e):
            raise ValueError("with one parameter only a and d may differ from 0")
        if len(self.theta) == 2 and 4 * self.a * self.b <= self.c ** 2:
            raise ValueError("the surface must have a minimum: 4ab must be larger than c squared")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        return {"theta": (self.names or [""],)}

    @property
    def surface(self) -> Markup:
        """The function with its numbers, as LaTeX."""
        first, second = self.names or (r"\theta", "")
        parts = ((self.a, f"{first}^2"), (self.b, f"{second}^2"), (self.c, f"{first}{second}"),
                 (self.d, first), (self.e, second))
        text = ""
        for coefficient, factor in parts:
            if coefficient:
                size = "" if abs(coefficient) == 1 else leaf_text(abs(coefficient))
                sign = "-" if coefficient < 0 else "+" if text else ""
                text += f"{sign} {size}\\,{factor} " if text else f"{sign}{size}\\,{factor} "
        return Markup(f"J({', '.join(self.names) or first}) = {text.strip()}")

    @property
    def spoken(self) -> str:
        """The function with its numbers, in plain text."""
        return str(self.surface).replace("\\,", " ").replace(r"\theta", "θ")

    @property
    def start(self) -> Any:
        """The starting point in `solve`: a number, or an array of two."""
        return self.theta if len(self.theta) == 2 else self.theta[0]

    def cost(self, theta: Any) -> Any:
        return quadratic(theta, self.a, self.b, self.c, self.d, self.e)

    def gradient(self, theta: Any, two: Any = 2) -> Any:
        return quadratic_gradient(theta, self.a, self.b, self.c, self.d, self.e, two)

    @classmethod
    def drawn(cls, rng: Rng, dimensions: int, coupled: bool = False) -> dict[str, Any]:
        """Small whole coefficients, which keep rounding small, and a start where the slope is steep."""
        shun = ["0"]
        values: dict[str, Any] = {"a": rng.integer(2, 3), "d": rng.integer(1, 9) * rng.choice((-1, 1)),
                                  "decimals": 4}
        if dimensions == 2:
            values |= {"b": rng.integer(1, 3), "e": rng.integer(1, 9) * rng.choice((-1, 1))}
            values["c"] = rng.choice((-2, -1, 1, 2)) if coupled else 0
        while True:
            theta = rng.vector(dimensions, "-3", "3", 1, shun)
            slope = quadratic_gradient(theta if dimensions == 2 else theta[0], *(
                Decimal(values.get(name, 0)) for name in "abcde"))
            if all(abs(part) > 4 for part in np.ravel(slope)):
                return {**values, "theta": theta}

    @staticmethod
    def rate(rng: Rng, coupled: bool = False) -> Decimal:
        """A learning rate with which the first points come out even, and none of them on a tie."""
        return Decimal(rng.choice(("0.1", "0.2") if coupled else ("0.05", "0.1", "0.15", "0.2")))

    def figure(self) -> Drawing:
        a, b, c, d, e = (float(v) for v in (self.a, self.b, self.c, self.d, self.e))
        start = [float(v) for v in self.theta]
        if len(start) == 1:
            lowest = -d / (2 * a)
            reach = max(1.2 * abs(start[0] - lowest), 1.0)
            xs = [lowest + reach * (i / 30 - 1) for i in range(61)]
            return chart([Series(tuple((x, a * x * x + d * x) for x in xs)),
                          Series(((start[0], a * start[0] ** 2 + d * start[0]),), "start", False,
                                 True)], "θ", "J", f"The parabola {self.spoken} with the start")
        det = 4 * a * b - c * c
        middle = ((c * e - 2 * b * d) / det, (c * d - 2 * a * e) / det)
        depth = quadratic((start[0] - middle[0], start[1] - middle[1]), a, b, c)
        rings = [Series(_ring(middle, a, b, c, depth * share), colour="accent")
                 for share in (0.1, 0.4, 1.0, 1.8)]
        return chart([*rings, Series((middle,), "minimum", False, True, "ink"),
                      Series(((start[0], start[1]),), "start", False, True, "warm")], "w", "u",
                     f"Lines of equal height of {self.spoken}, its minimum, and the start")


class Rolling(Quadratic):
    """A walk that remembers its velocity, scaled by γ from step to step."""

    v: Vector = given("v_0", about="velocity at the start, like theta", min_length=1, max_length=2)
    gamma: Number = given(r"\gamma", about="momentum", gt=0, lt=1)

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        return {**super().axes(), "v": (self.names or [""],)}

    @model_validator(mode="after")
    def _velocity_fits(self) -> Self:
        if len(self.v) != len(self.theta) or any(abs(value) > 100 for value in self.v):
            raise ValueError("the velocity has as many numbers as theta, from -100 to 100")
        return self

    @property
    def push(self) -> Any:
        """The velocity at the start in `solve`: a number, or an array of two."""
        return self.v if self.labels else self.v[0]


def _ring(middle: tuple[float, float], a: float, b: float, c: float,
          height: float) -> tuple[tuple[float, float], ...]:
    """The ellipse a w² + b u² + c w u = height around the middle (Cholesky)."""
    root = sqrt(a)
    rest = sqrt(b - c * c / (4 * a))
    points = []
    for i in range(49):
        p, q = sqrt(height) * cos(2 * pi * i / 48), sqrt(height) * sin(2 * pi * i / 48)
        u = q / rest
        points.append((middle[0] + (p - c * u / (2 * root)) / root, middle[1] + u))
    return tuple(points)
