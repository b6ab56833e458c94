"""Architecture tables: shape, parameters, multiplications, values, receptive field, row by row.

A network is a list of layers, of branches that run side by side and are joined along the channels
(inception modules), and of residual blocks whose input is added to what they put out. It may be
built in Python or read from plain data (a TOML file):

    Network((32, 32, 3), ["CONV3-16 p1", Residual(["CONV3-16 p1", "BN"]), "GAP", "FC-10"])
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from softmark.solvers.architecture import (
    IN_PLACE,
    Layer,
    layer_macs,
    layer_params,
    output_shape,
    read_layer,
)
from softmark.solvers.counting import grown_field

Shape = tuple[int, int, int]
MAX_ROWS, MAX_DEPTH, MAX_SIDE, MAX_REPEAT = 3000, 6, 100_000, 200


@dataclass(frozen=True)
class Branches:
    """Lists of layers on the same input, joined along the channels; an empty one passes it on."""

    paths: Sequence[Sequence[Item]]
    name: str = ""


@dataclass(frozen=True)
class Residual:
    """A list of layers whose output is added to the input, or to what `shortcut` makes of it."""

    path: Sequence[Item]
    shortcut: Sequence[Item] = ()
    name: str = ""


@dataclass(frozen=True)
class Group:
    """A list of layers, `repeat` times in a row."""

    layers: Sequence[Item]
    repeat: int = 1
    name: str = ""


Item = str | Branches | Residual | Group


@dataclass(frozen=True)
class Network:
    """A network to be tabled: input (height, width, channels), items, and what counts.

    bias: do convolutions and fully connected layers that say nothing have biases? ceil: do
    poolings that say nothing round up? bytes: memory of one value.
    """

    input: Shape
    layers: Sequence[Item]
    name: str = "Network"
    bias: bool = True
    ceil: bool = False
    bytes: int = 4
    source: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the table; `field` None: it sees the whole image; `values` 0: works in place."""

    layer: str
    where: str
    shape: Shape
    params: int
    macs: int
    values: int
    field: int | None
    jump: int


@dataclass(frozen=True)
class Table:
    """The rows, the input first, and the sums over them."""

    network: Network
    rows: tuple[Row, ...]
    params: int = field(init=False)
    macs: int = field(init=False)
    values: int = field(init=False)

    def __post_init__(self) -> None:
        for name in ("params", "macs", "values"):
            object.__setattr__(self, name, sum(getattr(row, name) for row in self.rows))

    @property
    def megabytes(self) -> float:
        """Memory of all values for one image, in 10^6 bytes."""
        return self.values * self.network.bytes / 10**6


def inception(widths: Sequence[int], name: str = "") -> Branches:
    """A module of GoogLeNet from its six numbers (Szegedy et al., 2015, table 1)."""
    one, reduce3, three, reduce5, five, pool = widths
    return Branches([[f"CONV1-{one}"], [f"CONV1-{reduce3}", f"CONV3-{three} p1"],
                     [f"CONV1-{reduce5}", f"CONV5-{five} p2"], ["POOL3 s1 p1", f"CONV1-{pool}"]], name)


# -- the table


@dataclass(frozen=True)
class _State:
    """What has come out so far; `field` None once a layer has seen the whole image."""

    shape: Shape
    field: int | None = 1
    jump: int = 1


def network_table(network: Network) -> Table:
    """The table of the network. ValueError, beginning with “layer 3: ”, for what does not fit."""
    height, width, depth = network.input
    rows = [Row("INPUT", "", network.input, 0, 0, height * width * depth, 1, 1)]
    state = _State(network.input)
    for number, item in enumerate(network.layers, 1):
        try:
            state = _item(network, item, state, "", rows)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from None
    return Table(network, tuple(rows))


