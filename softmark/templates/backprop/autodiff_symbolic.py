"""A program in letters: the derivatives of its result with respect to its inputs, as formulas."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers import autodiff
from softmark.solvers.autodiff import (
    Operation,
    collected,
    gradients,
    local_derivative,
    tex_name,
    times,
    uses,
    written,
)
from softmark.worksheet import Rng, Step, Steps, Template, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.expressions import Expression, as_expression, symbols, tex
from softmark.worksheet.figures.computation import computation

#: without e, which is a number, i, l and o, which look like numbers, and d, x, v and y, which are taken
ALPHABET = "abcfghkmnpqrstuwz"
#: programs by level; F is a function, S a sign of a sum
PROGRAMS = {
    "easy": (("v1 = x1 * x2", "v2 = v1 S x3", "v3 = v2 ^ 2"),
             ("v1 = x1 S x2", "v2 = v1 * x3", "v3 = v2 ^ 2"),
             ("v1 = x1 S x2", "v2 = v1 ^ 2", "v3 = v2 * x3")),
    "medium": (("v1 = x1 * x2", "v2 = x2 S x3", "v3 = v1 * v2", "v4 = F(v3)"),
               ("v1 = x1 * x2", "v2 = F(v1)", "v3 = x2 S x3", "v4 = v2 * v3"),
               ("v1 = x1 S x2", "v2 = F(v1)", "v3 = x2 * x3", "v4 = v2 * v3")),
    "hard": (("v1 = x1 * x2", "v2 = F(v1)", "v3 = v1 S x3", "v4 = v2 * v3", "v5 = v4 ^ 2"),
             ("v1 = x1 * x2", "v2 = F(v1)", "v3 = v2 S x3", "v4 = v1 * v3", "v5 = v4 ^ 2"),
             ("v1 = x1 S x2", "v2 = F(v1)", "v3 = v2 * x3", "v4 = v1 * v3", "v5 = v4 ^ 2"))}


class AutodiffSymbolic(Template):
    """The program is written with x1, x2, …; the letters are what the student sees."""

    title: ClassVar[str] = "Automatic differentiation in letters"
    statement: ClassVar[str] = r"""
A program computes $y={{ p.last }}$ from the inputs ${{ p.named_inputs }}$
{%- if p.positive %}, which are positive,{% endif %} by these operations
{%- if 'sigmoid' in p.functions %} ($\sigma(z)=1/(1+e^{-z})$, typed sigmoid(z) or written out)
{%- endif %}:

$${{ p.listing }}$$

