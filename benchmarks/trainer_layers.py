"""A training step of convolutional and recurrent networks, by Adam, against PyTorch.

Both in double precision and on one thread: run it with OPENBLAS_NUM_THREADS=1, as small matrix
products on several threads of a busy computer wait for each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import seconds_each
from softmark.solvers.layers import GRU, LSTM, RNN, Convolution, Dense, Flatten, Pool
from softmark.solvers.network import Network

BATCH, STEPS, SYMBOLS, HIDDEN = 32, 20, 16, 32
CELLS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images of 28 × 28 with one class each, or sequences with a class at each step."""
    rng = np.random.default_rng(0)
    if name == "convolution":
        return rng.normal(size=(BATCH, 28, 28, 1)), np.eye(10)[rng.integers(0, 10, BATCH)]
    return rng.normal(size=(BATCH, STEPS, SYMBOLS)), np.eye(10)[rng.integers(0, 10, (BATCH, STEPS))]


def ours(name: str) -> Callable[[], object]:
    """softmark's trainer."""
    rng = np.random.default_rng(0)
    layers: list[Any] = [Convolution.random(rng, 5, 1, 6, "tanh"), Pool("max", 2),
                         Convolution.random(rng, 5, 6, 16, "tanh"), Pool("max", 2), Flatten(),
                         Dense.random(rng, 256, 10, "softmax")]
    if name in CELLS:
        layers = [CELLS[name].random(rng, SYMBOLS, HIDDEN), Dense.random(rng, HIDDEN, 10, "softmax")]
    network = Network.of(layers, "cross_entropy")
    x, y = data(name)
    return lambda: network.train_step(x, y, 0.001, optimizer="adam")


def pytorch(name: str) -> Callable[[], object]:
    """The same network of torch.nn."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    x, y = (torch.tensor(part) for part in data(name))
    if name in CELLS:
        cell = getattr(nn, name)(SYMBOLS, HIDDEN, batch_first=True).double()
        head = nn.Linear(HIDDEN, 10).double()
        parts, y = [cell, head], y.flatten(0, 1)
    else:
        net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5),
                            nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)).double()
        parts, x = [net], x.permute(0, 3, 1, 2).contiguous()
    optimizer = torch.optim.Adam([p for part in parts for p in part.parameters()], 0.001)

    def step() -> None:
        optimizer.zero_grad()
        out = head(cell(x)[0]).flatten(0, 1) if name in CELLS else net(x)
        nn.functional.cross_entropy(out, y).backward()
        optimizer.step()

    return step


def main() -> None:
    """Prints milliseconds a step and the ratios to ours."""
    print(f"training step, batch of {BATCH}: milliseconds (times softmark's)")
    print(f"{'network':<12}{'softmark':>20}{'PyTorch':>20}")
    for name in ("convolution", *CELLS):
        calls = {"softmark": ours(name)}
        with contextlib.suppress(ImportError):
            calls["PyTorch"] = pytorch(name)
        found = seconds_each(calls)
        print(f"{name:<12}" + "".join(f"{1e3 * t:>12.2f} ({t / found['softmark']:>5.2f})"
                                      for t in found.values()))


if __name__ == "__main__":
    main()
