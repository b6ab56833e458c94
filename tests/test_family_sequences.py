"""Recurrent families: their solvers against PyTorch, their mistakes, what they refuse."""

import numpy as np
import pytest

from softmark.solvers.recurrent import (
    GRU_ORDER,
    LSTM_ORDER,
    Gate,
    gru_step,
    lstm_step,
    net_input,
    rnn_step,
    stacked_gates,
)
from softmark.solvers.sequences import explicit_slope, sequence_loss
from softmark.templates.sequences.bptt import Bptt
from softmark.templates.sequences.gru_forward import GruForward
from softmark.templates.sequences.lstm_forward import LstmForward
from softmark.templates.sequences.lstm_peephole import LstmPeephole
from softmark.templates.sequences.rnn_forward import RnnForward
from softmark.templates.sequences.sequence_loss import SequenceLoss
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import mistaken, solve


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


def test_conventions_are_checked():
    gates = stacked_gates(*weights(11, 9, 2, 3)[:3], order=GRU_ORDER)
    with pytest.raises(ValueError, match="before or after"):
        gru_step(np.ones(2), np.ones(3), gates, reset="never")
    with pytest.raises(ValueError, match="new or the old"):
        gru_step(np.ones(2), np.ones(3), gates, update="both")


# -- families against PyTorch, by autograd where there are gradients


def values(cls, **given):
    return {name: done.value for name, done in solve(cls.from_json(given)).items()}


RNN = {"x": [["0.5", "-1"], ["1", "0.2"]], "U": [["0.1", "-0.4"], ["0.7", "0.3"]],
       "W": [["0.2", "0.5"], ["-0.6", "0.9"]], "b": ["0.1", "-0.2"], "V": [["0.3", "-0.8"], ["0.5", "0.4"]],
       "c": ["0.2", "0.1"], "s0": ["0.1", "0.3"], "output": "softmax", "outputs": "all"}


@pytest.mark.oracle
def test_rnn_family_agrees_with_torch(torch):
    def of(name):
        return torch.tensor(np.array(RNN[name], dtype=float))

    cell = torch.nn.RNN(2, 2, dtype=torch.float64)
    with torch.no_grad():
        for name, mine in (("weight_ih_l0", of("U")), ("weight_hh_l0", of("W")), ("bias_ih_l0", of("b")),
                           ("bias_hh_l0", torch.zeros(2, dtype=torch.float64))):
            getattr(cell, name).copy_(mine)
    states = cell(of("x"), of("s0")[None])[0].detach()
    outputs = torch.softmax(states @ of("V").T + of("c"), -1).numpy()
    got = values(RnnForward, **RNN)
    for t in (1, 2):
        assert got[f"s{t}"] == pytest.approx(states[t - 1].numpy())
        assert got[f"y{t}"] == pytest.approx(outputs[t - 1])


def test_rnn_mistakes_are_what_they_say():
    problem = RnnForward.from_json(RNN)
    U, W, b = (np.array(RNN[name], dtype=float) for name in "UWb")
    x, s = np.array([0.5, -1.0]), np.array([0.1, 0.3])
    assert mistaken(problem, "left out the state before")["z1"].value == pytest.approx(U @ x + b)
    assert mistaken(problem, "left out the biases")["z1"].value == pytest.approx(U @ x + W @ s)
    swapped = mistaken(problem, "swapped the weights of input and state")["z1"].value
    assert swapped == pytest.approx(W @ x + U @ s + b)


BPTT = {"x": ["0.5", "-1", "0.8", "0.3"], "u": "0.7", "w": "-0.6", "b": "0.1", "s0": "0.4"}


@pytest.mark.oracle
@pytest.mark.parametrize(("parameter", "activation"), [
    ("w", "tanh"), ("u", "tanh"), ("b", "tanh"), ("w", "sigmoid"), ("u", "sigmoid"), ("w", "identity")])
