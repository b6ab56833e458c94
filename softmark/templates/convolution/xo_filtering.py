"""How well a feature of ±1 matches every place of an image of ±1."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import cross_correlate
from softmark.solvers.filters import match_scores
from softmark.solvers.functions import argmax
from softmark.worksheet import Matrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids

FEATURES = (((1, -1, -1), (-1, 1, -1), (-1, -1, 1)), ((1, -1, 1), (-1, 1, -1), (1, -1, 1)),
            ((-1, -1, 1), (-1, 1, -1), (1, -1, -1)), ((-1, 1, -1), (1, -1, 1), (-1, 1, -1)),
            ((-1, 1, -1), (1, -1, -1), (-1, 1, -1)), ((-1, 1, -1), (-1, 1, -1), (-1, 1, -1)))


class XoFiltering(Template):
    """Match score: the mean of the products of feature and window."""

    title: ClassVar[str] = "Matching a feature with an image"
    exact: ClassVar[bool] = True
    # equal scores may be the largest together; their value is asked, not their place
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
The pixels of an image are $1$ (bright) or $-1$ (dark). To see how well the feature $f$ matches a
window of the image, each pixel is multiplied by the feature's pixel that lies on it, the products are
added, and the sum is **divided by the number of pixels in the feature**
({{ feature|length * feature[0]|length }}). A score of 1 is a perfect match.

Slide the feature over the whole image $x$, one pixel at a time, without padding and without turning
it, and give the map of scores. What is the best score?

Round the scores; do not just cut digits off.
"""

    image: Matrix = given("x", about="the image, 1 or -1")
    feature: Matrix = given("f", about="the feature, 1 or -1")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(abs(v) != 1 for row in (*self.image, *self.feature) for v in row):
            raise ValueError("pixels of the image and the feature are 1 or -1")
        if max(len(self.image), len(self.image[0])) > 9 or \
                max(len(self.feature), len(self.feature[0])) > 5:
            raise ValueError("an image is 9×9 at most and a feature 5×5, to be worked by hand")
        if len(self.feature) > len(self.image) or len(self.feature[0]) > len(self.image[0]):
            raise ValueError("the feature must fit into the image")
        return self

    def figure(self) -> Drawing:
        return grids((("image x", self.image), ("feature f", self.feature)), "Image and feature",
                     (len(self.feature), len(self.feature[0])))

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=4, medium=5, hard=6)
        feature = rng.choice(FEATURES)
        # a feature hidden in noise: somewhere the score is high
        image = [[rng.choice((-1, -1, 1)) for _ in range(size)] for _ in range(size)]
        top, left = rng.integer(0, size - 3), rng.integer(0, size - 3)
        spoilt = rng.choice([(a, b) for a in range(3) for b in range(3)])
        for a in range(3):
            for b in range(3):
                image[top + a][left + b] = feature[a][b] * (-1 if (a, b) == spoilt else 1)
        return cls(image=tuple(map(tuple, image)), feature=feature, decimals=2)

    def solve(self) -> Steps:
        x, f = self.image, self.feature
        m = yield Step("m", "m", cross_correlate(x, f), "Sums of the products", ask=False, full=2)
        scores = match_scores(m, f.size)
        bright = int((f > 0).sum())
        wrong: dict[str, Any] = {
            "forgot to divide by the number of pixels": lambda: m,
            "counted matching pixels without taking off the others": lambda: (scores + 1) / 2}
        if 0 < bright < f.size:
            wrong["divided by the bright pixels of the feature"] = lambda: match_scores(m, bright)
        s = yield Step("s", "s", scores, "Match scores", full=2, weight=3, wrong=wrong)
        values = list(s.ravel())
        yield Step("best", r"s_{\max}", values[argmax(values)], "Best score",
                   note="The largest of the scores.")
