"""Weights and biases of a fully connected network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.counting import dense_params, product, total
from softmark.worksheet import Integer, IntVector, Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.grid import stack


class ParamsFc(Template):
    """Layer by layer; on hard also the network that a budget of parameters allows."""

    title: ClassVar[str] = "Parameters of a fully connected network"
    # whether a budget is given is no rounding matter
    ties_meant: ClassVar[bool] = True
    statement: ClassVar[str] = r"""
{% if input|length > 1 %}A fully connected network takes a
${% for n in input %}d_{{ loop.index }}{% if not loop.last %}\times {% endif %}{% endfor %}=
{%- for n in input %}{{ n|number }}{% if not loop.last %}\times{% endif %}{% endfor %}$ image; each
of its values is one input.
{% else %}A fully connected network has ${{ named('input') }}$ inputs.
{% endif %}
The numbers of units of its layers are, in this order, ${{ named('units') }}$. Each unit is connected
to every value of the layer before.
{% if bias %}Every unit has **one bias**, which counts as a parameter; the inputs have none.
{% else %}There are **no biases**.{% endif %}

Give {{ 'the number of inputs, ' if input|length > 1 }}the weights of each layer (without biases)
{{- ', the number of biases' if bias }} and all parameters together.
{% if budget > 0 %}Someone wants a network with the same inputs and the same last layer but with **one
hidden layer** only, and at most ${{ named('budget') }}$ parameters{{ ' (biases included)' if bias }}.
How many hidden units may it have at most?{% endif %}
"""

    input: IntVector = given("d", min_length=1, max_length=3,
                             about="number of inputs, or the sides of the image")
    units: IntVector = given("n", min_length=1, max_length=6, about="units of each layer, in order")
    budget: Integer = given("B", default=0, ge=0, le=10**12,
                            about="parameters that a smaller network may have, 0 for no such question")
    bias: bool = True

    @model_validator(mode="after")
    def _countable(self) -> Self:
        if min(*self.input, *self.units) < 1 or max(*self.input, *self.units) > 10**6:
            raise ValueError("inputs and units are at least 1 and at most 1,000,000")
        if self.budget and self.budget < dense_params(product(self.input), 1, self.bias) \
                + dense_params(1, self.units[-1], self.bias):
            raise ValueError("the budget does not pay for a single hidden unit")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        alone = {"input": ([""],)} if len(self.input) == 1 else {}
        return {"units": ([str(i + 1) for i in range(len(self.units))],), **alone}

    def figure(self) -> Drawing:
        return stack([f"FC-{n}" for n in self.units], "×".join(map(str, self.input)),
                     "The layers in order, with the number of their units")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        side = 4 * rng.integer(4, 16)
        sides = rng.level(level, easy=(rng.integer(5, 60),), medium=(side, side), hard=(side, side, 3))
        hidden = [10 * n for n in rng.sample(range(2, 41), rng.level(level, easy=1, medium=2, hard=2))]
        if level == "easy":
            hidden = [rng.integer(4, 40)]
        units = (*hidden, rng.integer(2, 20))
        budget = 1000 * rng.integer(product(sides) // 100, product(sides) // 10) \
            if level == "hard" else 0
        return cls(input=sides, units=units, budget=budget,
                   bias=rng.level(level, easy=True, medium=rng.choice((True, False)), hard=True))

    def solve(self) -> Steps:
        sides, sizes = self.input.tolist(), [*self.input.tolist()[:1], *self.units.tolist()]
        if len(sides) > 1:
            sizes[0] = yield Step("inputs", "n_0", product(sides), "Inputs",
                                  wrong={"took one input a pixel": lambda: product(sides[:2])}
                                  if len(sides) == 3 and sides[2] != 1 else {})
        weights = []
        for i, (n, m) in enumerate(pairwise(sizes), 1):
            weights.append((yield Step(
                f"weights[{i}]", f"w_{{{i}}}", dense_params(n, m, bias=False), f"Weights of layer {i}",
                wrong={"added the sizes instead of multiplying": lambda n=n, m=m: n + m})))
        everything = total(weights)
        if self.bias:
            biases = yield Step("biases", "b", total(sizes[1:]), "Biases", wrong={
                "gave the inputs a bias each": lambda: total(sizes),
                "counted one bias per layer": lambda: len(sizes) - 1})
            everything = everything + biases
        yield Step("total", "p", everything, "All parameters", wrong=self._total_mistakes(sizes, weights))
        if self.budget > 0:
            n, k = sizes[0], sizes[-1]
            most = self._most(n, k)
            yield Step("most", "h", most, "Hidden units the budget allows",
                       note="Each hidden unit costs its weights from the inputs and to the outputs"
                       + (" and its bias; the biases of the outputs are paid first." if self.bias
                          else "."),
                       wrong={"rounded up": lambda: most + 1,
                              "forgot the weights to the outputs": lambda:
                              self.budget // dense_params(n, 1, self.bias)})

    def _most(self, n: Any, k: Any) -> Any:
        return (self.budget - k) // (n + 1 + k) if self.bias else self.budget // (n + k)

    def _total_mistakes(self, sizes: list[Any], weights: list[Any]) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if len(sizes) > 2:
            wrong["multiplied all sizes with each other"] = lambda: product(sizes)
        if self.bias:
            wrong["left the biases out"] = lambda: total(weights)
        else:
            wrong["counted biases"] = lambda: total(weights) + total(sizes[1:])
        return wrong
