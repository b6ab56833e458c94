"""A program as a computational graph: values forward, derivatives backward."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers import autodiff
from softmark.solvers.autodiff import (
    Operation,
    collected,
    computed,
    local_derivative,
    tex_name,
    times,
    uses,
    written,
)
from softmark.worksheet import Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.computation import computation
from softmark.worksheet.terms import leaf_text

#: programs by level; F is a squashing function, S a sign of a sum
PROGRAMS = {
    "easy": (("v1 = x1 * x2", "v2 = v1 S x3", "v3 = F(v2)", "v4 = v3 ^ 2"),
             ("v1 = x1 S x2", "v2 = v1 * x3", "v3 = F(v2)", "v4 = v3 ^ 2")),
    "medium": (("v1 = x1 S x2", "v2 = x2 * x3", "v3 = v1 * v2", "v4 = F(v3)", "v5 = v4 - x1"),
               ("v1 = x1 * x2", "v2 = x2 S x3", "v3 = v1 * v2", "v4 = F(v3)", "v5 = v4 - x1")),
    "hard": (("v1 = x1 * x2", "v2 = F(v1)", "v3 = v2 S x3", "v4 = v1 * v3", "v5 = v4 - v2",
              "v6 = v5 ^ 2"),
             ("v1 = x1 S x2", "v2 = F(v1)", "v3 = v2 * x3", "v4 = v1 * v3", "v5 = v4 - v2",
              "v6 = v5 ^ 2"))}


class AutodiffNumeric(Template):
    """Inputs are x1, x2, …, results v1, v2, …; the last result is differentiated."""

    title: ClassVar[str] = "Automatic differentiation by hand"
    statement: ClassVar[str] = r"""
A program computes ${{ p.last }}$ from ${{ named('x') }}$ by these operations
{%- if 'sigmoid' in p.functions %} ($\sigma(z)=1/(1+e^{-z})$){% endif %}:

$${{ p.listing }}$$

1. Run it forward: give every $v_i$.
2. Run it backward, from $\bar v_{ {{- program|length -}} }=1$ on:
   give {% if ask_locals %}the local derivatives of the operations that are not sums, and {% endif -%}
   the derivative $\bar u=\partial {{ p.last }}/\partial u$ of the last result
   with respect to every $v_i$ before it and every input. A value that is used more than once
   collects a part from **each** use.
