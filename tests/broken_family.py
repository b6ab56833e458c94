"""A family with faults, for tests of the contract."""

from __future__ import annotations

from typing import ClassVar, Self

from softmark.worksheet import Number, Rng, Step, Steps, Template, given


class BrokenFamily(Template):
    title: ClassVar[str] = "Broken"
    statement: ClassVar[str] = "Too short, and $x is open."

    x: Number = given("x")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        return cls(x=rng.decimal(1, 90, 2))

    def solve(self) -> Steps:
        # the number behind the term is taken out: no formula, no sentence
        yield Step("y", "y", 2 * float(str(self.x)), "Twice x")
