"""Where every bubble of a paper's answer pages lies: pure geometry, from the asks alone.

The same paper always gives the same layout, so that whoever scans a page computes it again and
nothing is stored. How many places a number gets follows from its kind and its stated decimals, never
from its value: the size of a grid says nothing of the answer. Lengths are in millimetres.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from softmark.rendering.blocks import Slot, blocks_of
from softmark.rendering.bubble_frame import A4, BUBBLE, PITCH_X, PITCH_Y, VERSION, Frame, code_of

MINUS, BY_HAND = "-", "*"
DIGITS = "0123456789"
#: digits before the point of a lone number, of one among many, and of a count
WHOLE_ALONE, WHOLE, WHOLE_COUNT = 4, 3, 10
#: digits behind the point beyond the stated ones, for those who give more
SPARE = 1
SIZES, SIZE_DIGITS = 3, 5

LABEL = 4.6
BOX_TOP, BOX_HEIGHT = 5.2, 6.2
FIRST_ROW = BOX_TOP + BOX_HEIGHT + 1.2 + BUBBLE
GRID_HEIGHT = FIRST_ROW + 9 * PITCH_Y + BUBBLE
GAP_X, GAP_Y = 3.4, 4.0
POINT_GAP, SIZE_GAP = 2.0, 3.4
CHOICE_LABEL, CHOICE_LINE = 46.0, 6.2
WRITE_HEIGHT = 16.0


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble: its centre and what it stands for."""

    x: float
    y: float
    value: str


@dataclass(frozen=True, slots=True)
class Column:
    """Bubbles of which at most one is to be filled.

    `part` is "sign", "hand" (the answer stands in the boxes above), "whole", "decimals", "choice" or
    the number of a size of a shape, "0", "1" …; `box` is where to write, (x, y, width, height).
    """

    part: str
    bubbles: tuple[Bubble, ...]
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that belongs to one cell; `kind` is "number", "shape", "choice" or "write"."""

    question: int
    cell: str
    kind: str
    letter: str
    caption: str
    symbol: str
    x: float
    y: float
    width: float
    height: float
    columns: tuple[Column, ...] = ()
    signs: tuple[tuple[float, float, str], ...] = ()
    options: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None

    @property
    def bubbles(self) -> Iterator[Bubble]:
        """All bubbles of the field."""
        for column in self.columns:
            yield from column.bubbles


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer page."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """All answer pages of a paper; `mark` changes whenever a bubble lies elsewhere."""

    paper_id: str
    sheets: tuple[Sheet, ...]
    mark: str
    frame: Frame = A4

    def code(self, sheet: Sheet) -> str:
        """What the code on a page says."""
        return code_of(self.paper_id, sheet.number, self.mark)


@dataclass(slots=True)
class _Shelf:
    """Where the next field goes: fields stand beside each other on shelves, shelves on pages."""

    frame: Frame
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0
    pages: list[list[Field]] = field(default_factory=lambda: [[]])

    def __post_init__(self) -> None:
        self.x, self.y = self.frame.left, self.frame.top

    @property
    def room(self) -> float:
        """The width that may be written on."""
        return self.frame.right - self.frame.left

    def place(self, width: float, height: float) -> tuple[float, float]:
        """The corner of the next field of a size."""
        if self.height and (height != self.height or self.x + width > self.frame.right + 0.01):
            # lines of words may stand close
            gap = 0.0 if height < WRITE_HEIGHT and self.height < WRITE_HEIGHT else GAP_Y
            self.x, self.y, self.height = self.frame.left, self.y + self.height + gap, 0.0
        if self.y + height > self.frame.bottom:
            self.pages.append([])
            self.x, self.y = self.frame.left, self.frame.top
        corner = (round(self.x, 3), round(self.y, 3))
        self.x, self.height = self.x + width + GAP_X, height
        return corner

    def put(self, one: Field) -> None:
        self.pages[-1].append(one)


def layout_of(paper_id: str, items: Sequence[Any], frame: Frame = A4) -> Layout:
    """The answer pages of a paper's questions (each with `number` and `asks`)."""
    shelf = _Shelf(frame)
    for item in items:
        for number, block in enumerate(blocks_of(item.asks)):
            letter = f"{item.number}{'abcdefghijklmnopqrstuvwxyz'[number % 26]}"
            for row_number, row in enumerate(block.rows):
                caption = block.captions[row_number] if block.kind == "table" else ""
                for slot in row:
                    if slot is not None:
                        shelf.put(_field(item.number, letter, caption, slot, shelf))
    sheets = tuple(Sheet(number, tuple(fields)) for number, fields in enumerate(shelf.pages, 1)
                   if fields)
    digest = hashlib.sha256(repr([_plain(one) for s in sheets for one in s.fields]).encode())
    mark = f"{VERSION}{frame.letter}-{digest.hexdigest()[:6].upper()}"
    return Layout(paper_id, sheets, mark, frame)