"""

    program: tuple[str, ...] = given(about="the operations, one a line: v1 = x1 * x2", min_length=2,
                                     max_length=10)
    x: Vector = given("x", about="values of x1, x2, …", min_length=1, max_length=6)
    ask_locals: bool = given(default=False, about="are the local derivatives asked?")

    @model_validator(mode="after")
    def _runs(self) -> Self:
        program = autodiff.parsed(self.program)
        used = {arg for operation in program for arg in operation.args if arg[0] in "xv"}
        inputs = {f"x{i}" for i in range(1, len(self.x) + 1)}
        if {name for name in used if name[0] == "x"} != inputs:
            raise ValueError(f"the program must use each of {', '.join(sorted(inputs))} "
                             "and no other input")
        unused = {operation.name for operation in program[:-1]} - used
        if unused:
            raise ValueError(f"{min(unused)} is computed, but nothing uses it")
        try:
            autodiff.gradients(program, dict(zip(sorted(inputs), map(float, self.x), strict=True)))
        except (ArithmeticError, ValueError):
            raise ValueError("the program divides by 0, takes the logarithm or root of a number that "
                             "has none, or grows too large") from None
        return self

    @property
    def operations(self) -> list[Operation]:
        return autodiff.parsed(self.program)

    @property
    def last(self) -> Any:
        return Markup(tex_name(self.operations[-1].name))

    @property
    def functions(self) -> set[str]:
        return {operation.op for operation in self.operations}

    @property
    def listing(self) -> Any:
        return Markup(r",\quad ".join(f"{tex_name(o.name)}={written(o)}" for o in self.operations))

    def figure(self) -> Drawing:
        return computation(self.operations, {f"x{i}": leaf_text(v) for i, v in enumerate(self.x, 1)},
                           "The program as a graph")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        lines = rng.choice(PROGRAMS[level])
        function, sign = rng.choice(["sigmoid", "tanh"]), rng.choice(["+", "-"])
        program = tuple(line.replace("F", function).replace("S", sign) for line in lines)
        while True:
            # sizes that differ, so that no sum of two inputs is 0
            sizes = rng.sample([i for i in range(2, 13) if i != 10], 3)
            x = tuple(Decimal(rng.choice([-i, i])) / 10 for i in sizes)
            found = autodiff.gradients(autodiff.parsed(program),
                                       {f"x{i}": float(v) for i, v in enumerate(x, 1)})
            # what is tiny is mostly rounding, what is large makes rounding larger, and a factor 1 hides
            # what was multiplied
            if all(0.05 <= abs(value) <= 1.2 for value in found.values()) and \
                    all(abs(found[o.name]) != 1 for o in autodiff.parsed(program)):
                return cls(program=program, x=x, ask_locals=level == "easy", decimals=4)

    def solve(self) -> Steps:
        program = self.operations
        inputs = [f"x{i}" for i in range(1, len(self.x) + 1)]
        values: dict[str, Any] = dict(zip(inputs, self.x, strict=True))
        even = set(inputs)  # short inputs give sums and products that come out even
        for operation in program:
            if operation.op in "+-*" and even.issuperset(operation.args):
                even.add(operation.name)
            values[operation.name] = yield Step(
                operation.name, tex_name(operation.name), computed(operation, values),
                f"Forward: ${tex_name(operation.name)}$",
                decimals=self.decimals + 1 if operation.name in even else None)
        locals_: dict[tuple[str, int], Any] = {}
        for operation in reversed(program):
            for place, arg in enumerate(operation.args):
                if arg not in values:
                    continue
                local = local_derivative(operation, place, values)
                if operation.op not in "+-" and not isinstance(local, int):
                    # the other factor of a product is as long as it was
                    other = operation.args[1 - place] if operation.op == "*" else ""
                    known = self.ask_locals or (other in values and other not in even)
                    over, under = tex_name(operation.name), tex_name(arg)
                    local = yield Step(
                        f"d[{operation.name}][{arg}]", rf"\frac{{\partial {over}}}{{\partial {under}}}",
                        local, "Local derivative", ask=self.ask_locals, weight=0.5,
                        decimals=None if known else self.decimals + 1)
                locals_[operation.name, place] = local
        adjoint: dict[str, Any] = {program[-1].name: 1}
        for name in [*(operation.name for operation in reversed(program[:-1])), *inputs]:
            edges = [(adjoint[o.name], locals_[o.name, place]) for o, place in uses(program, name)]
            parts = [times(*edge) for edge in edges]
            total = collected(edges)
            plain = isinstance(total, int)
            adjoint[name] = yield Step(
                f"bar[{name}]", rf"\bar {tex_name(name)}", total, rf"Backward: $\bar {tex_name(name)}$",
                ask=not plain, note="A sum hands the derivative on unchanged." if plain else "",
                wrong={} if plain else self._mistakes(edges, parts))

    @staticmethod
    def _mistakes(edges: list[tuple[Any, Any]], parts: list[Any]) -> dict[str, Any]:
        wrong: dict[str, Any] = {}
        if len(parts) > 1:
            wrong["followed one path only"] = lambda: parts[0]
        if all(not isinstance(value, int) for edge in edges for value in edge):
            wrong["added along a path instead of multiplying"] = \
                lambda: sum(a + b for a, b in edges)
        if any(isinstance(local, int) and local == -1 for _, local in edges):
            wrong["lost the minus of a difference"] = lambda: sum(
                adjoint if isinstance(local, int) and local == -1 else times(adjoint, local)
                for adjoint, local in edges)
        return wrong
