"""Recurrent layers with backpropagation through time; their steps are `softmark.solvers.recurrent`.

x (batch, T, n) -> all states (batch, T, H), or the last one (batch, H). U (H, n) takes the input,
W (H, H) the state before, b (H) is the bias of a gate. S students' layers have U (S, H, n), b
(S, H), and x (S, batch, T, n). The states before the first step are 0. Backpropagation through
time: Werbos, 1990; Goodfellow et al., 2016, section 10.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from softmark.solvers.backprop import activate, slope, weight_gradient
from softmark.solvers.layers.base import Layer, first_weights
from softmark.solvers.layers.dense import rows
from softmark.solvers.recurrent import Gate, gru_step, lstm_step, net_input, plus_bias, times

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
    """

    #: what a step hands to the next one, the output h first
    states: tuple[str, ...] = ("h",)

    def __init__(self, gates: Mapping[str, Gate], sequences: bool = True,
                 truncate: int | None = None, stretch: int | None = None) -> None:
        super().__init__("identity", **{f"{part}_{name}": value for name, gate in gates.items()
                                        for part, value in gate._asdict().items()})
        self.names = tuple(gates)
        self.penalized = tuple(name for name in self.parameters
                               if not name.startswith(("b_", "state_bias_")))
        self.sequences = sequences
        self.truncate = truncate
        self.stretch = stretch
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
        state = dict.fromkeys(self.states, np.zeros((*x.shape[:-2], self.hidden)))
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
                found[f"peephole_{name}"] = weight_gradient(delta, cell) if weights.ndim == 2 \
                    else (delta * cell).sum(axis=0)
        return {name: found[name] for name in self.parameters}

    def state_part(self, name: str, before: Named) -> tuple[Any, Any]:
        """dE/d(W h) of a gate at each step, and the h that its W took."""
        return self.errors[f"delta_{name}"], before["h"]

    def before(self) -> Values:
        """The states before each step: 0, h_1, …, h_{T−1}."""
        return {name: np.concatenate([np.zeros_like(self.values[name][..., :1, :]),
                                      self.values[name][..., :-1, :]], axis=-2)
                for name in self.states}

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


def random_gates(rng: np.random.Generator, names: Iterable[str], inputs: int,
                 hidden: int) -> dict[str, Gate]:
    """Glorot-uniform weights and zero biases for each gate."""
    return {name: Gate(first_weights(rng, "glorot", inputs, hidden, hidden, inputs),
                       first_weights(rng, "glorot", hidden, hidden, hidden, hidden), np.zeros(hidden))
            for name in names}


class RNN(Recurrent):
    """h_t = f(U x_t + W h_{t−1} + b) (Elman, 1990); its parameters are "U_h", "W_h", "b_h".

    δ_t = f'(z_t) ⊙ dE/dh_t, and Wᵀ δ_t is what step t asks of h_{t−1}. `inside` has z, h, delta_h
    and dh of each step.
    """

    def __init__(self, gate: Gate, cell: str = "tanh", **settings: Any) -> None:
        super().__init__({"h": gate}, **settings)
        self.cell = cell

    @classmethod
    def random(cls, rng: np.random.Generator, inputs: int, hidden: int, **settings: Any) -> RNN:
        """Glorot-uniform weights and zero biases."""
        return cls(random_gates(rng, "h", inputs, hidden)["h"], **settings)

    def step(self, gates: Mapping[str, Gate], x: Any, old: Named) -> Values:
        z = net_input(gates["h"], x, old["h"])
        return {"z": z, "h": activate(self.cell, z)}

    def step_back(self, gates: Mapping[str, Gate], now: Named, old: Named,
                  d: Named) -> tuple[Values, Values]:
        delta = slope(self.cell, now["h"]) * d["h"]
        return {"delta_h": delta}, {"h": np.matmul(delta, gates["h"].W)}


