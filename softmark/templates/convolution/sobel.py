"""Sobel's gradient of a 3×3 patch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.filters import direction, magnitude, sobel
from softmark.worksheet import (
    Integer,
    IntMatrix,
    NotAssessable,
    Number,
    Rng,
    Step,
    Steps,
    Template,
    given,
)
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids
from softmark.worksheet.notation import number_text
from softmark.worksheet.terms import number_of


class Sobel(Template):
    """Both kernels are laid on unflipped; y points up unless the field says otherwise."""

    title: ClassVar[str] = "Sobel's edge filter"
    # only the threshold compares, and draws stay well away from it
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
At the middle pixel of the patch $x$ an edge is sought with Sobel's filters. They are laid on the
patch as they stand (no flipping), the products are added
{%- if scale > 1 %} and the sum is divided by ${{ named('scale') }}${% endif %}:

$$K_x=
\begin{bmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{bmatrix},\qquad
K_y=
{% if y_axis == 'up' %}\begin{bmatrix} 1 & 2 & 1 \\ 0 & 0 & 0 \\ -1 & -2 & -1 \end{bmatrix}
{%- else %}\begin{bmatrix} -1 & -2 & -1 \\ 0 & 0 & 0 \\ 1 & 2 & 1 \end{bmatrix}{% endif %}$$

so that $s_x$ measures how the grey levels rise to the right, and $s_y$ how they rise
**{{ 'upwards' if y_axis == 'up' else 'downwards' }}**.

Give the two responses $s_x$ and $s_y$, the magnitude $m=\sqrt{s_x^2+s_y^2}$ of the gradient, and its
direction $\theta$ with $\tan\theta=s_y/s_x$, in **degrees** from $-180°$ to $180°$, in the quadrant in
which $(s_x, s_y)$ lies.
{% if threshold > 0 %}
An edge is reported where the magnitude is greater than ${{ threshold|number }}$. Is one reported?
{% endif %}
"""

    patch: IntMatrix = given("x", about="the patch, 3×3")
    scale: Integer = given("n", default=1, ge=1, le=64, about="what the sums are divided by")
    y_axis: Literal["up", "down"] = "up"
    threshold: Number = given(r"\tau", default=Decimal(0), ge=0, le=100_000,
                              about="magnitude of an edge, 0: none")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if np.shape(self.patch) != (3, 3):
            raise ValueError("the patch must be 3×3")
        if max(abs(v) for row in self.patch for v in row) > 9999:
            raise ValueError("the patch holds numbers from -9999 to 9999, to be worked by hand")
        x, y = sobel(np.array(self.patch))
        if x == 0 and y == 0:
            raise ValueError("a gradient of 0 has no direction: take a patch that changes")
        return self

    def figure(self) -> Drawing:
        return grids((("patch x", self.patch),), "The patch")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        while True:
            patch = tuple(rng.integers(3, 0, rng.level(level, easy=9, medium=60, hard=200))
                          for _ in range(3))
            x, y = (float(v) for v in sobel(np.array(patch)))
            scale = rng.level(level, easy=1, medium=1, hard=8)
            length, least = magnitude(x, y) / scale, min(abs(x), abs(y))
            # away from the axes and the diagonals, so that every mix-up shows
            if least == 0 or least * 5 < max(abs(x), abs(y)) or abs(abs(x) - abs(y)) * 8 < least:
                continue
            if level == "easy" and (x < 0 or y < 0):
                continue
            if level == "medium" and x > 0 and y > 0:
                continue
            threshold = 0
            if level == "hard":
                threshold = round(length + rng.choice((-1, 1)) * rng.integer(3, 8))
            if level != "hard" or 0 < threshold < length * 1.6:
                return cls(patch=patch, scale=scale, threshold=threshold, decimals=2 if scale == 1 else 3,
                           y_axis="up" if level == "easy" else rng.choice(("up", "down")))

    def solve(self) -> Steps:
        up = self.y_axis == "up"
        right, above = sobel(self.patch, self.scale, up)
        x = yield Step("sx", "s_x", right, "Response to the right", wrong=self._unscaled(0))
        y = yield Step("sy", "s_y", above, f"Response {'upwards' if up else 'downwards'}", wrong={
            "let y point the other way": lambda: sobel(self.patch, self.scale, not up)[1],
            **self._unscaled(1)})
        m = yield Step("m", "m", magnitude(x, y), "Magnitude", wrong={
            "added the responses instead of their squares": lambda: abs(x) + abs(y),
            "left out the root": lambda: x ** 2 + y ** 2})
        yield Step("theta", r"\theta", self._angle(x, y), "Direction in degrees",
                   note=self._quadrant(x, y), wrong=self._turned(x, y))
        if self.threshold > 0:
            yes, no = "edge", "no edge"
            yield Step("edge", r"\text{edge?}", yes if m > self.threshold else no,
                       "Is an edge reported?", options=(yes, no), weight=0.5,
                       note=f"The magnitude is {'above' if m > self.threshold else 'not above'} "
                            "the threshold.")

    def _turned(self, x: Any, y: Any) -> dict[str, Any]:
        wrong = {"swapped the arguments of the arctangent": lambda: self._angle(y, x),
                 "gave radians": lambda: self._angle(x, y) * np.pi / 180}
        if x < 0:
            wrong["stayed in the arctangent's own quadrants"] = lambda: self._angle(-x, -y)
        return wrong

    def _unscaled(self, place: int) -> dict[str, Any]:
        if self.scale == 1:
            return {}
        return {"left out the divisor": lambda: sobel(self.patch, 1, self.y_axis == "up")[place]}

    @staticmethod
    def _angle(x: Any, y: Any) -> Any:
        if x == 0 and y == 0:
            raise NotAssessable("a gradient of 0 has no direction")
        # an angle comes with a sentence, not with a formula
        return number_of(direction(x, y))

    def _quadrant(self, x: Any, y: Any) -> str:
        if x == 0 or y == 0:
            return "The gradient points along an axis."
        turn = "" if x > 0 else "+180°" if y > 0 else "-180°"
        # the arctangent alone has the direction of the opposite arrow
        half = f"={number_text(number_of(direction(-x, -y)), self.decimals)}°{turn}" if turn else ""
        return (rf"As $s_x{'>' if x > 0 else '<'}0$ and $s_y{'>' if y > 0 else '<'}0$, it is "
                rf"$\arctan(s_y/s_x){turn}{half}$.")
