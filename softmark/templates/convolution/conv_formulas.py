"""One pixel under the three formulas that are called convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import convolve, cross_correlate
from softmark.worksheet import IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids

TITLES = {"before": "With the neighbours before", "after": "With the neighbours after",
          "centred": "With the neighbours around"}


class ConvFormulas(Template):
    """Indices count from 0; the whole window lies inside the image."""

    title: ClassVar[str] = "Which formula is meant by convolution"
    exact: ClassVar[bool] = True
    # nothing branches here: the comparisons only look which mistakes change the value
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Textbooks call different formulas the convolution of an image $x$ with a kernel $k$ at the pixel
$(i, j)$. Rows and columns of both are counted **from 0**, and the kernel has {{ kernel|length }} rows
and columns.
{% for name in formulas %}
{% if name == 'before' %}
{{ '- ' }}It looks at the neighbours **before** the pixel:
$s^{\text{before}}_{ij}=\sum_{a,b\ge 0} x_{i-a,\,j-b}\,k_{ab}$.
{% elif name == 'after' %}
{{ '- ' }}It looks at the neighbours **after** the pixel:
$s^{\text{after}}_{ij}=\sum_{a,b\ge 0} x_{i+a,\,j+b}\,k_{ab}$.
{% else %}
{{ '- ' }}It looks at the neighbours **around** the pixel:
$s^{\text{centred}}_{ij}=\sum_{a,b=-m}^{m} x_{i-a,\,j-b}\,k_{m+a,\,m+b}$ with
$m={{ kernel|length // 2 }}$.
{% endif %}
{% endfor %}

Give the value of each at the pixel $(i,j)=({{ row }},{{ column }})$.
"""

    image: IntMatrix = given("x", about="the image")
    kernel: IntMatrix = given("k", about="the kernel, square")
    row: int = given(ge=0, le=8, about="row of the pixel, from 0")
    column: int = given(ge=0, le=8, about="column of the pixel, from 0")
    formulas: tuple[Literal["before", "after", "centred"], ...] = given(
        default=("before", "after"), min_length=1, max_length=3, about="which formulas are asked")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        side = len(self.kernel)
        if len(self.kernel[0]) != side or not 2 <= side <= 3 or max(np.shape(self.image)) > 7:
            raise ValueError("the kernel is 2×2 or 3×3 and the image 7×7 at most")
        if max(abs(v) for line in (*self.image, *self.kernel) for v in line) > 999:
            raise ValueError("image and kernel hold numbers from -999 to 999, to be worked by hand")
        if len(set(self.formulas)) < len(self.formulas):
            raise ValueError("formulas must differ")
        if "centred" in self.formulas and side % 2 == 0:
            raise ValueError("only an odd kernel has a centre")
        for name in self.formulas:
            top, left = self._corner(name)
            if min(top, left) < 0 or top + side > len(self.image) or left + side > len(self.image[0]):
                raise ValueError(f"the neighbours {name} the pixel must lie inside the image"
                                 .replace("centred", "around"))
        return self

    def axes(self) -> dict[str, Sequence[Sequence[str]]]:
        return {name: tuple([str(i) for i in range(n)] for n in np.shape(getattr(self, name)))
                for name in ("image", "kernel")}

    def _corner(self, name: str) -> tuple[int, int]:
        """Upper left corner of the window."""
        side = len(self.kernel)
        back = {"before": side - 1, "after": 0, "centred": side // 2}[name]
        return self.row - back, self.column - back

    def figure(self) -> Drawing:
        return grids((("image x", self.image), ("kernel k", self.kernel)), "Image and kernel")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, side, formulas = rng.level(level, easy=(4, 2, ("before", "after")),
                                         medium=(4, 3, ("after", "centred")),
                                         hard=(5, 3, ("before", "after", "centred")))
        place = [rng.integer(1, 2) if level == "easy" else 1 if level == "medium" else 2
                 for _ in range(2)]
        while True:
            drawn = cls(image=tuple(rng.integers(size, 0, 9) for _ in range(size)),
                        kernel=tuple(tuple(rng.choice((-3, -2, -1, 1, 2, 3)) for _ in range(side))
                                     for _ in range(side)),
                        row=place[0], column=place[1], formulas=formulas)
            found = [make(drawn.window(name), np.array(drawn.kernel))[0, 0]
                     for name in TITLES if name in formulas for make in (convolve, cross_correlate)]
            if len(set(found)) == len(found):  # so that every mix-up can be told
                return drawn

    def window(self, name: str) -> Any:
        """The pixels that a formula looks at."""
        top, left = self._corner(name)
        side = len(self.kernel)
        return np.array(self.image)[top:top + side, left:left + side]

    def solve(self) -> Steps:
        k = self.kernel
        for name in self.formulas:
            turned = name != "after"
            right, other = (convolve, cross_correlate) if turned else (cross_correlate, convolve)
            value = right(self.window(name), k)[0, 0]
            mistake = "did not turn the kernel" if turned else "turned the kernel"
            wrong: dict[str, Any] = {
                mistake: lambda name=name, other=other: other(self.window(name), k)[0, 0]}
            if turned and "after" in self.formulas:
                wrong["took the formula with plus signs"] = lambda: cross_correlate(
                    self.window("after"), k)[0, 0]
            yield Step(name, rf"s^{{\text{{{name}}}}}", value, TITLES[name], wrong={
                slip: made for slip, made in wrong.items() if made() != value})
