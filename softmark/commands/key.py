"""The key of papers, and the empty file to type answers into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from softmark.commands.output import csv_text, write_text
from softmark.grader.scripts import values_of, written
from softmark.problem_bank.papers import Item, Paper, working_on
from softmark.worksheet.accepted import intervals
from softmark.worksheet.asks import Ask
from softmark.worksheet.runs import solve

ANSWER_HEAD = ("paper", "student", "question", "ask", "answer")
KEY_HEAD = ("paper", "student", "question", "ask", "symbol", "value", "lowest", "highest", "marks")


def answer_rows(papers: Iterable[Paper]) -> Iterable[tuple[str, ...]]:
    """An empty line for every value asked."""
    for paper in papers:
        for item in paper.problems:
            for ask in item.asks:
                for cell in ask.cells:
                    yield (paper.paper_id, paper.student.id, str(item.number), cell.name, "")


def key_rows(papers: Iterable[Paper]) -> Iterable[tuple[str, ...]]:
    """The right value of every cell and what is accepted for it."""
    for paper in papers:
        for item in paper.problems:
            if item.problem is None:
                continue
            with working_on(item.number, item.problem.slug()):
                rows = list(_item_rows(item))
            for row in rows:
                yield (paper.paper_id, paper.student.id, *row)


def _item_rows(item: Item) -> Iterable[tuple[str, ...]]:
    assert item.problem is not None
    values = written(item.asks, values_of(solve(item.problem)))
    accepted = intervals(item.problem)
    total = sum(ask.weight for ask in item.asks) or 1
    for ask in item.asks:
        for cell in ask.cells:
            lo, hi = _bounds(ask, accepted[ask.name], cell.index)
            marks = float(item.marks) * ask.weight / total / len(ask.cells)
            yield (str(item.number), cell.name, cell.symbol, values[cell.name], lo, hi,
                   f"{marks:.4g}")


def _bounds(ask: Ask, accepted: Any, index: tuple[int, ...]) -> tuple[str, str]:
    if ask.symbolic or ask.kind in ("design", "choice", "text", "set", "shape"):
        return "", ""
    lo, hi = accepted.at(index)
    return f"{float(lo):.9g}", f"{float(hi):.9g}"


def write_key(path: Path, bodies: Iterable[str]) -> None:
    """The key file from each paper's lines."""
    write_text(path, csv_text(KEY_HEAD, ()) + "".join(bodies), True)


def write_answer_file(path: Path, bodies: Iterable[str]) -> None:
    """The answer file from each paper's empty lines.

    What somebody has typed into it already stays; papers that are new then join at its end.
    """
    bodies = list(bodies)
    empty = csv_text(ANSWER_HEAD, ()) + "".join(bodies)
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    if set(text.splitlines()) <= set(empty.splitlines()):
        write_text(path, empty, True)
        return
    new = "".join(body for body in bodies if body.split(",", 1)[0] not in text)
    if new:
        write_text(path, text.rstrip("\n") + "\n" + new, True)
