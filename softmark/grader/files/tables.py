"""Tables of answers, from whatever file: a line an answer, a line a student, or Moodle's export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from softmark.grader.files.child import Refused
from softmark.grader.files.moodle import is_moodle, moodle_rows
from softmark.grader.files.opening import shown
from softmark.grader.files.pile import CELL, Pile, Script, unquoted
from softmark.grader.files.times import iso_time

MAX_COLUMNS = 5_000
MAX_ROWS = 200_000
MAX_CELLS = 3_000_000
PAPER = ("paper", "paper id")
STUDENT = ("student", "student id", "id", "id number")
EMAIL = ("email", "email address", "e-mail")
TIME = ("submitted", "submitted at", "received", "time", "timestamp", "completed")
_LONG = {"question", "ask", "answer"}


@dataclass(slots=True)
class Table:
    """Rows of text; `line` is what a row is called; `dates` are cells that a spreadsheet dated."""

    rows: list[list[str]]
    line: str = "line"
    dates: set[tuple[int, int]] = field(default_factory=set)


def bounded(rows: Iterable[list[str]], where: str) -> list[list[str]]:
    """The rows, if they are not more than a class can fill."""
    kept: list[list[str]] = []
    cells = 0
    for row in rows:
        cells += len(row)
        if len(row) > MAX_COLUMNS:
            raise Refused(f"{where}: line {len(kept) + 1} has {len(row):,} columns; this is no file "
                          "of answers")
        if len(kept) >= MAX_ROWS or cells > MAX_CELLS:
            raise Refused(f"{where}: has more than {MAX_ROWS:,} lines or {MAX_CELLS:,} cells; give "
                          "it in parts")
        kept.append(row)
    return kept


def read_table(table: Table, pile: Pile) -> None:
    """The scripts in a table, told apart by its first row."""
    first = next((n for n, row in enumerate(table.rows) if any(c.strip() for c in row)), None)
    if first is None:
        raise Refused(f"{pile.where}: is empty; it should be a file of answers")
    titles = [title.strip() for title in table.rows[first]]
    lower = [title.lower() for title in titles]
    head = f"{pile.where}: {table.line} {first + 1}"
    rows = [(number, row + [""] * (len(titles) - len(row)))
            for number, row in enumerate(table.rows[first + 1:], first + 2)
            if any(cell.strip() for cell in row)]
    if is_moodle(lower):
        moodle_rows(titles, rows, table.line, pile)
        return
    if not any(title in PAPER + STUDENT + EMAIL for title in lower):
        raise Refused(f"{head}: no column is called paper or student (found: "
                      f"{shown(', '.join(titles), 100)})")
    answers = _long if set(lower) >= _LONG else _wide
    if answers is _wide and not any(CELL.fullmatch(title) for title in titles):
        raise Refused(f"{head}: needs the columns question, ask, answer, or a column a cell such as "
                      "q1.z[2]")
    scripts: dict[str, Script] = {}
    for number, row in rows:
        place = f"{table.line} {number}"
        script = _whose(row, lower, place, scripts, pile)
        if script is None:
            continue
        for at, cell, answer in answers(row, titles, lower):
            if (number - 1, at) in table.dates:
                pile.tell(f"{pile.where}: {place}: the spreadsheet made a date of the answer to "
                          f"{shown(cell, 60)}; look it up on the student's side")
            pile.put(script, cell, answer, place)


def _whose(row: list[str], lower: list[str], place: str, scripts: dict[str, Script],
           pile: Pile) -> Script | None:
    def of(names: tuple[str, ...]) -> str:
        return next((unquoted(row[n].strip()) for n, title in enumerate(lower) if title in names
                     and row[n].strip()), "")

    paper, student, email = of(PAPER), of(STUDENT), of(EMAIL)
    at = of(TIME)
    time = iso_time(at)
    if at and not time:
        pile.tell(f"{pile.where}: {place}: {shown(at, 40)!r} is no certain time; write "
                  "2026-01-31 14:15")
    script = scripts.get(paper or student or email)
    if script is None:
        script = pile.script(place, paper, student, email, time)
        if script is not None:
            scripts[paper or student or email] = script
    elif time > script.received:
        script.received = time
    return script


def _long(row: list[str], titles: list[str], lower: list[str]) -> list[tuple[int, str, str]]:
    values = {title: row[n] for n, title in enumerate(lower)}
    number = values["question"].strip().lower().removeprefix("q").removesuffix(".0")
    return [(lower.index("answer"), f"q{number}.{values['ask'].strip()}", values["answer"])]


def _wide(row: list[str], titles: list[str], lower: list[str]) -> list[tuple[int, str, str]]:
    return [(n, title, row[n]) for n, title in enumerate(titles)
            if CELL.fullmatch(title) and row[n].strip()]
