"""Tables of a statement that are too wide for large print, parted into several that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

#: columns that fit on a page in large print
MOST = 8


def parted(tokens: Sequence[Token], most: int = MOST) -> list[Token]:
    """The text with every table of more than `most` columns as several; each has the first column."""
    out: list[Token] = []
    rest = iter(tokens)
    for token in rest:
        if token.type == "table_open":
            out += _parts([token, *_until("table_close", rest)], most)
        else:
            out.append(token)
    return out


def _until(kind: str, tokens: Iterator[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.type == kind:
            return


def _parts(table: list[Token], most: int) -> Iterator[Token]:
    """A table whose columns but the first are dealt out evenly."""
    width = sum(token.type == "th_open" for token in table)
    parts = -(-(width - 1) // (most - 1)) if width > most else 1
    each = -(-(width - 1) // parts) if width > 1 else 1
    for part in range(parts):
        column = -1
        for token in table:
            if token.type == "tr_open":
                column = -1
            if token.type in ("th_open", "td_open"):
                column += 1
            within = token.type in ("th_open", "td_open", "inline", "th_close", "td_close")
            if parts == 1 or not within or column == 0 or 0 <= column - 1 - part * each < each:
                yield token
