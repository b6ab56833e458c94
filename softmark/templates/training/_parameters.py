"""What optimizers by hand share: one parameter θ, or two, θ = (w, u)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from softmark.worksheet import Template, Vector, given
from softmark.worksheet.template import field_note
from softmark.worksheet.terms import leaf_text

NAMES = ("w", "u")


def _listed(values: Sequence[Decimal]) -> str:
    texts = [leaf_text(value) for value in values]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


class Parameters(Template):
    """Where an optimizer starts, and how its one or two parameters are called."""

    theta: Vector = given(r"\theta_0", about="parameters at the start, one or two", min_length=1,
                          max_length=2)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of two parameters; none are needed for one."""
        return NAMES if len(self.theta) == 2 else ()

    @property
    def labels(self) -> list[tuple[str, ...]] | None:
        return [self.names] if self.names else None

    def at_start(self, name: str) -> Markup:
        """A field with one number a parameter, for the statement, as LaTeX."""
        named = r"(\theta_{0w},\theta_{0u})=" if name == "theta" and self.names else ""
        return Markup(f"{field_note(type(self), name).symbol}={named}{_listed(getattr(self, name))}")
