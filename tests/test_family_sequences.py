"""Recurrent families: their solvers against PyTorch, their mistakes, what they refuse."""

import numpy as np
import pytest

from softmark.solvers.recurrent import (
    GRU_ORDER,
    LSTM_ORDER,
    Gate,
    gru_step,
    joined_gate,
    lstm_step,
    net_input,
    rnn_step,
    stacked_gates,
    state_slope,
)


def weights(seed, rows, n, h):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, n)), rng.normal(size=(rows, h)), \
        rng.normal(size=rows), rng.normal(size=rows)


def loaded(cell, U, W, b, c, torch):
    with torch.no_grad():
        for name, value in (("weight_ih", U), ("weight_hh", W), ("bias_ih", b), ("bias_hh", c)):
            getattr(cell, name).copy_(torch.tensor(value))
    return cell


@pytest.mark.oracle
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_rnn_step_agrees_with_torch(torch, activation):
    U, W, b, c = weights(1, 3, 2, 3)
    cell = loaded(torch.nn.RNNCell(2, 3, nonlinearity=activation, dtype=torch.float64), U, W, b, c, torch)
    rng = np.random.default_rng(2)
    x, h = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    theirs = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
    assert rnn_step(x, h, Gate(U, W, b, state_bias=c), activation) == pytest.approx(theirs)
    assert rnn_step(x[0], h[0], Gate(U, W, b + c), activation) == pytest.approx(theirs[0])


@pytest.mark.oracle
def test_lstm_step_agrees_with_torch(torch):
    U, W, b, c = weights(3, 12, 2, 3)
    cell = loaded(torch.nn.LSTMCell(2, 3, dtype=torch.float64), U, W, b, c, torch)
    rng = np.random.default_rng(4)
    x, h, s = rng.normal(size=(5, 2)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    new_h, new_c = (v.detach().numpy()
                    for v in cell(torch.tensor(x), (torch.tensor(h), torch.tensor(s))))
    batch = lstm_step(x, h, s, stacked_gates(U, W, b, c, LSTM_ORDER))
    assert batch.h == pytest.approx(new_h) and batch.c == pytest.approx(new_c)
    one = lstm_step(x[1], h[1], s[1], stacked_gates(U, W, b + c))
    assert one.h == pytest.approx(new_h[1]) and one.c == pytest.approx(new_c[1])


@pytest.mark.oracle
def test_gru_step_agrees_with_torch(torch):
    U, W, b, c = weights(5, 9, 2, 3)
    cell = loaded(torch.nn.GRUCell(2, 3, dtype=torch.float64), U, W, b, c, torch)
    rng = np.random.default_rng(6)
    x, h = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    theirs = cell(torch.tensor(x), torch.tensor(h)).detach().numpy()
    gates = stacked_gates(U, W, b, c, GRU_ORDER)
    assert gru_step(x, h, gates, reset="after", update="old").h == pytest.approx(theirs)
    assert gru_step(x[2], h[2], gates, reset="after", update="old").h == pytest.approx(theirs[2])
    assert gru_step(x, h, gates).h != pytest.approx(theirs)


def test_students_are_trained_at_once():
    """With a leading axis of students every student gets what he would get alone."""
    rng = np.random.default_rng(7)
    U, W, b = rng.normal(size=(4, 12, 2)), rng.normal(size=(4, 12, 3)), rng.normal(size=(4, 12))
    x, h, c = rng.normal(size=(4, 5, 2)), rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 5, 3))
    together = lstm_step(x, h, c, stacked_gates(U, W, b))
    for s in range(4):
        alone = lstm_step(x[s], h[s], c[s], stacked_gates(U[s], W[s], b[s]))
        assert together.h[s] == pytest.approx(alone.h)
    with pytest.raises(ValueError, match="do not divide"):
        stacked_gates(U, W, b, order=("a", "b", "c", "d", "e"))


def test_peepholes_are_diagonal_or_full():
    U, W, b, _ = weights(8, 2, 2, 2)
    x, h, c = np.array([1.0, -1.0]), np.array([0.5, 0.2]), np.array([0.3, -0.7])
    p = np.array([0.4, -0.9])
    diagonal = net_input(Gate(U, W, b, p), x, h, c)
    assert diagonal == pytest.approx(net_input(Gate(U, W, b, np.diag(p)), x, h, c))
    assert diagonal == pytest.approx(net_input(Gate(U, W, None, np.diag(p)), x, h, c) + b)
    assert diagonal == pytest.approx(U @ x + W @ h + p * c + b)
    batch = net_input(Gate(U, W, b, p), x[None], h[None], c[None])
    assert batch == pytest.approx(diagonal[None])
    full = np.array([[0.4, 1.0], [2.0, -0.9]])
    assert net_input(Gate(U, W, None, full), x[None], h[None], c[None]) == pytest.approx(
        (U @ x + W @ h + full @ c)[None])


def test_joined_weights_are_the_same_gate():
    rng = np.random.default_rng(9)
    joined, b, x, h = rng.normal(size=(3, 5)), rng.normal(size=3), rng.normal(size=2), rng.normal(size=3)
    assert net_input(joined_gate(joined, b, 3), x, h) == pytest.approx(joined @ np.r_[h, x] + b)
    assert net_input(joined_gate(joined, b, 3, "xh"), x, h) == pytest.approx(joined @ np.r_[x, h] + b)
    with pytest.raises(ValueError, match="hx or xh"):
        joined_gate(joined, b, 3, "ab")


@pytest.mark.oracle
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "identity"])
def test_state_slope_agrees_with_autograd(torch, activation):
    U, W, b, _ = weights(10, 3, 2, 3)
    x, h = np.array([0.3, -0.4]), np.array([0.1, 0.2, -0.5])
    new = rnn_step(x, h, Gate(U, W, b), activation)
    functions = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda z: z}
    theirs = torch.autograd.functional.jacobian(
        lambda s: functions[activation](torch.tensor(U) @ torch.tensor(x) + torch.tensor(W) @ s
                                        + torch.tensor(b)), torch.tensor(h))
    assert state_slope(new, W, activation) == pytest.approx(theirs.numpy())


def test_conventions_are_checked():
    gates = stacked_gates(*weights(11, 9, 2, 3)[:3], order=GRU_ORDER)
    with pytest.raises(ValueError, match="before or after"):
        gru_step(np.ones(2), np.ones(3), gates, reset="never")
    with pytest.raises(ValueError, match="new or the old"):
        gru_step(np.ones(2), np.ones(3), gates, update="both")