@pytest.mark.parametrize("losses", ["last", "all"])
@pytest.mark.parametrize("truncate", [0, 2])
def test_bptt_agrees_with_autograd(torch, parameter, activation, losses, truncate):
    targets = [0.3, -0.2, 0.1, 0.9] if losses == "all" else [0.9]
    functions = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda z: z}
    fixed = {name: float(BPTT[name]) for name in ("u", "w", "b")}
    total = torch.zeros((), dtype=torch.float64)
    theta = torch.tensor(fixed[parameter], dtype=torch.float64, requires_grad=True)
    for t in range(1, 5):
        if losses == "last" and t < 4:
            continue
        s = torch.tensor(float(BPTT["s0"]), dtype=torch.float64)
        for k in range(1, t + 1):
            live = not truncate or k > t - truncate
            values_at = {**fixed, parameter: theta if live else theta.detach()}
            s = functions[activation](values_at["u"] * float(BPTT["x"][k - 1]) + values_at["w"] * s
                                      + values_at["b"])
        total = total + 0.5 * (s - targets[t - 1 if losses == "all" else 0]) ** 2
    total.backward()
    got = values(Bptt, **BPTT, y=targets, parameter=parameter, activation=activation, losses=losses,
                 truncate=truncate)
    assert got["L" if losses == "all" else "L4"] == pytest.approx(theta.grad.item())


def test_deck_002_line_2666_loses_the_input_of_the_fourth_state():
    """s4 = σ(W s3 + b) is printed where s4 = σ(U x4 + W s3 + b) is meant."""
    one = {**RNN, "activation": "sigmoid"}
    W, b = np.array(RNN["W"], dtype=float), np.array(RNN["b"], dtype=float)
    printed = 1 / (1 + np.exp(-(W @ np.array([0.1, 0.3]) + b)))
    assert mistaken(RnnForward.from_json(one), "left out the input")["s1"].value == pytest.approx(printed)


def test_bptt_mistakes_are_what_they_say():
    problem = Bptt.from_json({**BPTT, "y": ["0.9"]})
    right = {name: done.value for name, done in solve(problem).items()}
    assert mistaken(problem, "took the explicit term only")["S4"].value == right["e4"]
    assert mistaken(problem, "added the explicit terms without the products")["S4"].value == \
        pytest.approx(sum(right[f"e{k}"] for k in range(1, 5)))


LSTM = {"x": [["0.5", "-1"], ["0.2", "0.7"]], "h0": ["0.1", "-0.3"], "c0": ["0.6", "0.2"],
        "Wf": [["0.1", "-0.4", "0.3", "0.2"], ["0.5", "0.6", "-0.7", "0.8"]],
        "Wi": [["0.2", "0.4", "-0.3", "0.1"], ["-0.5", "0.3", "0.7", "-0.8"]],
        "Wc": [["-0.1", "0.9", "0.3", "-0.2"], ["0.4", "-0.6", "0.2", "0.8"]],
        "Wo": [["0.7", "-0.2", "0.5", "0.3"], ["0.1", "0.6", "-0.4", "0.9"]],
        "bf": ["0.1", "0.2"], "bi": ["-0.1", "0.3"], "bc": ["0.4", "-0.2"], "bo": ["0.2", "-0.5"]}


@pytest.mark.oracle
def test_lstm_family_agrees_with_torch(torch):
    joined = np.concatenate([np.array(LSTM[f"W{g}"], dtype=float) for g in "fico"])
    order = np.r_[2:4, 0:2, 4:6, 6:8]
    biases = np.concatenate([np.array(LSTM[f"b{g}"], dtype=float) for g in "fico"])[order]
    cell = loaded(torch.nn.LSTMCell(2, 2, dtype=torch.float64), joined[order][:, 2:], joined[order][:, :2],
                  biases, np.zeros(8), torch)
    state = tuple(torch.tensor(np.array(LSTM[name], dtype=float)) for name in ("h0", "c0"))
    got = values(LstmForward, **LSTM)
    for t in (1, 2):
        state = cell(torch.tensor(np.array(LSTM["x"][t - 1], dtype=float)), state)
        assert got[f"h{t}"] == pytest.approx(state[0].detach().numpy())
        assert got[f"c{t}"] == pytest.approx(state[1].detach().numpy())


def test_lstm_of_deck_002_line_2908_has_the_logistic_function_where_deck_003_has_tanh():
    """s̃ = σ(…) and h = o ⊙ σ(s) there; c̃ = tanh(…) and h = o ⊙ tanh(C) here."""
    given = {**LSTM, "x": LSTM["x"][:1]}
    logistic = values(LstmForward, **given, candidate="sigmoid", output="sigmoid")
    assert logistic["h1"] == pytest.approx(logistic["o1"] / (1 + np.exp(-logistic["c1"])))
    problem = LstmForward.from_json(given)
    tanh = solve(problem)
    assert tanh["h1"].value == pytest.approx(tanh["o1"].value * np.tanh(tanh["c1"].value))
    assert mistaken(problem, "took σ for tanh in the candidate")["g1"].value == \
        pytest.approx(logistic["g1"])


def test_joined_order_only_permutes_the_columns():
    turned = {f"W{g}": [row[2:] + row[:2] for row in LSTM[f"W{g}"]] for g in "fico"}
    assert values(LstmForward, **{**LSTM, **turned}, order="xh")["h2"] == \
        pytest.approx(values(LstmForward, **LSTM)["h2"])


PEEP = {**LSTM, "Pf": [["0.3", "-0.2"]], "Pi": [["0.5", "0.1"]], "Po": [["-0.4", "0.6"]]}


def test_deck_003_line_1516_the_output_gate_sees_the_new_cell_state():
    """[C, h, x] joined, as printed: C_{t−1} for f and i, C_t for o."""
    full = {"Pf": [["0.3", "0.7"], ["0.1", "-0.2"]], "Pi": [["0.5", "0"], ["0.2", "0.1"]],
            "Po": [["-0.4", "0.8"], ["0.9", "0.6"]]}
    got = values(LstmPeephole, **{**LSTM, **full}, peepholes="full")
    h, c, x = (np.array(v, dtype=float) for v in (LSTM["h0"], LSTM["c0"], LSTM["x"][0]))

    def gate(name, seen):
        joined = np.c_[np.array(full[f"P{name}"], dtype=float), np.array(LSTM[f"W{name}"], dtype=float)]
        z = joined @ np.r_[seen, h, x] + np.array(LSTM[f"b{name}"], dtype=float)
        return 1 / (1 + np.exp(-z))

    assert got["f1"] == pytest.approx(gate("f", c)) and got["i1"] == pytest.approx(gate("i", c))
    assert got["o1"] == pytest.approx(gate("o", got["c1"]))
    diagonal = LstmPeephole.from_json(PEEP)
    assert mistaken(diagonal, "left out the peepholes")["f1"].value == \
        pytest.approx(values(LstmForward, **LSTM)["f1"])
    assert mistaken(diagonal, "let the output gate see the old cell state")["o1"].value != \
        pytest.approx(solve(diagonal)["o1"].value)


GRU = {"x": [["0.5", "-1"], ["0.2", "0.7"]], "h0": ["0.1", "-0.3"],
       "Ur": [["0.1", "-0.4"], ["0.5", "0.6"]], "Wr": [["0.3", "0.2"], ["-0.7", "0.8"]],
       "Uz": [["0.2", "0.4"], ["-0.5", "0.3"]], "Wz": [["-0.3", "0.1"], ["0.7", "-0.8"]],
       "Uh": [["-0.1", "0.9"], ["0.4", "-0.6"]], "Wh": [["0.3", "-0.2"], ["0.2", "0.8"]],
       "br": ["0.1", "0.2"], "bz": ["-0.1", "0.3"], "bh": ["0.4", "-0.2"]}


@pytest.mark.oracle
def test_gru_family_agrees_with_torch(torch):
    def stacked(kind):
        return np.concatenate([np.array(GRU[f"{kind}{g}"], dtype=float) for g in "rzh"])

    cell = loaded(torch.nn.GRUCell(2, 2, dtype=torch.float64), stacked("U"), stacked("W"), stacked("b"),
                  np.zeros(6), torch)
    state = torch.tensor(np.array(GRU["h0"], dtype=float))
    got = values(GruForward, **GRU, reset="after", update="old")
    for t in (1, 2):
        state = cell(torch.tensor(np.array(GRU["x"][t - 1], dtype=float)), state)
        assert got[f"h{t}"] == pytest.approx(state.detach().numpy())


def test_deck_003_line_1533_gru_without_biases():
    got = values(GruForward, **GRU, biases=False)
    h, x = np.array([0.1, -0.3]), np.array([0.5, -1.0])
    candidate = np.tanh(np.array(GRU["Wh"], dtype=float) @ (got["r1"] * h)
                        + np.array(GRU["Uh"], dtype=float) @ x)
    assert got["n1"] == pytest.approx(candidate)
    assert got["h1"] == pytest.approx((1 - got["z1"]) * h + got["z1"] * candidate)
    swapped = mistaken(GruForward.from_json({**GRU, "biases": False}), "swapped z and 1 − z")
    assert swapped["h1"].value == pytest.approx(got["z1"] * h + (1 - got["z1"]) * candidate)


