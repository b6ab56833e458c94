"""Gradient steps with an L2 penalty: the weights decay, the bias does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from markupsafe import Markup
from pydantic import model_validator

from softmark.solvers.optimizers import gradient_descent
from softmark.solvers.regularization import decay_factor, decay_rate, weight_decay_step
from softmark.worksheet import Integer, Matrix, Number, Rng, Step, Steps, Template, Vector, given

#: the penalty as the statement writes it
PENALTIES = {"lambda/2n": r"\frac{\lambda}{2n}", "lambda/n": r"\frac{\lambda}{n}",
             "lambda/2": r"\frac{\lambda}{2}", "lambda": r"\lambda"}


class WeightDecay(Template):
    """How the penalty is scaled is stated: lectures and libraries differ."""

    title: ClassVar[str] = "Weight decay"
    statement: ClassVar[str] = r"""
A network is trained on $n={{ n }}$ samples with a penalty on large weights. The cost is

$$J = L + {{ p.penalty }}\sum_i w_i^2,$$

where $L$ is the mean loss over the samples. The bias is not penalised. The learning rate is
${{ named('eta') }}$, the strength of the penalty ${{ named('lam') }}$, and now

$${{ named('w') }},\quad {{ named('b') }}.$$

In step $t$ backpropagation gives these derivatives of the mean loss $L$ alone, without the penalty,
$g_{ti}=\partial L/\partial w_i$ and $h_t=\partial L/\partial b$:

| $t$ | {% for w in w %}$g_{t{{ loop.index }}}$ | {% endfor %}$h_t$ |
|---|{% for w in w %}---|{% endfor %}---|
{% for row, last in p.rows %}
| {{ loop.index }} | {% for v in row %}${{ v|number }}$ | {% endfor %}${{ last|number }}$ |
{% endfor %}

By which factor do the weights shrink in a step, besides what the gradient of $L$ does? Give
this factor $f$, and the weights and the bias after {{ 'the step' if g|length == 1 else 'each step' }}.
"""

    w: Vector = given("w", about="weights", min_length=1, max_length=5)
    b: Number = given("b", about="bias", ge=-100, le=100)
    g: Matrix = given("g", max_length=4,
                     about="derivatives of the loss with respect to the weights, one row a step")
    h: Vector = given("h", about="derivatives of the loss with respect to the bias, one a step")
    eta: Number = given(r"\eta", about="learning rate", gt=0, le=10)
    lam: Number = given(r"\lambda", about="strength of the penalty", gt=0, le=100)
    n: Integer = given("n", about="number of samples", ge=1, le=100_000)
    scale: Literal["lambda/2n", "lambda/n", "lambda/2", "lambda"] = "lambda/2n"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.g[0]) != len(self.w) or len(self.h) != len(self.g):
            raise ValueError("g needs one column a weight, and h one number a row of g")
        if any(abs(v) > 100 for v in (*self.w, *self.h, *(v for row in self.g for v in row))):
            raise ValueError("weights and derivatives lie between -100 and 100")
        return self

    @property
    def penalty(self) -> Markup:
        return Markup(PENALTIES[self.scale])

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return list(zip(self.g, self.h, strict=True))

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        steps = [str(i + 1) for i in range(len(self.g))]
        return {"g": (steps, [str(i + 1) for i in range(len(self.w))])}

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        size, steps = rng.level(level, easy=(2, 1), medium=(3, 1), hard=(2, 2))
        return cls(w=rng.vector(size, "-3", "3", 1, ["0"]), b=rng.decimal("-2", "2", 1, ["0"]),
                   g=rng.matrix(steps, size, "-0.9", "0.9", 1, ["0"]),
                   h=rng.vector(steps, "-0.9", "0.9", 1, ["0"]), eta=rng.decimal("0.1", "0.4", 1),
                   lam=rng.decimal("1", "5", 1), 
                   n=rng.choice([20, 25, 40, 50]) if level == "easy" else rng.integer(12, 30),
                   scale=rng.level(level, easy="lambda/2n", medium="lambda/n", hard="lambda/2n"),
                   decimals=4)

    def solve(self) -> Steps:
        f = yield Step("f", "f", decay_factor(self.eta, decay_rate(self.lam, self.n, self.scale)),
                       "Factor by which the weights shrink", wrong=self._mistakes())
        w, b = self.w, self.b
        for t in range(len(self.g)):
            mark = "'" * (t + 1)
            after = "the step" if len(self.g) == 1 else f"step {t + 1}"
            old_b = b
            g, h = self.g[t], self.h[t]
            w = yield Step(f"w.{t + 1}", f"w{mark}", weight_decay_step(w, g, self.eta, f),
                           f"Weights after {after}", full=2, wrong={
                               "left the shrinking out": lambda w=w, g=g:
                               gradient_descent(w, g, self.eta),
                               "multiplied the two gradients instead of adding them": lambda w=w, g=g:
                               gradient_descent(w, g * (1 - f) / self.eta * w, self.eta),
                               "let the weights grow with the gradient": lambda w=w, g=g:
                               weight_decay_step(w, -g, self.eta, f)})
            b = yield Step(f"b.{t + 1}", f"b{mark}", gradient_descent(b, h, self.eta),
                           f"Bias after {after}", wrong={
                               "let the bias decay too": lambda b=old_b, h=h:
                               weight_decay_step(b, h, self.eta, f)})

    def _mistakes(self) -> dict[str, Any]:
        wrong = {"left the learning rate out of the factor": lambda: 1 - decay_rate(
            self.lam, self.n, self.scale)}
        if self.scale in ("lambda/2n", "lambda/n") and self.n > 1:
            wrong["left out the number of samples"] = lambda: decay_factor(self.eta, decay_rate(
                self.lam, 1, self.scale))
        if self.scale in ("lambda/n", "lambda"):
            wrong["lost the 2 from the square"] = lambda: decay_factor(self.eta, decay_rate(
                self.lam, self.n, self.scale, 1))
        else:
            wrong["doubled the penalty's gradient"] = lambda: decay_factor(self.eta, 2 * decay_rate(
                self.lam, self.n, self.scale))
        return wrong
