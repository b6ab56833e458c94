"""`softmark read`: one text, or a file of answers with their references."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from softmark.grader.checking import KINDS as CHECKED
from softmark.grader.checking import check, shown
from softmark.grader.reading import KINDS, read
from softmark.grader.reading.arrays import named_values
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import symbols

MAX_LINE = 200_000
MAX_LINES = 5_000_000


def read_one(kind: str, text: str, locale: str = "en", unit: str | None = None, names: str = "",
             options: str = "") -> dict[str, Any]:
    """How a text is read: status, value, the less usual other value, digits, message."""
    if kind not in (*KINDS, "table"):
        raise UserError(f"there is no kind {kind!r}; there are {', '.join((*KINDS, 'table'))}")
    if kind == "table":
        return _read_table(text, names.replace(",", " ").split())
    letters = {name: symbols(name)[0] for name in names.replace(",", " ").split()}
    reading = read(text, kind, locale=locale, unit=unit, symbols=letters,
                   options=[option.strip() for option in options.split(",") if option.strip()])
    value, other = ("" if v is None else _shown(kind, v) for v in (reading.value, reading.other))
    return {"status": reading.status, "value": value, "other": other, "digits": reading.digits,
            "message": reading.message}


def _read_table(text: str, names: list[str]) -> dict[str, Any]:
    rows = named_values(text, names) if text.strip() else {}
    status = "blank" if rows == {} else "invalid" if rows is None else "one"
    value = "; ".join(f"{name} = {cell}" for name, cell in (rows or {}).items())
    message = "a table is typed as name: value, one after the other" if rows is None else ""
    return {"status": status, "value": value, "other": "", "digits": None, "message": message}


def _shown(kind: str, value: Any) -> str:
    return "×".join(map(str, value)) if kind == "shape" else shown(value)


def batch_lines(path: Path) -> Iterator[tuple[str, str]]:
    """(line to print, sentence on an unusable line or "") for every line of the file."""
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        name: Any = None
        try:
            data = _parsed(line)
            name = data.get("id")
            found = _checked(data)
            yield _line(name, found.verdict, found.reading, found.message), ""
        except UserError as error:
            yield _line(name, "invalid", "", str(error)), f"{path}: line {number}: {error}"


def _lines(path: Path) -> Iterator[str]:
    if str(path) == "-":
        yield from sys.stdin
        return
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), "")):
                if number >= MAX_LINES:
                    raise UserError(f"{path}: has more than {MAX_LINES} lines; split it")
                yield line
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a file of JSON lines") from None


def _parsed(line: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise UserError(f"the line is longer than {MAX_LINE} characters")
    try:
        data = json.loads(line, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UserError(f"is not valid JSON ({str(error)[:100]})") from None
    if not isinstance(data, dict):
        raise UserError('should be an object {"id": …, "kind": …, "answer": …, "reference": …}')
    return data


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _checked(data: dict[str, Any]) -> Any:
    missing = [key for key in ("kind", "answer", "reference") if key not in data]
    if missing:
        raise UserError(f"the key {missing[0]!r} is missing")
    if data["kind"] not in CHECKED:
        raise UserError(f"there is no kind {str(data['kind'])[:40]!r}; there are {', '.join(CHECKED)}")
    opts = data.get("opts") or {}
    if not isinstance(opts, dict):
        raise UserError("opts should be an object of options")
    return check(data["kind"], data["answer"], data["reference"], opts)


def _line(name: Any, verdict: str, reading: str, message: str) -> str:
    if isinstance(name, Decimal):
        name = float(name)
    return json.dumps({"id": name, "verdict": verdict, "reading": reading, "message": message},
                      ensure_ascii=False)
