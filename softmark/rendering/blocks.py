"""How asks are laid out: single boxes, rows and grids of boxes, tables whose rows belong together.

Papers, sheets, feedback and the terminal show the same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from softmark.worksheet.asks import Ask, Cell

_TABLE_CELL = re.compile(r"^(?P<table>[A-Za-z_]\w*)\[(?P<row>[^\]]+)\]\.(?P<column>\w+)$")


@dataclass(frozen=True, slots=True)
class Slot:
    """One box to fill."""

    ask: Ask
    cell: Cell


@dataclass(slots=True)
class Block:
    """Boxes that stand together: kind is "line", "grid" or "table"."""

    kind: str
    title: str
    heads: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    rows: list[list[Slot | None]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    @property
    def single(self) -> bool:
        """Is it one small box, which another may stand beside?"""
        return self.kind == "line" and len(self.rows[0]) == 1 and not self.asks[0].symbolic and \
            self.asks[0].kind not in ("choice", "text", "set", "shape")

    @property
    def short(self) -> bool:
        """Are its rows so few that they are kept on one page?"""
        return self.kind in ("table", "grid") and len(self.rows) <= 5

    @property
    def options(self) -> str:
        """The words to choose from, of the first ask that has any."""
        words = next((ask.options for ask in self.asks if ask.options), ())
        # a dot between formulas would be read as a product
        return (";  " if any(" " in word for word in words) else " · ").join(words)

    @property
    def weight(self) -> float:
        """Weight of all asks in the block."""
        return sum(ask.weight for ask in self.asks)


def blocks_of(asks: Sequence[Ask]) -> list[Block]:
    """The asks as blocks, in the order of the steps; neighbouring table cells join."""
    blocks: list[Block] = []
    for ask in asks:
        found = _TABLE_CELL.match(ask.name)
        if found:
            open_table = blocks[-1] if blocks and blocks[-1].kind == "table" else None
            if open_table is None or open_table.title != found["table"]:
                open_table = Block("table", found["table"])
                blocks.append(open_table)
            _add_to_table(open_table, ask, found)
        elif len(ask.shape) == 2:
            blocks.append(_grid(ask))
        else:
            blocks.append(Block("line", ask.title, rows=[[Slot(ask, c) for c in ask.cells]],
                                asks=[ask]))
    for block in blocks:
        if block.kind == "table":
            _finish_table(block)
    return blocks


def _add_to_table(block: Block, ask: Ask, found: re.Match[str]) -> None:
    if found["row"] not in block.captions:
        block.captions.append(found["row"])
        block.rows.append([])
    if found["column"] not in block.heads:
        block.heads.append(found["column"])
    block.asks.append(ask)
    block.rows[block.captions.index(found["row"])].append(Slot(ask, ask.cells[0]))


def _finish_table(block: Block) -> None:
    """Puts every slot under its column and replaces names by titles and captions."""
    columns = list(block.heads)
    titles: dict[str, str] = {}
    for row_number, row in enumerate(block.rows):
        placed: list[Slot | None] = [None] * len(columns)
        for slot in row:
            if slot is not None:
                match = _TABLE_CELL.match(slot.ask.name)
                assert match is not None
                placed[columns.index(match["column"])] = slot
                titles.setdefault(match["column"], slot.ask.title)
                block.captions[row_number] = slot.ask.row or block.captions[row_number]
        block.rows[row_number] = placed
    block.heads = [titles[column] for column in columns]


def _grid(ask: Ask) -> Block:
    rows: dict[int, list[Slot | None]] = {}
    for cell in ask.cells:
        rows.setdefault(cell.index[0], []).append(Slot(ask, cell))
    return Block("grid", ask.title, heads=list(ask.axes[1]), captions=list(ask.axes[0]),
                 rows=list(rows.values()), asks=[ask])
