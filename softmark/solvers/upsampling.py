"""Making maps larger: nearest neighbour, bed of nails, bilinear, max-unpooling, transposed convolution.

Maps are (H, W), of numbers or terms. Bilinear weights are Fractions: nothing is rounded or cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

ALIGNMENTS = ("half_pixel", "corners")


def nearest(image: Any, factor: int) -> Any:
    """Every value repeated in a block of factor × factor."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def bed_of_nails(image: Any, factor: int, corner: tuple[int, int] = (0, 0)) -> Any:
    """Every value at one place of its block, (0, 0) the upper left, and zeros around it."""
    high, wide = image.shape
    return np.array([[image[i // factor, j // factor] if (i % factor, j % factor) == corner else 0
                      for j in range(wide * factor)] for i in range(high * factor)])


def source(place: int, size: int, factor: int, alignment: str = "half_pixel") -> Fraction:
    """Where output position `place` lies in an input of `size` positions, kept inside it.

    "half_pixel": (i + ½) / f − ½ (PyTorch's align_corners=False); "corners": i (n − 1) / (f n − 1).
    """
    if alignment == "corners":
        return Fraction(place * (size - 1), factor * size - 1)
    if alignment != "half_pixel":
        raise ValueError(f"the alignment is one of {', '.join(ALIGNMENTS)}, not {alignment!r}")
    exact = (place + Fraction(1, 2)) / factor - Fraction(1, 2)
    return min(max(exact, Fraction(0)), Fraction(size - 1))


def bilinear(image: Any, factor: int, alignment: str = "half_pixel") -> Any:
    """Each value the mean of the four around its place, weighted by nearness, along both axes."""
    high, wide = image.shape
    rows = [_weights(i, high, factor, alignment) for i in range(high * factor)]
    columns = [_weights(j, wide, factor, alignment) for j in range(wide * factor)]
    return np.array([[_weighted([(u * v, image[i, j]) for i, u in row for j, v in column])
                      for column in columns] for row in rows])


def _weights(place: int, size: int, factor: int, alignment: str) -> list[tuple[int, Fraction]]:
    """The one or two input positions that count, each with its weight."""
    exact = source(place, size, factor, alignment)
    lower = int(exact)
    share = exact - lower
    return [(lower, 1 - share), (lower + 1, share)] if share else [(lower, Fraction(1))]


def _weighted(parts: Sequence[tuple[Fraction, Any]]) -> Any:
    terms = [value if weight == 1 else weight * value for weight, value in parts]
    return sum(terms[1:], terms[0])


def max_positions(image: Any, window: int) -> list[tuple[int, int]]:
    """Where the largest value of each window (stride = window) stands, the first of equals."""
    high, wide = image.shape
    found = []
    for top in range(0, high - window + 1, window):
        for left in range(0, wide - window + 1, window):
            places = [(top + a, left + b) for a in range(window) for b in range(window)]
            best = places[0]
            for place in places[1:]:
                if image[place] > image[best]:
                    best = place
            found.append(best)
    return found


def max_unpool(values: Any, positions: Sequence[tuple[int, int]], shape: tuple[int, int]) -> Any:
    """The values at the remembered positions, zeros elsewhere (Zeiler and Fergus, 2014)."""
    at = dict(zip(positions, values.ravel(), strict=True))
    return np.array([[at.get((i, j), 0) for j in range(shape[1])] for i in range(shape[0])])


def transposed_size(size: Any, kernel: Any, stride: Any = 1, padding: Any = 0) -> Any:
    """s (n − 1) + k − 2p (Dumoulin and Visin, 2016, with output padding 0)."""
    out = stride * (size - 1) + kernel if stride != 1 else size - 1 + kernel
    return out - 2 * padding if padding != 0 else out


def transposed_conv(image: Any, kernel: Any, stride: int = 1, padding: int = 0) -> Any:
    """Each input value lays its multiple of the kernel onto the output, `stride` apart.

    Where they overlap they are added; `padding` rows and columns are cut off at each side. The
    kernel is not turned. ValueError if nothing is left.
    """
    full = [transposed_size(n, k, stride) for n, k in zip(image.shape, kernel.shape, strict=True)]
    if min(full) <= 2 * padding:
        raise ValueError("the padding cuts the whole output off")
    return np.array([[_laid(image, kernel, stride, i, j) for j in range(padding, full[1] - padding)]
                     for i in range(padding, full[0] - padding)])


def _laid(image: Any, kernel: Any, stride: int, i: int, j: int) -> Any:
    """What falls on output place (i, j)."""
    high, wide = kernel.shape
    terms = [image[a, b] * kernel[i - stride * a, j - stride * b]
             for a in range(image.shape[0]) for b in range(image.shape[1])
             if 0 <= i - stride * a < high and 0 <= j - stride * b < wide]
    return sum(terms[1:], terms[0]) if terms else 0
