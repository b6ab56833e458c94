"""Receptive field and jump through a chain of convolutions and poolings."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.counting import grown_field
from softmark.worksheet import IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack

NAMES = {"conv": "convolution", "max": "max pooling", "average": "average pooling"}


class ReceptiveField(Template):
    """A chain without branches; one side of a square, borders left aside."""

    title: ClassVar[str] = "Receptive field"
    # the comparisons only ask whether a layer strides or is dilated at all
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
An image runs through these layers, in this order:

| layer $l$ | kind | kernel $k_l$ | stride $s_l$ |{% if p.dilated %} dilation $d_l$ |{% endif %}

|---|---|---|---|{% if p.dilated %}---|{% endif %}

{% for row in p.rows %}
|{% for cell in row %} {{ cell }} |{% endfor %}

{% endfor %}

The **receptive field** $r_l$ of a value after layer $l$ is the side of the square of input pixels that
it depends on (far from the border
{%- if p.dilated %}; pixels that dilation skips in between count, too{% endif %}).
The **jump** $j_l$ is the distance, in input pixels, between the receptive
fields of two neighbouring values after layer $l$. Before the first layer $r_0=j_0=1$.
{% if p.dilated %}With dilation $d_l$ the values that a kernel of side $k_l$ sees lie $d_l$ apart, so that
it spans $(k_l-1)\,d_l+1$ of them.
{% endif %}

Give both after each layer.
"""

    kinds: tuple[Literal["conv", "max", "average"], ...] = given(
        min_length=1, max_length=12, about="what each layer is")
    kernels: IntVector = given("k", about="sides of the kernels and windows")
    strides: IntVector = given("s", about="strides")
    dilations: IntVector = given("d", default=(1,), about="dilations; 1 where there is none")

    @model_validator(mode="before")
    @classmethod
    def _undilated(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("dilations") \
                and isinstance(data.get("kinds"), list | tuple):
            return {**data, "dilations": [1] * len(data["kinds"])}
        return data

    @model_validator(mode="after")
    def _fits(self) -> Self:
        count = len(self.kinds)
        if {len(self.kernels), len(self.strides), len(self.dilations)} != {count}:
            raise ValueError("kinds, kernels, strides and dilations need one entry a layer")
        if min(*self.kernels, *self.strides, *self.dilations) < 1 or max(*self.kernels, *self.strides,
                                                                         *self.dilations) > 64:
            raise ValueError("kernels, strides and dilations lie from 1 to 64")
        if any(d > 1 for d, kind in zip(self.dilations, self.kinds, strict=True) if kind != "conv"):
            raise ValueError("only convolutions are dilated")
        return self

    @property
    def dilated(self) -> bool:
        return any(d > 1 for d in self.dilations)

    @property
    def rows(self) -> list[list[object]]:
        """The table of the statement, row by row."""
        rows = enumerate(zip(self.kinds, self.kernels, self.strides, self.dilations, strict=True), 1)
        return [[i, NAMES[kind], f"{k}×{k}", s, *([d] if self.dilated else [])]
                for i, (kind, k, s, d) in rows]

    def figure(self) -> Drawing:
        captions = [f"{'CONV' if kind == 'conv' else 'POOL'}{k}" for kind, k in
                    zip(self.kinds, self.kernels, strict=True)]
        return stack(captions, "image", "The layers in order")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        kinds = rng.level(level, easy=("conv", "max", "conv"), medium=("conv", "max", "conv", "conv"),
                          hard=("conv", "average", "conv", "max", "conv"))
        kernels, strides, dilations = [], [], []
        for kind in kinds:
            conv = kind == "conv"
            kernels.append(rng.choice((3, 5, 7, 9, 11) if conv else (2, 3, 4, 5, 6)))
            # a stride above the kernel would leave pixels out, and nobody strides further than 3
            widest = min(3, kernels[-1])
            strides.append(rng.integer(1 if conv else 2, widest))
            dilations.append(rng.choice((2, 3, 4)) if conv and level == "hard" else 1)
        return cls(kinds=kinds, kernels=kernels, strides=strides, dilations=dilations)

    def solve(self) -> Steps:
        field, jump = (self.written(1, drawn=False, symbol=symbol) for symbol in ("r_0", "j_0"))
        for i, (kind, k, s, d) in enumerate(zip(
                self.kinds, self.kernels.tolist(), self.strides.tolist(), self.dilations.tolist(),
                strict=True), 1):
            row = f"{i}: {NAMES[kind]}"
            field = yield Step(f"rows[{i}].field", f"r_{{{i}}}", grown_field(field, jump, k, d),
                               "Receptive field", row=row, wrong=self._mistakes(field, jump, k, s, d))
            jump = yield Step(f"rows[{i}].jump", f"j_{{{i}}}", jump * s, "Jump", row=row, weight=0.5,
                              wrong={"added the strides instead of multiplying":
                                     lambda jump=jump, s=s: jump + s} if i > 1 and s != 1
                              and jump + s != jump * s else {})

    @staticmethod
    def _mistakes(field: Any, jump: Any, k: Any, s: Any, d: Any) -> dict[str, Any]:
        wrong = {"added the whole kernel instead of one less": lambda: field + k * d * jump}
        if k == 1:
            return wrong
        if jump != 1:
            wrong["ignored the strides before"] = lambda: grown_field(field, 1, k, d)
        if s != 1:
            wrong["let the layer's own stride widen its field"] = \
                lambda: grown_field(field, jump * s, k, d)
        if d != 1:
            wrong["ignored the dilation"] = lambda: grown_field(field, jump, k)
        return wrong
