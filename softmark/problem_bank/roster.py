"""The class list: student id, name, and optionally email and large print."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from softmark.problem_bank.files import read_text
from softmark.worksheet.errors import UserError

MAX_STUDENTS = 20_000
MAX_FIELD = 200
_ALIASES = {
    "id": ("id", "student id", "student", "student_id", "studentid", "matriculation", "number",
           "id number", "matr", "matrikelnummer", "sis user id"),
    "name": ("name", "student name", "full name", "fullname", "display name"),
    "email": ("email", "e-mail", "mail", "email address"),
    "print": ("print", "print size"),
}


@dataclass(frozen=True, slots=True)
class Student:
    """One line of the class list; `print` "large" gives this student large print."""

    id: str
    name: str
    email: str = ""
    print: str = ""


def load_roster(path: Path) -> list[Student]:
    """The students in a CSV file, in its order.

    Columns are told by their heads, apart by comma, semicolon or tab. UserError for a missing
    column, an empty or doubled id, or a line that is no line of a class list.
    """
    text = read_text(path, "class list (CSV)")
    csv.field_size_limit(100_000)
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise UserError(f"{path}: is not a well-formed CSV file ({error})") from None
    rows = [(number, row) for number, row in enumerate(table, 1) if any(c.strip() for c in row)]
    columns = _columns(path, rows[0][1])
    if len(rows) > MAX_STUDENTS + 1:
        raise UserError(f"{path}: has more than {MAX_STUDENTS:,} students")
    students: dict[str, Student] = {}
    for number, row in rows[1:]:
        student = _student(path, number, row, columns)
        if student.id in students:
            raise UserError(f"{path}: line {number}: student id {student.id!r} ({student.name}) "
                            f"is already taken by {students[student.id].name}; ids must differ")
        students[student.id] = student
    if not students:
        raise UserError(f"{path}: has a head line but no students")
    return list(students.values())


def _delimiter(text: str) -> str:
    head = text.splitlines()[0]
    return max(",;\t", key=head.count)


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(head):
        for column, names in _ALIASES.items():
            if title.strip().lower() in names:
                found.setdefault(column, place)
    for column in ("id", "name"):
        if column not in found:
            raise UserError(f"{path}: line 1: no column is called {column!r} (found: "
                            f"{', '.join(h.strip()[:30] for h in head)}); the head line should be "
                            "id,name or id,name,email,print")
    return found


def _student(path: Path, number: int, row: list[str], columns: dict[str, int]) -> Student:
    values = {column: row[place].strip() if place < len(row) else ""
              for column, place in columns.items()}
    for column, value in values.items():
        if len(value) > MAX_FIELD:
            raise UserError(f"{path}: line {number}: the {column} is longer than {MAX_FIELD} "
                            "characters")
        if any(unicodedata.category(char) == "Cc" for char in value):
            raise UserError(f"{path}: line {number}: the {column} holds a control character")
    if not values["id"] or not values["name"]:
        raise UserError(f"{path}: line {number}: {'id' if not values['id'] else 'name'} is empty; "
                        "every student needs an id and a name")
    if values.get("print", "").lower() not in ("", "large"):
        raise UserError(f"{path}: line {number}: print is {values['print'][:30]!r}; write large for "
                        "large print, or leave it empty")
    return Student(**{**values, "print": values.get("print", "").lower()})
