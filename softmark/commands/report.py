"""`softmark report`: what the marks of a class say, as a page for a browser and one for print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from softmark.commands.output import write_bytes, write_text
from softmark.commands.regrade import marked_papers
from softmark.grader.marked import Marked
from softmark.grader.report import ClassReport, class_report
from softmark.problem_bank.ledger import Bank
from softmark.worksheet.errors import UserError

__all__ = ["FILES", "class_report", "papers_of_one_quiz", "refuse_to_overwrite", "summary",
           "write_report"]
FILES = ("report.html", "report.pdf")


def papers_of_one_quiz(bank: Bank, where: str, quiz: str | None, problems: list[str]
                       ) -> list[Marked]:
    """What came back of a quiz, marked; UserError if nothing did, or if several quizzes did."""
    marked = marked_papers(bank, quiz, problems)
    if not marked:
        of = f" of the quiz {quiz!r}" if quiz is not None else ""
        raise UserError(f"{where}: no answers{of} have come back yet; `softmark grade` marks them "
                        "and keeps them in the bank")
    quizzes = {one.paper.quiz.name: one.paper.quiz for one in marked}
    if len(quizzes) > 1:
        titles = [found.title for found in quizzes.values()]
        known = [f"{found.title!r} of {found.course!r}" + (f" ({name})" * (titles.count(found.title) > 1))
                 for name, found in quizzes.items()]
        raise UserError(f"{where}: there are answers to {len(known)} quizzes; name one with --quiz: "
                        + ", ".join(sorted(known)[:10]))
    return marked


def refuse_to_overwrite(out: Path, force: bool) -> None:
    """UserError if a report is there already; said before the work, not after it."""
    for name in FILES:
        if (out / name).exists() and not force:
            raise UserError(f"{out / name}: is there already; give --force to write over it, "
                            "or another --out")


def write_report(out: Path, report: ClassReport, force: bool,
                 step: Callable[[str], None] = lambda _: None, size: str = "a4") -> list[Path]:
    """report.html, with everything in it, and report.pdf on paper of a size."""
    from softmark.rendering.pdf import render_pdf
    from softmark.rendering.report import report_css, report_html

    refuse_to_overwrite(out, force)
    step(FILES[0])
    page = write_text(out / FILES[0], report_html(report, "screen"), force)
    step(FILES[1])
    css = f"{report_css()}\n@page {{ size: {size} }}"
    return [page, write_bytes(out / FILES[1], render_pdf(report_html(report), css), force)]


def summary(report: ClassReport, files: list[Path], problems: list[str]) -> dict[str, Any]:
    """The report for programs."""
    return {**report.as_json(), "problems": problems, "files": [str(path) for path in files]}
