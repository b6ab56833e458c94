"""Backpropagation through time for every kind of recurrent cell.

x (batch, T, n) -> all states (batch, T, H), or the last one (batch, H). U (H, n) takes the input,
W (H, H) the state before, b (H) is the bias of a gate. S students' layers have U (S, H, n), b
(S, H), and x (S, batch, T, n). Werbos, 1990; Goodfellow et al., 2016, section 10.2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from softmark.solvers.backprop import weight_gradient
from softmark.solvers.layers.base import Layer
from softmark.solvers.layers.dense import rows
from softmark.solvers.recurrent import Gate

Values = dict[str, Any]
Named = Mapping[str, Any]


class Recurrent(Layer):
    """The loops over time; a cell gives `step` forward and `step_back`.

    gates      by name; their weights are the parameters "U_i", "W_i", "b_i", "peephole_i", …
    sequences  whether all states go on, or the last alone
    truncate   if given, the error of each step goes back over so many steps, its own among them
               (as in `softmark.solvers.sequences.total_slope`; Williams and Peng, 1990)
    stretch    if given, no error goes back over a border between stretches of so many steps, as
               when one stretch after the other is trained, each from the last state
    start      the states before the first step, "h" (H) and of an LSTM "c" (H); 0 if not given.
               They are no parameters
    """

    #: what a step hands to the next one, the output h first
    states: tuple[str, ...] = ("h",)

    def __init__(self, gates: Mapping[str, Gate], sequences: bool = True,
                 truncate: int | None = None, stretch: int | None = None,
                 start: Named | None = None) -> None:
        super().__init__("identity", **{f"{part}_{name}": value for name, gate in gates.items()
                                        for part, value in gate._asdict().items()})
        self.names = tuple(gates)
        self.penalized = tuple(name for name in self.parameters
                               if not name.startswith(("b_", "state_bias_")))
        self.sequences = sequences
        self.truncate = truncate
        self.stretch = stretch
        self.start = {name: np.array((start or {}).get(name, np.zeros(self.hidden)), dtype=float)
                      for name in self.states}
        if start is not None and not start.keys() <= set(self.states):
            raise ValueError(f"the states are {' and '.join(self.states)}, not {', '.join(start)}")
        self.values: Values = {}
        self.errors: Values = {}

    @property
    def gates(self) -> dict[str, Gate]:
        """The gates with their present weights."""
        return {name: Gate(*(self.parameters.get(f"{part}_{name}") for part in Gate._fields))
                for name in self.names}

    @property
    def hidden(self) -> int:
        """H, the number of units."""
        return int(self.parameters[f"W_{self.names[0]}"].shape[-1])

    @property
    def leading(self) -> int:
        return int(self.parameters[f"W_{self.names[0]}"].ndim - 2)

    @property
    def inside(self) -> dict[str, Any]:
        return self.values | self.errors

    def net(self, x: Any, train: bool) -> Any:
        gates, steps = self.gates, []
        state = self.first_states(x)
        for t in range(x.shape[-2]):
            state = self.step(gates, x[..., t, :], state)
            steps.append(state)
        self.values, self.errors = _along_time(steps), {}
        h = self.values["h"]
        return h if self.sequences else h[..., -1, :]

    def back(self, delta: Any, below: bool = True) -> Any:
        """From the last step to the first: what later steps ask of h_t, and what E asks at t itself.

        The layer's delta is dE/dh_t in all, of each step.
        """
        before, last = self.before(), self.x.shape[-2] - 1
        asked = delta
        if not self.sequences:
            asked = np.zeros_like(self.values["h"])
            asked[..., last, :] = delta
        if not self.truncate:
            self.errors = self._through_time(asked, before, 0, last)
        else:
            self.errors = {}
            for t in range(0 if self.sequences else last, last + 1):
                first, alone = max(0, t - self.truncate + 1), np.zeros_like(asked)
                alone[..., t, :] = asked[..., t, :]
                for name, part in self._through_time(alone, before, first, t).items():
                    self.errors.setdefault(name, np.zeros_like(asked))[..., first:t + 1, :] += part
        self.delta = self.errors["dh"]
        self.gradients = self.gate_gradients(before)
        if not below:
            return None
        return sum(np.matmul(self._rows(self.errors[f"delta_{name}"]), gate.U)
                   for name, gate in self.gates.items()).reshape(self.x.shape)

    def _through_time(self, asked: Any, before: Named, first: int, last: int) -> Values:
        """What `step_back` says of the steps first … last, and dE/dh_t in all as "dh"."""
        gates, steps = self.gates, []
        later = dict.fromkeys(self.states, np.zeros_like(asked[..., 0, :]))
        for t in range(last, first - 1, -1):
            later["h"] = dh = later["h"] + asked[..., t, :]
            errors, later = self.step_back(gates, _at(self.values, t), _at(before, t), later)
            if self.stretch and t % self.stretch == 0:
                later = {name: np.zeros_like(value) for name, value in later.items()}
            steps.append({**errors, "dh": dh})
        return _along_time(steps[::-1])

    def gate_gradients(self, before: Named) -> dict[str, Any]:
        """Σ_t δ_t x_tᵀ for U, Σ_t δ_t h_{t−1}ᵀ for W, Σ_t δ_t for b: a time step is one more row."""
        found: dict[str, Any] = {}
        for name in self.names:
            delta = self._rows(self.errors[f"delta_{name}"])
            through, seen = (self._rows(part) for part in self.state_part(name, before))
            found[f"U_{name}"] = weight_gradient(delta, self._rows(self.x))
            found[f"W_{name}"] = weight_gradient(through, seen)
            found[f"b_{name}"] = delta.sum(axis=-2)
            found[f"state_bias_{name}"] = through.sum(axis=-2)
            weights = self.parameters.get(f"peephole_{name}")
            if weights is not None:
                cell = self._rows(self.values["c"] if name == "o" else before["c"])
                found[f"peephole_{name}"] = weight_gradient(delta, cell) \
                    if weights.ndim == self.leading + 2 else (delta * cell).sum(axis=-2)
        return {name: found[name] for name in self.parameters}

    def state_part(self, name: str, before: Named) -> tuple[Any, Any]:
        """dE/d(W h) of a gate at each step, and the h that its W took."""
        return self.errors[f"delta_{name}"], before["h"]

    def first_states(self, x: Any) -> Values:
        """The states before the first step, for each sample of x."""
        return {name: np.broadcast_to(value, (*x.shape[:-2], self.hidden))
                for name, value in self.start.items()}

    def before(self) -> Values:
        """The states before each step: h_0, h_1, …, h_{T−1}."""
        return {name: np.concatenate([first[..., None, :], self.values[name][..., :-1, :]], axis=-2)
                for name, first in self.first_states(self.x).items()}

    def _rows(self, values: Any) -> Any:
        return rows(values, self.leading)

    def step(self, gates: Mapping[str, Gate], x: Any, old: Named) -> Values:
        """What one step computes, by name, its states among it."""
        raise NotImplementedError

    def step_back(self, gates: Mapping[str, Gate], now: Named, old: Named,
                  d: Named) -> tuple[Values, Values]:
        """dE/dz of each gate ("delta_…"), and dE/d(states before), from d = dE/d(states after)."""
        raise NotImplementedError


def _along_time(steps: list[Values]) -> Values:
    """The steps' values as arrays with time as their last axis but one."""
    return {name: np.stack([step[name] for step in steps], axis=-2) for name in steps[0]}


def _at(values: Named, t: int) -> Values:
    return {name: value[..., t, :] for name, value in values.items()}
