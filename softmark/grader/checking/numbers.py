"""Numbers, vectors, matrices and shapes against a reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from softmark.grader.checking.options import (
    AMBIGUOUS,
    CORRECT,
    WRONG,
    Checked,
    Options,
    Shape,
    as_text,
    listed,
    read_value,
    settled,
    shown,
    unread,
    wanted_number,
)
from softmark.grader.reading import read
from softmark.worksheet.errors import UserError
from softmark.worksheet.records import Reading


def check_number(answer: Any, reference: Any, options: Options) -> Checked:
    wanted = wanted_number(reference, options)
    reading = read_value(as_text(answer), options)
    return unread(reading) or settled(reading, lambda value: options.near(value, wanted))


def check_array(rank: int) -> Callable[[Any, Any, Options], Checked]:
    def checked(answer: Any, reference: Any, options: Options) -> Checked:
        wanted = _wanted_array(reference, rank, options)
        shape = (len(wanted),) if rank == 1 else (len(wanted), len(wanted[0]))
        def read_as(wished: tuple[int, ...] | None) -> Reading:
            return read(as_text(answer), "vector" if rank == 1 else "matrix", shape=wished,
                        labels=listed(options.given.get("labels")), locale=options.locale,
                        element=lambda text: read_value(text, options))

        reading = read_as(shape)
        if reading.status == "invalid":
            reading = read_as(None)
        failed = unread(reading)
        if failed:
            return failed
        given = _fitted(reading.value, rank)
        if given is None or _shape_of(given) != shape:
            return Checked(WRONG, shown(reading.value),
                           f"{_sizes(shape)} are asked, not {_sizes(_shape_of(reading.value))}")
        flat, wants = _flat(given), _flat(wanted)
        others = _flat(_fitted(reading.other, rank)) if reading.other is not None else flat
        right = [options.near(v, w) for v, w in zip(flat, wants, strict=True)]
        if all(right):
            return Checked(CORRECT, shown(given))
        if all(a or options.near(o, w) for a, o, w in zip(right, others, wants, strict=True)):
            return Checked(AMBIGUOUS, f"{shown(given)} or {shown(reading.other)}", reading.message)
        return Checked(WRONG, shown(given))
    return checked


def _fitted(value: Any, rank: int) -> Any:
    """A row or a column as a vector where one is asked; None where it cannot be one."""
    if rank == 1 and value and isinstance(value[0], tuple):
        if len(value) == 1:
            return value[0]
        return tuple(row[0] for row in value) if all(len(row) == 1 for row in value) else None
    if rank == 2 and value and not isinstance(value[0], tuple):
        return (value,)
    return value


def _shape_of(value: Any) -> tuple[int, ...]:
    return (len(value), len(value[0])) if value and isinstance(value[0], tuple) else (len(value),)


def _sizes(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f"{shape[0]}×{shape[1]} numbers"
    return f"{shape[0]} number{'s' * (shape[0] != 1)}"


def _flat(value: Any) -> list[Any]:
    return [item for row in value for item in row] if value and isinstance(value[0], tuple) \
        else list(value)


def _wanted_array(reference: Any, rank: int, options: Options) -> Any:
    if isinstance(reference, str):
        reading = read(reference, "vector" if rank == 1 else "matrix")
        if reading.status != "one":
            raise UserError(f"the reference {reference[:40]!r} is no list of numbers")
        return _fitted(reading.value, rank)
    if not isinstance(reference, list) or not reference:
        raise UserError("the reference should be a list of numbers" + (", row by row" * (rank - 1)))
    if rank == 1:
        flat = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in reference]
        if len(flat) == 1 and isinstance(flat[0], list):
            flat = flat[0]
        return tuple(wanted_number(item, options) for item in flat)
    rows = [row if isinstance(row, list) else [row] for row in reference]
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise UserError("the rows of the reference have different lengths, or none")
    return tuple(tuple(wanted_number(item, options) for item in row) for row in rows)


def check_shape(answer: Any, reference: Any, options: Options) -> Checked:
    layout = str(options.given.get("layout") or "any").upper()
    if layout not in ("HWC", "CHW", "ANY"):
        raise UserError("the option layout is HWC, CHW or any")
    known = read(as_text(reference), "shape")
    if known.status != "one":
        raise UserError(f"the reference {str(reference)[:40]!r} is no shape such as 55x55x96")
    reading = read(as_text(answer), "shape")
    failed = unread(reading)
    if failed:
        return failed
    given, wanted = tuple(reading.value), tuple(known.value)
    channels_last = _channels_last(wanted, layout)
    ways = {"HWC": [channels_last], "CHW": [_channels_first(channels_last)],
            "ANY": [wanted, channels_last, _channels_first(channels_last)]}[layout]
    if _CHANNELS.search(as_text(answer)):
        # 96@55x55 names the channels by itself and is read with them last
        ways = [channels_last]
    return Checked(CORRECT if given in ways else WRONG, shown(Shape(given)))


_CHANNELS = re.compile(r"@|\b(?:maps|channels|filters|images)\b|\bc\w{0,8}\s?[=:]\s?\d", re.IGNORECASE)


def _channels_last(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """A reference with its channels last: two equal sizes side by side are height and width."""
    if len(shape) != 3 or layout != "CHW" or (shape[0] == shape[1] and shape[1] != shape[2]):
        return shape
    return (shape[1], shape[2], shape[0])


def _channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape
