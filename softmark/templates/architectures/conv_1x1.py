"""Cost of a convolution, directly and through 1×1 convolutions that narrow its input."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.convolution import conv_macs
from softmark.worksheet import Integer, Rng, Shape, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack


class Conv1x1(Template):
    """A bottleneck as in GoogLeNet; on hard with a 1×1 convolution behind it too, as in ResNet."""

    title: ClassVar[str] = "Cost with and without a 1×1 bottleneck"
    # which of the layers there are is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
A map of $W\times W\times D={{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ values
(height × width × channels) is to become one of ${{ named('filters') }}$ channels.

- **Directly:** ${{ filters|number }}$ filters of
  $F\times F={{ kernel|number }}\times{{ kernel|number }}$.
{% if expand %}
- **Through a bottleneck:** ${{ named('reduced') }}$ filters of $1\times1$, then
  ${{ reduced|number }}$ filters of ${{ kernel|number }}\times{{ kernel|number }}$ on their maps,
  then ${{ filters|number }}$ filters of $1\times1$ on the maps of those.
{% else %}
- **Through a bottleneck:** ${{ named('reduced') }}$ filters of $1\times1$, then
  ${{ filters|number }}$ filters of ${{ kernel|number }}\times{{ kernel|number }}$ on their maps.
{% endif %}

Every filter covers the full depth of what it sees; the stride is 1 and padding keeps height and width
everywhere. Count **multiplications only** (no additions, no biases); at the border, multiplications by
the zeros of the padding count too.

What is the shape of the map after the first $1\times1$ convolution? How many multiplications does each
layer take, and how many times as many as the way through the bottleneck does the direct way take?
"""

    size: Integer = given("W", about="height and width of the map", ge=1, le=4096)
    depth: Integer = given("D", about="channels of the map", ge=1, le=65536)
    kernel: Integer = given("F", about="side of the large filters", ge=1, le=64)
    reduced: Integer = given("D_1", about="filters of the first 1×1 convolution", ge=1, le=65536)
    filters: Integer = given("K", about="channels in the end", ge=1, le=65536)
    expand: bool = given(default=False, about="whether a 1×1 convolution makes the last channels")

    @model_validator(mode="after")
    def _is_large(self) -> Self:
        if self.kernel % 2 == 0:
            raise ValueError("kernel must be odd, so that padding can keep the size")
        return self

    def figure(self) -> Drawing:
        names = [f"CONV1-{self.reduced}"]
        names += [f"CONV{self.kernel}-{self.reduced}", f"CONV1-{self.filters}"] if self.expand else \
            [f"CONV{self.kernel}-{self.filters}"]
        return stack(names, f"{self.size}×{self.size}×{self.depth}", "The way through the bottleneck")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        reduced = 4 * rng.integer(2, 10)
        depth = reduced * rng.integer(4, 12)
        return cls(size=rng.integer(5, 20) if level == "easy" else rng.integer(7, 56),
                   depth=depth, kernel=rng.choice(rng.level(level, easy=(3, 5), medium=(3, 5, 7),
                                                            hard=(3, 5))),
                   reduced=reduced, filters=rng.level(level, easy=8 * rng.integer(4, 12),
                                                      medium=16 * rng.integer(2, 20), hard=depth),
                   expand=level == "hard", decimals=2)

    def solve(self) -> Steps:
        w, d, f, r, k = self.size, self.depth, self.kernel, self.reduced, self.filters
        yield Step("shape", r"\text{shape}", Shape((w, w, r)), "Shape after the first 1×1 convolution",
                   note="A 1×1 convolution keeps height and width and makes one channel per filter.",
                   wrong={"took the side of the kernel for the side of the map":
                          lambda: Shape((f, f, r))} if w != f else {})
        direct = yield Step("direct", "m", conv_macs(w, w, f, f, d, k), "Directly",
                            wrong=self._mistakes(f, d, k))
        one = self.written(1, drawn=False)
        first = yield Step("first", "m_1", w * w * r * d, "First 1×1 convolution", wrong={
            **({"gave the 1×1 filters the large kernel": lambda: conv_macs(w, w, f, f, d, r)}
               if f != 1 else {}),
            "forgot the depth of the input": lambda: conv_macs(w, w, 1, 1, one, r)} if d != 1 else {})
        second = yield Step("second", "m_2", conv_macs(w, w, f, f, r, r if self.expand else k),
                            "Large convolution behind it",
                            wrong={"let them see all channels of the input":
                                   lambda: conv_macs(w, w, f, f, d, r if self.expand else k)}
                            if r != d else {})
        everything = first + second
        if self.expand:
            everything = everything + (yield Step("third", "m_3", w * w * k * r, "Last 1×1 convolution"))
        way = yield Step("bottleneck", r"m'", everything, "Through the bottleneck",
                         wrong={"multiplied the layers' costs instead of adding":
                                lambda: first * second})
        yield Step("ratio", r"\frac{m}{m'}", direct / way, "How many times as many",
                   wrong={"turned the ratio round": lambda: way / direct} if direct != way else {})

    def _mistakes(self, f: Any, d: Any, k: Any) -> dict[str, Any]:
        w = self.size
        wrong: dict[str, Any] = {}
        if w != 1:
            wrong["counted one place of the map only"] = lambda: f * f * d * k
        if d != 1:
            wrong["forgot the depth of the input"] = lambda: conv_macs(w, w, f, f, 1, k)
        return wrong
