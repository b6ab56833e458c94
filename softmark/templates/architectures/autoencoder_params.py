"""Parameters of an autoencoder: encoder, decoder, with weights of its own or tied ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.counting import autoencoder_params, total
from softmark.worksheet import IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.units import layers_of_units


class AutoencoderParams(Template):
    """The decoder mirrors the encoder."""

    title: ClassVar[str] = "Parameters of an autoencoder"
    statement: ClassVar[str] = r"""
A fully connected autoencoder has an encoder with layers of
${{ named('sizes') }}$ units, from the input to the code. The decoder mirrors it, from the code back to
${{ sizes[0]|number }}$ outputs.
{% if tied %}The weights are **tied**: each layer of the decoder uses the matrix of its mirror image in
the encoder, transposed, so that these weights are there **once**.
{% else %}Encoder and decoder have weights of their own (**not tied**).
{% endif %}
{% if bias %}Every unit of both but the inputs has **a bias of its own**{{ ', with tied weights too' if
tied }}. Biases count as parameters.
{% else %}There are **no biases**.
{% endif %}

Give the weights of the encoder (without biases), the parameters of the encoder, the parameters that the
decoder adds, and all parameters of the autoencoder. How many times as large as the code is the input?
{% if tied %}How many parameters does tying save?{% endif %}
"""

    sizes: IntVector = given("n", about="units from the input to the code", min_length=2, max_length=8)
    tied: bool = False
    bias: bool = True

    @model_validator(mode="after")
    def _has_units(self) -> Self:
        if min(self.sizes) < 1 or max(self.sizes) > 10**6:
            raise ValueError("sizes: a layer has from 1 to 1,000,000 units")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        return {"sizes": ([str(i) for i in range(len(self.sizes))],)}

    def figure(self) -> Drawing:
        return layers_of_units([*self.sizes, *self.sizes[-2::-1]], len(self.sizes) - 1, "code")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        count = rng.level(level, easy=2, medium=3, hard=4)
        size = rng.level(level, easy=rng.integer(12, 90), medium=4 * rng.integer(8, 50),
                         hard=4 * rng.integer(50, 250))
        sizes = [size]
        for _ in range(count - 1):
            sizes.append(max(2, sizes[-1] * rng.integer(25, 75) // 100))
        return cls(sizes=sizes, tied=rng.level(level, easy=False, medium=False, hard=True), decimals=2)

    def solve(self) -> Steps:
        sizes = self.sizes.tolist()
        weights = yield Step("weights", "w", autoencoder_params(sizes, bias=False)[0],
                             "Weights of the encoder",
                             wrong={"added the sizes instead of multiplying": lambda: total(sizes)}
                             if all(n * m != n + m for n, m in pairwise(sizes)) else {})
        encoder = weights
        if self.bias:
            encoder = yield Step("encoder", r"p_{\text{enc}}", weights + total(sizes[1:]),
                                 "Parameters of the encoder",
                                 wrong={"left the biases out": lambda: weights,
                                        "gave the inputs biases": lambda: weights + total(sizes)})
        own = total(sizes[:-1])
        decoder = own if self.tied and self.bias else weights + own if self.bias else \
            0 * weights if self.tied else weights
        decoder = yield Step("decoder", r"p_{\text{dec}}", decoder, "Parameters the decoder adds",
                             note=self._how(), wrong=self._mistakes(sizes, weights))
        yield Step("total", "p", encoder + decoder, "All parameters")
        if self.tied:
            untied = total(autoencoder_params(sizes, self.bias))
            yield Step("saved", "s", weights, "Parameters that tying saves",
                       note="Without tying, the decoder would have as many weights again.",
                       wrong={"took half of all parameters": lambda: untied // 2}
                       if self.bias else {})
        yield Step("ratio", "r", sizes[0] / sizes[-1],
                   "Input over code", wrong={"turned the ratio round": lambda: sizes[-1] / sizes[0]}
                   if sizes[0] != sizes[-1] else {})

    def _how(self) -> str:
        if self.tied and not self.bias:
            return "The decoder has nothing of its own."
        return "The decoder's units are those of all layers of the encoder except the code."

    def _mistakes(self, sizes: list[Any], weights: Any) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if self.tied:
            wrong["counted the tied weights twice"] = lambda: \
                autoencoder_params(sizes, self.bias)[1]
        if self.bias and sizes[0] != sizes[-1]:
            wrong["took the encoder's biases for the decoder too"] = lambda: \
                (0 if self.tied else weights) + total(sizes[1:])
        return wrong