def _plain(one: Field) -> tuple[Any, ...]:
    return (one.question, one.cell, one.kind, one.options, one.box,
            [(column.part, [(b.x, b.y, b.value) for b in column.bubbles]) for column in one.columns])


def _field(question: int, letter: str, caption: str, slot: Slot, shelf: _Shelf) -> Field:
    ask = slot.ask
    about = (question, slot.cell.name)
    told = (letter, caption, slot.cell.symbol)
    if ask.options and ask.kind not in ("text", "set"):
        return _choice(about, told, tuple(ask.options), shelf)
    if ask.symbolic or ask.kind in ("text", "set", "choice", "expression"):
        x, y = shelf.place(shelf.room, WRITE_HEIGHT)
        return Field(*about, "write", *told, x, y, shelf.room, WRITE_HEIGHT,
                     box=(x, y + LABEL, shelf.room, WRITE_HEIGHT - LABEL))
    if ask.kind == "shape":
        return _grid(about, told, "shape", [(str(n), SIZE_DIGITS) for n in range(SIZES)], shelf)
    if ask.kind == "integer":
        return _grid(about, told, "number", [("whole", WHOLE_COUNT)], shelf)
    whole = WHOLE_ALONE if ask.kind == "number" else WHOLE
    return _grid(about, told, "number", [("whole", whole), ("decimals", ask.decimals + SPARE)], shelf)


def _grid(about: tuple[int, str], told: tuple[str, str, str], kind: str,
          parts: list[tuple[str, int]], shelf: _Shelf) -> Field:
    """Columns of digits, before them the sign and the bubble for what does not fit."""
    gap, sign = (SIZE_GAP, "×") if kind == "shape" else (POINT_GAP, ".")
    width = PITCH_X * (1 + sum(count for _, count in parts)) + gap * (len(parts) - 1)
    x, y = shelf.place(width, GRID_HEIGHT)

    def box(at: float) -> tuple[float, float, float, float]:
        return (round(at, 3), y + BOX_TOP, PITCH_X, BOX_HEIGHT)

    def row(number: int) -> float:
        return round(y + FIRST_ROW + number * PITCH_Y, 3)

    middle = round(x + PITCH_X / 2, 3)
    columns = [Column("hand", (Bubble(middle, row(9), BY_HAND),), box(x) if kind == "shape" else None)]
    if kind == "number":
        columns.insert(0, Column("sign", (Bubble(middle, row(0), MINUS),), box(x)))
    signs = []
    at = x + PITCH_X
    for number, (part, count) in enumerate(parts):
        if number:
            signs.append((round(at + gap / 2, 3), round(y + BOX_TOP + BOX_HEIGHT / 2, 3), sign))
            at += gap
        for _ in range(count):
            centre = round(at + PITCH_X / 2, 3)
            columns.append(Column(part, tuple(Bubble(centre, row(n), digit)
                                              for n, digit in enumerate(DIGITS)), box(at)))
            at += PITCH_X
    return Field(*about, kind, *told, x, y, round(width, 3), GRID_HEIGHT, tuple(columns), tuple(signs))


def _choice(about: tuple[int, str], told: tuple[str, str, str], options: tuple[str, ...],
            shelf: _Shelf) -> Field:
    """A bubble before each word, all words of a choice in slots of one width."""
    room = shelf.room - CHOICE_LABEL
    slot = min(room, max(15.0, 1.8 * max(map(len, options)) + 8))
    abreast = max(1, int(room // slot))
    lines = -(-len(options) // abreast)
    height = lines * CHOICE_LINE
    x, y = shelf.place(shelf.room, height)
    bubbles = tuple(Bubble(round(x + CHOICE_LABEL + BUBBLE + (n % abreast) * slot, 3),
                           round(y + (n // abreast + 0.5) * CHOICE_LINE, 3), word)
                    for n, word in enumerate(options))
    return Field(*about, "choice", *told, x, y, shelf.room, height, (Column("choice", bubbles),),
                 options=options)
