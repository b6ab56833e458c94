"""A pile of scans, put together by paper: every file in a child process, every page by its own code."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from softmark.grader.files.opening import shown
from softmark.grader.folders import files_of
from softmark.grader.isolation import Limits, read_apart
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.seeds import is_signed
from softmark.rendering.bubble_frame import FRAMES, Frame
from softmark.rendering.bubbles import Layout, layout_of
from softmark.scanner.files import read_scan, request_of
from softmark.worksheet.errors import UserError

NEEDED = ("cv2", "zxingcpp", "pypdfium2")
MEND = "scan it again as PDF or PNG"
LIMITS = Limits(memory=3 << 30, cpu=30, wall=90)
#: a file whose pages fail one after the other is given up, and like sentences on a file are summed up
MOST_FAILURES, MOST_ALIKE = 10, 5
_CODE = re.compile(r"SM:(?P<paper>[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]):(?P<page>[1-9][0-9]{0,2}):"
                   r"(?P<layout>[0-9]{1,3}L?-[0-9A-F]{6})")


@dataclass(slots=True)
class Cell:
    """What was read for a cell; a doubt comes with the picture (JPEG) of where it stands."""

    question: int
    name: str
    text: str = ""
    doubt: str = ""
    where: str = ""
    picture: bytes = b""


@dataclass(slots=True)
class Script:
    """One paper's cells in the order of its pages; `pages` says where each came from."""

    paper_id: str
    student: str
    name: str
    quiz: str
    locale: str = "en"
    count: str = "last"
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    pages: dict[int, str] = field(default_factory=dict)

    @property
    def doubts(self) -> list[Cell]:
        """The cells that a person must look at."""
        return [cell for cell in self.cells.values() if cell.doubt]


@dataclass(slots=True)
class Pile:
    """Everything a run found."""

    scripts: dict[str, Script] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    read: int = 0
    empty: list[str] = field(default_factory=list)
    uncoded: dict[tuple[str, str], list[str]] = field(default_factory=dict)


