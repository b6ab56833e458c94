"""One time step of recurrent layers: plain RNN, LSTM with or without peepholes, GRU.

Shapes: x (n) or (batch, n), states h and c (H) or (batch, H). Of each gate, U (H, n) takes the
input, W (H, H) the state before, b (H) is the bias. With a leading axis of students, U is
(S, H, n), b (S, H), x (S, batch, n). Everything works on one sample of terms too. What authors
and libraries do differently (activations, peepholes, where the reset gate acts, which of z and
1 − z keeps the old state) is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from softmark.solvers.activations import softmax
from softmark.solvers.backprop import activate

#: the orders in which PyTorch stacks the gates (Keras: i, f, g, o and z, r, n)
LSTM_ORDER = ("i", "f", "g", "o")
GRU_ORDER = ("r", "z", "n")


class Gate(NamedTuple):
    """The weights of one gate; a bias that is None is left out.

    peephole   weights of the cell state, (H) if each unit sees its own cell, else (H, H)
    state_bias the bias that stands with W h, apart from b (PyTorch's `bias_hh`)
    """

    U: Any
    W: Any
    b: Any = None
    peephole: Any = None
    state_bias: Any = None


class LstmStep(NamedTuple):
    """What one LSTM step computes: input and forget gate, candidate g, output gate, states."""

    i: Any
    f: Any
    g: Any
    o: Any
    c: Any
    h: Any


class GruStep(NamedTuple):
    """What one GRU step computes: reset and update gate, candidate n, state."""

    r: Any
    z: Any
    n: Any
    h: Any


def times(weights: Any, x: Any) -> Any:
    """W x of one sample, x Wᵀ of a batch."""
    return weights @ x if np.ndim(x) == 1 else np.matmul(x, np.swapaxes(weights, -1, -2))


def each(vector: Any, like: Any) -> Any:
    """A vector (H), or one a student (S, H), so that it goes with every sample of `like`."""
    return vector if np.ndim(vector) == 1 or np.ndim(like) == 1 else vector[..., None, :]


def plus_bias(z: Any, bias: Any) -> Any:
    """z + b, for each sample of a batch; z itself if there is no bias."""
    if bias is None:
        return z
    return z + each(bias, z)


def net_input(gate: Gate, x: Any, h: Any, c: Any = None) -> Any:
    """U x + W h + b, with the peephole's p ⊙ c (or P c) before the bias if the gate has one."""
    z = times(gate.U, x) + times(gate.W, h)
    if gate.peephole is not None:
        full = np.ndim(gate.peephole) == np.ndim(gate.U)
        z = z + (times(gate.peephole, c) if full else each(gate.peephole, c) * c)
    return plus_bias(plus_bias(z, gate.b), gate.state_bias)


def rnn_step(x: Any, h: Any, gate: Gate, activation: str = "tanh") -> Any:
    """h_t = g(U x_t + W h_{t−1} + b) (Elman, 1990)."""
    return activate(activation, net_input(gate, x, h))


def readout(activation: str, o: Any) -> Any:
    """Output of one sample from its net inputs o (k); softmax is written without a shift, as by hand."""
    return softmax(o) if activation == "softmax" else activate(activation, o)


def cell_state(f: Any, c: Any, i: Any, g: Any) -> Any:
    """c_t = f ⊙ c_{t−1} + i ⊙ g (Gers, Schmidhuber and Cummins, 2000)."""
    return f * c + i * g


def lstm_step(x: Any, h: Any, c: Any, gates: Mapping[str, Gate], *, candidate: str = "tanh",
              output: str = "tanh", gate: str = "sigmoid") -> LstmStep:
    """One step of an LSTM with gates "i", "f", "g" (the candidate) and "o".

    candidate and output are the activations of g and of c_t in h_t = o ⊙ tanh(c_t); gate that of
    the gates. With peepholes the gates i and f see c_{t−1}, and o sees c_t (Gers, Schraudolph and
    Schmidhuber, 2002).
    """
    i = activate(gate, net_input(gates["i"], x, h, c))
    f = activate(gate, net_input(gates["f"], x, h, c))
    g = activate(candidate, net_input(gates["g"], x, h))
    new = cell_state(f, c, i, g)
    o = activate(gate, net_input(gates["o"], x, h, new))
    return LstmStep(i, f, g, o, new, o * activate(output, new))


def gru_candidate(gate: Gate, x: Any, h: Any, r: Any, reset: str = "before") -> Any:
    """Net input of the GRU's candidate: the reset gate acts on h, or on W h.

    "before": U x + W (r ⊙ h) + b (Cho et al., 2014); "after": U x + r ⊙ (W h + state_bias) + b
    (PyTorch, cuDNN). ValueError for another word.
    """
    if reset == "before":
        return net_input(gate, x, r * h)
    if reset != "after":
        raise ValueError(f"the reset gate acts before or after the product, not {reset!r}")
    return plus_bias(times(gate.U, x) + r * plus_bias(times(gate.W, h), gate.state_bias), gate.b)


def gru_state(z: Any, h: Any, n: Any, update: str = "new") -> Any:
    """The state after a GRU step: z weighs what is "new", or what is "old".

    "new": (1 − z) ⊙ h + z ⊙ n; "old": z ⊙ h + (1 − z) ⊙ n (Cho et al., 2014; PyTorch). ValueError
    for another word.
    """
    if update == "new":
        return (1 - z) * h + z * n
    if update != "old":
        raise ValueError(f"z weighs the new or the old state, not {update!r}")
    return z * h + (1 - z) * n


def gru_step(x: Any, h: Any, gates: Mapping[str, Gate], *, reset: str = "before",
             update: str = "new", candidate: str = "tanh", gate: str = "sigmoid") -> GruStep:
    """One step of a GRU with gates "r", "z" and "n" (the candidate)."""
    r = activate(gate, net_input(gates["r"], x, h))
    z = activate(gate, net_input(gates["z"], x, h))
    n = activate(candidate, gru_candidate(gates["n"], x, h, r, reset))
    return GruStep(r, z, n, gru_state(z, h, n, update))


def stacked_gates(U: Any, W: Any, b: Any = None, state_bias: Any = None,
                  order: Sequence[str] = LSTM_ORDER) -> dict[str, Gate]:
    """Gates from weights stacked in `order`: U (k·H, n), W (k·H, H), biases (k·H).

    ValueError if the rows do not divide into the gates.
    """
    size, rest = divmod(U.shape[-2], len(order))
    if rest:
        raise ValueError(f"{U.shape[-2]} rows do not divide into {len(order)} gates")
    gates = {}
    for place, name in enumerate(order):
        rows = slice(place * size, (place + 1) * size)
        gates[name] = Gate(U[..., rows, :], W[..., rows, :], None if b is None else b[..., rows],
                           state_bias=None if state_bias is None else state_bias[..., rows])
    return gates


def joined_input(weights: Any, parts: Sequence[Any], b: Any = None, peephole: Any = None,
                 c: Any = None) -> Any:
    """W · [p1, p2, …] + b for one sample, in the order of the parts (Olah, 2015).

    A peephole adds p ⊙ c, or P c if it is a matrix, before the bias.
    """
    z = weights @ np.concatenate(parts)
    if peephole is not None:
        z = z + (peephole @ c if np.ndim(peephole) == 2 else peephole * c)
    return plus_bias(z, b)
