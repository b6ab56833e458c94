"""What convolution families refuse to be given: sizes that no hand works through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Grid = Sequence[Sequence[Any]]
#: sizes of numbers that a hand still multiplies
LARGEST = 999


def kernel_slides(image: Grid, kernel: Grid, padding: int, most: tuple[int, int]) -> None:
    """ValueError unless both are at most `most` wide, of small numbers, and the kernel fits in."""
    if max(len(image), len(image[0])) > most[0] or max(len(kernel), len(kernel[0])) > most[1]:
        raise ValueError(f"an image is {most[0]}×{most[0]} at most and a kernel {most[1]}×{most[1]}, "
                         "to be worked by hand")
    if max(abs(v) for row in (*image, *kernel) for v in row) > LARGEST:
        raise ValueError(f"image and kernel hold numbers from -{LARGEST} to {LARGEST}, "
                         "to be worked by hand")
    if len(kernel) > len(image) + 2 * padding or len(kernel[0]) > len(image[0]) + 2 * padding:
        raise ValueError("the kernel must fit into the padded image")


def window_slides(image: Grid, window: Any, most: int = 9) -> None:
    """ValueError unless the map is at most `most` wide and the pooling window fits in."""
    if max(len(image), len(image[0])) > most:
        raise ValueError(f"a map is {most}×{most} at most, to be worked by hand")
    if window > min(len(image), len(image[0])):
        raise ValueError("the window must fit into the map")
