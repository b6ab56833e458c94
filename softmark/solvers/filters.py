"""Image filters by hand: linear kernels, Gaussian weights, Sobel's gradient, match scores.

Conventions: images and kernels are height × width; row 1 is on top. Everything works on arrays of
terms and fractions too, but for the direction of a gradient, which is an angle in floats.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from softmark.solvers.convolution import convolve, cross_correlate
from softmark.solvers.functions import atan2, exp, sqrt

#: well-known 3×3 kernels: name -> (whole numbers, what the sums are divided by)
KERNELS: dict[str, tuple[tuple[tuple[int, ...], ...], int]] = {
    "identity": (((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1),
    "right neighbour": (((0, 0, 0), (0, 0, 1), (0, 0, 0)), 1),
    "left neighbour": (((0, 0, 0), (1, 0, 0), (0, 0, 0)), 1),
    "mean": (((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "weighted mean": (((1, 2, 1), (2, 4, 2), (1, 2, 1)), 16),
    "sharpen by the mean": (((-1, -1, -1), (-1, 17, -1), (-1, -1, -1)), 9),
    "sharpen": (((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1),
    "edges, 4 neighbours": (((0, 1, 0), (1, -4, 1), (0, 1, 0)), 1),
    "edges, 8 neighbours": (((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)), 1),
    "edges, centre subtracted": (((1, 1, 1), (1, -8, 1), (1, 1, 1)), 1),
    "diagonal edges": (((1, 0, -1), (0, 0, 0), (-1, 0, 1)), 1),
}


def bordered(image: Any, margin: int, border: str) -> Any:
    """The image with `margin` pixels around it: "zero", or "replicate" the nearest pixel."""
    if border not in ("zero", "replicate"):
        raise ValueError(f"a border is zero or replicate, not {border!r}")
    mode = {"zero": "constant", "replicate": "edge"}[border]
    return np.pad(image, margin, mode=mode)  # type: ignore[call-overload]


def linear_filter(image: Any, kernel: Any, divisor: Any = 1, operation: str = "correlation",
                  border: str = "none") -> Any:
    """Response of an image (H, W) to an odd kernel (F, F), its sums divided by `divisor`.

    border "none" keeps full windows only; "zero" and "replicate" keep the size.
    """
    if border != "none":
        image = bordered(image, len(kernel) // 2, border)
    slide = {"correlation": cross_correlate, "convolution": convolve}
    response = slide[operation](image, kernel)
    return response if divisor == 1 else response / divisor


def match_scores(sums: Any, pixels: Any) -> Any:
    """Mean products of a ±1 feature with each window of a ±1 image: 1 is a match, −1 its negative.

    sums: the cross-correlation of the two; pixels: how many the feature has.
    """
    return sums / pixels


def gaussian_falloff(squared: Any, sigma: Any) -> Any:
    """e^(−r² / (2σ²)) for squared distances r² from the centre, a number or a vector; e^0 at it."""
    if isinstance(squared, np.ndarray):
        return np.array([gaussian_falloff(one, sigma) for one in squared])
    return exp(-(squared / (2 * sigma ** 2))) if squared != 0 else exp(squared)


def gaussian_density(falloff: Any, sigma: Any, pi: Any = math.pi) -> Any:
    """The two-dimensional Gaussian e^(−r² / (2σ²)) / (2πσ²) (Gonzalez and Woods, 2018, ch. 3)."""
    return falloff / (2 * pi * sigma ** 2)


def kernel_sum(values: Any, counts: Any) -> Any:
    """Sum over a kernel of its different values: the centre once, the others by their counts."""
    return values[0] + (counts[1:] * values[1:]).sum()


def distances(side: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The different squared distances from the centre of a side × side kernel, and how many have each."""
    reach = side // 2
    found = [i * i + j * j for i in range(-reach, reach + 1) for j in range(-reach, reach + 1)]
    squares = tuple(sorted(set(found)))
    return squares, tuple(found.count(square) for square in squares)


def repeated_sigma(sigmas: Any) -> Any:
    """Width of one Gaussian blur that does the work of several: √(σ1² + σ2² + …)."""
    return sqrt(sum(s ** 2 for s in sigmas))


def sobel(patch: Any, scale: Any = 1, up: bool = True) -> tuple[Any, Any]:
    """(s_x, s_y) of a 3×3 patch, not flipped, divided by `scale`; y points up or down.

    Sobel and Feldman (1968); scale 8 makes them differences per pixel.
    """
    right = _weighted(patch[:, 2]) - _weighted(patch[:, 0])
    above = _weighted(patch[0]) - _weighted(patch[2])
    if not up:
        above = _weighted(patch[2]) - _weighted(patch[0])
    return (right, above) if scale == 1 else (right / scale, above / scale)


def _weighted(side: Any) -> Any:
    """A side of the patch with weights 1, 2, 1."""
    return side[0] + 2 * side[1] + side[2]


def magnitude(x: Any, y: Any) -> Any:
    """Length of a gradient: √(s_x² + s_y²)."""
    return sqrt(x ** 2 + y ** 2)


def direction(x: Any, y: Any) -> Any:
    """Direction of (x, y) in degrees from the x axis, counter-clockwise where y points up."""
    return atan2(y, x) * (180 / math.pi)


def sharpened(image: Any, detail: Any, alpha: Any) -> Any:
    """x + α(x − blur): unsharp masking (Gonzalez and Woods, 2018, section 3.6)."""
    return image + alpha * detail


def sharpening_kernel(weight: Any, divisor: Any, alpha: Any, middle: bool) -> Any:
    """A weight of the one kernel that sharpens, from the blur's weight there: (1 + α)δ − α · w / n."""
    share = alpha * weight / divisor if weight != 1 else alpha / divisor
    return 1 + alpha - share if middle else -share