def _item(network: Network, item: Item, state: _State, where: str, rows: list[Row]) -> _State:
    if len(rows) > MAX_ROWS:
        raise ValueError(f"the table has more than {MAX_ROWS} rows")
    if isinstance(item, str):
        return _layer(network, read_layer(item), state, where, rows)
    if isinstance(item, Group):
        for turn in range(item.repeat):
            inner = _inside(where, item.name, f"{turn + 1}" if item.repeat > 1 else "")
            state = _run(network, item.layers, state, inner, rows)
        return state
    if isinstance(item, Residual):
        inner = _inside(where, item.name)
        through = _run(network, item.path, state, inner, rows)
        around = _run(network, item.shortcut, state, _inside(inner, "shortcut"), rows)
        return _joined(network, [through, around], through.shape, "ADD", inner, rows,
                       "the shortcut", (0, 1, 2))
    inner = _inside(where, item.name)
    ends = [_run(network, path, state, _inside(inner, f"branch {place}"), rows)
            for place, path in enumerate(item.paths, 1)]
    shape = (*ends[0].shape[:2], sum(end.shape[2] for end in ends))
    return _joined(network, ends, shape, "JOIN", inner, rows, "each branch", (0, 1))


def _run(network: Network, items: Sequence[Item], state: _State, where: str, rows: list[Row]) -> _State:
    for item in items:
        state = _item(network, item, state, where, rows)
    return state


