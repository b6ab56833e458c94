"""Equalise the histogram of a small image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.histogram import cumulative, moved, rounded_level, stretched
from softmark.worksheet import IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.bars import bars
from softmark.worksheet.step import whole
from softmark.worksheet.terms import number_of


class HistogramEqualisation(Template):
    """Grey levels 0 … L − 1; the mapping is the scaled cumulative histogram."""

    title: ClassVar[str] = "Histogram equalisation"
    # the draws keep away from halves where levels are rounded
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
An image of $N={{ p.pixels }}$ pixels has $L={{ counts|length }}$ grey levels, from 0 (black) to
{{ counts|length - 1 }} (white). Its histogram $h_k$, the number of pixels of level $k$, is
$${{ named('counts') }}.$$

The histogram is to be equalised. With the cumulative count $c_k=h_0+\dots+h_k$, level $k$ goes to
{% if lowest == 'zero' %}
$t_k=(L-1)\,(c_k-c_{\min})/(N-c_{\min})$, where $c_{\min}$ is the smallest cumulative count above 0,
{% else %}
$t_k=(L-1)\,c_k/N$,
{% endif %}
{% if rounding == 'nearest' %}
rounded to the nearest whole number (a half goes up).
{% else %}
rounded **down**.
{% endif %}

Give the cumulative counts, the values $t_k$ before rounding, the new level $T_k$ of each old one, and
the histogram $h'$ of the equalised image.
"""

    counts: IntVector = given("h", about="pixels of each grey level", min_length=3, max_length=12)
    rounding: Literal["nearest", "floor"] = "nearest"
    lowest: Literal["as it comes", "zero"] = given(
        default="as it comes", about="where the darkest level in use goes")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if min(self.counts) < 0 or max(self.counts) > 1_000_000:
            raise ValueError("counts go from 0 to 1000000")
        if sum(count > 0 for count in self.counts) < 2:
            raise ValueError("at least two levels must occur")
        if self.lowest == "zero" and self.counts[0] == 0:
            raise ValueError("with the darkest level at 0, level 0 must occur")
        return self

    @property
    def pixels(self) -> int:
        return whole(sum(self.counts))

    def axes(self) -> dict[str, Sequence[Sequence[str]]]:
        return {"counts": ([str(k) for k in range(len(self.counts))],)}

    def figure(self) -> Drawing:
        return bars(self.counts, [str(k) for k in range(len(self.counts))], "Histogram", "grey level k")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        levels, sizes, lowest, rounding = rng.level(
            level, easy=(4, range(24, 61), "as it comes", "nearest"),
            medium=(8, range(48, 121), "as it comes", "floor"),
            hard=(8, range(48, 121), "zero", "nearest"))
        while True:
            pixels = rng.choice(sizes)
            # dark images: most pixels in the lower half
            weights = [rng.integer(3, 12) / (1 + k * rng.choice((1, 2)) / 2) for k in range(levels)]
            counts = [max(1, round(w / sum(weights) * pixels)) for w in weights]
            counts[rng.integer(1, 2)] += pixels - sum(counts)
            if min(counts) < 1 or len(set(counts)) < levels // 2:
                continue
            problem = cls(counts=tuple(counts), lowest=lowest, rounding=rounding, decimals=2)
            cdf = cumulative(np.array(counts))
            t = stretched(cdf, pixels, levels - 1, counts[0] if lowest == "zero" else 0)
            new = [rounded_level(v, rounding) for v in t]
            edge = 0.5 if rounding == "nearest" else 0.0
            inner = t[1 if lowest == "zero" else 0:-1]
            far = min(min((v - edge) % 1, (edge - v) % 1) for v in inner)
            # levels meet, levels stay empty, no value lies where rounding is doubtful, and none is
            # an eighth, halfway between two decimals
            eighths = (pixels - (counts[0] if lowest == "zero" else 0)) % 8 == 0
            if not eighths and far > 0.03 and len(set(new)) < levels and any(v % 1 > 0.5 for v in inner):
                return problem

    def solve(self) -> Steps:
        h, size = self.counts, len(self.counts)
        names = [[str(k) for k in range(size)]]
        c = yield Step("c", "c", cumulative(h), "Cumulative counts", axes=names, full=3,
                       wrong={"took the counts themselves": lambda: h + 0})
        top, pixels = self.written(size, symbol="L") - 1, self.written(self.pixels, symbol="N")
        lowest = c[0] if self.lowest == "zero" else 0
        t = yield Step("t", "t", stretched(c, pixels, top, lowest), "Scaled values",
                       axes=names, full=3, wrong=self._scalings(c, pixels, top, lowest))
        new = np.array([rounded_level(number_of(v), self.rounding) for v in t])
        levels = yield Step("T", "T", new, "New levels", axes=names, note=(
            "Each value is rounded to the nearest whole number." if self.rounding == "nearest"
            else "Each value is rounded down."), wrong=self._roundings(t, new))
        yield Step("h", "h'", self._moved(levels), "Histogram of the equalised image", axes=names, full=3,
                   note="Pixels of all old levels that go to one new level are counted together.",
                   wrong={"counted only the last of the levels that meet":
                          lambda: self._moved(levels, add=False)}
                   if len({number_of(v) for v in levels}) < size else {})

    def _scalings(self, c: Any, pixels: Any, top: Any, lowest: Any) -> dict[str, Any]:
        wrong = {"took L for L − 1": lambda: stretched(c, pixels, top + 1, lowest),
                 "left out the factor L − 1": lambda: stretched(c, pixels, 1, lowest)}
        if lowest != 0:
            wrong["left the smallest count in"] = lambda: stretched(c, pixels, top)
        return wrong

    def _roundings(self, t: Any, new: Any) -> dict[str, Any]:
        other, name = {"nearest": ("floor", "rounded down"),
                       "floor": ("nearest", "rounded to the nearest")}[self.rounding]
        found = np.array([rounded_level(number_of(v), other) for v in t])
        return {name: lambda: found} if (found != new).any() else {}

    def _moved(self, levels: Any, add: bool = True) -> Any:
        size = len(self.counts)
        places = [min(max(int(number_of(level)), 0), size - 1) for level in levels]
        if not add:
            last = dict(zip(places, self.counts, strict=True))
            return np.array([last.get(k, 0) for k in range(size)])
        return np.array(moved(self.counts, places, size))
