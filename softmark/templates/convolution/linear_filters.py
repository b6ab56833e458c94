"""Well-known 3×3 filters on a small image."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.filters import KERNELS, linear_filter
from softmark.solvers.functions import absolute
from softmark.worksheet import Integer, IntMatrix, Matrix, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids
from softmark.worksheet.step import whole

EFFECTS = {"identity": "leaves it as it is", "right neighbour": "shifts it to the left",
           "left neighbour": "shifts it to the right", "mean": "blurs it",
           "weighted mean": "blurs it", "sharpen by the mean": "sharpens it", "sharpen": "sharpens it",
           "edges, 4 neighbours": "keeps only its edges", "edges, 8 neighbours": "keeps only its edges",
           "edges, centre subtracted": "keeps only its edges", "diagonal edges": "keeps only its edges"}
OPTIONS = tuple(dict.fromkeys(EFFECTS.values()))
TURNED = {"shifts it to the left": "shifts it to the right",
          "shifts it to the right": "shifts it to the left"}
REASONS = {
    "leaves it as it is": "Each pixel is taken with weight 1, its neighbours with weight 0.",
    "shifts it to the left": "Each pixel takes the value of its right neighbour.",
    "shifts it to the right": "Each pixel takes the value of its left neighbour.",
    "blurs it": "All weights are positive and add up to 1: each pixel becomes a mean.",
    "sharpens it": "The weights add up to 1, and what differs from the neighbours is made larger.",
    "keeps only its edges": "The weights add up to 0: where nothing changes the response is 0."}
WEIGHTED = ("mean", "weighted mean", "sharpen by the mean")


class LinearFilters(Template):
    """A kernel of whole numbers over a common divisor; correlation or convolution."""

    title: ClassVar[str] = "A linear filter"
    exact: ClassVar[bool] = True
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The image $x$ is filtered with the kernel

$$K={% if divisor > 1 %}\frac1n\,k\quad\text{with}\quad {{ named('divisor') }},\quad
k={% endif %}{{ kernel|matrix }}$$

by **{{ operation }}**: {% if operation == 'correlation' %}the kernel lies on the image as it stands
{%- else %}the kernel is turned by 180° before it is laid on the image{% endif %}, its centre on the
pixel of interest. {% if border == 'none' %}Only pixels where the whole kernel lies inside the image
get a response.
{%- elif border == 'zero' %}Outside the image all pixels are **0**, so that the response has the
size of the image.
{%- else %}Outside the image every pixel is that of the **nearest** pixel of the image, so that the
response has the size of the image.
{%- endif %}


Give the response $y$, the sum $\Sigma$ of all weights of $K$, and the response $u'$ on a large area
where every pixel is ${{ named('flat') }}$.
{% if p.known %}What does this filter do to an image?{% endif %}

"""

    image: Matrix = given("x", about="the image")
    kernel: IntMatrix = given("k", about="the kernel's whole numbers")
    divisor: Number = given("n", default=Decimal(1), ge=1, le=1000, about="what the sums are divided by")
    operation: Literal["correlation", "convolution"] = "correlation"
    border: Literal["none", "zero", "replicate"] = "none"
    flat: Integer = given("u", default=10, ge=1, le=255, about="grey level of a uniform area")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rows, columns = np.shape(self.kernel)
        if rows != columns or rows not in (3, 5):
            raise ValueError("the kernel must be 3×3 or 5×5")
        if min(np.shape(self.image)) < (rows if self.border == "none" else 1) or \
                max(np.shape(self.image)) > 7:
            raise ValueError("the kernel must fit into the image, which is 7×7 at most")
        if max(abs(v) for row in (*self.image, *self.kernel) for v in row) > 999:
            raise ValueError("image and kernel hold numbers from -999 to 999, to be worked by hand")
        return self

    @property
    def known(self) -> str:
        """The kernel's name, if it has one."""
        rows = tuple(tuple(whole(v) for v in row) for row in self.kernel)
        return next((name for name, one in KERNELS.items() if one == (rows, self.divisor)), "")

    def figure(self) -> Drawing:
        window = np.shape(self.kernel) if self.border == "none" else None
        return grids((("image x", self.image),), "The image", window)  # type: ignore[arg-type]

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        # the same number of products at every draw of a level: kernels with as many zeros
        names, size, border = rng.level(
            level, easy=(("edges, 8 neighbours", "edges, centre subtracted", "mean"), 4,
                                              "none"),
            medium=(WEIGHTED, 4, "none"), hard=(("sharpen", "edges, 4 neighbours",
                                                 "right neighbour", "left neighbour",
                                                 "diagonal edges"), 3, "other"))
        kernel, divisor = KERNELS[rng.choice(names)]
        return cls(image=tuple(rng.integers(size, 0, 20) for _ in range(size)), kernel=kernel,
                   divisor=divisor, flat=rng.integer(3, 40), decimals=4 if divisor == 16 else 2,
                   operation="correlation" if level == "easy" else
                   rng.choice(("correlation", "convolution")),
                   border=rng.choice(("zero", "replicate")) if border == "other" else "none")

    def solve(self) -> Steps:
        x, k, n = self.image, self.kernel, self.divisor
        y = linear_filter(x, k, n, self.operation, self.border)
        yield Step("y", "y", y, "Response", full=2, weight=2, wrong={
            name: made for name, made in self._mistakes().items() if (made() != y).any()})
        total = yield Step("sum", r"\Sigma", k.sum() / n if n != 1 else k.sum(), "Sum of the weights",
                           wrong=self._wrong_sums(k, n))
        yield Step("uniform", "u'", self.flat * total, "Response on a uniform area",
                   note="Every weight meets the same value." if total == 0 else "",
                   wrong={"left the value as it is": lambda: self.flat} if total != 1 else {})
        if self.known:
            yield from self._effect()

    @staticmethod
    def _wrong_sums(k: Any, n: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {"left out the divisor": lambda: k.sum()} if n != 1 else {}
        if (k < 0).any():
            wrong["took the weights without their signs"] = lambda: absolute(k).sum() / n
        return wrong

    def _effect(self) -> Steps:
        effect = EFFECTS[self.known]
        turned = TURNED.get(effect, effect)
        right, flipped = (effect, turned) if self.operation == "correlation" else (turned, effect)
        yield Step("effect", r"\text{effect}", right, "What the filter does", options=OPTIONS,
                   note=REASONS[right],
                   wrong={"confused the directions": lambda: flipped} if turned != effect else {})

    def _mistakes(self) -> dict[str, Any]:
        x, k, n = self.image, self.kernel, self.divisor
        other = {"correlation": "convolution", "convolution": "correlation"}[self.operation]
        border = {"zero": "replicate", "replicate": "zero"}.get(self.border, "none")
        return {
            "took the weights without their signs": lambda: linear_filter(
                x, absolute(k), n, self.operation, self.border),
            "left out the divisor": lambda: linear_filter(x, k, 1, self.operation, self.border),
            f"took {other} for {self.operation}": lambda: linear_filter(x, k, n, other, self.border),
            "continued the image the other way": lambda: linear_filter(x, k, n, self.operation, border)}
