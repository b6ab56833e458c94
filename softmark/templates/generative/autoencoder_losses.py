"""The losses of autoencoders: denoising, sparse, contractive."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from softmark.solvers.autoencoder import (
    contractive_terms,
    cross_entropies,
    l1_penalty,
    reduced,
    squared_errors,
)
from softmark.worksheet import Matrix, Number, Rng, Step, Steps, Template, Vector, given
from softmark.worksheet.drawing import Drawing
from softmark.worksheet.figures.chain import chain

ZERO = Decimal(0)


class AutoencoderLosses(Template):
    """Input, code and reconstruction are given; the loss is asked."""

    title: ClassVar[str] = "Loss of an autoencoder"
    statement: ClassVar[str] = r"""
{% if kind == 'denoising' %}
A **denoising** autoencoder is trained on $x={{ x|vector }}$. The encoder sees the corrupted input
$\tilde x={{ corrupted|vector }}$, and the decoder puts out the reconstruction $r={{ r|vector }}$.
{% else %}
An autoencoder turns the input $x={{ x|vector }}$ into the code $h={{ h|vector }}$ and the reconstruction
$r={{ r|vector }}$.
{% endif %}

Its reconstruction loss $R$ is the **{{ reduction }}**
over the components $i$ of
{% if loss == 'squared' %}
the squared errors $e_i$, without a factor one half.
{% else %}
the cross-entropies $e_i=-x_i\ln r_i-(1-x_i)\ln(1-r_i)$.
{% endif %}
{% if kind == 'sparse' %}
As it is a **sparse** autoencoder, $\lambda\sum_j|h_j|$ with ${{ named('lam') }}$ is added.
{% elif kind == 'contractive' %}
As it is a **contractive** autoencoder, $\lambda\sum_{j,i}\left(\partial h_j/\partial x_i\right)^2$ with
${{ named('lam') }}$ is added. The code is $h=\sigma(Wx+b)$ with the logistic function $\sigma$ and
$$W = {{ W|matrix }}$$
so that $\sum_i(\partial h_j/\partial x_i)^2=\big(h_j(1-h_j)\big)^2\sum_i w_{ji}^2$; call this $q_j$.
{% endif %}

Give the errors $e_i$, {% if kind == 'denoising' %}and the loss $R$.{% elif kind == 'sparse' %}
the reconstruction loss $R$, the penalty $P=\sum_j|h_j|$, and the whole loss $L$.{% else %}
the reconstruction loss $R$, the terms $q_j$ of the penalty, and the whole loss $L$.{% endif %}

