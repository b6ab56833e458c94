"""The total variation of a small image."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.style import differences, variation
from softmark.worksheet import IntMatrix, Number, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import grids


class TotalVariation(Template):
    """Anisotropic: differences along rows and along columns are added."""

    title: ClassVar[str] = "Total variation loss"
    exact: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
To keep a generated image smooth, its total variation is added to the loss. In the image $x$ every value
is compared with its **right** neighbour, $r_{ij}=x_{i,j+1}-x_{ij}$, and with its **lower** neighbour,
$d_{ij}=x_{i+1,j}-x_{ij}$ (none across the border). The loss is $L=\lambda\,(R+D)$ with
${{ named('lam') }}$ and the sums of the
{% if kind == 'absolute' %}
**absolute values**, $R=\sum|r_{ij}|$ and $D=\sum|d_{ij}|$.
{% else %}
**squares**, $R=\sum r_{ij}^2$ and $D=\sum d_{ij}^2$.
{% endif %}

Give the differences $r$ along the rows and $d$ along the columns, the sums $R$ and $D$, and the loss.
"""

    image: IntMatrix = given("x", about="the image")
    kind: Literal["absolute", "squared"] = "absolute"
    lam: Number = given(r"\lambda", gt=0, le=1000, about="weight of the total variation")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        high, wide = len(self.image), len(self.image[0])
        if not 2 <= min(high, wide) <= max(high, wide) <= 5:
            raise ValueError("the image is 2×2 to 5×5, to be worked by hand")
        if max(abs(v) for row in self.image for v in row) > 255:
            raise ValueError("the image holds numbers from -255 to 255")
        return self

    def figure(self) -> Drawing:
        return grids((("image x", self.image),), "The image")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        high, wide = rng.level(level, easy=(2, 3), medium=(3, 3), hard=(3, 4))
        return cls(image=tuple(tuple(rng.sample(range(10), wide)) for _ in range(high)),
                   kind="absolute" if level == "easy" else "squared",
                   lam=rng.choice(("0.1", "0.2", "0.5", "0.05")))

    def solve(self) -> Steps:
        across, down = differences(self.image)
        r = yield Step("r", "r", across, "Differences along the rows", full=2, wrong={
            "subtracted the other way round": lambda: -across})
        d = yield Step("d", "d", down, "Differences along the columns", full=2, wrong={
            "subtracted the other way round": lambda: -down})
        wrong = {"added the differences with their signs": lambda: r.sum()} \
            if self.kind == "absolute" else {"left out the squares": lambda: variation(r, "absolute")}
        sum_r = yield Step("R", "R", variation(r, self.kind), "Sum along the rows", wrong=wrong)
        wrong = {"added the differences with their signs": lambda: d.sum()} \
            if self.kind == "absolute" else {"left out the squares": lambda: variation(d, "absolute")}
        sum_d = yield Step("D", "D", variation(d, self.kind), "Sum along the columns", wrong=wrong)
        yield Step("L", "L", self.lam * (sum_r + sum_d), "Loss", wrong={
            "left out λ": lambda: (sum_r + sum_d) * 1,
            "took the mean of both sums": lambda: self.lam * (sum_r + sum_d) / 2})
