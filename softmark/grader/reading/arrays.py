"""Vectors and matrices in Python, NumPy, LaTeX, MATLAB and spreadsheet notation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from softmark.grader.reading.numbers import Unreadable, clean, read_number
from softmark.worksheet.records import Reading, Status

MAX_LENGTH = 20_000
MAX_ELEMENTS = 2_000
MAX_DEPTH = 4

_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-zA-Z]{1,12}\*?\}(?:\{[lcr|]{1,20}\})?")
_WRAPPERS = re.compile(r"(?:np\.|numpy\.|torch\.)?(?:array|matrix|tensor|asarray)\s*\(")
Element = Callable[[str], Reading]
_NAME = r"[^\W\d][\w\[\]{}']{0,20}"
_TRANSPOSED = re.compile(r"(?<=[\])}])\s*(?:'|\.T|\^\{?(?:T|\\top|\\mathsf\{T\})\}?|ᵀ)\s*$")
_NAMED = re.compile(rf"({_NAME})\s*[=:]\s*([^=:]{{1,60}}?)(?=[,;]?\s*{_NAME}\s*[=:]|\s*$)")


def read_array(text: str, shape: Sequence[int] | None = None,
               labels: Sequence[str] | None = None, locale: str = "en",
               rank: int | None = None, element: Element | None = None) -> Reading:
    """A vector or matrix as nested tuples; with `shape`, other shapes are invalid.

    `element` reads one element, as a number unless told.
    """
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long")
    one = element or (lambda cell: read_number(cell, locale))
    try:
        if labels and ("=" in text or ":" in text):
            named = _named(text, labels, one)
            if named is not None:
                return named
        bare = _unwrapped(text)
        reading = _fitted(_rows(bare, locale), shape, rank, one)
        if reading.status == "invalid" and shape is not None and "," in bare:
            # 1,5; 2,3 where two numbers are asked: the commas are decimal; 1,2 in German: they part
            other = _fitted(_rows(bare, "other" if locale == "en" else "en"), shape, rank, one)
            return other if other.status == "one" else reading
        return reading
    except Unreadable as error:
        return Reading("invalid", message=str(error))


def _unwrapped(text: str) -> str:
    text = _TRANSPOSED.sub("", text.strip().strip("$"))
    text = text.split("=", 1)[1] if re.match(r"\s*[^\W\d]\w{0,20}\s*=", text) else text
    if _WRAPPERS.search(text):
        text = _WRAPPERS.sub(" ", text)
        text = re.sub(r",?\s*dtype\s*=\s*[\w.]{1,20}", "", text).rstrip().rstrip(")")
    if "\\" in text:
        text = _ENVIRONMENT.sub(" ", text)
        text = text.replace("\\left", "").replace("\\right", "")
        text = text.replace("\\\\", ";").replace("&", " , ")
    return text.strip()


def _rows(text: str, locale: str) -> list[list[str]]:
    """The cells of each row, as text."""
    depth = most = 0
    for char in text:
        depth += char in "[({"
        depth -= char in "])}"
        most = max(most, depth)
        if depth < 0 or most > MAX_DEPTH:
            break
    if depth or most > MAX_DEPTH:
        raise Unreadable("the brackets do not match")
    inner = re.findall(r"[\[({]([^\[\](){}]*)[\])}]", text) if most else []
    if most == 2 or len(inner) > 1:
        left = re.sub(r"[\[({][^\[\](){}]*[\])}]", "", text)
        if left.strip(" ,;\n\t[](){}"):
            raise Unreadable("there is something between the rows that is no number")
        rows = inner
    else:
        flat = text.strip().strip("[](){}⟨⟩<>|")
        rows = re.split(r"[;\n]", flat) if re.search(r"[;\n]", flat) else [flat]
        rows = [row.strip().strip("[](){}|") for row in rows]
    found = [_split(row, locale) for row in rows if row.strip(" ,;")]
    if sum(map(len, found)) > MAX_ELEMENTS:
        raise Unreadable("the answer has too many elements")
    if not found:
        raise Unreadable("there is no number in the answer")
    return found


def _split(row: str, locale: str) -> list[str]:
    row = row.strip().strip(",")
    if "\t" in row:
        return [cell.strip() for cell in row.split("\t")]
    if locale == "en" and "," in row:
        return [cell.strip() for cell in row.split(",")]
    if locale != "en" and re.search(r",\s", row):
        return [cell.strip() for cell in re.split(r",\s+", row)]
    return row.split()


def _fitted(rows: list[list[str]], shape: Sequence[int] | None, rank: int | None,
            element: Element) -> Reading:
    if len({len(row) for row in rows}) > 1:
        return Reading("invalid", message="the rows have different lengths")
    size = (len(rows), len(rows[0]))
    wanted = tuple(shape) if shape is not None else None
    as_vector = len(wanted) == 1 if wanted is not None else rank == 1
    if as_vector:
        if 1 not in size and wanted is not None:
            return Reading("invalid", message=f"a vector of {wanted[0]} numbers is asked, not a "
                                              f"{size[0]}×{size[1]} matrix")
        rows = [[cell for row in rows for cell in row]]
        if wanted is not None and len(rows[0]) != wanted[0]:
            return Reading("invalid", message=f"{wanted[0]} numbers are asked, {len(rows[0])} given")
    elif wanted is not None and size != wanted:
        return Reading("invalid", message=f"a {wanted[0]}×{wanted[1]} matrix is asked, not "
                                          f"{size[0]}×{size[1]}")
    readings = [[element(cell) for cell in row] for row in rows]
    return _joined(readings, as_vector)


def _joined(readings: list[list[Reading]], as_vector: bool) -> Reading:
    for row in readings:
        for one in row:
            if one.status in ("blank", "invalid"):
                return Reading("invalid", message=one.message or "an element is missing")
    values: Any = tuple(tuple(one.value for one in row) for row in readings)
    digits: Any = tuple(tuple(one.digits for one in row) for row in readings)
    others: Any = tuple(tuple(one.value if one.other is None else one.other for one in row)
                        for row in readings)
    unsure = [one for row in readings for one in row if one.other is not None]
    status: Status = "ambiguous" if any(one.status == "ambiguous" for one in unsure) else "one"
    return Reading(status, values[0] if as_vector else values,
                   (others[0] if as_vector else others) if unsure else None,
                   digits[0] if as_vector else digits, unsure[0].message if unsure else "")


def _named(text: str, labels: Sequence[str], element: Element) -> Reading | None:
    """`w1=-1, w2=1.5` in any order; None if the names are not those asked for."""
    found: dict[str, Reading] = {}
    for name, value in _NAMED.findall(clean(text)):
        found[_label_of(name)] = element(value.strip().rstrip(",;"))
    wanted = [_label_of(label) for label in labels]
    if set(found) != set(wanted):
        return None
    return _joined([[found[label] for label in wanted]], True)


def _label_of(name: str) -> str:
    """The subscript of a name: w_{12}, w12 and 12 are one."""
    digits = re.sub(r"[^0-9]", "", name)
    return digits or name.lower()


_ROW = re.compile(r"\s*([^:=→\t|]{1,60}?)\s*(?::|=(?!=)|→|->|\t|\|)\s*(.{0,200}?)\s*\|?\s*$")
MAX_ROWS = 300


def named_values(text: str, names: Sequence[str]) -> dict[str, str] | None:
    """The rows of a typed table, name -> text: one a line, or apart by semicolons or commas.

    Without any name, as many values as there are `names` are taken in their order. None if the
    text is no table.
    """
    if len(text) > MAX_LENGTH:
        return None
    inner = text.strip().strip("{}").strip()
    for apart in (r"\n", r"[;\n]", rf"[;\n]|,(?=\s*[\"']?{_NAME}[^,:=]{{0,40}}[:=])", r"[;,\n]"):
        rows = [row.strip(" |") for row in re.split(apart, inner) if row.strip(" |-:")]
        if len(rows) > MAX_ROWS:
            return None
        found = [_ROW.match(row) for row in rows]
        if len(rows) == len(names) or (len(rows) > 1 and all(found)):
            if all(found):
                return {str(m[1]).strip("\"' "): m[2].strip("\"' ,") for m in found if m}
            if not any(found):
                return dict(zip(names, rows, strict=True))
    only = _ROW.match(inner)
    return {only[1].strip("\"' "): only[2].strip("\"' ,")} if only else None
