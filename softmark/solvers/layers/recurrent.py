"""Recurrent layers: plain RNN, LSTM with or without peepholes, GRU.

Their steps forward are those of `softmark.solvers.recurrent`, their way back through time is
`softmark.solvers.layers.through_time`, which says what shapes they take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from softmark.solvers.backprop import activate, slope
from softmark.solvers.layers.base import first_weights
from softmark.solvers.layers.through_time import Named, Recurrent, Values
from softmark.solvers.recurrent import Gate, each, gru_step, lstm_step, net_input, plus_bias, times


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

    candidate, output and gate name the activations, and the gates may have peepholes, as in
    `softmark.solvers.recurrent.lstm_step`. `inside` has i, f, g, o, c, h, and delta_i to delta_o,
    dc and dh, of each step.
    """

    states = ("h", "c")

    def __init__(self, gates: Mapping[str, Gate], *, candidate: str = "tanh", output: str = "tanh",
                 gate: str = "sigmoid", **settings: Any) -> None:
        super().__init__(gates, **settings)
        self.kinds = {"candidate": candidate, "output": output, "gate": gate}
        if gates["g"].peephole is not None:
            raise ValueError("the candidate g has no peephole")

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
    if gate.peephole.ndim == gate.U.ndim:
        return np.matmul(delta, gate.peephole)
    return delta * each(gate.peephole, delta)


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
