"""Probabilities from logits."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import argmax, exp, largest
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars


class Softmax(Template):
    """By hand as it is defined, or as computers do it: shifted by the largest logit."""

    title: ClassVar[str] = "Softmax"
    statement: ClassVar[str] = r"""
The output layer of a classifier with {{ z|length }} classes gives the logits ${{ named('z') }}$.
Softmax turns them into probabilities
$$p_i=\frac{e^{z_i}}{S},\qquad S=\sum_j e^{z_j}.$$
{% if shift %}
So that no exponential overflows, a computer first subtracts the largest logit $m$. Do the same:
compute $u_i=z_i-m$, then the exponentials $e_i=e^{u_i}$ of these, their sum $S$, and the probabilities
$p_i=e_i/S$, which are the same.
{% else %}
Compute the exponentials $e_i=e^{z_i}$, their sum $S$, and the probabilities.
{% endif %}
Which class (counted from 1) is predicted?
"""

    z: Vector = given("z", about="logits", min_length=2, max_length=8)
    shift: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(abs(v) for v in self.z) > (200 if self.shift else 12):
            raise ValueError("logits lie between -12 and 12, or with shift between -200 and 200")
        if max(self.z) - min(self.z) > 12:
            raise ValueError("logits differ by 12 at most, or probabilities round to 0")
        return self

    def figure(self) -> Drawing:
        return bars((("logits z", self.z),), [str(i + 1) for i in range(len(self.z))],
                    "The logits as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = rng.level(level, easy=3, medium=4, hard=5)
        low = rng.level(level, easy=-5, medium=-20, hard=rng.integer(20, 90))
        wide = rng.level(level, easy=30, medium=40, hard=42)
        z = rng.sample(range(low, low + wide + 1), size)
        while sum(z) == 0:
            z = rng.sample(range(low, low + wide + 1), size)
        return cls(z=tuple(f"{v / 10:.1f}" for v in z), shift=level == "hard", decimals=4)

    def solve(self) -> Steps:
        u = self.z
        if self.shift:
            m = yield Step("m", "m", largest(self.z), "Largest logit")
            u = yield Step("u", "u", self.z - m, "Shifted logits",
                           wrong={"subtracted the other way round": lambda: m - self.z})
        e = yield Step("e", "e", exp(u), "Exponentials", wrong={"took powers of 10": lambda: 10.0 ** u})
        total = yield Step("S", "S", e.sum(), "Their sum")
        p = yield Step("p", "p", e / total, "Probabilities", weight=2, wrong=self._mistakes(e, total))
        yield Step("predicted", "k", str(argmax(p) + 1), "Predicted class", weight=0.5,
                   options=tuple(str(i + 1) for i in range(len(self.z))),
                   note="The class of the largest probability.")

    def _mistakes(self, e: Any, total: Any) -> dict[str, Any]:
        wrong = {"left out the division by the sum": lambda: e + 0}
        if abs(self.z.sum()) > 0.05:
            wrong["normalised the logits instead of their exponentials"] = lambda: self.z / self.z.sum()
        if not self.shift:
            wrong["divided by the largest exponential instead of the sum"] = lambda: e / largest(e)
        return wrong
