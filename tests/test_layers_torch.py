"""The trainer's layers and losses against PyTorch."""

import numpy as np
import pytest

from softmark.solvers.layers import GRU, LSTM, RNN, BatchNorm, Convolution, Dense, Flatten, Pool
from softmark.solvers.network import Network
from softmark.solvers.recurrent import GRU_ORDER, LSTM_ORDER, stacked_gates
from softmark.solvers.training import Loss

pytestmark = pytest.mark.oracle
SEQUENCES = (4, 5, 3)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def classes(rng, count, kinds=3):
    return np.eye(kinds)[rng.integers(0, kinds, count)]


def tensors(torch, layer):
    return {name: torch.tensor(value, requires_grad=True) for name, value in layer.parameters.items()}


def close(mine, theirs):
    assert mine == pytest.approx(theirs.detach().numpy(), rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("kind", "rounding"), [("max", "floor"), ("max", "ceil"), ("average", "floor"),
                                                ("average", "ceil"), ("l2", "floor")])
def test_a_convolutional_network_agrees_with_torch(torch, rng, kind, rounding):
    """Three steps of training, then use, with the running averages."""
    f = torch.nn.functional
    x, y = rng.normal(size=(4, 9, 8, 2)), classes(rng, 4)
    conv = Convolution(rng.normal(size=(3, 3, 2, 2)), rng.normal(size=3), stride=1, padding=1, dilation=2)
    norm = BatchNorm(rng.normal(size=3), rng.normal(size=3), "relu")
    pooled = Pool(kind, 3, 2, rounding=rounding)
    size = pooled.forward(norm.forward(conv.forward(x))).shape
    full = Dense(rng.normal(size=(3, np.prod(size[1:]))), rng.normal(size=3), "softmax")
    net = Network.of([conv, norm, pooled, Flatten(), full], "cross_entropy")
    c, n, d = (tensors(torch, layer) for layer in (conv, norm, full))
    mean, variance = torch.zeros(3, dtype=torch.double), torch.ones(3, dtype=torch.double)

    def theirs(train):
        z = f.conv2d(torch.tensor(x).permute(0, 3, 1, 2), c["W"].permute(0, 3, 1, 2), c["b"], padding=1,
                     dilation=2)
        a = torch.relu(f.batch_norm(z, mean, variance, n["gamma"], n["beta"], train, 0.1, 1e-5))
        ceil = rounding == "ceil"
        a = {"max": lambda: f.max_pool2d(a, 3, 2, ceil_mode=ceil), "l2": lambda: f.lp_pool2d(a, 2, 3, 2),
             "average": lambda: f.avg_pool2d(a, 3, 2, ceil_mode=ceil)}[kind]()
        return f.cross_entropy(a.flatten(1) @ d["W"].T + d["b"], torch.tensor(y))

    optimizer = torch.optim.SGD([*c.values(), *n.values(), *d.values()], lr=0.01)
    for _ in range(3):
        step = net.train_step(x, y, 0.01)
        optimizer.zero_grad()
        cost = theirs(True)
        cost.backward()
        assert step.loss == pytest.approx(cost.item(), rel=1e-9)
        for mine, named in zip((step.gradients[0], step.gradients[1], step.gradients[4]), (c, n, d), strict=True):
            for name, tensor in named.items():
                close(mine[name], tensor.grad)
        optimizer.step()
    assert net.mean_loss(x, y) == pytest.approx(theirs(False).item(), rel=1e-9)
    close(norm.running_mean, mean)
    close(norm.running_variance, variance)


@pytest.mark.parametrize("stretch", [None, 2])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers_agree_with_torch(torch, rng, kind, sequences, stretch):
    x, y = rng.normal(size=SEQUENCES), rng.normal(size=(4, 5, 4) if sequences else (4, 4))
    torch.manual_seed(1)
    cell = getattr(torch.nn, kind)(3, 4, batch_first=True).double()
    U, W, b, state_bias = (value.detach().numpy() for value in cell.parameters())
    order = {"RNN": "h", "LSTM": LSTM_ORDER, "GRU": GRU_ORDER}[kind]
    gates = stacked_gates(U, W, b, state_bias, order)
    settings = {"sequences": sequences, "stretch": stretch}
    layer = {"RNN": lambda: RNN(gates["h"], **settings), "LSTM": lambda: LSTM(gates, **settings),
             "GRU": lambda: GRU(gates, reset="after", update="old", **settings)}[kind]()
    step = Network.of([layer], Loss("squared", steps="mean")).gradients(x, y)

    given = torch.tensor(x, requires_grad=True)
    parts, state = [], None
    for part in given.split(stretch or 5, dim=1):
        if state is not None:
            state = tuple(s.detach() for s in state) if kind == "LSTM" else state.detach()
        out, state = cell(part, state)
        parts.append(out)
    out = torch.cat(parts, dim=1) if sequences else parts[-1][:, -1]
    cost = 0.5 * ((out - torch.tensor(y)) ** 2).sum() / (4 * (5 if sequences else 1))
    cost.backward()
    close(step.a[-1], out)
    assert step.loss == pytest.approx(cost.item())
    for part, theirs in zip(("U", "W", "b", "state_bias"), cell.parameters(), strict=True):
        close(np.concatenate([step.gradients[0][f"{part}_{name}"] for name in order]), theirs.grad)
    layer.forward(x)
    delta = (step.a[-1] - y) / (4 * (5 if sequences else 1))
    close(layer.backward(delta), given.grad)


def test_losses_agree_with_torch(torch, rng):
    f = torch.nn.functional
    x, real = rng.normal(size=SEQUENCES), rng.normal(size=(4, 5, 2))
    bits, one = rng.integers(0, 2, (4, 5, 2)).astype(float), classes(rng, 20, 2).reshape(4, 5, 2)
    W, b = rng.normal(size=(2, 3)), rng.normal(size=2)
    cases = [("mse", "identity", real, f.mse_loss),
             (Loss(half=False), "tanh", real, lambda a, t: f.mse_loss(a, t, reduction="sum") / 4),
             ("squared", "sigmoid", real, lambda a, t: 0.5 * f.mse_loss(a, t, reduction="sum") / 4),
             ("bce", "sigmoid", bits, lambda a, t: f.binary_cross_entropy(a, t, reduction="sum") / 4),
             (Loss("cross_entropy", outputs="mean", steps="mean"), "sigmoid", bits, f.binary_cross_entropy),
             (Loss("cross_entropy", steps="mean"), "softmax", one,
              lambda a, t: f.nll_loss(a.flatten(0, 1).log(), t.flatten(0, 1).argmax(-1)))]
    for loss, activation, y, theirs in cases:
        step = Network.of([Dense(W, b, activation)], loss).gradients(x, y)
        tW, tb = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
        z = torch.tensor(x) @ tW.T + tb
        a = {"identity": lambda z: z, "softmax": lambda z: torch.softmax(z, -1), "tanh": torch.tanh,
             "sigmoid": torch.sigmoid}[activation](z)
        cost = theirs(a, torch.tensor(y))
        cost.backward()
        assert step.loss == pytest.approx(cost.item(), rel=1e-9)
        close(step.weight_gradients[0], tW.grad)
        close(step.bias_gradients[0], tb.grad)
