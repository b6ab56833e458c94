"""What a network is trained for and by: losses, penalties, and optimizers with their memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from softmark.solvers import optimizers
from softmark.solvers.backprop import LOSSES, output_delta, sample_loss
from softmark.solvers.regularization import decay_rate, penalty_factor


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of one sample; a batch's is the mean over its samples.

    name    "squared" ½ Σ (y − a)², "cross_entropy" −Σ y log a of softmax outputs, or
            −Σ y log a + (1 − y) log(1 − a) of sigmoid outputs (binary cross-entropy)
    half    whether the squared error has its ½
    outputs "sum" or "mean" over the outputs, the last axis
    steps   "sum" or "mean" over the axes between (time steps, or pixels)
    """

    name: str = "squared"
    half: bool = True
    outputs: str = "sum"
    steps: str = "sum"

    def __post_init__(self) -> None:
        if self.name not in LOSSES:
            raise ValueError(f"there is no loss {self.name!r}; there are {', '.join(LOSSES)}")
        if not {self.outputs, self.steps} <= {"sum", "mean"}:
            raise ValueError("a loss is the sum or the mean over outputs and steps")

    @classmethod
    def named(cls, loss: str | Loss) -> Loss:
        """A loss itself, or by name: besides its own names "mse", the mean (y − a)² over all
        values, and "bce", binary cross-entropy."""
        if isinstance(loss, Loss):
            return loss
        if loss == "mse":
            return cls("squared", half=False, outputs="mean", steps="mean")
        return cls("cross_entropy" if loss == "bce" else loss)

    def factor(self, a: Any, leading: int) -> float:
        """What multiplies ½ Σ (y − a)², or −Σ y log a, of a sample."""
        if self.half and self.outputs == self.steps == "sum":
            return 1.0
        factor = 1.0 if self.half or self.name != "squared" else 2.0
        if self.outputs == "mean":
            factor /= a.shape[-1]
        if self.steps == "mean":
            factor /= prod(a.shape[leading + 1:-1])
        return factor

    def of_samples(self, activation: str, a: Any, y: Any, leading: int = 0) -> Any:
        """The loss of each sample, from outputs a (batch, …, out) of the activation's layer."""
        losses = sample_loss(self.name, activation, a, y)
        if losses.ndim > leading + 1:
            losses = losses.sum(axis=tuple(range(leading + 1, losses.ndim)))
        factor = self.factor(a, leading)
        return losses if factor == 1.0 else factor * losses

    def delta(self, activation: str, a: Any, y: Any, leading: int = 0) -> Any:
        """dE/dz of each sample's outputs."""
        delta = output_delta(self.name, activation, a, y)
        factor = self.factor(a, leading)
        return delta if factor == 1.0 else factor * delta


@dataclass(frozen=True, slots=True)
class Penalty:
    """What weights cost: λ₁ Σ |w| + λ₂ Σ w² (Goodfellow et al., 2016, section 7.1).

    scale   what λ stands for, as in `softmark.solvers.regularization`: "lambda", "lambda/2" (whose
            gradient is PyTorch's `weight_decay`), "lambda/n" or "lambda/2n", with samples = n
    biases  whether biases (and the γ, β of batch normalization) are penalized too, as PyTorch's
            `weight_decay` does
    At w = 0 the gradient of |w| is taken as 0.
    """

    l1: float = 0.0
    l2: float = 0.0
    scale: str = "lambda"
    samples: int = 0
    biases: bool = False

    def __post_init__(self) -> None:
        if self.scale.endswith("n") and self.samples < 1:
            raise ValueError(f"a penalty with {self.scale} needs the number of samples")
        penalty_factor(1, 1, self.scale)

    def cost(self, w: Any, leading: int = 0) -> Any:
        """The penalty of one array of weights, per student if there is an axis of them."""
        axes = tuple(range(leading, w.ndim))
        plain = self.l1 * np.abs(w).sum(axis=axes) + self.l2 * (w * w).sum(axis=axes)
        return penalty_factor(1.0, self.samples, self.scale) * plain

    def gradient(self, w: Any) -> Any:
        """λ₁ sign(w) + 2 λ₂ w, with what the scale makes of λ."""
        return penalty_factor(self.l1, self.samples, self.scale) * np.sign(w) \
            + decay_rate(self.l2, self.samples, self.scale) * w


#: the state that each rule of `softmark.solvers.optimizers` keeps of a parameter: arrays that begin at 0
STATES = {"gradient_descent": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "adadelta": 2,
          "rmsprop": 1, "adam": 2}


