"""Values and derivatives of the usual activation functions."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.activations import activation, derivative, maxout, maxout_derivative
from softmark.solvers.functions import absolute, exp
from softmark.worksheet import Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.curves import curves

Name = Literal["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "maxout"]
WORDS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU",
         "elu": "ELU", "softplus": "softplus", "maxout": "maxout"}
PIECES = "took the smaller piece instead of the larger"
AT_VALUE = "put the value f(z) into the derivative instead of z"


class Activations(Template):
    """Derivatives are with respect to the net input z."""

    title: ClassVar[str] = "Activation functions and their derivatives"
    statement: ClassVar[str] = r"""
{% set several = functions|length > 1 %}
Evaluate {{ 'these activation functions' if several else 'this activation function' }} and
{{ 'their derivatives' if several else 'its derivative' }} at the net input{{ 's' if z|length > 1 }}
${{ named('z') }}$:

{% for name in functions %}
{{ '- ' }}**{{ p.words(name) }}:** ${{ p.letter(name) }}(z)=
{%- if name == 'sigmoid' %}\sigma(z)=1/(1+e^{-z})$
{% elif name == 'tanh' %}\tanh z$
{% elif name == 'relu' %}\max(0,\,z)$
{% elif name == 'leaky_relu' %}\max(s z,\,z)$ with slope ${{ named('slope') }}$
{% elif name == 'elu' %}z$ for $z\ge0$ and $\alpha\,(e^{z}-1)$ for $z<0$, with ${{ named('alpha') }}$
{% elif name == 'softplus' %}\ln(1+e^{z})$
{% else %}\max_j\,(w_j z+b_j)$ with ${{ named('w') }}$ and ${{ named('b') }}$
{% endif %}
{% endfor %}

Derivatives are with respect to $z$, at the given net input{{ 's' if z|length > 1 }}:
${{ p.letter(functions[0]) }}_i$
is short for the value at $z_i$, ${{ p.letter(functions[0]) }}'_i$ for the derivative there
{%- if p.kinked %}. At $z=0$, where ReLUs have no derivative, take ${{ at_zero|number }}${% endif %}.
"""

    z: Vector = given("z", about="net inputs", max_length=5)
    functions: tuple[Name, ...] = given(about="which functions", min_length=1, max_length=7)
    slope: Number = given("s", default=Decimal("0.01"), about="slope of the leaky ReLU below 0", ge=0,
                          lt=1)
    alpha: Number = given(r"\alpha", default=Decimal(1), about="scale of the ELU", gt=0, le=5)
    at_zero: Number = given(default=Decimal(0), about="derivative of ReLUs at 0", ge=0, le=1)
    w: Vector = given("w", default=(Decimal(1), Decimal(-1)), about="weights of the maxout pieces",
                      min_length=2, max_length=4)
    b: Vector = given("b", default=(Decimal(0), Decimal(0)), about="biases of the maxout pieces")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(abs(v) for v in self.z) > 20:
            raise ValueError("net inputs lie between -20 and 20, to be worked by hand")
        if len(set(self.functions)) < len(self.functions):
            raise ValueError("functions must differ")
        if len(self.w) != len(self.b) or max(abs(v) for v in (*self.w, *self.b)) > 20:
            raise ValueError("each maxout piece has one weight w and one bias b, from -20 to 20")
        return self

    @staticmethod
    def words(name: str) -> str:
        return WORDS[name]

    def letter(self, name: Name) -> str:
        return "fghkruv"[self.functions.index(name)]

    @property
    def kinked(self) -> bool:
        return 0 in self.z and bool({"relu", "leaky_relu"} & set(self.functions))

    def figure(self) -> Drawing:
        end = float(max(3, *(abs(v) for v in self.z)))
        plain = self.numeric()
        names = self.functions[:4]
        shown = [(self.words(name), partial(plain.value, name)) for name in names]
        return curves(shown, -end, end, "Graphs of activation functions", self.z)

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        z = rng.shuffled([rng.decimal("0.2", "2.3", 2), -rng.decimal("0.2", "2.3", 2)])
        first = rng.choice(["0.5", "0.8", "1.2", "1.5"])
        names = rng.level(level, easy=("sigmoid", "relu"), medium=("tanh", "leaky_relu", "elu"),
                          hard=("softplus", "elu", "maxout"))
        return cls(z=tuple(z), slope=rng.choice(["0.01", "0.05", "0.1", "0.2"]), functions=names,
                   alpha=rng.choice(["0.5", "0.8", "1.5", "2"]), b=rng.vector(2, "-0.5", "0.5", 1),
                   w=(first, rng.choice(["-0.5", "-0.8", "-1.2"])), decimals=4)

    def value(self, name: str, z: Any) -> Any:
        if name == "maxout":
            return maxout(z, self.w, self.b)
        return activation(name, z, self.slope, self.alpha)

    def _slope(self, name: str, z: Any, a: Any) -> Any:
        if name == "maxout":
            return maxout_derivative(z, self.w, self.b)
        return derivative(name, z, a, self.slope, self.alpha, self.at_zero)

    def solve(self) -> Steps:
        for name in self.functions:
            letter = self.letter(name)
            a = yield Step(name, letter, self.value(name, self.z), f"Values of {WORDS[name]}", full=2,
                           wrong=self._value_mistakes(name))
            yield Step(f"d_{name}", f"{letter}'", self._slope(name, self.z, a),
                       f"Derivatives of {WORDS[name]}", full=2, note=self._note(name),
                       wrong=self._slope_mistakes(name, a))

    def _note(self, name: str) -> str:
        return {"relu": "The slope is 1 right of 0 and 0 left of it.",
                "leaky_relu": "The slope is 1 right of 0 and $s$ left of it.",
                "elu": r"The slope is 1 right of 0 and $\alpha e^z$ left of it.",
                "maxout": "The slope is the weight of the piece that is largest here.",
                "softplus": "The derivative of softplus is the logistic function."}.get(name, "")

    def _value_mistakes(self, name: str) -> dict[str, Any]:
        z = self.z
        wrong: dict[str, Any] = {}
        if (z < 0).any():
            if name == "relu":
                wrong["took the absolute value"] = lambda: absolute(z)
            if name == "leaky_relu":
                wrong["cut negative values off at 0"] = lambda: activation("relu", z)
            if name == "elu":
                wrong["left out the −1"] = lambda: self.value(name, z) + self.alpha * (z < 0)
        if name == "softplus":
            wrong["left out the 1 under the logarithm"] = lambda: z + 0
        if name == "maxout":
            wrong[PIECES] = lambda: -maxout(z, -self.w, -self.b)
        return wrong

    def _slope_mistakes(self, name: str, a: Any) -> dict[str, Any]:
        z = self.z
        wrong: dict[str, Any] = {}
        if name in ("sigmoid", "tanh", "softplus"):
            wrong[AT_VALUE] = lambda: self._slope(name, a, self.value(name, a))
        if name == "sigmoid":
            wrong["took 1 − σ(z) for the derivative"] = lambda: 1 - a
        if name == "tanh":
            wrong["left out the square"] = lambda: 1 - a
        if name == "relu" and (z > 0).any():
            wrong["gave the value for the derivative"] = lambda: a + 0
        if name == "elu" and (z < 0).any():
            wrong["took the value below 0 for the slope there"] = lambda: (z > 0) + a * (z < 0)
        if name == "softplus":
            wrong["took the derivative of the exponential alone"] = lambda: exp(z)
        if name == "maxout":
            wrong[PIECES] = lambda: maxout_derivative(z, -self.w, -self.b) * -1
        return wrong
