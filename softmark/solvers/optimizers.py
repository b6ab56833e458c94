"""One update step of each optimizer, and the small formulas that the steps are made of.

Pure functions of the parameters theta, a gradient g of the same shape and the state so far; they
return the new parameters first, then the new state. Numbers, arrays, fractions and terms alike
serve as theta and g. A state begins at 0. Where papers and libraries differ, an argument says
which way is taken, and its default is the paper's:

- `eps_in` puts eps "inside" the root, η / √(E + ε), or "outside", η / (√E + ε);
- `form` says where the learning rate of momentum stands, and which Nesterov step is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softmark.solvers.functions import sqrt

#: momentum: v ← γv + ηg and θ ← θ − v; or v ← γv + g and θ ← θ − ηv (PyTorch, TensorFlow's
#: Keras up to a sign); or the mean v ← γv + (1 − γ)g and θ ← θ − ηv
MOMENTUM_FORMS = ("rate_inside", "rate_outside", "mean")
NESTEROV_FORMS = ("lookahead", "torch")
EPS_PLACES = ("inside", "outside")


# -- the parts


def velocity(v: Any, g: Any, eta: Any, gamma: Any) -> Any:
    """v ← γ v + η g (Polyak, 1964, as Qian, 1999, writes it)."""
    return gamma * v + eta * g


def look_ahead(theta: Any, v: Any, gamma: Any) -> Any:
    """θ − γ v: where momentum alone would lead, and where Nesterov takes the gradient."""
    return theta - gamma * v


def running_mean(mean: Any, value: Any, decay: Any) -> Any:
    """decay · mean + (1 − decay) · value, the exponentially decaying mean; a mean 0 is left out."""
    kept = 0 if isinstance(mean, int) and mean == 0 else decay * mean
    return kept + (1 - decay) * value


def root_mean_square(mean_square: Any, eps: Any, eps_in: str = "inside") -> Any:
    """√(E + ε), or √E + ε with eps outside."""
    if eps_in == "inside":
        return sqrt(mean_square + eps)
    if eps_in == "outside":
        return sqrt(mean_square) + eps
    raise ValueError(f"eps stands {' or '.join(EPS_PLACES)} of the root, not {eps_in!r}")


def unbiased(mean: Any, decay: Any, t: int) -> Any:
    """mean / (1 − decayᵗ): a running mean begun at 0, corrected after its step t = 1, 2, …"""
    return mean / (1 - decay ** t)


def scaled_step(g: Any, mean_square: Any, eta: Any, eps: Any, eps_in: str = "inside") -> Any:
    """η / √(E + ε) · g, the step of Adagrad and RMSprop (and of Adam, with eps outside)."""
    return eta / root_mean_square(mean_square, eps, eps_in) * g


# -- the optimizers


def gradient_descent(theta: Any, g: Any, eta: Any) -> Any:
    """θ ← θ − η g (Cauchy, 1847)."""
    return theta - eta * g


def momentum(theta: Any, v: Any, g: Any, eta: Any, gamma: Any,
             form: str = "rate_inside") -> tuple[Any, Any]:
    """(θ, v) after a step of gradient descent with momentum, in one of MOMENTUM_FORMS."""
    if form == "rate_inside":
        v = velocity(v, g, eta, gamma)
        return theta - v, v
    if form == "rate_outside":
        v = gamma * v + g
    elif form == "mean":
        v = running_mean(v, g, gamma)
    else:
        raise ValueError(f"momentum is written {', '.join(MOMENTUM_FORMS)}, not {form!r}")
    return theta - eta * v, v


def nesterov(theta: Any, v: Any, gradient: Callable[[Any], Any], eta: Any, gamma: Any,
             form: str = "lookahead") -> tuple[Any, Any]:
    """(θ, v) after a step of Nesterov's accelerated gradient; `gradient` is a function of θ.

    "lookahead": v ← γ v + η ∇J(θ − γ v), θ ← θ − v (Nesterov, 1983; Sutskever et al., 2013).
    "torch": with g = ∇J(θ), v ← γ v + g, θ ← θ − η (g + γ v).
    """
    if form == "lookahead":
        return momentum(theta, v, gradient(look_ahead(theta, v, gamma)), eta, gamma)
    if form == "torch":
        g = gradient(theta)
        v = gamma * v + g
        return theta - eta * (g + gamma * v), v
    raise ValueError(f"Nesterov's step is written {' or '.join(NESTEROV_FORMS)}, not {form!r}")


def adagrad(theta: Any, squares: Any, g: Any, eta: Any, eps: Any = 1e-8,
            eps_in: str = "inside") -> tuple[Any, Any]:
    """(θ, G) with G ← G + g², θ ← θ − η / √(G + ε) · g (Duchi et al., 2011; PyTorch: outside)."""
    squares = squares + g ** 2
    return theta - scaled_step(g, squares, eta, eps, eps_in), squares


def adadelta_step(g: Any, mean_square: Any, mean_step: Any, eps: Any) -> Any:
    """Δθ = −√(E[Δθ²] + ε) / √(E[g²] + ε) · g, with E[Δθ²] of the step before."""
    return -(root_mean_square(mean_step, eps) / root_mean_square(mean_square, eps) * g)


def adadelta(theta: Any, mean_square: Any, mean_step: Any, g: Any, gamma: Any = 0.9,
             eps: Any = 1e-6, eta: Any = 1) -> tuple[Any, Any, Any]:
    """(θ, E[g²], E[Δθ²]) after a step of Adadelta (Zeiler, 2012), which has no learning rate.

    `eta` scales the step as PyTorch's `lr` does; E[Δθ²] is kept of the unscaled step.
    """
    mean_square = running_mean(mean_square, g ** 2, gamma)
    step = adadelta_step(g, mean_square, mean_step, eps)
    return theta + eta * step, mean_square, running_mean(mean_step, step ** 2, gamma)


def rmsprop(theta: Any, mean_square: Any, g: Any, eta: Any, gamma: Any = 0.9, eps: Any = 1e-8,
            eps_in: str = "inside") -> tuple[Any, Any]:
    """(θ, E[g²]) with E ← γ E + (1 − γ) g², θ ← θ − η / √(E + ε) · g.

    Tieleman and Hinton, 2012 (lecture 6e); PyTorch and Keras put eps outside.
    """
    mean_square = running_mean(mean_square, g ** 2, gamma)
    return theta - scaled_step(g, mean_square, eta, eps, eps_in), mean_square


def adam(theta: Any, m: Any, v: Any, g: Any, t: int, eta: Any = 0.001, beta1: Any = 0.9,
         beta2: Any = 0.999, eps: Any = 1e-8, eps_in: str = "outside",
         bias_correction: bool = True) -> tuple[Any, Any, Any]:
    """(θ, m, v) after step t = 1, 2, … of Adam (Kingma and Ba, 2015).

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η / (√v̂ + ε) · m̂, where m̂ and v̂ are
    m and v divided by 1 − βᵗ, unless `bias_correction` is False. ValueError for t < 1.
    """
    if t < 1:
        raise ValueError(f"Adam counts its steps from 1, not {t}")
    m = running_mean(m, g, beta1)
    v = running_mean(v, g ** 2, beta2)
    m_hat, v_hat = (unbiased(m, beta1, t), unbiased(v, beta2, t)) if bias_correction else (m, v)
    return theta - scaled_step(m_hat, v_hat, eta, eps, eps_in), m, v


# -- a line to fit by descent


def line_errors(w: Any, b: Any, x: Any, y: Any) -> Any:
    """w x + b − y of samples x, y (n)."""
    return w * x + b - y


def line_gradient(errors: Any, x: Any, count: Any = None) -> tuple[Any, Any]:
    """Derivatives by w and b of the sum of ½ e², or of its mean over `count` samples."""
    by_w, by_b = (errors * x).sum(), errors.sum()
    return (by_w, by_b) if count is None else (by_w / count, by_b / count)
