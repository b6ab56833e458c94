"""The instructor's report on a class as one HTML page, for a browser or for print."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from softmark.problem_bank.words import words_for
from softmark.rendering.assets import STYLE, font_css
from softmark.rendering.charts import (
    HeatRow,
    QuestionBar,
    error_strip,
    heat_map,
    histogram,
    question_bars,
    share_bar,
)
from softmark.rendering.pages import SIGNS
from softmark.rendering.speech import Speech
from softmark.rendering.text import plain_html, words_html

CSS = STYLE.with_name("report.css")
#: lengths shown of what people typed, and of lists that could go on for pages
LONGEST_ANSWER, LONGEST_NAME, MOST_WAITING, MOST_CELLS, MOST_STEPS = 140, 48, 300, 5, 4
#: students in one picture, and from how many on they stand in two blocks
PER_PICTURE, TWO_BLOCKS = 50, 24
_JOINERS = "\u200c\u200d"
_URL = re.compile(r'url\("?(file:[^")]+)"?\)')


def report_html(report: Any, target: str = "pdf") -> str:
    """The whole page; `target` is "pdf" (styles come with the renderer) or "screen" (all in it)."""
    return _environment(target).get_template("report.html").render(
        report=report, style=_style() if target == "screen" else "",
        histogram=_histogram(report.totals), bars=_bars(report.questions),
        paths=[_path(path) for path in report.paths],
        misconceptions=[{"m": m, "bar": _misconception_bar(m)} for m in report.misconceptions],
        waiting=_waiting(report.waiting), heat=list(_heat(report)))


def report_css() -> str:
    """The rules that the report adds to the style of all pages."""
    return CSS.read_text(encoding="utf-8")


@lru_cache(maxsize=2)
def _environment(target: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("softmark.rendering", "html"), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        words=lambda text: words_html(text, target), number=number, percent=percent,
        name=lambda text: _isolated(shown(text, LONGEST_NAME)),
        typed=lambda text: _isolated(shown(text), target))
    environment.globals.update(sign=SIGNS, target=target, say=Speech(words_for(), target),
                               most_waiting=MOST_WAITING)
    return environment


def number(value: float, places: int = 1) -> str:
    """A number with few decimals, and none where they would be zeros."""
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{number(100 * share, 0)}%"


def shown(text: str, longest: int = LONGEST_ANSWER) -> str:
    """What somebody typed, fit to be seen: on one line, cut, no character that hides or turns.

    Control characters, overrides of the writing direction and the like stand as their code.
    """
    whole = len(text)
    out, stacked = [], 0
    for char in text[:longest + 1]:
        kind = unicodedata.category(char)
        stacked = stacked + 1 if kind in ("Mn", "Me") else 0
        if char in "\n\r\t" or kind in ("Zl", "Zp"):
            out.append(" ")
        elif kind[0] == "C" and char not in _JOINERS:
            out.append(f"‹U+{ord(char):04X}›")
        elif stacked < 4:
            out.append(char)
    seen = "".join(out[:longest]).strip()
    return f"{seen}… ({whole:,} characters)" if whole > longest else seen


def _isolated(text: str, target: str = "") -> Markup:
    """Words that may run from right to left, kept from turning what stands around them."""
    body = plain_html(text, target) if target else escape(text)
    return Markup("<bdi>") + body + Markup("</bdi>")


def _cut(text: str, longest: int) -> str:
    """A line of a picture: no formulas, no more letters than there is room for."""
    text = shown(text.replace("$", ""), 400)
    return text if len(text) <= longest else text[:longest - 1].rstrip() + "…"


@lru_cache(maxsize=1)
def _style() -> Markup:
    """All styles with the text faces inside, so that the page needs no other file."""
    rules = [rule for rule in font_css().splitlines()
             if "mono" not in rule or ("400" in rule and "normal" in rule)]
    fonts = _URL.sub(_inlined, "\n".join(rule for rule in rules if "italic" not in rule))
    return Markup(f"{fonts}\n{STYLE.read_text(encoding='utf-8')}\n{report_css()}")


def _inlined(match: re.Match[str]) -> str:
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    # the folded font is half as large
    data = Path(unquote(urlsplit(match[1]).path)).with_suffix(".woff2").read_bytes()
    return f"url(data:font/woff2;base64,{base64.b64encode(data).decode()})"


def _histogram(totals: Any) -> Markup:
    if totals is None:
        return Markup("")
    unit = "percent of the marks" if totals.percent else f"marks, of {number(totals.out_of)}"
    alt = (f"Histogram of {len(totals.totals)} totals: " + ", ".join(
        f"{b.count} from {b.low:g} to {b.high:g}" for b in totals.bins if b.count)
        + f". Median {number(totals.median)}, middle half from {number(totals.quartile)} to "
        f"{number(totals.upper_quartile)} {unit}.")
    return histogram([(b.low, b.high, b.count) for b in totals.bins], totals.totals,
                     (totals.quartile, totals.median, totals.upper_quartile), unit, alt)


def _bars(questions: Sequence[Any]) -> Markup:
    alt = "Questions: " + "; ".join(
        f"question {q.number}, {_cut(q.title, 60)}: mean share {percent(q.share)}, discrimination "
        + ("undefined" if q.discrimination is None else number(q.discrimination, 2))
        for q in questions) + "."
    return question_bars([QuestionBar(str(q.number), _cut(q.title, 38), q.share, q.discrimination,
                                      q.interval) for q in questions], alt)


def _path(path: Any) -> dict[str, Any]:
    lost = [(place, step) for place, step in enumerate(path.steps, 1) if step.first + step.stopped]
    lost.sort(key=lambda one: (-one[1].first - one[1].stopped, one[0]))
    where = ", ".join(f"{step.first + step.stopped} at step {place}" for place, step in lost)
    alt = (f"Question {path.number}, {path.slug}: of {path.scripts} scripts, {path.clean} went wrong "
           f"nowhere" + (f"; the others first went wrong or stopped: {where}." if where else "."))
    strip = error_strip([(step.first, step.stopped) for step in path.steps], path.scripts, alt)
    return {"path": path, "strip": strip if lost else "", "more": max(0, len(lost) - MOST_STEPS),
            "worst": [{"place": place, "step": step} for place, step in lost[:MOST_STEPS]]}


def _misconception_bar(one: Any) -> Markup:
    return share_bar(one.firm, one.students, one.asked,
                     f"{one.students} of {one.asked} students, {one.firm} in more than one answer")


def _waiting(waiting: Iterable[Any]) -> list[dict[str, Any]]:
    """The answers of one paper and question with the same remark stand together."""
    groups: dict[tuple[str, int, str, str], list[Any]] = {}
    for one in waiting:
        groups.setdefault((one.paper, one.question, one.verdict, one.note), []).append(one)
    return [{"first": cells[0], "cells": cells[:MOST_CELLS], "more": max(0, len(cells) - MOST_CELLS)}
            for cells in groups.values()]


def _heat(report: Any) -> Iterable[Markup]:
    numbers = [question.number for question in report.questions]
    heads = [str(n) for n in numbers] + ["all"]
    columns = 2 if len(report.rows) > TWO_BLOCKS and len(numbers) <= 8 else 1
    size = PER_PICTURE * columns
    for start in range(0, len(report.rows), size):
        part = report.rows[start:start + size]
        lines = [_heat_row(row, numbers, 20 if columns == 2 else 34) for row in part]
        alt = (f"Marks of students {start + 1} to {start + len(part)} by question, in the order of "
               "their totals: " + "; ".join(
                   f"{line.name}: " + ", ".join(cell[1] if cell else "none" for cell in line.cells)
                   for line in lines) + ".")
        yield heat_map(lines, heads, alt, columns)


def _heat_row(row: Any, numbers: Sequence[int], longest: int) -> HeatRow:
    cells: list[tuple[float, str, bool] | None] = []
    for one in numbers:
        marks, out_of, waits = row.marks.get(one, (0, 0, 0))
        cells.append((marks / out_of, number(marks), bool(waits)) if out_of else None)
    cells.append((row.total / row.out_of, number(row.total), False) if row.out_of else None)
    return HeatRow(_cut(row.name or row.student, longest), tuple(cells))
