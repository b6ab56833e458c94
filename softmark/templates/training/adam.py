"""Adam on a given history of gradients, by hand."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np

from softmark.solvers.optimizers import adam, running_mean, scaled_step, unbiased
from softmark.templates.training._history import TABLE, Scaled
from softmark.worksheet import Number, Rng, Step, Steps, given


class Adam(Scaled):
    """Both moments, both corrected, and the new parameters, from any step on."""

    exact: ClassVar[bool] = True
    title: ClassVar[str] = "Adam by hand"
    statement: ClassVar[str] = r"""
Adam keeps running means of the gradients and of their squares. Every step $t$ computes

$$m_t=\beta_1 m_{t-1}+(1-\beta_1)\,g_t,\qquad v_t=\beta_2 v_{t-1}+(1-\beta_2)\,g_t^2$$

{% if bias_correction %}
$$\hat m_t=\frac{m_t}{1-\beta_1^t},\qquad \hat v_t=\frac{v_t}{1-\beta_2^t},\qquad
\theta_t=\theta_{t-1}-\frac{\eta}{ {{ p.divisor('\\hat v_t') }} }\,\hat m_t$$
{% else %}
$$\theta_t=\theta_{t-1}-\frac{\eta}{ {{ p.divisor('v_t') }} }\,m_t$$

**without** correcting the bias of the means,
{% endif %}

{% if p.names %}for each of the two parameters $\theta=(w,u)$ by itself. {% endif %}Here $\varepsilon$
stands {{ eps_in }} the root, and steps are counted from $t=1$. It starts at ${{ p.given_start }}$ and
$m_0=v_0=0$ with ${{ named('beta1') }}$, ${{ named('beta2') }}$, ${{ named('eta') }}$ and
${{ named('eps') }}$, and meets these gradients:
""" + TABLE + r"""

Give {% if bias_correction %}$m_t$, $v_t$, $\hat m_t$, $\hat v_t${% else %}$m_t$, $v_t${% endif %} and
$\theta_t$ of each step.
"""

    beta1: Number = given(r"\beta_1", about="decay of the mean", gt=0, lt=1)
    beta2: Number = given(r"\beta_2", about="decay of the mean of squares", gt=0, lt=1)
    bias_correction: bool = True
    eps_in: Literal["inside", "outside"] = "outside"

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        dimensions, steps = rng.level(level, easy=(1, 2), medium=(1, 3), hard=(2, 2))
        return cls(**cls.drawn(rng, dimensions, steps), eta=rng.decimal("0.1", "0.9", 1),
                   beta1=rng.choice(["0.6", "0.7", "0.8", "0.9"]),
                   beta2=rng.choice(["0.84", "0.85", "0.88", "0.91", "0.92"]), decimals=4)

    def solve(self) -> Steps:
        theta, at = self.scalar(self.theta), self.labels
        m = v = 0
        for t, row in enumerate(self.g, 1):
            g = self.scalar(row)
            _, new_m, new_v = adam(theta, m, v, g, t, self.eta, self.beta1, self.beta2, self.eps,
                                   self.eps_in)
            m = yield Step(f"m.{t}", f"m_{t}", new_m, f"Running mean of g in step {t}",
                           axes=at, full=2, wrong={
                               "swapped β and 1 − β": lambda m=m, g=g:
                               running_mean(m, g, 1 - self.beta1)})
            v = yield Step(f"v.{t}", f"v_{t}", new_v, f"Running mean of g² in step {t}",
                           axes=at, full=2, wrong=self._mistakes(v, g))
            m_hat, v_hat = m, v
            if self.bias_correction:
                m_hat = yield Step(f"m_hat.{t}", rf"\hat m_{t}", unbiased(m, self.beta1, t),
                                   f"Corrected mean of g in step {t}", axes=at, full=2,
                                   wrong=self._uncorrected(m, self.beta1, t))
                v_hat = yield Step(f"v_hat.{t}", rf"\hat v_{t}", unbiased(v, self.beta2, t),
                                   f"Corrected mean of g² in step {t}", axes=at, full=2,
                                   wrong=self._uncorrected(v, self.beta2, t))
            theta = yield Step(
                f"theta.{t}", rf"\theta_{t}",
                theta - scaled_step(m_hat, v_hat, self.eta, self.eps, self.eps_in),
                self.after(t), axes=at, full=2, wrong={
                    "left out the root": lambda now=theta, m_hat=m_hat, v_hat=v_hat:
                    now - self.eta / (v_hat + self.eps) * m_hat})

    def _mistakes(self, v: Any, g: Any) -> dict[str, Any]:
        wrong = {"swapped β and 1 − β": lambda: running_mean(v, g ** 2, 1 - self.beta2)}
        if np.all(g > 0):
            wrong["did not square the gradient"] = lambda: running_mean(v, g, self.beta2)
        return wrong

    def _uncorrected(self, mean: Any, beta: Any, t: int) -> dict[str, Any]:
        wrong = {"left out the bias correction": lambda: mean}
        if t > 1:
            wrong["counted the steps from 0 in the correction"] = lambda: unbiased(mean, beta, t - 1)
        if len(self.g) > 2:
            wrong["left the power t out of the correction"] = lambda: unbiased(mean, beta, 1)
        return wrong
