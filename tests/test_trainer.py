"""The network trainer against PyTorch, scikit-learn and itself."""

import numpy as np
import pytest

from softmark.solvers.backprop import dense, weight_gradient
from softmark.solvers.network import Network

NETS = [((3, 2, 1), ("sigmoid", "sigmoid"), "squared"),
        ((4, 5, 3), ("tanh", "softmax"), "cross_entropy"),
        ((2, 4, 4, 1), ("relu", "leaky_relu", "sigmoid"), "cross_entropy"),
        ((5, 3, 2), ("relu", "identity"), "squared")]


def data(sizes, seed=0, n=6):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, sizes[0]))
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], n)] if sizes[-1] > 1 else \
        rng.integers(0, 2, (n, 1)).astype(float)
    return x, y


@pytest.mark.parametrize(("sizes", "activations", "loss"), NETS)
def test_gradients_agree_with_central_differences(sizes, activations, loss):
    assert Network.random(sizes, activations, loss, 3).gradient_check(*data(sizes)) < 1e-5


@pytest.mark.oracle
@pytest.mark.parametrize(("sizes", "activations", "loss"), NETS)
def test_a_momentum_step_agrees_with_torch(torch, sizes, activations, loss):
    x, y = data(sizes)
    ours = Network.random(sizes, activations, loss, 5)
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu,
                 "identity": lambda z: z, "softmax": lambda z: torch.softmax(z, -1),
                 "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01)}
    values = [torch.tensor(v, requires_grad=True) for v in ours.weights + ours.biases]
    layers = len(ours.weights)
    optimizer = torch.optim.SGD(values, lr=0.3, momentum=0.9)
    tx, ty = torch.tensor(x), torch.tensor(y)
    for _ in range(4):
        a = tx
        for layer, name in enumerate(activations):
            a = functions[name](a @ values[layer].T + values[layers + layer])
        if loss == "squared":
            cost = (0.5 * (ty - a) ** 2).sum(-1).mean()
        elif activations[-1] == "softmax":
            cost = -(ty * torch.log(a)).sum(-1).mean()
        else:
            cost = torch.nn.functional.binary_cross_entropy(a, ty, reduction="sum") / len(x)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        step = ours.gradients(x, y)
        assert step.loss == pytest.approx(cost.item(), rel=1e-9)
        ours.update(step, 0.3, 0.9)
    for mine, theirs in zip(ours.weights + ours.biases, values, strict=True):
        assert mine == pytest.approx(theirs.detach().numpy(), rel=1e-8, abs=1e-10)


def test_loss_agrees_with_scikit_learn():
    from sklearn.metrics import log_loss

    sizes, activations, loss = NETS[1]
    x, y = data(sizes)
    network = Network.random(sizes, activations, loss, 1)
    probabilities = network.forward(x)[1][-1]
    assert network.mean_loss(x, y) == pytest.approx(log_loss(y.argmax(1), probabilities, labels=[0, 1, 2]))


def test_students_train_together_as_each_would_alone():
    sizes, activations, loss = NETS[0]
    alone = [Network.random(sizes, activations, loss, seed) for seed in range(3)]
    together = Network([np.stack([n.weights[i] for n in alone]) for i in range(2)],
                       [np.stack([n.biases[i] for n in alone]) for i in range(2)], activations, loss)
    batches = [data(sizes, seed) for seed in range(3)]
    x, y = (np.stack([b[i] for b in batches]) for i in range(2))
    history = together.fit(x, y, 7, 0.5, momentum=0.5, batch_size=4)
    for place, network in enumerate(alone):
        single = network.fit(*batches[place], 7, 0.5, momentum=0.5, batch_size=4)
        assert single.loss[-1] == pytest.approx(history.loss[-1][place])


def test_history_trace_callback_and_seeds():
    sizes, activations, loss = NETS[0]
    x, y = data(sizes, n=8)
    runs = [Network.random(sizes, activations, loss, 2).fit(x, y, 5, 0.5, batch_size=3, seed=9,
                                                           trace=True) for _ in range(2)]
    assert runs[0].loss == runs[1].loss
    assert len(runs[0].steps) == 5 * 3
    assert {"z", "a", "delta"} <= set(runs[0].steps[0].__slots__)
    stopped = Network.random(sizes, activations, loss, 2).fit(
        x, y, 50, 0.5, callback=lambda epoch, _: epoch == 3)
    assert len(stopped.loss) == 3


def test_it_learns_xor():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    y = np.array([[0], [1], [1], [0]], dtype=float)
    network = Network.random((2, 4, 1), ("tanh", "sigmoid"), "cross_entropy", 4)
    network.fit(x, y, 2000, 0.5, momentum=0.9)
    assert (network.forward(x)[1][-1].round() == y).all()


def test_buffers_change_nothing():
    rng = np.random.default_rng(1)
    w, x, b = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=3)
    out = np.empty((5, 3))
    assert (dense(w, x, b, out=out) == dense(w, x, b)).all()
    delta, buffer = rng.normal(size=(5, 3)), np.empty((3, 4))
    assert (weight_gradient(delta, x, out=buffer) == weight_gradient(delta, x)).all()


def test_networks_that_cannot_be():
    with pytest.raises(ValueError, match="cannot feed"):
        Network([np.zeros((2, 3)), np.zeros((1, 4))], [np.zeros(2), np.zeros(1)], ["tanh", "sigmoid"])
    with pytest.raises(ValueError, match="softmax"):
        Network([np.zeros((2, 3))], [np.zeros(2)], ["softmax"])
