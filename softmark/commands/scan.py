"""`softmark scan`: scanned answer pages in, sure marks and doubtful ones out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from softmark.commands.key import ANSWER_HEAD
from softmark.commands.output import csv_text, safe_cell, write_text
from softmark.problem_bank.ledger import Bank
from softmark.scanner.doubts import UNREAD, doubts_html
from softmark.scanner.pile import Cell, Pile, Script, read_pile
from softmark.worksheet.errors import UserError

DOUBT_HEAD = (*ANSWER_HEAD, "why", "page")
FILES = ("scanned.csv", "doubtful.csv", "doubtful.html")


def scan(bank: Bank, paths: list[Path], step: Callable[[str], None] = lambda _: None) -> Pile:
    """Everything on the pages of the files."""
    return read_pile(bank, paths, step)


def refuse_to_overwrite(out: Path, force: bool) -> None:
    """UserError if a file that will be written is there."""
    for name in FILES:
        if (out / name).exists() and not force:
            raise UserError(f"{out / name}: is there already; give --force to write over it, or "
                            "another --out")


def write(out: Path, pile: Pile, force: bool) -> list[Path]:
    """scanned.csv with every paper, and if there are doubts doubtful.csv and doubtful.html.

    doubtful.csv holds all answers of the papers that have a doubt, so that it stands for the whole
    paper when it is graded after scanned.csv. A doubt is a question mark in both, which the grader
    leaves to a person. Where a quiz counts the first submission, papers with a doubt are in doubtful.csv
    only: the question marks must not come first.
    """
    scripts = sorted(pile.scripts.values(), key=lambda script: script.student)
    files = [write_text(out / FILES[0], csv_text(ANSWER_HEAD, [
        _row(script, cell) for script in scripts if not (script.doubts and script.count == "first")
        for cell in script.cells.values()]), force)]
    doubtful = [script for script in scripts if script.doubts]
    if doubtful:
        table = _doubt_table(doubtful)
        files.append(write_text(out / FILES[1], csv_text(table[0], table[1:]), force))
        safe = [[safe_cell(value) for value in row] for row in table]
        files.append(write_text(out / FILES[2], doubts_html(doubtful, safe), force))
    elif force:
        for name in FILES[1:]:
            (out / name).unlink(missing_ok=True)
    return files


def _row(script: Script, cell: Cell) -> tuple[str, ...]:
    return (script.paper_id, script.student, str(cell.question), cell.name,
            UNREAD if cell.doubt else cell.text)


def _doubt_table(scripts: Sequence[Script]) -> list[tuple[str, ...]]:
    """The doubtful cells first, then what was read of the same papers."""
    doubts = [(*_row(script, cell), cell.doubt, cell.where) for script in scripts
              for cell in script.doubts]
    sure = [(*_row(script, cell), "read", cell.where) for script in scripts
            for cell in script.cells.values() if not cell.doubt]
    return [DOUBT_HEAD, *doubts, *sure]


def summary(pile: Pile) -> dict[str, Any]:
    """The run in figures, for programs."""
    cells = [cell for script in pile.scripts.values() for cell in script.cells.values()]
    return {"pages": pile.read, "empty_pages": len(pile.empty), "papers": len(pile.scripts),
            "sure": sum(not cell.doubt for cell in cells),
            "doubtful": sum(bool(cell.doubt) for cell in cells), "problems": pile.problems}
