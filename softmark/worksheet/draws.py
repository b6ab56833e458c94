"""Random draws a hand can compute with: decimals, integers, choices from one private stream."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")


class Rng:
    """A private stream of draws; the same seed gives the same draws on every machine."""

    def __init__(self, seed: bytes | int) -> None:
        self._random = random.Random(
            int.from_bytes(seed, "big") if isinstance(seed, bytes) else seed)

    @classmethod
    def of(cls, *parts: object) -> Rng:
        """The stream named by `parts`; streams of different names share nothing."""
        digest = hashlib.sha256()
        for part in parts:
            data = str(part).encode()
            digest.update(len(data).to_bytes(8, "big") + data)
        return cls(digest.digest())

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def decimal(self, low: float | str, high: float | str, places: int = 1,
                avoid: Sequence[float | str] = ()) -> Decimal:
        """A decimal with at most `places` decimals from low to high, none of `avoid`."""
        step = Decimal(1).scaleb(-places)
        first, last = int(Decimal(str(low)) / step), int(Decimal(str(high)) / step)
        shunned = {Decimal(str(value)) for value in avoid}
        while True:
            value = self.integer(first, last) * step
            if value not in shunned:
                return value

    def vector(self, size: int, low: float | str, high: float | str, places: int = 1,
               avoid: Sequence[float | str] = ()) -> tuple[Decimal, ...]:
        """`size` decimals."""
        return tuple(self.decimal(low, high, places, avoid) for _ in range(size))

    def matrix(self, rows: int, columns: int, low: float | str, high: float | str,
               places: int = 1, avoid: Sequence[float | str] = ()
               ) -> tuple[tuple[Decimal, ...], ...]:
        """rows × columns decimals."""
        return tuple(self.vector(columns, low, high, places, avoid) for _ in range(rows))

    def integers(self, size: int, low: int, high: int) -> tuple[int, ...]:
        """`size` whole numbers from low to high."""
        return tuple(self.integer(low, high) for _ in range(size))

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def sample(self, options: Sequence[T], size: int) -> list[T]:
        """`size` different options, in random order."""
        pool = list(options)
        return [pool.pop(self.integer(0, len(pool) - 1)) for _ in range(size)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All options in random order."""
        return self.sample(options, len(options))

    def level(self, level: str, **by_level: Any) -> Any:
        """The value for `level`: ``rng.level(level, easy=2, medium=3, hard=4)``."""
        return by_level[level]
