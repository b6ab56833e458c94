"""Sharpening: what a blur takes away is added back."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.filters import KERNELS, linear_filter, sharpened, sharpening_kernel
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class UnsharpMask(Template):
    """Only pixels with all eight neighbours; nothing is cut to a range of grey levels."""

    title: ClassVar[str] = "Sharpening an image"
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
An image is sharpened in three steps: it is blurred with the kernel

$$B={% if blur == 'mean' %}\tfrac19\begin{bmatrix} 1 & 1 & 1 \\ 1 & 1 & 1 \\ 1 & 1 & 1 \end{bmatrix}
{%- else %}\tfrac{1}{16}\begin{bmatrix} 1 & 2 & 1 \\ 2 & 4 & 2 \\ 1 & 2 & 1 \end{bmatrix}{% endif %},$$

the blurred image $b$ is taken from the image $x$, which leaves the detail $d=x-b$, and
${{ named('alpha') }}$ times the detail is added to the image: $y=x+\alpha d$. Only pixels with all
eight neighbours are computed; results may lie below 0 or above 255.

Give $b$, $d$ and $y$ at these pixels. The three steps are one filter: which weight $w_{\text{m}}$ has
its middle, and which weight $w_{\text{c}}$ have its four corners?
"""

    image: Matrix = given("x", about="the image")
    alpha: Number = given(r"\alpha", about="how much of the detail is added", gt=0, le=10)
    blur: Literal["mean", "weighted mean"] = given(default="mean", about="the kernel that blurs")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not 3 <= min(np.shape(self.image)) <= max(np.shape(self.image)) <= 6:
            raise ValueError("the image is 3×3 at least and 6×6 at most")
        if max(abs(v) for row in self.image for v in row) > 9999:
            raise ValueError("the image holds numbers from -9999 to 9999, to be worked by hand")
        return self

    def figure(self) -> Drawing:
        return grids((("image x", self.image),), "The image", (3, 3))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        rows, columns = rng.level(level, easy=(3, 4), medium=(3, 5), hard=(4, 4))
        return cls(image=tuple(rng.integers(columns, 0, 60) for _ in range(rows)),
                   decimals=4 if level == "hard" else 3,
                   alpha=rng.choice(rng.level(level, easy=("2", "3"), medium=("0.5", "1.5", "2.5"),
                                              hard=("0.4", "0.8", "1.2", "1.6"))),
                   blur="weighted mean" if level == "hard" else "mean")

    def solve(self) -> Steps:
        rows, divisor = KERNELS[self.blur]
        x, centre, alpha = self.image, self.image[1:-1, 1:-1], self.alpha
        kernel = np.array([[self.written(v) for v in row] for row in rows]) \
            if self.blur != "mean" else None
        b = yield Step("b", "b", self._blurred(x, kernel, divisor), "Blurred", wrong={
            "left out the divisor": lambda: self._blurred(x, kernel, 1),
            "left the middle pixel out of the mean": lambda:
                (self._blurred(x, kernel, divisor) * divisor - centre * rows[1][1])
                / (divisor - rows[1][1])})
        d = yield Step("d", "d", centre - b, "Detail", wrong={
            "took the image from its blur": lambda: b - centre})
        yield Step("y", "y", sharpened(centre, d, alpha), "Sharpened", wrong={
            "added the blur for the detail": lambda: centre + alpha * b,
            "took the detail alone": lambda: alpha * d})
        middle, corner = (sharpening_kernel(self.written(rows[1][1]), divisor, alpha, True),
                          sharpening_kernel(self.written(rows[0][0]), divisor, alpha, False))
        yield Step("middle", r"w_{\text{m}}", middle, "Weight of the middle", wrong={
            "left the blur out of the middle": lambda: 1 + alpha,
            "forgot the image itself": lambda: middle - 1})
        yield Step("corner", r"w_{\text{c}}", corner, "Weight of a corner", wrong={
            "lost the minus sign": lambda: -corner})

    @staticmethod
    def _blurred(x: Any, kernel: Any, divisor: int) -> Any:
        if kernel is not None:
            return linear_filter(x, kernel, divisor)
        high, wide = x.shape[0] - 2, x.shape[1] - 2
        sums = np.array([[x[i:i + 3, j:j + 3].sum() for j in range(wide)] for i in range(high)])
        return sums if divisor == 1 else sums / divisor
