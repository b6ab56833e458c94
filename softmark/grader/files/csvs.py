"""Comma, semicolon and tab apart: text as it stands, never a formula."""

from __future__ import annotations

import csv
import io

from softmark.grader.files.child import Refused
from softmark.grader.files.opening import decode, shown
from softmark.grader.files.pile import MAX_ANSWER, Pile
from softmark.grader.files.tables import Table, bounded, read_table


def read_csv(data: bytes, pile: Pile) -> None:
    """The scripts in a CSV or TSV file."""
    text = decode(data, pile.where, pile.problems)
    # Excel's own word for what parts the cells
    said = text[4:5] if text[:4].lower() == "sep=" else ""
    start = text.find("\n") + 1 if said else 0
    csv.field_size_limit(MAX_ANSWER * 5)
    head = text[start:start + 100_000].lstrip("\r\n").split("\n", 1)[0]
    delimiter = said if said in (",", ";", "\t") else max(",;\t", key=head.count)
    try:
        rows = _rows(text[start:], delimiter, pile.where, True)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise Refused(f"{pile.where}: a quotation mark is opened and never closed; close it or "
                          "take it out") from None
        try:
            rows = _rows(text[start:], delimiter, pile.where, False)
        except csv.Error:
            raise Refused(f"{pile.where}: is not a well-formed CSV file ({shown(error)})") from None
        pile.tell(f"{pile.where}: a quotation mark stands inside a cell; look at the answers near it")
    read_table(Table(rows), pile)


def _rows(text: str, delimiter: str, where: str, strict: bool) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    return bounded(csv.reader(lines, delimiter=delimiter, strict=strict), where)
