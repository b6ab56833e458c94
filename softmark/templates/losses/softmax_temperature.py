"""What a common shift and a temperature do to softmax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import model_validator

from softmark.solvers.functions import exp, largest
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import bars


class SoftmaxTemperature(Template):
    """Temperatures other than 1, and a shift other than 0, are asked one after the other."""

    title: ClassVar[str] = "Softmax with a shift and with a temperature"
    statement: ClassVar[str] = r"""
A classifier gives the logits ${{ named('z') }}$.

{{ '- ' }}Compute the softmax probabilities $p_i=e^{z_i}/\sum_j e^{z_j}$.
{% if c != 0 %}
{{ '- ' }}Add the same number $c={{ c|number }}$ to every logit and compute the probabilities
$p^{+}_i$ of the logits $z_i+c$.
{% endif %}
{% if p.warm %}
{% if p.warm|length == 1 %}
{{ '- ' }}Compute the probabilities at the temperature $T_1={{ p.warm[0]|number }}$: those of the logits
$u^{(1)}_i=z_i/T_1$.
{% else %}
{{ '- ' }}Compute the probabilities at the temperatures ${{ named('T') }}$: those of the logits
$u^{(k)}_i=z_i/T_k$.
{% endif %}
Is the distribution sharper than at temperature 1 (its largest probability has grown) or flatter?
{% endif %}
"""

    z: Vector = given("z", about="logits", min_length=2, max_length=6)
    c: Number = given("c", default=Decimal(0), about="number added to every logit", ge=-9, le=9)
    T: Vector = given("T", default=(Decimal(1),), about="temperatures; 1 asks nothing more",
                      max_length=3)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(abs(v) for v in self.z) > 12:
            raise ValueError("logits lie between -12 and 12, to be worked by hand")
        if not all(Decimal("0.1") <= t <= 20 for t in self.T) or len(set(self.T)) < len(self.T):
            raise ValueError("temperatures T lie between 0.1 and 20, and differ")
        if (max(self.z) - min(self.z)) / min(self.T) > 12:
            raise ValueError("logits over the temperature differ by 12 at most: probabilities round to 0")
        if len(set(self.z)) == 1:
            raise ValueError("logits must not all be equal, or no temperature changes anything")
        return self

    @property
    def warm(self) -> list[Any]:
        return [t for t in self.T if t != 1]

    def figure(self) -> Drawing:
        return bars((("logits z", self.z),), [str(i + 1) for i in range(len(self.z))],
                    "The logits as bars")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size = 3
        z = tuple(f"{v / 100:.2f}" for v in rng.sample([v for v in range(-120, 121) if v], size))
        cold, hot = rng.choice(["0.4", "0.5", "0.6", "0.8"]), rng.choice(["1.5", "2", "2.5", "4"])
        return cls(z=z, c=rng.level(level, easy=rng.decimal("-1.5", "1.5", 1, ["0"]), medium=0, hard=0),
                   T=rng.level(level, easy=("1",), medium=(rng.choice([cold, hot]),),
                               hard=tuple(rng.shuffled([cold, hot]))),
                   decimals=4)

    def solve(self) -> Steps:
        e = yield Step("e", "e", exp(self.z), "Exponentials")
        p = yield Step("p", "p", e / e.sum(), "Probabilities",
                       wrong={"left out the division by the sum": lambda: e + 0})
        if self.c != 0:
            moved = yield Step("moved", r"u", self.z + self.c, "Shifted logits", ask=False)
            f = yield Step("e_shifted", r"e^{+}", exp(moved), "Exponentials of the shifted logits")
            yield Step("p_shifted", "p^{+}", f / f.sum(), "Probabilities after the shift",
                       note="The factor $e^c$ cancels: they are the probabilities from before.",
                       wrong={"added c to the probabilities": lambda: p + self.c})
        for i, t in enumerate((t for t in self.T if t != 1), 1):
            yield from self._at(i, t, p)

    def _at(self, i: int, t: Any, p: Any) -> Steps:
        shown = str(t).removesuffix(".0")
        u = yield Step(f"u{i}", f"u^{{({i})}}", self.z / t, f"Logits at temperature {shown}",
                       ask=False,
                       wrong={"multiplied by T instead of dividing": lambda: self.z * t})
        e = yield Step(f"e{i}", f"e^{{({i})}}", exp(u), f"Exponentials at temperature {shown}")
        q = yield Step(f"p{i}", f"p^{{({i})}}", e / e.sum(), f"Probabilities at temperature {shown}",
                       wrong={"divided the probabilities by T instead of the logits": lambda: p / t})
        sharper = bool(largest(q) > largest(p))
        yield Step(f"effect{i}", r"\text{effect}", "sharper" if sharper else "flatter",
                   f"Temperature {shown} compared with 1", options=("sharper", "flatter"), weight=0.25,
                   note="The largest probability has " + ("grown." if sharper else "shrunk."))