"""

    kind: Literal["denoising", "sparse", "contractive"] = "sparse"
    x: Vector = given("x", about="the input")
    r: Vector = given("r", about="the reconstruction")
    corrupted: Vector = given(r"\tilde{x}", default=(ZERO,), about="what a denoising encoder sees")
    h: Vector = given("h", default=(ZERO,), about="the code")
    W: Matrix = given("w", default=((ZERO,),), about="weights of a contractive encoder, a row a unit")
    lam: Number = given(r"\lambda", default=Decimal(1), gt=0, le=100, about="weight of the penalty")
    loss: Literal["squared", "cross_entropy"] = "squared"
    reduction: Literal["sum", "mean"] = "sum"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        n = len(self.x)
        if not 2 <= n <= 6 or len(self.r) != n or len(self.h) > 6:
            raise ValueError("x and r have the same 2 to 6 components, h has 6 at most")
        if max(abs(v) for v in (*self.x, *self.r, *self.h, *self.corrupted)) > 100:
            raise ValueError("inputs, codes and reconstructions lie between -100 and 100")
        if self.kind == "denoising" and len(self.corrupted) != n:
            raise ValueError("the corrupted input must be as long as x")
        if self.kind == "contractive":
            if len(self.W) != len(self.h) or len(self.W[0]) != n:
                raise ValueError("W must have one row a unit of the code, one column an input")
            if not all(0 < v < 1 for v in self.h):
                raise ValueError("a logistic code lies between 0 and 1")
        if self.loss == "cross_entropy" and not all(0 <= v <= 1 for v in self.x):
            raise ValueError("for the cross-entropy the input must lie between 0 and 1")
        if self.loss == "cross_entropy" and not all(0 < v < 1 for v in self.r):
            raise ValueError("for the cross-entropy the reconstruction must lie between 0 and 1")
        return self

    def figure(self) -> Drawing:
        loss = "reconstruction loss R"
        if self.kind == "denoising":
            return chain(("x", "x~", "", "r"), ("corruption", "encoder", "decoder"), loss)
        return chain("xhr", ("encoder", "decoder"), loss)

    def flips(self) -> dict[str, dict[str, Any]]:
        other = "mean" if self.reduction == "sum" else "sum"
        return {f"took the {other} for the {self.reduction}": {"reduction": other}}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        if level == "easy":
            x = rng.vector(4, "0.1", "0.9", 1)
            gone = rng.integer(0, 3)
            return cls(kind="denoising", x=x, r=tuple(_near(rng, v) for v in x), reduction="mean",
                       corrupted=tuple(0 if i == gone else v for i, v in enumerate(x)))
        if level == "medium":
            x = rng.vector(3, "-1", "1", 1, ["0"])
            return cls(kind="sparse", x=x, r=tuple(_near(rng, v) for v in x), reduction="sum",
                       h=(rng.decimal("-0.9", "-0.1"), *rng.vector(3, "0.1", "0.9")),
                       lam=rng.choice(("0.01", "0.05", "0.1", "0.2")), decimals=4)
        return cls(kind="contractive", x=tuple(rng.sample((0, 0, 1, 1), 3)), loss="cross_entropy",
                   r=rng.vector(3, "0.05", "0.95", 2, ["0.5"]), h=rng.vector(2, "0.15", "0.85", 2),
                   W=rng.matrix(2, 3, "-0.9", "0.9", 1, ["0"]), reduction="sum",
                   lam=rng.choice(("0.5", "1", "2")), decimals=4)

    def solve(self) -> Steps:
        errors = squared_errors if self.loss == "squared" else cross_entropies
        wrong: dict[str, Callable[[], Any]] = {}
        if self.kind == "denoising" and (self.corrupted != self.x).any():
            wrong["compared with the corrupted input"] = lambda: errors(self.corrupted, self.r)
        if self.loss == "squared":
            wrong["left out the squares"] = lambda: self.x - self.r
        else:
            wrong["left out the terms of the zeros"] = lambda: errors(self.x, self.r) * (self.x > 0)
        e = yield Step("e", "e", errors(self.x, self.r), "Error of each component", full=2, wrong=wrong)
        loss = yield Step("R", "R", reduced(e, self.reduction), "Reconstruction loss")
        if self.kind == "denoising":
            return
        if self.kind == "sparse":
            penalty = yield Step("P", "P", l1_penalty(self.h), "Penalty", wrong={
                "left out the absolute values": lambda: self.h.sum()}
                if any(v < 0 for v in self.h) else {})
        else:
            q = yield Step("q", "q", contractive_terms(self.h, self.W), "Terms of the penalty", full=1,
                           wrong={"left out the slope h(1−h)": lambda: (self.W**2).sum(axis=1),
                                  "took the slope without its square": lambda: self.h * (1 - self.h) * (
                                      self.W**2).sum(axis=1)})
            penalty = q.sum()
        yield Step("L", "L", loss + self.lam * penalty, "Whole loss", wrong={
            "left out λ": lambda: loss + penalty} if self.lam != 1 else {
            "left out the penalty": lambda: loss * 1})


def _near(rng: Rng, value: Decimal) -> Decimal:
    """A reconstruction that is off by 0.05 to 0.35."""
    return value + rng.choice((-1, 1)) * rng.decimal("0.05", "0.35", 2)