class Optimizer:
    """A step function of `softmark.solvers.optimizers` with the state of one network's parameters.

    name     one of STATES; `settings` are the arguments of that function (gamma, beta1, eps,
             eps_in, form, …) apart from the learning rate, which each step is told
    decay    weight decay beside the gradient, w ← w − η·decay·w (Loshchilov and Hutter, 2019);
             for a decay within the gradient see Penalty
    clip     the largest norm that all gradients may have together; they are scaled down to it
             (Pascanu, Mikolov and Bengio, 2013); per student if there are many
    clip_at  the largest size of each element of a gradient; larger ones are cut
    """

    def __init__(self, name: str = "gradient_descent", *, decay: float = 0.0,
                 clip: float | None = None, clip_at: float | None = None, **settings: Any) -> None:
        if name not in STATES:
            raise ValueError(f"there is no optimizer {name!r}; there are {', '.join(STATES)}")
        if name in ("momentum", "nesterov"):
            settings.setdefault("gamma", 0.9)
        self.name = name
        self.decay = decay
        self.clip = clip
        self.clip_at = clip_at
        self.settings = settings
        self.t = 0
        self.states: list[Any] = []
        self._kept: list[Any] | None = None

    @property
    def looks_ahead(self) -> bool:
        """Whether the gradient is to be taken elsewhere than at the parameters."""
        return self.name == "nesterov" and self.settings.get("form", "lookahead") == "lookahead"

    def look_ahead(self, parameters: Sequence[Any]) -> None:
        """Moves the parameters to where the gradient is to be taken; the next step moves them back."""
        if self.looks_ahead:
            self._begin(parameters)
            self._kept = [value.copy() for value in parameters]
            for value, (v,) in zip(parameters, self.states, strict=True):
                value[...] = optimizers.look_ahead(value, v, self.settings["gamma"])

    def _begin(self, parameters: Sequence[Any]) -> None:
        if not self.states:
            self.states = [[np.zeros_like(value)] * STATES[self.name] for value in parameters]

    def step(self, parameters: Sequence[Any], gradients: Sequence[Any], eta: float,
             decays: Sequence[bool] | None = None, leading: int = 0) -> None:
        """Changes the parameters in place; `decays` says which of them weight decay acts on."""
        if self.looks_ahead and self._kept is None:
            raise ValueError("Nesterov's gradient is taken where it looks ahead: call look_ahead first")
        self._begin(parameters)
        before, self._kept = self._kept or parameters, None
        self.t += 1
        gradients = self._clipped(gradients, leading)
        for place, (value, g) in enumerate(zip(parameters, gradients, strict=True)):
            theta = before[place]
            moved, *self.states[place] = self._moved(theta, self.states[place], g, eta)
            if self.decay and (decays is None or decays[place]):
                moved = moved - eta * self.decay * theta
            value[...] = moved

    def _moved(self, theta: Any, state: Any, g: Any, eta: float) -> tuple[Any, ...]:
        """The new parameter and its new state."""
        if self.name == "gradient_descent":
            return (optimizers.gradient_descent(theta, g, eta, **self.settings),)
        rule = getattr(optimizers, self.name)
        found: tuple[Any, ...]
        if self.name == "nesterov":
            found = rule(theta, *state, lambda _: g, eta, **self.settings)
        elif self.name == "adam":
            found = rule(theta, *state, g, self.t, eta, **self.settings)
        else:
            found = rule(theta, *state, g, eta=eta, **self.settings)
        return found

    def _clipped(self, gradients: Sequence[Any], leading: int) -> Sequence[Any]:
        if self.clip_at is not None:
            gradients = [np.clip(g, -self.clip_at, self.clip_at) for g in gradients]
        if self.clip is None:
            return gradients
        squares = sum((g * g).sum(axis=tuple(range(leading, g.ndim))) for g in gradients)
        factor = np.minimum(1.0, self.clip / np.maximum(np.sqrt(squares), np.finfo(float).tiny))
        return [g * np.reshape(factor, factor.shape + (1,) * (g.ndim - leading)) for g in gradients]


def central_difference(cost: Callable[[], float], values: Any, place: tuple[int, ...],
                       epsilon: float = 1e-6) -> float:
    """(E(w + ε) − E(w − ε)) / 2ε for one element w of an array that the cost depends on."""
    kept = values[place]
    values[place] = kept + epsilon
    above = cost()
    values[place] = kept - epsilon
    below = cost()
    values[place] = kept
    return (above - below) / (2 * epsilon)