Write the result $y$ and its derivative with respect to every input as a formula in the letters of the
inputs alone. Go backward through the graph: multiply along a path, add what comes along different
paths. Formulas need not be simplified.
"""

    program: tuple[str, ...] = given(about="the operations, one a line: v1 = x1 * x2", min_length=2,
                                     max_length=8)
    letters: tuple[str, ...] = given(about="letters of x1, x2, …", min_length=1, max_length=6)

    @model_validator(mode="after")
    def _runs(self) -> Self:
        program = autodiff.parsed(self.program)
        used = {arg for operation in program for arg in operation.args if arg[0] in "xv"}
        if {name for name in used if name[0] == "x"} != set(self.inputs):
            raise ValueError(f"the program must use each of {', '.join(self.inputs)} and no other input")
        unused = {operation.name for operation in program[:-1]} - used
        if unused:
            raise ValueError(f"{min(unused)} is computed, but nothing uses it")
        if "relu" in self.functions:
            raise ValueError("ReLU has no one formula for its derivative")
        if len(set(self.letters)) < len(self.letters) or \
                not all(re.fullmatch(r"[a-zA-Z][0-9]?", v) and v[0] not in "evxy" for v in self.letters):
            raise ValueError("letters must differ, each one letter other than e, v, x, y, with a digit "
                             "behind it if you like")
        return self

    @property
    def inputs(self) -> list[str]:
        return [f"x{i}" for i in range(1, len(self.letters) + 1)]

    @property
    def names(self) -> dict[str, str]:
        """How each input is written."""
        return {x: letter if len(letter) == 1 else f"{letter[0]}_{letter[1:]}"
                for x, letter in zip(self.inputs, self.letters, strict=True)}

    @property
    def operations(self) -> list[Operation]:
        return autodiff.parsed(self.program)

    @property
    def functions(self) -> set[str]:
        return {operation.op for operation in self.operations}

    @property
    def positive(self) -> bool:
        return bool(self.functions & {"log", "sqrt"})

    @property
    def last(self) -> Any:
        return Markup(tex_name(self.operations[-1].name))

    @property
    def named_inputs(self) -> Any:
        return Markup(", ".join(self.names.values()))

    @property
    def listing(self) -> Any:
        return Markup(r",\quad ".join(f"{tex_name(o.name)}={written(o, self.names)}"
                                      for o in self.operations))

    def figure(self) -> Drawing:
        return computation(self.operations, dict.fromkeys(self.inputs, ""),
                           "The program as a graph, from its inputs to its result", self.names)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        function, sign = rng.choice(["exp", "sigmoid", "tanh"]), rng.choice(["+", "-"])
        lines = rng.choice(PROGRAMS[level])
        return cls(program=tuple(line.replace("F", function).replace("S", sign) for line in lines),
                   letters=tuple(rng.sample(ALPHABET, 3)))

    def solve(self) -> Steps:
        program = self.operations
        domain = "positive" if self.positive else "real"
        values = dict(zip(self.inputs, symbols(" ".join(self.letters), domain), strict=True))
        right = gradients(program, values)
        one_path = gradients(program, values, joined=lambda parts: parts[0])
        added = gradients(program, values, along=_added)
        how = self._chain_rule()
        yield Step("y", "y", as_expression(right[program[-1].name]), "The result")
        for name in [operation.name for operation in reversed(program[:-1])]:
            if not isinstance(right[f"d{name}"], int):
                yield Step(f"bar[{name}]", rf"\frac{{\partial y}}{{\partial {tex_name(name)}}}",
                           as_expression(right[f"d{name}"]),
                           f"Derivative with respect to ${tex_name(name)}$", ask=False, note=how[name])
        for x, letter in zip(self.inputs, self.letters, strict=True):
            wrong = {"followed one path only": lambda x=x: as_expression(one_path[f"d{x}"]),
                     "added along a path instead of multiplying":
                     lambda x=x: as_expression(added[f"d{x}"])}
            if str(one_path[f"d{x}"]) == str(right[f"d{x}"]):
                del wrong["followed one path only"]
            yield Step(f"d[{letter}]", rf"\frac{{\partial y}}{{\partial {self.names[x]}}}",
                       as_expression(right[f"d{x}"]), f"Derivative with respect to ${self.names[x]}$",
                       wrong=wrong, note=how[x])

    def _chain_rule(self) -> dict[str, str]:
        """For every result and input, how its derivative comes from those behind it in the graph."""
        program = self.operations
        names = self.names | {o.name: tex_name(o.name) for o in program}
        values = {name: Expression("symbol", name=name, latex=latex) for name, latex in names.items()}
        bars: dict[str, Any] = {program[-1].name: 1}
        found: dict[str, str] = {}
        for name in [*(o.name for o in reversed(program[:-1])), *self.inputs]:
            total = collected([(bars[o.name], local_derivative(o, place, values))
                               for o, place in uses(program, name)])
            bars[name] = Expression("symbol", name=f"bar {name}", latex=rf"\bar {names[name]}")
            short = "" if found else r", where $\bar u$ is short for $\partial y/\partial u$"
            found[name] = rf"$\bar {names[name]}={tex(as_expression(total))}${short}."
        return found


def _added(adjoint: Any, local: Any) -> Any:
    """What comes along an edge if one adds instead of multiplying; a factor 1 or −1 is kept."""
    return times(adjoint, local) if 1 in (_size(adjoint), _size(local)) else adjoint + local


def _size(value: Any) -> int:
    """The size of a whole number, 0 for anything else."""
    return abs(value) if isinstance(value, int) else 0
