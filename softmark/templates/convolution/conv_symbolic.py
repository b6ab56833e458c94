"""A convolution of letters: which pixel meets which weight."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from softmark.solvers.convolution import (
    convolve,
    cross_correlate,
    image_gradient,
    kernel_gradient,
    output_size,
)
from softmark.worksheet import Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.expressions import symbols
from softmark.worksheet.figures.grid import grids

Letters = tuple[tuple[str, ...], ...]
#: without e, i, l, o, which look like numbers, and d, w, x, y, which name the answers
ALPHABET = "abcfghjkmnpqrstuvz"


class ConvSymbolic(Template):
    """One image and one kernel of letters, full windows only; and the gradients, if asked."""

    title: ClassVar[str] = "Convolution in letters"
    statement: ClassVar[str] = r"""
The kernel slides over the image with stride {{ stride }}, without padding.
{% if operation == 'correlation' %}
As in network layers, it is **not** flipped (cross-correlation): it lies on the image as it stands.
{% else %}
This is the **convolution** of the textbooks: before it slides, the kernel is turned by 180°, its rows
and its columns in reverse order.
{% endif %}

{% if backward %}
The backward pass brings the gradient of the loss with respect to the output map, $\partial L/\partial
y_{ij}$: its elements are the letters of the third grid.

Write every element of the output map $y$ as a formula in the letters, and so the gradient of the loss
with respect to every weight of the kernel, $\mathrm{d}w$, and every pixel of the image,
$\mathrm{d}x$, in the places of those weights and pixels.
{% else %}
Write every element $y_{ij}$ of the output map as a formula in the letters.
{% endif %}
"""

    image: Letters = given(about="letters of the image")
    kernel: Letters = given(about="letters of the kernel")
    upstream: Letters = given(default=(), about="letters of the gradient at the output, if asked")
    stride: int = given(default=1, ge=1, le=3, about="stride")
    operation: Literal["correlation", "convolution"] = "correlation"
    backward: bool = given(default=False, about="are the gradients asked?")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        tables = (self.image, self.kernel, *([self.upstream] if self.backward else []))
        if any(not table or len({len(row) for row in table}) != 1 or not table[0] for table in tables):
            raise ValueError("grids need rows, and rows of one length")
        letters = [v for table in tables for row in table for v in row]
        if not all(re.fullmatch(r"[A-Za-z][0-9]{0,2}", v) for v in letters):
            raise ValueError("a place holds a letter, with an index of one or two digits if you like")
        if len(set(letters)) < len(letters) or len(letters) > 40:
            raise ValueError("all letters must differ, and 40 are the most")
        size, side = np.shape(self.image), np.shape(self.kernel)
        if side[0] > size[0] or side[1] > size[1] or max(side) > 3:
            raise ValueError("the kernel must fit into the image and is 3×3 at most")
        wanted = tuple(int(output_size(n, f, self.stride)) for n, f in zip(size, side, strict=True))
        if self.backward and np.shape(self.upstream) != wanted:
            raise ValueError(f"upstream must have the output's size, {wanted[0]}×{wanted[1]}")
        if self.backward and self.operation == "convolution":
            raise ValueError("gradients are asked for the correlation only")
        return self

    def figure(self) -> Drawing:
        tables = [("image", self.image), ("kernel", self.kernel), ("gradient at y", self.upstream)]
        return grids([(name, tuple(tuple(map(_subscripted, row)) for row in table))
                      for name, table in tables[:3 if self.backward else 2]],
                     "Grids of letters", (len(self.kernel), len(self.kernel[0])))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        rows, columns = rng.level(level, easy=(3, 3), medium=(3, 4), hard=(3, 3))
        letters = iter(rng.shuffled(ALPHABET))

        def grid(high: int, wide: int) -> Letters:
            return tuple(tuple(next(letters) for _ in range(wide)) for _ in range(high))

        backward = level == "hard"
        return cls(image=grid(rows, columns), kernel=grid(2, 2), backward=backward,
                   upstream=grid(2, 2) if backward else (),
                   operation="convolution" if level == "medium" else "correlation")

    def solve(self) -> Steps:
        x, w = _symbols(self.image), _symbols(self.kernel)
        s = self.stride
        slide, other = (cross_correlate, convolve) if self.operation == "correlation" else \
            (convolve, cross_correlate)
        y = slide(x, w, s)
        forgot = "flipped the kernel" if self.operation == "correlation" else "did not turn the kernel"
        wrong: dict[str, Any] = {forgot: lambda: other(x, w, s),
                                 "exchanged rows and columns of the kernel": lambda: slide(x, w.T, s)}
        if w.shape[0] != w.shape[1]:
            del wrong["exchanged rows and columns of the kernel"]
        if s > 1 and y.size > 1:
            wrong["slid by 1 instead of the stride"] = lambda: \
                slide(x, w, 1)[:y.shape[0], :y.shape[1]]
        yield Step("y", "y", y, "Output map", full=y.size, wrong=wrong)
        if not self.backward:
            return
        g = _symbols(self.upstream)
        dw = kernel_gradient(x, g, w.shape, s)
        yield Step("dw", r"\mathrm{d}w", dw, "Gradient of the kernel", full=dw.size, wrong={
            "turned the gradient by 180°": lambda: kernel_gradient(x, g[::-1, ::-1], w.shape, s)}
            if g.size > 1 else {})
        dx = image_gradient(w, g, x.shape, s)
        yield Step("dx", r"\mathrm{d}x", dx, "Gradient of the image", full=dx.size, weight=2, wrong={
            "turned the kernel the wrong way": lambda: image_gradient(w[::-1, ::-1], g, x.shape, s)})


def _symbols(letters: Letters) -> Any:
    return np.array([symbols(" ".join(row)) for row in letters], dtype=object)


def _subscripted(letter: str) -> str:
    return f"{letter[0]}_{{{letter[1:]}}}" if letter[1:] else letter
