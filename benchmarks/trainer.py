"""A training step (forward, backward, update) against a bare NumPy loop, PyTorch, scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from benchmarks.timing import seconds_each
from softmark.solvers.network import Network

NETS = ((3, 2, 1), (2, 8, 1), (8, 3, 8), (64, 32, 10))
BATCH = 32


def data(sizes: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """One batch of inputs and targets."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, sizes[0])), rng.random((BATCH, sizes[2]))


def ours(sizes: tuple[int, int, int]) -> Callable[[], object]:
    """softmark's trainer."""
    network = Network.random(sizes, ("sigmoid", "sigmoid"))
    x, y = data(sizes)
    return lambda: network.update(network.gradients(x, y), 0.1)


def bare(sizes: tuple[int, int, int]) -> Callable[[], object]:
    """The same step written out for this one network."""
    network = Network.random(sizes, ("sigmoid", "sigmoid"))
    (w, v), (b, c) = network.weights, network.biases
    x, y = data(sizes)

    def step() -> None:
        nonlocal w, v, b, c
        a = 1 / (1 + np.exp(-(x @ w.T + b)))
        o = 1 / (1 + np.exp(-(a @ v.T + c)))
        loss = (0.5 * ((y - o) ** 2).sum(axis=1)).mean()
        d = (o - y) * o * (1 - o)
        e = (d @ v) * a * (1 - a)
        v -= 0.1 * (d.T @ a) / BATCH
        c -= 0.1 * d.sum(axis=0) / BATCH
        w -= 0.1 * (e.T @ x) / BATCH
        b -= 0.1 * e.sum(axis=0) / BATCH
        del loss

    return step


def pytorch(sizes: tuple[int, int, int]) -> Callable[[], object]:
    """torch.nn with SGD, in double precision, on one thread."""
    import torch

    torch.set_num_threads(1)
    n, h, k = sizes
    net = torch.nn.Sequential(torch.nn.Linear(n, h), torch.nn.Sigmoid(), torch.nn.Linear(h, k),
                              torch.nn.Sigmoid()).double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = (torch.tensor(part) for part in data(sizes))

    def step() -> None:
        optimizer.zero_grad()
        (0.5 * ((y - net(x)) ** 2).sum(-1).mean()).backward()
        optimizer.step()

    return step


def sklearn(sizes: tuple[int, int, int]) -> Callable[[], object]:
    """MLPRegressor.partial_fit with plain SGD."""
    from sklearn.neural_network import MLPRegressor

    x, y = data(sizes)
    y = y if sizes[2] > 1 else y[:, 0]
    net = MLPRegressor(hidden_layer_sizes=(sizes[1],), activation="logistic", solver="sgd",
                       alpha=0.0, momentum=0.0, batch_size=BATCH)
    net.partial_fit(x, y)
    return lambda: net.partial_fit(x, y)


def main() -> None:
    """Prints microseconds a step and the ratios to ours."""
    peers = {"softmark": ours, "bare NumPy": bare, "PyTorch": pytorch, "scikit-learn": sklearn}
    print(f"training step, batch of {BATCH}: microseconds (times softmark's)")
    print(f"{'network':<12}" + "".join(f"{name:>22}" for name in peers))
    for sizes in NETS:
        calls = {}
        for name, make in peers.items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    calls[name] = make(sizes)
            except ImportError:
                continue
        found = seconds_each(calls)
        mine = found["softmark"]
        print(f"{'-'.join(map(str, sizes)):<12}" + "".join(
            f"{1e6 * found[name]:>13.1f} ({found[name] / mine:>5.2f})" if name in found
            else f"{'not installed':>22}" for name in peers))


if __name__ == "__main__":
    main()