def need_libraries() -> None:
    """UserError if the libraries that read scans are not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UserError(f"reading scans needs libraries that are not installed ({', '.join(missing)}): "
                        "pip install 'softmark[scan]'")


def read_pile(bank: Bank, paths: Iterable[Path], step: Callable[[str], None] = lambda _: None,
              limits: Limits = LIMITS) -> Pile:
    """Reads every page of every file; what cannot be used is told, and the rest goes on."""
    need_libraries()
    pile = Pile()
    layouts = lru_cache(maxsize=32)(lambda paper_id: _layout(bank, paper_id))
    for where, found in _pages(list(paths), pile.problems, limits):
        step(where)
        if isinstance(found, UserError):
            pile.problems.append(str(found))
        elif found.get("blank"):
            pile.empty.append(where)
        else:
            _take(pile, where, found, bank, layouts)
    for script in pile.scripts.values():
        _miss(script, layouts(script.paper_id)[0], pile.problems)
    for (file, why), places in pile.uncoded.items():
        if len(places) > MOST_ALIKE:
            pile.problems.append(f"{file}: {len(places) - MOST_ALIKE} more pages of which each {why}")
    if pile.empty:
        more = f" and {len(pile.empty) - 5} more" if len(pile.empty) > 5 else ""
        pile.problems.append(f"empty pages, left out: {'; '.join(pile.empty[:5])}{more}")
    _tell_absent(pile, bank)
    return pile


def _layout(bank: Bank, paper_id: str) -> tuple[Layout, Script]:
    paper = bank.paper(paper_id)
    return (layout_of(paper.paper_id, paper.problems, FRAMES[paper.quiz.page.size]),
            Script(paper.paper_id, paper.student.id, paper.student.name, paper.quiz.name,
                   paper.quiz.marking.locale, paper.quiz.marking.count))


# -- files to pages


def _pages(paths: list[Path], problems: list[str], limits: Limits) -> Iterator[tuple[str, Any]]:
    """Every page of every file, by name, with what the child found on it."""
    pages = failures = 0

    def requests() -> Iterator[str]:
        nonlocal pages, failures
        for path in files_of(paths, problems):
            pages = failures = 0
            yield request_of(path, 0)
            for page in range(1, pages + 1):
                if failures >= MOST_FAILURES:
                    problems.append(f"{shown(path)}: {failures} pages failed one after the other, so "
                                    f"pages {page} to {pages} were not tried")
                    break
                yield request_of(path, page)

    for request, found in read_apart(read_scan, requests(), limits, ("numpy", *NEEDED), MEND):
        if isinstance(found, dict) and "pages" in found:
            pages = int(found["pages"])
            continue
        failures = failures + 1 if isinstance(found, UserError) else 0
        yield shown(request.removesuffix(", page 0")), found


# -- pages to cells


def _take(pile: Pile, where: str, found: dict[str, Any], bank: Bank, layouts: Any) -> None:
    """Reads a page into its script."""
    text = str(found.get("code", ""))
    match = _CODE.fullmatch(text)
    if not match:
        why = shown(found.get("problem") or "has a code that is no answer page's")
        file = where.rpartition(", page ")[0]
        pile.uncoded.setdefault((file, why), []).append(where)
        if len(pile.uncoded[file, why]) <= MOST_ALIKE:
            pile.problems.append(f"{where}: {why}")
        return
    paper_id, number = match["paper"], int(match["page"])
    name = f"{where}: page {number} of {paper_id}"
    try:
        layout, about = layouts(paper_id)
    except UserError as error:
        pile.problems.append(f"{where}: {error}" if is_signed(bank.secret, paper_id) else
                             f"{where}: {paper_id} is no id that this bank gave; the page is foreign, "
                             "or its code was changed")
        return
    sheet = next((one for one in layout.sheets if one.number == number), None)
    if match["layout"] != layout.mark or sheet is None:
        pile.problems.append(f"{name} was printed in another arrangement ({match['layout']}) than this "
                             f"softmark and bank know ({layout.mark}); type its answers by hand")
        return
    if "pixels" not in found:
        pile.problems.append(f"{name} {found.get('problem', 'could not be read')}")
        return
    script = pile.scripts.setdefault(paper_id, Script(about.paper_id, about.student, about.name,
                                                      about.quiz, about.locale, about.count))
    try:
        cells = _read(where, found["pixels"], sheet, layout.frame, about.locale)
    except ValueError as error:
        pile.problems.append(f"{name} {error}")
        return
    pile.read += 1
    if number in script.pages:
        pile.problems.append(f"{name} came before, in {script.pages[number]}; answers that differ are "
                             "doubtful")
        cells = [_both(script.cells[cell.question, cell.name], cell) for cell in cells]
    else:
        script.pages[number] = where
    script.cells |= {(cell.question, cell.name): cell for cell in cells}


def _read(where: str, pixels: str, sheet: Any, frame: Frame, locale: str) -> list[Cell]:
    import numpy as np

    from softmark.scanner.frames import size_of
    from softmark.scanner.measure import measure
    from softmark.scanner.reading import read_field, spelled

    straight = np.frombuffer(b64decode(pixels), np.uint8)
    height, width = size_of(frame)
    if straight.size != height * width:
        raise ValueError("came in an unexpected size")
    straight = straight.reshape(height, width)
    measured, page = measure(straight, sheet.fields, frame)
    if page.fault:
        raise ValueError(page.fault)
    cells = []
    for one, found in zip(sheet.fields, measured, strict=True):
        reading = read_field(one, found, page.scatter)
        text = spelled(reading.text, one.kind, locale)
        cells.append(Cell(one.question, one.cell, text, reading.doubt, where,
                          _picture(straight, one) if reading.doubt else b""))
    return cells


def _picture(straight: Any, one: Any) -> bytes:
    """The field and a little around it, small enough for a page of hundreds."""
    import cv2

    from softmark.scanner.frames import SCALE

    x, y, edge = one.x * SCALE, one.y * SCALE, 2 * SCALE
    # a row of choices is as wide as the page, whatever stands in it
    width = one.width if one.kind != "choice" else max(b.x for b in one.bubbles) + 25 - one.x
    part = straight[max(0, int(y - edge)):int(y + one.height * SCALE + edge),
                    max(0, int(x - edge)):int(x + width * SCALE + edge)]
    small = cv2.resize(part, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1])


def _both(first: Cell, second: Cell) -> Cell:
    """One cell of a page that came twice."""
    if first.doubt or (second.text, second.doubt) == (first.text, ""):
        return first
    if second.doubt:
        return second
    second.doubt = (f"the page came twice: “{first.text or 'blank'}” in {first.where}, "
                    f"“{second.text or 'blank'}” in {second.where}")
    second.text = ""
    return second


def _miss(script: Script, layout: Layout, problems: list[str]) -> None:
    """Puts the cells in order; those on a page that never came wait for a person."""
    missing = [sheet.number for sheet in layout.sheets if sheet.number not in script.pages]
    for sheet in layout.sheets:
        for one in sheet.fields:
            key = (one.question, one.cell)
            cell = script.cells.pop(key, None)
            script.cells[key] = cell or Cell(one.question, one.cell,
                                             doubt=f"page {sheet.number} did not come")
    if missing:
        problems.append(f"{script.paper_id} ({script.student}): of {len(layout.sheets)} answer pages "
                        f"{', '.join(map(str, missing))} did not come")


def _tell_absent(pile: Pile, bank: Bank) -> None:
    """Which papers of the quizzes seen have no page at all."""
    for quiz in dict.fromkeys(script.quiz for script in pile.scripts.values()):
        absent = [paper.student.id for paper in bank.papers(quiz)
                  if paper.paper_id not in pile.scripts]
        if absent:
            more = f" and {len(absent) - 20} more" if len(absent) > 20 else ""
            pile.problems.append(f"no page came of {len(absent)} papers: "
                                 f"{', '.join(absent[:20])}{more}")
