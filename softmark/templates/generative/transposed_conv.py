"""A transposed convolution by hand: its size and its values."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.upsampling import transposed_conv, transposed_size
from softmark.worksheet import Integer, IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class TransposedConv(Template):
    """Square maps and kernels; the kernel is not turned."""

    title: ClassVar[str] = "Transposed convolution by hand"
    exact: ClassVar[bool] = True
    # sizes are compared, and may be equal
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
Compute the **transposed** convolution of the $n\times n={{ n }}\times{{ n }}$ map $x$ with
the $k\times k={{ k }}\times{{ k }}$ kernel $w$, stride $s={{ s }}$ and padding $p={{ q }}$. Each value
of $x$ multiplies the whole kernel (not turned), and the product is laid onto the output; the products of
neighbouring values lie {{ s }} apart, and where they overlap they are added.{% if q %} In the end
{{ 'one row or column is' if q == 1 else '%d rows or columns are'|format(q) }} cut off at each side of the
output.{% endif %}


Give the side $o$ of the output, and the output map $y$.
"""

    image: IntMatrix = given("x", about="the map, square")
    kernel: IntMatrix = given("w", about="the kernel, square")
    n: Integer = given("n", ge=1, le=8, about="side of the map")
    k: Integer = given("k", ge=1, le=4, about="side of the kernel")
    s: Integer = given("s", default=1, ge=1, le=3, about="stride")
    q: Integer = given("p", default=0, ge=0, le=2, about="padding: rows and columns cut off")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for rows, side in ((self.image, self.n), (self.kernel, self.k)):
            if len(rows) != side or len(rows[0]) != side:
                raise ValueError("the map must be n×n and the kernel k×k")
        if max(abs(v) for row in (*self.image, *self.kernel) for v in row) > 99:
            raise ValueError("map and kernel hold numbers from -99 to 99, to be worked by hand")
        if not 1 <= transposed_size(self.n, self.k, self.s, self.q) <= 10:
            raise ValueError("the output must have 1 to 10 rows")
        return self

    def figure(self) -> Drawing:
        return grids((("map x", self.image), ("kernel w", self.kernel)), "Map and kernel")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        k, s, q = rng.level(level, easy=(2, 1, 0), medium=(3, 2, 0), hard=(3, 2, 1))
        n = rng.level(level, easy=2, medium=2, hard=3)
        image, kernel = (tuple(tuple(rng.choice(v) for _ in range(side)) for _ in range(side))
                         for side, v in ((n, (1, 2, 3, 4, 5)), (k, (-3, -2, -1, 1, 2, 3))))
        return cls(image=image, kernel=kernel, n=n, k=k, s=s, q=q)

    def solve(self) -> Steps:
        stride, padding = index(self.s), index(self.q)
        yield Step("o", "o", transposed_size(self.n, self.k, self.s, self.q), "Side of the output",
                   wrong=self._size_mistakes())
        wrong: dict[str, Callable[[], Any]] = {}
        if (self.kernel != self.kernel[::-1, ::-1]).any():
            wrong["turned the kernel"] = lambda: transposed_conv(
                self.image, self.kernel[::-1, ::-1], stride, padding)
        if (self.kernel != self.kernel.T).any():
            wrong["took the kernel's rows for its columns"] = lambda: transposed_conv(
                self.image, self.kernel.T, stride, padding)
        y = transposed_conv(self.image, self.kernel, stride, padding)
        # the boxes to fill in show the side that is asked before: it earns little
        yield Step("y", "y", y, "Output map", weight=4,
                   full=min(8, y.size // 2 + 1), wrong=wrong,
                   note="Where no kernel falls, the output is 0." if self.s > self.k else "")

    def _size_mistakes(self) -> dict[str, Callable[[], Any]]:
        wrong: dict[str, Callable[[], Any]] = {}
        if self.n + 2 * self.q >= self.k:
            wrong["took the formula of the convolution"] = lambda: (
                self.n - self.k + 2 * self.q) // self.s + 1
        if self.s > 1:
            wrong["left out the stride"] = lambda: self.n - 1 + self.k - 2 * self.q
            wrong["took s·n for s(n − 1)"] = lambda: self.s * self.n + self.k - 2 * self.q
        if self.q > 0:
            wrong["added the padding"] = lambda: self.s * (self.n - 1) + self.k + 2 * self.q
        return wrong
