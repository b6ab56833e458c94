"""Weights of a Gaussian kernel, and what blurring again does."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.filters import (
    distances,
    gaussian_density,
    gaussian_falloff,
    kernel_sum,
    repeated_sigma,
)
from softmark.solvers.functions import sqrt
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class GaussianFilter(Template):
    """The different weights of a 3×3 or 5×5 kernel, as densities or scaled to the sum 1."""

    title: ClassVar[str] = "Gaussian blur"
    # nothing branches here
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A Gaussian filter of width ${{ named('sigma') }}$ pixels has a
${{ side }}\times{{ side }}$ kernel. A pixel at distance $r$ from the centre, so that
$r^2=x^2+y^2$, has the weight
{% if normalise %}
$e^{-r^2/(2\sigma^2)}$, divided by the sum $S$ of these values over all {{ side * side }} pixels, so
that the weights add up to 1.
{% else %}
$G=\dfrac{1}{2\pi\sigma^2}\,e^{-r^2/(2\sigma^2)}$ (not scaled to the sum 1; take $\pi={{ pi|number }}$).
{% endif %}
The picture shows $r^2$ at every pixel.

Give for $r^2={{ p.squares|join(', ') }}$ the value $e_{r^2}=e^{-r^2/(2\sigma^2)}$
{%- if normalise %}, the sum $S$ over the whole kernel,{% endif %} and the weight $g_{r^2}$.

An image is blurred with this filter and then with
{% if widths|length == 1 %}another Gaussian filter of width
{%- else %}Gaussian filters of widths{% endif %} ${{ named('widths') }}$. Which width $\sigma_{\text{t}}$
has the one Gaussian filter that does the same at once (kernels taken as large as needed)?
"""

    sigma: Number = given(r"\sigma", about="width of the filter in pixels", ge=Decimal("0.3"), le=10)
    side: int = given(default=3, ge=3, le=5, about="side of the kernel, 3 or 5")
    normalise: bool = True
    widths: Vector = given(r"\sigma", about="widths of the blurs that follow", max_length=3)
    pi: Number = given(r"\pi", default=Decimal("3.1416"), ge=3, le=4, about="π, as the hand takes it")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.side % 2 == 0:
            raise ValueError("the kernel has a centre: its side is 3 or 5")
        if min(self.widths) <= 0 or max(self.widths) > 20:
            raise ValueError("widths lie above 0 and are 20 at most")
        return self

    @property
    def squares(self) -> tuple[int, ...]:
        return distances(self.side)[0]

    def axes(self) -> dict[str, Sequence[Sequence[str]]]:
        return {"widths": ([str(i + 2) for i in range(len(self.widths))],)}

    def figure(self) -> Drawing:
        reach = range(-(self.side // 2), self.side // 2 + 1)
        return grids((("squared distances", tuple(tuple(i * i + j * j for j in reach) for i in reach)),),
                     "Squared distance of each pixel from the centre")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        side, normalise, count = rng.level(level, easy=(3, False, 1), medium=(3, True, 1),
                                           hard=(5, True, 2))
        sigma = rng.decimal("0.7", "1.9", 2) if level != "hard" else rng.decimal("1.1", "2.4", 2, ["2"])
        return cls(sigma=sigma, side=side, normalise=normalise, decimals=4,
                   widths=tuple(rng.decimal("0.5", "4", 1, [sigma]) for _ in range(count)))

    def solve(self) -> Steps:
        squares, many = distances(self.side)
        names = [tuple(map(str, squares))]
        r2 = np.array([self.written(square) for square in squares])
        e = yield Step("e", "e", gaussian_falloff(r2, self.sigma), "Exponentials", axes=names,
                       full=3, wrong={
                           "left the 2 out of the exponent": lambda: gaussian_falloff(2 * r2, self.sigma),
                           "did not square the width": lambda: gaussian_falloff(
                               r2, sqrt(self.sigma))})
        if self.normalise:
            counts = np.array([self.written(n) for n in many])
            # up to 24 rounded values add up: one decimal less can be stated
            s = yield Step("S", "S", kernel_sum(e, counts), "Sum over the kernel",
                           decimals=max(self.decimals - 1, 0),
                           wrong={"counted every distance once": lambda: e.sum()})
            yield Step("g", "g", e / s, "Weights", axes=names,
                       wrong={"divided by the number of pixels": lambda: e / self.side ** 2})
        else:
            yield Step("g", "g", gaussian_density(e, self.sigma, self.pi), "Weights", axes=names, wrong={
                "took the factor of one dimension": lambda: e / (sqrt(2 * self.pi) * self.sigma)})
        widths = [self.sigma, *self.widths]
        yield Step("total", r"\sigma_{\text{t}}", repeated_sigma(widths), "Width of all blurs together",
                   wrong={"added the widths": lambda: sum(widths),
                          "left out the root": lambda: repeated_sigma(widths) ** 2})
