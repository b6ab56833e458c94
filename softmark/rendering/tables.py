"""Architecture tables as lines of text and as pages."""

from __future__ import annotations

from textwrap import wrap

from softmark.rendering.pages import _render
from softmark.solvers.network_table import Row, Table, shape_text

HEAD = ("Layer", "Output", "Parameters", "MACs", "Values", "Field", "Jump")


def cells(row: Row) -> tuple[str, ...]:
    """A row of the table as printed; what there is none of stays empty."""
    return (row.layer, shape_text(row.shape), *(f"{n:,}" if n else "" for n in
                                                (row.params, row.macs, row.values)),
            "all" if row.field is None else f"{row.field}", "" if row.field is None else f"{row.jump}")


def totals(table: Table) -> tuple[str, ...]:
    """The last row."""
    return ("Total", "", f"{table.params:,}", f"{table.macs:,}", f"{table.values:,}", "", "")


def conventions(table: Table) -> list[str]:
    """What the figures mean, in sentences."""
    network = table.network
    size = f"{network.bytes} byte{'s' if network.bytes > 1 else ''}"
    return [
        f"Values take {table.megabytes:,.2f} MB for one image ({size} each, 1 MB = 10^6 bytes, forward "
        "pass, the input included); batch norm, ReLU, LRN and dropout work in place.",
        "Convolutions and fully connected layers have "
        f"{'biases' if network.bias else 'no biases'} unless they say otherwise; batch norm has a scale "
        "and a shift a channel. Biases count as parameters.",
        "MACs are the multiplications, each with its addition, of convolutions and fully connected "
        "layers; those by zeros of the padding count.",
        f"Sizes are rounded down{'; poolings round up' if network.ceil else ''} unless a pooling says "
        "otherwise. Field is the side of the receptive field in pixels of the input (borders left "
        "aside; all: the whole image), jump the distance between neighbouring fields."]


def table_text(table: Table) -> str:
    """The table as lines of text, in columns."""
    lines = [cells(row) for row in table.rows]
    every = [HEAD, *lines, totals(table)]
    names = [_indented(row, line[0]) for row, line in zip(table.rows, lines, strict=True)]
    first = max(len(name) for name in [*names, HEAD[0]])
    widths = [max(len(line[place]) for line in every) for place in range(1, len(HEAD))]

    def written(name: str, line: tuple[str, ...]) -> str:
        rest = "  ".join(cell.rjust(width) for cell, width in zip(line[1:], widths, strict=True))
        return f"{name:<{first}}  {rest}".rstrip()

    rule = "-" * (first + sum(widths) + 2 * len(widths))
    out = [table.network.name, *([table.network.source] if table.network.source else []), "",
           written(HEAD[0], HEAD), rule]
    where = ""
    for row, name, line in zip(table.rows, names, lines, strict=True):
        if row.where != where:
            where = row.where
            out += [where] if where else []
        out.append(written(name, line))
    out += [rule, written("Total", totals(table)), ""]
    for sentence in conventions(table):
        out += wrap(sentence, 100)
    return "\n".join(out) + "\n"


def _indented(row: Row, name: str) -> str:
    return f"  {name}" if row.where else name


def table_html(table: Table, target: str = "pdf") -> str:
    """The table as a page."""
    rows = []
    where = ""
    for row in table.rows:
        begins = row.where if row.where != where else ""
        where = row.where
        rows.append({"begins": begins, "inside": bool(row.where), "cells": cells(row)})
    return _render("table.html", target, network=table.network, head=HEAD, rows=rows,
                   totals=totals(table), conventions=conventions(table))
