"""What families share whose optimizer is given the gradients of its steps, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.templates.training._parameters import Parameters
from softmark.worksheet import Matrix, Number, Rng, given

#: the gradients as a table of the statement
TABLE = r"""
| $t$ {% for row in g %}| {{ loop.index }} {% endfor %}|
|---{% for row in g %}|---{% endfor %}|
{% for name, values in p.rows %}
| ${{ name }}$ {% for value in values %}| ${{ value|number }}$ {% endfor %}|
{% endfor %}
"""


class History(Parameters):
    """Parameters, their gradients in every step, and what the optimizer remembers at the start."""

    #: fields that hold the optimizer's memory of squares, one number a parameter
    memory: ClassVar[tuple[str, ...]] = ()

    g: Matrix = given("g", about="gradients, one row a step, one column a parameter", min_length=1,
                      max_length=5)
    eps: Number = given(r"\varepsilon", about="small number against division by zero", gt=0, le=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.g[0]) != len(self.theta):
            raise ValueError("every row of g needs one gradient a parameter")
        if any(abs(v) > 100 for v in (*self.theta, *(v for row in self.g for v in row))):
            raise ValueError("parameters and gradients lie between -100 and 100")
        for name in self.memory:
            values = getattr(self, name)
            if len(values) != len(self.theta):
                raise ValueError(f"{name} needs one number a parameter")
            if any(not 0 <= v <= 10_000 for v in values):
                raise ValueError(f"{name} holds means or sums of squares, from 0 to 10,000")
        return self

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        one = (self.names or [""],)
        steps = [str(t) for t in range(1, len(self.g) + 1)]
        return {"theta": one, "g": (steps, *one), **dict.fromkeys(self.memory, one)}

    @property
    def rows(self) -> list[tuple[Markup, tuple[Any, ...]]]:
        """The table of gradients: a name a row, its values over the steps."""
        names = [Markup(f"g_{{t{name}}}") for name in self.names] or [Markup("g_t")]
        return list(zip(names, zip(*self.g, strict=True), strict=True))

    @property
    def given_start(self) -> Markup:
        """Parameters and memory at the start, as LaTeX."""
        return Markup(r",\quad ".join(self.at_start(name) for name in ("theta", *self.memory)))

    def after(self, t: int) -> str:
        """What stands above the result of a step."""
        return f"Parameter{'s' if self.names else ''} after step {t}"

    def scalar(self, values: Any) -> Any:
        """In `solve`: an array of two, or the number that an array of one holds."""
        return values if len(values) == 2 else values[0]

    @classmethod
    def drawn(cls, rng: Rng, dimensions: int, steps: int) -> dict[str, Any]:
        """Parameters, gradients that are not too small, and an eps that shows."""
        small = ["-0.4", "-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3", "0.4"]
        return {"theta": rng.vector(dimensions, "-2", "2", 1, ["0"]),
                "g": rng.matrix(steps, dimensions, "-4", "4", 1, small),
                "eps": rng.choice(["0.02", "0.04", "0.05", "0.08", "0.1"])}


class Scaled(History):
    """An optimizer that divides a learning rate by the root of what it remembers of squares."""

    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    eps_in: Literal["inside", "outside"] = "inside"

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "outside" if self.eps_in == "inside" else "inside"
        # a tiny epsilon shows nowhere
        return {f"put ε {other} the root": {"eps_in": other}} if self.eps >= Decimal("0.01") else {}

    def divisor(self, squares: str) -> Markup:
        """What the learning rate is divided by, as LaTeX."""
        return Markup(rf"\sqrt{{{squares}+\varepsilon}}" if self.eps_in == "inside" else
                      rf"\sqrt{{{squares}}}+\varepsilon")