def _inside(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _layer(network: Network, layer: Layer, state: _State, where: str, rows: list[Row]) -> _State:
    before = state.shape
    if layer.kind == "CONV" and before[2] % layer.groups:
        raise ValueError(f"{layer.text!r}: {before[2]} channels cannot be split into "
                         f"{layer.groups} groups")
    try:
        shape = output_shape(layer, before, network.ceil)
    except ValueError as error:
        raise ValueError(f"{layer.text!r} on {shape_text(before)}: {error}; "
                         "take a smaller kernel or more padding") from None
    after = _State(shape, *_seen(layer, state))
    values = 0 if layer.kind in IN_PLACE else _count(shape)
    rows.append(Row(layer.text, where, shape, layer_params(layer, before, network.bias),
                    layer_macs(layer, before, shape), values, after.field, after.jump))
    return after


def _seen(layer: Layer, state: _State) -> tuple[int | None, int]:
    """Receptive field and jump after the layer."""
    if layer.kind in ("FC", "GAP") or state.field is None:
        return None, state.jump
    if layer.kind in IN_PLACE:
        return state.field, state.jump
    return (grown_field(state.field, state.jump, layer.size, layer.dilation),
            state.jump * layer.stride)


def _joined(network: Network, ends: Sequence[_State], shape: Shape, kind: str, where: str,
            rows: list[Row], who: str, axes: tuple[int, ...]) -> _State:
    """The row in which paths meet, and what comes out of it."""
    for end in ends:
        if any(end.shape[axis] != ends[0].shape[axis] for axis in axes):
            must = "the same shape" if len(axes) == 3 else "the same height and width"
            raise ValueError(f"{_inside(where, kind)}: {shape_text(ends[0].shape)} and "
                             f"{shape_text(end.shape)} do not meet; {who} must come to {must}")
    fields = [end.field for end in ends]
    seen = None if None in fields else max(f for f in fields if f is not None)
    after = _State(shape, seen, max(end.jump for end in ends))
    rows.append(Row(kind, where, shape, 0, 0, _count(shape), after.field, after.jump))
    return after


def _count(shape: Shape) -> int:
    return shape[0] * shape[1] * shape[2]


def shape_text(shape: Sequence[int]) -> str:
    """55×55×96."""
    return "×".join(map(str, shape))


# -- from plain data

_NETWORK = {"name": str, "input": list, "layers": list, "bias": bool, "rounding": str, "bytes": int,
            "source": str}
_BLOCK = {"name": str, "layers": list, "branches": list, "residual": list, "shortcut": list,
          "inception": list, "repeat": int}
_WORDS = {str: "a text", list: "a list", bool: "true or false", int: "a whole number"}


def read_network(data: Mapping[str, Any]) -> Network:
    """A network from plain data. ValueError in one sentence, with the layer's number."""
    _check(data, _NETWORK, "the file")
    for key in ("input", "layers"):
        if not data.get(key):
            raise ValueError(f"{key} is missing or empty; write input = [224, 224, 3] and "
                             'layers = ["CONV3-64 p1", …]')
    shape = data["input"]
    if len(shape) != 3 or not all(_is_count(n, MAX_SIDE) for n in shape):
        raise ValueError(f"input = {shape} is no height, width and channels; write [224, 224, 3]")
    if data.get("rounding", "floor") not in ("floor", "ceil"):
        raise ValueError(f'rounding = "{data["rounding"]}" is neither "floor" nor "ceil"')
    if not _is_count(data.get("bytes", 4), 16):
        raise ValueError(f"bytes = {data['bytes']}: a value takes from 1 to 16 bytes")
    return Network((shape[0], shape[1], shape[2]), _items(data["layers"]), data.get("name", "Network"),
                   data.get("bias", True), data.get("rounding") == "ceil", data.get("bytes", 4),
                   data.get("source", ""))


def _items(data: Sequence[Any]) -> list[Item]:
    items: list[Item] = []
    for number, one in enumerate(data, 1):
        try:
            items.append(_read_item(one, 0))
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from None
    return items


def _read_item(data: Any, depth: int) -> Item:
    if depth > MAX_DEPTH:
        raise ValueError(f"blocks stand more than {MAX_DEPTH} deep in each other")
    if isinstance(data, str):
        read_layer(data)
        return data
    if not isinstance(data, Mapping):
        raise ValueError(f"{str(data)[:40]} is neither a text such as \"CONV3-64 p1\" nor a table such "
                         "as { residual = [...] }")
    _check(data, _BLOCK, "a block")
    kinds = [key for key in ("layers", "branches", "residual", "inception") if key in data]
    if len(kinds) != 1 or ("shortcut" in data and kinds != ["residual"]):
        raise ValueError("a block has exactly one of layers, branches, residual (with a shortcut if "
                         "it needs one) or inception")
    if not data[kinds[0]]:
        raise ValueError(f"{kinds[0]} is empty; list its layers")
    name, repeat = data.get("name", ""), data.get("repeat", 1)
    if not _is_count(repeat, MAX_REPEAT):
        raise ValueError(f"repeat = {repeat} is not a number from 1 to {MAX_REPEAT}")
    block = _block(kinds[0], data, name, depth)
    if isinstance(block, Group):
        return replace(block, repeat=repeat)
    return block if repeat == 1 else Group([replace(block, name="")], repeat, name)


def _block(kind: str, data: Mapping[str, Any], name: str, depth: int) -> Branches | Residual | Group:
    def inner(items: Any) -> list[Item]:
        if not isinstance(items, list):
            raise ValueError(f"a branch is a list of layers, not {str(items)[:40]!r}")
        return [_read_item(one, depth + 1) for one in items]

    if kind == "inception":
        widths = data["inception"]
        if len(widths) != 6 or not all(_is_count(n, 99_999) for n in widths):
            raise ValueError(f"inception = {widths}: write six numbers: 1×1, 3×3 reduce, 3×3, "
                             "5×5 reduce, 5×5, pool projection")
        return inception(widths, name)
    if kind == "branches":
        return Branches([inner(path) for path in data["branches"]], name)
    if kind == "residual":
        return Residual(inner(data["residual"]), inner(data.get("shortcut", [])), name)
    return Group(inner(data["layers"]), 1, name)


def _check(data: Mapping[str, Any], known: Mapping[str, type], where: str) -> None:
    """Refuses keys that are not known and values of another kind."""
    for key, value in data.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
            raise ValueError(f"{where} has no key {key!r}; {hint}")
        kind = known[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ValueError(f"{key} = {str(value)[:40]} is not {_WORDS[kind]}")


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most

