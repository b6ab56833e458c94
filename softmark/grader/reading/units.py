"""Units that answers carry: bytes, decimal and binary, times, rates, and words that only say what
is counted."""

from __future__ import annotations

from fractions import Fraction

Unit = tuple[str, Fraction]

_PREFIXES = {"k": 3, "m": 6, "g": 9, "t": 12}
_LONG_PREFIXES = {"kilo": 3, "mega": 6, "giga": 9, "tera": 12}
_BINARY = {"ki": 10, "mi": 20, "gi": 30, "ti": 40, "kibi": 10, "mebi": 20, "gibi": 30, "tebi": 40}
#: powers of ten that a word or letter behind a number stands for
SCALES = {"k": 3, "thousand": 3, "m": 6, "mio": 6, "mn": 6, "million": 6, "millions": 6, "b": 9, "bn": 9,
          "billion": 9, "billions": 9, "g": 9, "t": 12, "trillion": 12, "tsd": 3, "tausend": 3,
          "millionen": 6, "mrd": 9, "milliarde": 9, "milliarden": 9, "milliard": 9, "milliards": 9,
          "billionen": 12}
_TIMES = {"s": 0, "sec": 0, "secs": 0, "second": 0, "seconds": 0, "ms": -3, "msec": -3,
          "millisecond": -3, "milliseconds": -3, "us": -6, "µs": -6, "μs": -6, "microseconds": -6,
          "ns": -9, "nanoseconds": -9}
_COUNTED = frozenset((
    "px", "pixel", "pixels", "param", "params", "parameter", "parameters", "weight", "weights", "value",
    "values", "unit", "units", "neuron", "neurons", "connection", "connections", "bias", "biases",
    "multiplications", "additions", "operations", "ops", "mac", "macs", "flop", "flops", "elements",
    "epoch", "epochs", "step", "steps", "error", "errors"))
_OTHERS = {"nat": "nat", "nats": "nat", "fps": "fps", "hz": "fps",
           "s/image": "s/image", "s/img": "s/image", "x": "times", "times": "times"}


def unit_of_word(word: str) -> Unit | None:
    """(dimension, factor) of a unit's name; None if it is none. "count" has no dimension."""
    lower = word.lower()
    if lower in _COUNTED:
        return "count", Fraction(1)
    if lower in _OTHERS:
        return _OTHERS[lower], Fraction(1)
    if lower in _TIMES:
        return "time", Fraction(10) ** _TIMES[lower]
    if lower in ("min", "minute", "minutes"):
        return "time", Fraction(60)
    if lower in ("h", "hour", "hours"):
        return "time", Fraction(3600)
    return _bytes(lower) or _prefixed_count(lower)


def _bytes(word: str) -> Unit | None:
    for ending, size in (("bytes", 8), ("byte", 8), ("bits", 1), ("bit", 1), ("b", 8)):
        if not word.endswith(ending):
            continue
        prefix = word[:-len(ending)]
        if not prefix:
            return "byte", Fraction(size, 8)
        if prefix in _BINARY:
            return "byte", Fraction(2) ** _BINARY[prefix] * size / 8
        power = _PREFIXES.get(prefix, _LONG_PREFIXES.get(prefix))
        if power is not None:
            return "byte", Fraction(10) ** power * size / 8
    return None


def _prefixed_count(word: str) -> Unit | None:
    """GFLOPs, MMACs: a count with a letter for a power of ten."""
    if word[:1] in _PREFIXES and word[1:] in ("flop", "flops", "mac", "macs", "params", "ops"):
        return "count", Fraction(10) ** _PREFIXES[word[0]]
    return None
