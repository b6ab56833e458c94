"""Inception modules: channels that come out, parameters, multiplications, the next module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.counting import (
    INCEPTION,
    INCEPTION_KERNELS,
    inception_depth,
    inception_inputs,
    inception_macs,
    inception_params,
    total,
    unit_weights,
)
from softmark.worksheet import Integer, IntMatrix, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.branches import branches


class InceptionModule(Template):
    """The six numbers stand in the order of GoogLeNet's table."""

    title: ClassVar[str] = "Inception modules"
    statement: ClassVar[str] = r"""
{{ 'The first of these inception modules takes' if p.many else 'An inception module takes' }}
$W\times W\times D={{ size|number }}\times{{ size|number }}\times{{ depth|number }}$ values
(height × width × channels)
{{- '; each of the others takes what the one before it puts out.' if p.many else '.' }}

|{% if p.many %} module |{% endif %}{% for name in p.order %} {{ name }} |{% endfor %}

|{% if p.many %}---|{% endif %}---|---|---|---|---|---|
{% for module in modules %}
|{% if p.many %} {{ loop.index }} |{% endif %}{% for n in module %} {{ n }} |{% endfor %}

{% endfor %}

The six numbers, {% if p.many %}$n_{m1}$ to $n_{m6}$ of module $m$
{%- else %}$n_1$ to $n_6${% endif %}, are numbers of filters. A “reduce” is the $1\times1$
convolution that narrows the input of the large convolution behind it, the “pool projection” the
$1\times1$ convolution behind the $3\times3$ max pooling. Padding and stride 1 keep height and width
everywhere; the four branches are joined along the channels.
{% if asked == 'params' %}{% if bias %}Every filter has **one bias**, which counts as a parameter.
{% else %}Biases are **not counted**.{% endif %}

{% if p.many %}How many channels does each module put out, and how many parameters does it have? For the
last module give the parameters of each convolution too.
{% else %}How many channels does the module put out, and how many parameters does each of its
convolutions have? Give the parameters of the module too, and those that the $5\times5$ convolution
would have if it saw the input of the module itself.{% endif %}
{% else %}Count multiplications of the convolutions only, those by zeros of the padding included.

{% if p.many %}How many channels does each module put out, and how many multiplications does it take? For
the last module give the multiplications of each convolution too.
{% else %}How many channels does the module put out, how many multiplications does each of its
convolutions take, and how many the module? How many would a $5\times5$ convolution take that saw the
input of the module itself, and how many times as many is that as the $5\times5$ branch takes with its
reduction?{% endif %}
{% endif %}
"""

    size: Integer = given("W", about="height and width", ge=1, le=4096)
    depth: Integer = given("D", about="channels of the input", ge=1, le=65536)
    modules: IntMatrix = given("n", min_length=1, max_length=9,
                               about="six numbers a module, in GoogLeNet's order")
    asked: Literal["params", "multiplications"] = "params"
    bias: bool = True

    @model_validator(mode="after")
    def _has_six(self) -> Self:
        if len(self.modules[0]) != 6:
            raise ValueError(f"modules: each has six numbers, in the order {', '.join(INCEPTION)}")
        if min(map(min, self.modules)) < 1 or max(map(max, self.modules)) > 65536:
            raise ValueError("modules: numbers of filters lie from 1 to 65,536")
        return self

    @property
    def many(self) -> bool:
        return len(self.modules) > 1

    @property
    def order(self) -> Sequence[str]:
        return INCEPTION

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        many = len(self.modules)
        rows = [str(i + 1) for i in range(many)] if many > 1 else [""]
        return {"modules": (rows, [str(i + 1) for i in range(6)])}

    def figure(self) -> Drawing:
        one = self.modules[0] if len(self.modules) == 1 else [f"n_{{m{i + 1}}}" for i in range(6)]
        n = [str(v) for v in one]
        source = f"{self.size}×{self.size}×{self.depth}" if len(self.modules) == 1 else "input"
        return branches(source, [[("1×1", n[0])], [("1×1", n[1]), ("3×3", n[2])],
                                 [("1×1", n[3]), ("5×5", n[4])],
                                 [("3×3 max pooling", ""), ("1×1", n[5])]], "joined channels",
                        "An inception module with the number of filters of each convolution")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        modules = [tuple(8 * rng.integer(low, high) for low, high in
                         ((4, 24), (3, 12), (13, 32), (1, 4), (5, 12), (2, 12)))
                   for _ in range(2 if level == "hard" else 1)]
        return cls(size=7 * rng.integer(1, 4), depth=16 * rng.integer(6, 32), modules=modules,
                   asked="multiplications" if level == "medium" else "params", decimals=2)

    def solve(self) -> Steps:
        depth: Any = self.depth
        for i, widths in enumerate(self.modules.tolist(), 1):
            row = f"module {i}: " if len(self.modules) > 1 else ""
            seen = depth
            sums = yield from self._convolutions(i, row, seen, widths)
            depth = yield Step(f"depth[{i}]", rf"D'_{{{i}}}" if row else "D'", inception_depth(widths),
                               f"Channels out of module {i}" if row else "Channels out", wrong={
                                   "added the reductions too": lambda widths=widths: total(widths),
                                   "left the pool projection out": lambda widths=widths:
                                   widths[0] + widths[2] + widths[4]})
            yield Step(f"total[{i}]", f"s_{{{i}}}" if row else "s", total(sums),
                       f"Module {i} in all" if row else "The whole module")
            if len(self.modules) == 1:
                yield from self._without_reduction(seen, widths, sums)

    def _convolutions(self, i: int, row: str, seen: Any, widths: Any) -> Any:
        counted, symbol, title = self._counted(seen, widths)
        sums = []
        for name, place in zip(INCEPTION, range(6), strict=True):
            sums.append((yield Step(f"rows[{i}{'abcdef'[place]}].count", f"{symbol}_{{{i},{place + 1}}}"
                                    if row else f"{symbol}_{{{place + 1}}}", counted[place], title,
                                    row=row + name, wrong=self._mistakes(place, seen, widths),
                                    # six more numbers for each module would be the same again
                                    ask=i == len(self.modules))))
        return sums

    def _without_reduction(self, seen: Any, widths: Any, sums: Any) -> Steps:
        five, width = self.written(5, drawn=False), widths[4]
        if self.asked == "params":
            yield Step("direct", r"p_{\text{direct}}", unit_weights(five, seen, self.bias) * width,
                       "5×5 on the input itself", wrong={} if seen == widths[3] else {
                           "let it see the reduced maps": lambda: sums[4]})
            return
        whole = yield Step("direct", r"m_{\text{direct}}",
                           self.size * self.size * width * unit_weights(five, seen, bias=False),
                           "5×5 on the input itself")
        yield Step("ratio", "r", whole / (sums[3] + sums[4]), "How many times as many",
                   wrong={"forgot the cost of the reduction": lambda: whole / sums[4]})

    def _counted(self, seen: Any, widths: Any) -> tuple[Any, str, str]:
        kernels = [side if side == 1 else self.written(side, drawn=False) for side in INCEPTION_KERNELS]
        if self.asked == "params":
            return inception_params(seen, widths, self.bias, kernels), "p", "Parameters"
        return inception_macs(self.size, seen, widths, kernels), "m", "Multiplications"

    def _mistakes(self, place: int, seen: Any, widths: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        inputs = inception_inputs(seen, widths)
        if place in (2, 4) and inputs[place] != seen:
            unreduced = [*widths]
            unreduced[place - 1] = seen
            wrong["let the large kernel see the whole input"] = \
                lambda: self._counted(seen, unreduced)[0][place]
        if place == 5 and widths[4] != seen:
            wrong["fed the pool projection from the 5×5 branch"] = \
                lambda: self._counted(widths[4], widths)[0][5]
        if self.asked == "params":
            wrong["left the biases out" if self.bias else "counted biases"] = \
                lambda: inception_params(seen, widths, not self.bias)[place]
        elif self.size != 1:
            wrong["counted one place of the map only"] = lambda: inception_macs(1, seen, widths)[place]
        return wrong
