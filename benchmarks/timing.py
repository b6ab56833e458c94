"""Timing that peers share: interleaved rounds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def seconds_each(peers: Mapping[str, Callable[[], object]], rounds: int = 7,
                 at_least: float = 0.05) -> dict[str, float]:
    """Median seconds of one call of each peer; the peers take turns in every round."""
    repeats = {}
    for name, call in peers.items():
        call()
        begin = time.perf_counter()
        call()
        once = max(time.perf_counter() - begin, 1e-7)
        repeats[name] = max(1, int(at_least / once))
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, call in peers.items():
            begin = time.perf_counter()
            for _ in range(repeats[name]):
                call()
            times[name].append((time.perf_counter() - begin) / repeats[name])
    return {name: statistics.median(found) for name, found in times.items()}
