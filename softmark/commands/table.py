"""`softmark table`: the architecture table of a network that a file describes."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from softmark.commands.output import write_bytes, write_text
from softmark.problem_bank.files import read_text
from softmark.solvers.network_table import Table, network_table, read_network
from softmark.worksheet.errors import UserError

MAX_BYTES = 1_000_000


def read_table(path: Path) -> Table:
    """The table of the network in a TOML file; UserError in one sentence for what is amiss."""
    text = read_text(path, "file of a network (TOML)", MAX_BYTES)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is not valid TOML: {error}") from None
    try:
        return network_table(read_network(data))
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def table_json(table: Table) -> dict[str, Any]:
    """The table for programs."""
    return {"name": table.network.name, "source": table.network.source,
            "rows": [asdict(row) for row in table.rows], "params": table.params, "macs": table.macs,
            "values": table.values, "megabytes": table.megabytes}


def write_table(table: Table, out: Path, force: bool) -> None:
    """Writes the table as .txt, .html or .pdf."""
    from softmark.rendering.tables import table_html, table_text

    kind = out.suffix.lower()
    if kind == ".txt":
        write_text(out, table_text(table), force)
    elif kind == ".html":
        write_text(out, table_html(table, "screen"), force)
    elif kind == ".pdf":
        from softmark.rendering.pdf import render_pdf

        write_bytes(out, render_pdf(table_html(table)), force)
    else:
        raise UserError(f"{out}: a table is written as .txt, .html or .pdf")
