"""Making a map larger: nearest neighbour, bed of nails, bilinear interpolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.upsampling import bed_of_nails, bilinear, nearest, source
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids

WORDS = {"nearest": "Nearest neighbour", "nails": "Bed of nails", "bilinear": "Bilinear"}
CORNERS = {"upper left": (0, 0), "lower right": (-1, -1)}


def _listed(places: Sequence[Fraction]) -> str:
    return r",\;".join(str(u) if u.denominator == 1 else rf"\tfrac{{{u.numerator}}}{{{u.denominator}}}"
                       for u in places)


class Upsampling(Template):
    """Bilinear weights are exact; values are not cut to whole numbers."""

    title: ClassVar[str] = "Up-sampling"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Enlarge the map $x$ by the factor {{ factor }} along both axes
{%- if kinds|length > 1 %}, in {{ kinds|length }} ways{% endif %}.
{% for kind in kinds %}
{% if kind == 'nearest' %}

- **Nearest neighbour**: each value fills its block of ${{ factor }}\times{{ factor }}$.
{% elif kind == 'nails' %}

- **Bed of nails**: each value stands in the **{{ corner }}** corner of its
block of ${{ factor }}\times{{ factor }}$, with zeros around it.
{% else %}

- **Bilinear** interpolation: with $i$ counted from 0, output row $i$ lies at the place
{% if alignment == 'half_pixel' %}
$u=(i+\tfrac12)/{{ factor }}-\tfrac12$ of the input (half-pixel centres; places outside are moved to the
border)
{% else %}
$u=i\,(n-1)/({{ factor }}n-1)$ of the input with $n$ rows (corners aligned)
{% endif %}
and columns likewise. Where $u$ lies between rows $r$ and $r+1$, they weigh $r+1-u$ and $u-r$. Values
are **not** cut to whole numbers.
{% endif %}
{% endfor %}


{% if kinds|length > 1 %}Give each enlarged map.{% else %}Give the enlarged map $y$.{% endif %}

"""

    image: Matrix = given("x", about="the map")
    factor: int = given(default=2, ge=2, le=4, about="how many times larger along each axis")
    kinds: tuple[Literal["nearest", "nails", "bilinear"], ...] = given(
        default=("nearest",), min_length=1, max_length=3, about="which ways are asked")
    corner: Literal["upper left", "lower right"] = "upper left"
    alignment: Literal["half_pixel", "corners"] = "half_pixel"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(len(self.image), len(self.image[0])) * self.factor > 9:
            raise ValueError("the enlarged map is 9×9 at most, to be worked by hand")
        if max(abs(v) for row in self.image for v in row) > 999:
            raise ValueError("the map holds numbers from -999 to 999")
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError("kinds must differ")
        return self

    def figure(self) -> Drawing:
        return grids((("map x", self.image),), "The map to enlarge")

    def flips(self) -> dict[str, dict[str, Any]]:
        turned: dict[str, dict[str, Any]] = {}
        if "bilinear" in self.kinds:
            other = "corners" if self.alignment == "half_pixel" else "half_pixel"
            words = {"corners": "aligned the corners", "half_pixel": "took half-pixel centres"}
            turned[words[other]] = {"alignment": other}
        if "nails" in self.kinds:
            other = "lower right" if self.corner == "upper left" else "upper left"
            turned["put the nails into another corner"] = {"corner": other}
        return turned

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        # so that the interpolated values come out even, or to two decimals
        step = rng.level(level, easy=1, medium=4, hard=3)
        image = tuple(tuple(step * v for v in rng.sample(range(1, 25), 2)) for _ in range(2))
        return cls(image=image, kinds=("nearest", "nails") if level == "easy" else ("bilinear",),
                   corner=rng.choice(list(CORNERS)), decimals=2,
                   alignment="corners" if level == "hard" else "half_pixel")

    def enlarged(self, kind: str) -> Any:
        """The map enlarged in one of the ways."""
        if kind == "nearest":
            return nearest(self.image, self.factor)
        if kind == "nails":
            row, column = (c % self.factor for c in CORNERS[self.corner])
            return bed_of_nails(self.image, self.factor, (row, column))
        return bilinear(self.image, self.factor, self.alignment)

    def solve(self) -> Steps:
        notes = {"nearest": "Each value fills its block.", "bilinear": self._places(),
                 "nails": f"Each value stands in the {self.corner} corner of its block."}
        for kind in self.kinds:
            symbol = rf"y^{{\text{{{kind}}}}}" if len(self.kinds) > 1 else "y"
            yield Step(kind, symbol, self.enlarged(kind), WORDS[kind],
                       full=6 if kind == "bilinear" else 1, wrong=self._mistakes(kind), note=notes[kind])

    def _places(self) -> str:
        """Where the rows and columns of the enlarged map lie in the input, for bilinear weights."""
        rows, columns = ([source(i, size, self.factor, self.alignment) for i in range(size * self.factor)]
                         for size in self.image.shape)
        if rows == columns:
            return f"Rows and columns lie at $u={_listed(rows)}$."
        return f"Rows lie at $u={_listed(rows)}$, columns at $u={_listed(columns)}$."

    def _mistakes(self, kind: str) -> dict[str, Callable[[], Any]]:
        if kind == "nearest":
            return {"laid copies of the whole map side by side":
                    lambda: np.tile(self.image, (self.factor, self.factor))}
        if kind == "nails":
            return {}
        y = self.enlarged(kind)
        wrong: dict[str, Callable[[], Any]] = {
            "repeated the nearest value": lambda: nearest(self.image, self.factor)}
        if any(v % 1 != 0 for v in y.ravel()):
            wrong["cut the values to whole numbers"] = lambda: y // 1
        return wrong
