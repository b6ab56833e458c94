"""The trainer of small networks: every quantity of every step can be looked at.

float64 throughout; seeds are explicit; gradients are means over the batch. With weights of shape
(S, out, in) it trains S students' networks at once. Dense networks are made from their weights,
all others from layers of `softmark.solvers.layers`:

>>> x, y = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), np.array([[0.], [1.], [1.], [0.]])
>>> xor = Network.random((2, 4, 1), ("tanh", "sigmoid"), "cross_entropy", seed=4)
>>> bool(xor.fit(x, y, 200, 0.1, optimizer="adam").loss[-1] < 0.05)
True

A convolutional network that tells upright from level strokes:

>>> from softmark.solvers.layers import RNN, Convolution, Dense, Flatten, Pool
>>> rng = np.random.default_rng(0)
>>> strokes = np.zeros((12, 6, 6, 1))
>>> for k in range(6):
...     strokes[k, k], strokes[6 + k, :, k] = 1, 1
>>> classes = np.repeat(np.eye(2), 6, axis=0)
>>> net = Network.of([Convolution.random(rng, 3, 1, 4, "relu", padding=1), Pool("max", 2), Flatten(),
...                   Dense.random(rng, 36, 2, "softmax")], "cross_entropy")
>>> bool(net.fit(strokes, classes, 60, 0.05, optimizer="adam").loss[-1] < 0.05)
True

A recurrent network that says the next letter of "hello", one-hot in and out; the loss of a word
is the sum over its steps:

>>> letters = {letter: vector for letter, vector in zip("helo", np.eye(4))}
>>> word, following = (np.array([[letters[c] for c in text]]) for text in ("hell", "ello"))
>>> rnn = Network.of([RNN.random(rng, 4, 8), Dense.random(rng, 8, 4, "softmax")], "cross_entropy")
>>> bool(rnn.fit(word, following, 100, 0.05, optimizer="adam").loss[-1] < 0.05)
True

An autoencoder is a network whose targets are its inputs; `TiedDense` decodes with its encoder's
weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from softmark.solvers.layers.base import Layer, first_weights
from softmark.solvers.layers.dense import Dense, TiedDense
from softmark.solvers.trace import History, Step
from softmark.solvers.training import Loss, Optimizer, Penalty, central_difference

__all__ = ["History", "Network", "Step"]


class Network:
    """Layers, a loss, a penalty if wanted, and an optimizer."""

    def __init__(self, weights: Sequence[Any], biases: Sequence[Any],
                 activations: Sequence[str], loss: str | Loss = "squared",
                 penalty: Penalty | None = None) -> None:
        """weights (out, in) and biases (out) a layer, or (S, out, in) and (S, out).

        ValueError if the shapes do not chain or the loss does not go with the last activation.
        """
        if not len(weights) == len(biases) == len(activations):
            raise ValueError("weights, biases and activations are one a layer")
        self._build([Dense(*given) for given in zip(weights, biases, activations, strict=True)],
                    loss, penalty)

    @classmethod
    def of(cls, layers: Sequence[Layer], loss: str | Loss = "squared",
           penalty: Penalty | None = None) -> Network:
        """A network of any layers, which it trains in place; ValueError as for dense ones."""
        network = cls.__new__(cls)
        network._build(layers, loss, penalty)
        return network

    @classmethod
    def random(cls, sizes: Sequence[int], activations: Sequence[str], loss: str | Loss = "squared",
               seed: int = 0, penalty: Penalty | None = None) -> Network:
        """Glorot-uniform weights (Glorot and Bengio, 2010) and zero biases."""
        rng = np.random.default_rng(seed)
        weights = [first_weights(rng, "glorot", n, m, m, n) for n, m in pairwise(sizes)]
        return cls(weights, [np.zeros(m) for m in sizes[1:]], activations, loss, penalty)

    def _build(self, layers: Sequence[Layer], loss: str | Loss, penalty: Penalty | None) -> None:
        self.layers = list(layers)
        self.objective = Loss.named(loss)
        self.loss = self.objective.name
        self.penalty = penalty
        leading = {layer.leading for layer in self.layers if layer.leading is not None} or {0}
        if len(leading) > 1:
            raise ValueError("either every layer is that of many students, or none")
        (self.leading,) = leading
        for lower, upper in pairwise(self.layers):
            if isinstance(lower, Dense) and isinstance(upper, Dense) \
                    and lower.parameters["W"].shape[-2] != upper.parameters["W"].shape[-1]:
                raise ValueError(f"a layer of {lower.parameters['W'].shape[-2]} outputs cannot feed "
                                 f"one of {upper.parameters['W'].shape[-1]} inputs")
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("a layer stands in a network once")
        for place, layer in enumerate(self.layers):
            if isinstance(layer, TiedDense) and layer.encoder not in self.layers[:place]:
                raise ValueError("a tied decoder stands above its encoder, in one network")
        if "softmax" in self.activations[:-1] or \
                (self.activations[-1] == "softmax" and self.loss != "cross_entropy"):
            raise ValueError("softmax goes into the last layer, with cross-entropy")
        if loss == "bce" and self.activations[-1] != "sigmoid":
            raise ValueError("binary cross-entropy goes with sigmoid outputs")
        self._velocity: list[Any] | None = None
        self._optimizers: dict[str, Optimizer] = {}

    @property
    def activations(self) -> list[str]:
        """The activation of each layer."""
        return [layer.activation for layer in self.layers]

    @property
    def weights(self) -> tuple[Any, ...]:
        """The W of each layer that has one; change their values, not the arrays."""
        return tuple(layer.parameters["W"] for layer in self.layers if "W" in layer.parameters)

    @property
    def biases(self) -> tuple[Any, ...]:
        """The b of each layer that has one."""
        return tuple(layer.parameters["b"] for layer in self.layers if "b" in layer.parameters)

    def forward(self, x: Any, train: bool = False) -> tuple[list[Any], list[Any]]:
        """Net inputs and activations of each layer for a batch (…, batch, in).

        With `train`, dropout drops and batch normalization takes the batch's own mean.
        """
        z_all, a_all = [], [x]
        for layer in self.layers:
            x = layer.forward(x, train)
            z_all.append(layer.z)
            a_all.append(x)
        return z_all, a_all

    def gradients(self, x: Any, y: Any, train: bool = True) -> Step:
        """Loss and gradients of a batch, as means over it.

        ValueError if the targets have not the outputs' shape.
        """
        z, a = self.forward(x, train)
        out, count = a[-1], x.shape[self._batch_axis(x)]
        _fit_together(y, out)
        last = self.layers[-1]
        flow = last.back(self.objective.delta(last.activation, out, y, self.leading),
                         last is not self.layers[0])
        for place in range(len(self.layers) - 2, -1, -1):
            flow = self.layers[place].backward(flow, place > 0)
        gradients = [{name: g / count for name, g in layer.gradients.items()} for layer in self.layers]
        loss = self.objective.of_samples(last.activation, out, y, self.leading).sum(axis=-1) / count
        step = Step(z, a, [layer.delta for layer in self.layers], gradients, loss,
                    inside=[layer.inside for layer in self.layers])
        if self.penalty is not None:
            step.penalty = self.penalty_cost()
            for place, name, value in self._penalized(self.penalty):
                gradients[place][name] += self.penalty.gradient(value)
        return step

    def _batch_axis(self, values: Any) -> int:
        """Where the samples are: the first axis, or the second if students have the first."""
        return int(values.ndim - 2) if values.ndim <= self.leading + 2 else self.leading

    def _penalized(self, penalty: Penalty) -> list[tuple[int, str, Any]]:
        return [(place, name, value) for place, layer in enumerate(self.layers) for name, value
                in layer.parameters.items() if penalty.biases or name in layer.penalized]

    def penalty_cost(self) -> Any:
        """What the penalty adds to the mean loss; 0 without one."""
        return 0.0 if self.penalty is None else sum(
            self.penalty.cost(value, self.leading) for _, _, value in self._penalized(self.penalty))

    def parameters(self) -> list[Any]:
        """All parameters, layer by layer, in the order of the gradients' names."""
        return [value for layer in self.layers for value in layer.parameters.values()]

    def update(self, step: Step, eta: float, momentum: float = 0.0,
               optimizer: str | Optimizer | None = None) -> None:
        """θ ← θ − v with v ← γ v + η g (Polyak, 1964), or a step of the optimizer."""
        if optimizer is None and not momentum:
            for layer, named in zip(self.layers, step.gradients, strict=True):
                for name, value in layer.parameters.items():
                    value -= eta * named[name]
            return
        moved = self.parameters()
        gradients = [named[name] for layer, named in zip(self.layers, step.gradients, strict=True)
                     for name in layer.parameters]
        if optimizer is not None:
            decays = [name in layer.penalized for layer in self.layers for name in layer.parameters]
            self.optimizer(optimizer).step(moved, gradients, eta, decays, self.leading)
            return
        if self._velocity is None:
            self._velocity = [np.zeros_like(value) for value in moved]
        for value, velocity, gradient in zip(moved, self._velocity, gradients, strict=True):
            velocity *= momentum
            velocity += eta * gradient
            value -= velocity

    def optimizer(self, optimizer: str | Optimizer) -> Optimizer:
        """An optimizer itself, or this network's own one of that name, with what it remembers."""
        if isinstance(optimizer, Optimizer):
            return optimizer
        return self._optimizers.setdefault(optimizer, Optimizer(optimizer))

    def train_step(self, x: Any, y: Any, eta: float, momentum: float = 0.0,
                   optimizer: str | Optimizer | None = None) -> Step:
        """Gradients of a batch, where the optimizer wants them, and the update."""
        if optimizer is not None:
            self.optimizer(optimizer).look_ahead(self.parameters())
        step = self.gradients(x, y)
        self.update(step, eta, momentum, optimizer)
        return step

    def fit(self, x: Any, y: Any, epochs: int, eta: float, *, batch_size: int | None = None,
            momentum: float = 0.0, optimizer: str | Optimizer | None = None, seed: int | None = None,
            trace: bool = False, callback: Callable[[int, Any], bool | None] | None = None) -> History:
        """Trains on samples x (…, n, in) and targets y (…, n, out), or what the layers take.

        Batches are taken in order, or shuffled each epoch if a seed is given; without a batch
        size the whole set is one batch. Without an optimizer it is gradient descent with
        `momentum`. `callback(epoch, loss)` may return True to stop.
        """
        history = History()
        rng = None if seed is None else np.random.default_rng(seed)
        n = x.shape[self._batch_axis(x)]
        size = batch_size or n
        for epoch in range(1, epochs + 1):
            order = np.arange(n) if rng is None else rng.permutation(n)
            for begin in range(0, n, size):
                chosen = order[begin:begin + size]
                some_x, some_y = (np.take(values, chosen, axis=self._batch_axis(values))
                                  for values in (x, y))
                step = self.train_step(some_x, some_y, eta, momentum, optimizer)
                if trace:
                    history.steps.append(step)
            loss = self.mean_loss(x, y)
            history.loss.append(loss)
            if callback is not None and callback(epoch, loss):
                break
        return history

    def mean_loss(self, x: Any, y: Any, train: bool = False) -> Any:
        """Mean loss over the samples, one number a student; the penalty is no part of it."""
        a = self.forward(x, train)[1][-1]
        _fit_together(y, a)
        return self.objective.of_samples(self.activations[-1], a, y, self.leading).mean(axis=-1)

    def gradient_check(self, x: Any, y: Any, epsilon: float = 1e-6, train: bool = False) -> float:
        """Largest relative difference between the gradients and central differences.

        With `train`, those of the training pass, its dropout masks held fast.
        """
        network = copy.deepcopy(self)
        step = network.gradients(x, y, train)
        for layer in network.layers:
            layer.freeze()

        def cost() -> float:
            return float(np.sum(network.mean_loss(x, y, train) + network.penalty_cost()))

        worst = 0.0
        for layer, gradients in zip(network.layers, step.gradients, strict=True):
            for name, values in layer.parameters.items():
                for place in np.ndindex(values.shape):
                    numeric = central_difference(cost, values, place, epsilon)
                    exact = float(gradients[name][place])
                    worst = max(worst, abs(numeric - exact) / max(1e-4, abs(numeric), abs(exact)))
        return worst


def _fit_together(targets: Any, outputs: Any) -> None:
    """ValueError if NumPy would stretch the outputs to the targets: (n) and (n, 1) make (n, n)."""
    if targets.shape != outputs.shape[-targets.ndim:]:
        raise ValueError(f"targets of shape {targets.shape} for outputs of shape {outputs.shape}")