# -- losses over a sequence


LOSS = {"characters": ["d", "e", "p"], "targets": ["e", "e", "p"],
        "probabilities": [["0.2", "0.7", "0.1"], ["0.5", "0.3", "0.2"], ["0.1", "0.1", "0.8"]]}


def test_deck_002_line_2597_the_loss_is_the_sum_of_negative_logarithms():
    got = values(SequenceLoss, **LOSS)
    assert got["L"] == pytest.approx(-np.log(0.7 * 0.3 * 0.8))
    problem = SequenceLoss.from_json(LOSS)
    assert mistaken(problem, "took the mean for the sum")["L"].value == pytest.approx(got["L"] / 3)
    assert mistaken(problem, "left out the minus sign")["L"].value == pytest.approx(-got["L"])
    wrong = mistaken(problem, "took the most probable character for the right one")
    assert wrong["L2"].value == pytest.approx(-np.log(0.5))


@pytest.mark.oracle
def test_scores_are_losses_of_torch(torch):
    scores = [["0.2", "0.7", "-1"], ["0.5", "1.3", "0.2"], ["0.1", "-0.1", "0.8"]]
    theirs = torch.nn.functional.cross_entropy(torch.tensor(np.array(scores, dtype=float)),
                                               torch.tensor([1, 1, 2]), reduction="mean")
    got = values(SequenceLoss, characters=["d", "e", "p"], targets=["e", "e", "p"], scores=scores,
                 given_as="scores", reduction="mean")
    assert got["L"] == pytest.approx(theirs.item())
    even = values(SequenceLoss, characters=["a", "b"], targets=["a", "b"], reduction="mean",
                  probabilities=[["0.5", "0.5"]] * 2, ask_perplexity=True)
    assert even["perplexity"] == pytest.approx(2)


def test_solvers_refuse_other_words():
    with pytest.raises(ValueError, match="sum or mean"):
        sequence_loss([1.0], "max")
    with pytest.raises(ValueError, match="u, w and b"):
        explicit_slope("v", "tanh", 0.1, 0.2, 0.3)


@pytest.mark.parametrize(("cls", "given", "said"), [
    (RnnForward, {**RNN, "U": [["1", "1"]]}, "U must have one row"),
    (RnnForward, {**RNN, "s0": ["1"]}, "s0 as long as b"),
    (RnnForward, {**RNN, "V": [["1"]]}, "V must have one row"),
    (RnnForward, {**RNN, "V": [["1", "1"]], "c": ["0"]}, "softmax needs two"),
    (RnnForward, {**RNN, "x": [["1", "1"]] * 7}, "at most 6 time steps"),
    (Bptt, {**BPTT, "y": ["1", "2"]}, "one target"),
    (Bptt, {**BPTT, "y": ["1"], "truncate": 4}, "truncate must be smaller"),
    (Bptt, {**BPTT, "y": ["1"], "x": ["1"]}, "2 to 6 time steps"),
    (Bptt, {**BPTT, "y": ["1"], "activation": "identity", "parameter": "u"}, "no computation"),
    (LstmForward, {**LSTM, "bf": ["1"]}, "as long as h0"),
    (LstmForward, {**LSTM, "Wf": [["1", "1"]]}, "one row a unit"),
    (LstmPeephole, {**PEEP, "peepholes": "full"}, "have 2 rows"),
    (GruForward, {**GRU, "Wz": [["1", "1"]]}, "each W is square"),
    (GruForward, {**GRU, "Uz": [["1"]]}, "each U has one row"),
    (SequenceLoss, {**LOSS, "targets": ["e", "e", "x"]}, "one of them"),
    (SequenceLoss, {**LOSS, "targets": ["e"]}, "one row a target"),
    (SequenceLoss, {**LOSS, "probabilities": [["0.5", "0.5", "0.5"]] * 3}, "add up to 1"),
    (SequenceLoss, {**LOSS, "probabilities": [["1", "0", "0"]] * 3}, "must not be 0"),
    (SequenceLoss, {**LOSS, "base": "2", "ask_perplexity": True}, "natural logarithms"),
])
def test_impossible_givens_are_refused_in_one_sentence(cls, given, said):
    with pytest.raises(UserError, match=said):
        cls.from_json(given)
