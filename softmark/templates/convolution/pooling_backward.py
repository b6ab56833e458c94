"""Gradients through a pooling layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import scatter
from softmark.solvers.functions import argmax
from softmark.solvers.pooling import pool, pool_gradient, pool_output_size, pool_windows
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class PoolingBackward(Template):
    """Full windows only; a maximum that occurs twice in a window takes its gradient once."""

    title: ClassVar[str] = "Backpropagation through pooling"
    exact: ClassVar[bool] = True
    # the draws have different values; a given with equal ones is settled by the rule in the statement
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The map $x$ was pooled with ${{ window }}\times{{ window }}$ windows and stride {{ stride }}, without
padding. The backward pass brings the gradient of the loss with respect to the pooled map,
$g=\partial L/\partial y$.
{% if 'max' in kinds %}
A **max** pooling hands each gradient to the element that was the maximum of its window
{%- if p.tied %} (of equal ones to the first, row by row){% endif %}; the others get 0.
{% endif %}
{% if 'average' in kinds %}
An **average** pooling gives all elements of a window equal shares of its gradient.
{% endif %}
{% if stride < window %}
The windows overlap: what an element gets from several windows is added.
{% endif %}

Give
{%- if 'max' in kinds %} the output $y^{\text{max}}$ of the max pooling, and{% endif %}
{%- for kind in kinds %} the gradient $\mathrm{d}x^{\text{ {{- kind -}} }}=\partial L/\partial x$ if $g$
arrives at the output of the {{ kind }} pooling{{ ', and' if not loop.last }}{% endfor %}.
"""

    image: Matrix = given("x", about="the map that was pooled")
    upstream: Matrix = given("g", about="gradient of the loss at the pooled map")
    window: int = given(default=2, ge=2, le=4, about="side of the window")
    stride: int = given(default=2, ge=1, le=4, about="stride")
    kinds: tuple[Literal["max", "average"], ...] = given(
        default=("max",), min_length=1, max_length=2, about="which poolings are asked")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size = np.shape(self.image)
        if max(size) > 8:
            raise ValueError("a map is 8×8 at most, to be worked by hand")
        if self.window > min(size) or self.stride > self.window:
            raise ValueError("the window must fit into the map, and the stride is at most the window")
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError("kinds must differ")
        wanted = tuple(int(pool_output_size(n, self.window, self.stride)) for n in size)
        if np.shape(self.upstream) != wanted:
            raise ValueError(f"upstream must have the pooled map's size, {wanted[0]}×{wanted[1]}")
        return self

    @property
    def tied(self) -> bool:
        return any((patch == patch.max()).sum() > 1
                   for row in pool_windows(np.array(self.image), self.window, self.stride)
                   for patch in row)

    def figure(self) -> Drawing:
        return grids((("map x", self.image), ("gradient g", self.upstream)),
                     "The map and the gradient of the pooled map", (self.window, self.window))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, window, stride, kinds = rng.level(
            level, easy=(4, 2, 2, ("max",)), medium=(4, 2, 2, ("max", "average")),
            hard=(4, 2, 1, ("max",)))
        side = int(pool_output_size(size, window, stride))
        slopes = (-8, -6, -5, -4, -3, -2, 2, 3, 4, 5, 6, 8)
        while True:
            values = rng.sample(range(-9, 30), size * size)
            problem = cls(image=tuple(tuple(values[i * size:(i + 1) * size]) for i in range(size)),
                          upstream=tuple(tuple(rng.sample(slopes, side)) for _ in range(side)),
                          window=window, stride=stride, kinds=kinds, decimals=2)
            # overlapping windows must share a maximum, or nothing would have to be added
            winners = (problem.winners() > 1).sum()
            if winners == rng.level(level, easy=0, medium=0, hard=2):
                return problem

    def winners(self) -> Any:
        """How many windows have each element as their maximum."""
        ones = np.ones(np.shape(self.upstream))
        return pool_gradient(np.array(self.image), ones, self.window, self.stride)

    def solve(self) -> Steps:
        x, g, k, s = self.image, self.upstream, self.window, self.stride
        for kind in self.kinds:
            if kind == "max":  # the gradient of an average does not depend on the map
                yield Step("y.max", r"y^{\text{max}}", pool(x, k, s), "Output of the max pooling",
                           wrong={"took the average of each window": lambda: pool(x, k, s, "average")})
            dx = pool_gradient(x, g, k, s, kind)
            if kind == "max":
                wrong = {"spread the gradient over the window":
                         lambda: pool_gradient(x, g, k, s, "average")}
                if s == k:
                    wrong["gave the gradient to the first element of each window"] = self._first_takes
                else:
                    wrong["kept the last window's gradient instead of adding"] = self._last_takes
            else:
                wrong = {"gave every element the whole gradient":
                         lambda: pool_gradient(x, g * k * k, k, s, "average"),
                         "gave the gradient to the largest element": lambda: pool_gradient(x, g, k, s)}
            yield Step(f"dx.{kind}", rf"\mathrm{{d}}x^{{\text{{{kind}}}}}", dx,
                       f"Gradient through the {kind} pooling", weight=2,
                       note=self._note() if kind == "max" else "",
                       wrong={name: made for name, made in wrong.items() if (made() != dx).any()})

    def _note(self) -> str:
        found: dict[str, list[str]] = {}
        for i, row in enumerate(pool_windows(self.image, self.window, self.stride)):
            for j, patch in enumerate(row):
                a, b = divmod(argmax(patch.ravel()), self.window)
                place = f"{i * self.stride + a + 1}{j * self.stride + b + 1}"
                found.setdefault(place, []).append(f"g_{{{i + 1}{j + 1}}}")
        places = ", ".join(f"$x_{{{place}}}$" for place in found)
        met = "".join(f"; $x_{{{place}}}$ gets ${'+'.join(gradients)}$"
                      for place, gradients in found.items() if len(gradients) > 1)
        return f"The maxima of the windows are {places}{met}."

    def _patches(self, hand: Any) -> Any:
        return [[hand(g) for g in row] for row in self.upstream]

    def _first_takes(self) -> Any:
        k = self.window
        first = np.array([[int(a == b == 0) for b in range(k)] for a in range(k)])
        return scatter(self._patches(lambda g: first * g), self.image.shape, self.stride)

    def _last_takes(self) -> Any:
        out = pool_gradient(self.image, 0 * self.upstream, self.window, self.stride)
        for i, row in enumerate(self.upstream):
            for j, g in enumerate(row):
                one = 0 * self.upstream
                one[i, j] = g
                back = pool_gradient(self.image, one, self.window, self.stride)
                out = np.where(back != 0, back, out)
        return out