class LSTM(Recurrent):
    """Gates "i", "f", "g" (the candidate), "o", and the cell c (Hochreiter and Schmidhuber, 1997).

    candidate, output and gate name the activations, and gates may have peepholes (but not
    students' ones), as in `softmark.solvers.recurrent.lstm_step`. `inside` has i, f, g, o, c, h,
    and delta_i to delta_o, dc and dh, of each step.
    """

    states = ("h", "c")

    def __init__(self, gates: Mapping[str, Gate], *, candidate: str = "tanh", output: str = "tanh",
                 gate: str = "sigmoid", **settings: Any) -> None:
        super().__init__(gates, **settings)
        self.kinds = {"candidate": candidate, "output": output, "gate": gate}
        if self.leading and any(name.startswith("peephole") for name in self.parameters):
            raise ValueError("students' LSTMs have no peepholes; train them one by one")
        if any(gate.b is None and np.ndim(gate.peephole) == 2 for gate in gates.values()):
            raise ValueError("a gate with a full peephole has a bias")

    @classmethod
    def random(cls, rng: np.random.Generator, inputs: int, hidden: int, **settings: Any) -> LSTM:
        """Glorot-uniform weights and zero biases."""
        return cls(random_gates(rng, "ifgo", inputs, hidden), **settings)

    def step(self, gates: Mapping[str, Gate], x: Any, old: Named) -> Values:
        return lstm_step(x, old["h"], old["c"], gates, **self.kinds)._asdict()

    def step_back(self, gates: Mapping[str, Gate], now: Named, old: Named,
                  d: Named) -> tuple[Values, Values]:
        i, f, g, o = (now[name] for name in "ifgo")
        shown, squash = activate(self.kinds["output"], now["c"]), self.kinds["gate"]
        delta = {"o": d["h"] * shown * slope(squash, o)}
        dc = d["c"] + d["h"] * o * slope(self.kinds["output"], shown) \
            + _through_peephole(gates["o"], delta["o"])
        delta["i"] = dc * g * slope(squash, i)
        delta["f"] = dc * old["c"] * slope(squash, f)
        delta["g"] = dc * i * slope(self.kinds["candidate"], g)
        below = {"h": sum(np.matmul(delta[name], gates[name].W) for name in gates),
                 "c": dc * f + sum(_through_peephole(gates[name], delta[name]) for name in "if")}
        return {"dc": dc} | {f"delta_{name}": delta[name] for name in gates}, below


def _through_peephole(gate: Gate, delta: Any) -> Any:
    """What a gate asks of the cell that its peephole sees."""
    if gate.peephole is None:
        return 0.0
    return delta @ gate.peephole if gate.peephole.ndim == 2 else delta * gate.peephole


class GRU(Recurrent):
    """Gates "r" (reset), "z" (update) and "n" (the candidate) (Cho et al., 2014).

    reset ("before" or "after" the product with W), update (z weighs the "new" or the "old" state)
    and the activations as in `softmark.solvers.recurrent.gru_step`; PyTorch has reset="after" and
    update="old". `inside` has r, z, n, h, and delta_r, delta_z, delta_n, dh, of each step.
    """

    def __init__(self, gates: Mapping[str, Gate], *, reset: str = "before", update: str = "new",
                 candidate: str = "tanh", gate: str = "sigmoid", **settings: Any) -> None:
        super().__init__(gates, **settings)
        self.kinds = {"reset": reset, "update": update, "candidate": candidate, "gate": gate}

    @classmethod
    def random(cls, rng: np.random.Generator, inputs: int, hidden: int, **settings: Any) -> GRU:
        """Glorot-uniform weights and zero biases."""
        return cls(random_gates(rng, "rzn", inputs, hidden), **settings)

    def step(self, gates: Mapping[str, Gate], x: Any, old: Named) -> Values:
        return gru_step(x, old["h"], gates, **self.kinds)._asdict()

    def step_back(self, gates: Mapping[str, Gate], now: Named, old: Named,
                  d: Named) -> tuple[Values, Values]:
        r, z, n, h, dh = now["r"], now["z"], now["n"], old["h"], d["h"]
        squash, candidate = self.kinds["gate"], gates["n"]
        new, kept = (z, 1 - z) if self.kinds["update"] == "new" else (1 - z, z)
        dz = dh * (n - h) if self.kinds["update"] == "new" else dh * (h - n)
        delta = {"n": dh * new * slope(self.kinds["candidate"], n), "z": dz * slope(squash, z)}
        if self.kinds["reset"] == "before":
            back = np.matmul(delta["n"], candidate.W)
            dr, below = back * h, back * r
        else:
            dr = delta["n"] * plus_bias(times(candidate.W, h), candidate.state_bias)
            below = np.matmul(delta["n"] * r, candidate.W)
        delta["r"] = dr * slope(squash, r)
        below = below + dh * kept + sum(np.matmul(delta[name], gates[name].W) for name in "rz")
        return {f"delta_{name}": delta[name] for name in gates}, {"h": below}

    def state_part(self, name: str, before: Named) -> tuple[Any, Any]:
        delta, h, r = self.errors[f"delta_{name}"], before["h"], self.values["r"]
        if name != "n":
            return delta, h
        return (delta, r * h) if self.kinds["reset"] == "before" else (delta * r, h)
