"""`softmark quiz`: papers, solution sheets, key, and an answer file for a whole class."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from softmark.commands.output import csv_text, file_name, write_bytes, write_text
from softmark.grader.scripts import values_of, written
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.papers import Paper, make_paper
from softmark.problem_bank.quizfile import Quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from softmark.worksheet.accepted import intervals
from softmark.worksheet.asks import Ask
from softmark.worksheet.errors import UserError
from softmark.worksheet.runs import solve

ANSWER_HEAD = ("paper", "student", "question", "ask", "answer")
KEY_HEAD = ("paper", "student", "question", "ask", "symbol", "value", "lowest", "highest", "marks")
Progress = Callable[[str], None]


def variants(count: int) -> list[Student]:
    """Stand-ins for a class list."""
    width = max(2, len(str(count)))
    return [Student(f"variant-{n:0{width}}", f"Variant {n}") for n in range(1, count + 1)]


def class_papers(quiz: Quiz, students: Iterable[Student], bank: Bank,
                 templates: Path | None, again: Sequence[str] = ()) -> list[Paper]:
    """The paper of every student, kept ones as they are; a new one for those in `again`."""
    bank.keep_quiz(quiz)
    papers = []
    drawn_again = set(again)
    for student in students:
        attempt = max(0, bank.attempts(quiz.name, student.id) - 1)
        if student.id in drawn_again:
            attempt = bank.attempts(quiz.name, student.id)
        paper = bank.paper_of(quiz.name, student.id, attempt)
        if paper is None:
            paper = make_paper(quiz, student, bank.secret, attempt, templates)
            bank.keep_paper(paper)
        elif paper.student.print != student.print:
            bank.keep_print(paper, student.print)
        papers.append(paper)
    return papers


def stem(paper: Paper) -> str:
    """The file name of a paper: student and paper id."""
    return f"{file_name(paper.student.id)}_{paper.paper_id}"


def planned_files(out: Path, papers: Sequence[Paper]) -> list[Path]:
    """Everything a run will write."""
    files = [out / "key.csv", out / "answers.csv", out / "all_papers.pdf"]
    for paper in papers:
        files += [out / "papers" / f"{stem(paper)}.pdf", out / "solutions" / f"{stem(paper)}.pdf"]
    return files


def write_class(out: Path, papers: Sequence[Paper], force: bool, step: Progress,
                secret: bytes, fillable: bool = True) -> list[str]:
    """Papers, sheets, merged file, key and answer file; one bad paper never stops the class.

    Files that a run before this one finished are kept, so that it goes on where it stopped.
    Returns a sentence for every paper that could not be written.
    """
    from softmark.rendering.forms import form_of
    from softmark.rendering.pages import paper_html, sheet_html
    from softmark.rendering.pdf import render_pdf

    failures = []
    for paper in papers:
        for folder, page in (("papers", paper_html), ("solutions", sheet_html)):
            path = out / folder / f"{stem(paper)}.pdf"
            if path.exists() and not force:
                continue
            try:
                form = form_of(paper, seal(secret, paper.paper_id), fillable) \
                    if page is paper_html else None
                write_bytes(path, render_pdf(page(paper), form=form), force)
            except Exception as error:
                failures.append(f"{path}: could not be written ({error})")
        step(paper.student.name)
    write_text(out / "key.csv", csv_text(KEY_HEAD, key_rows(papers)), True)
    _write_answer_file(out / "answers.csv", papers)
    write_bytes(out / "all_papers.pdf", merged([out / "papers" / f"{stem(p)}.pdf"
                                                for p in papers]), True)
    return failures


def _write_answer_file(path: Path, papers: Sequence[Paper]) -> None:
    """The empty answer file; what somebody has typed into it already stays, new papers join."""
    if not path.exists():
        write_text(path, csv_text(ANSWER_HEAD, answer_rows(papers)))
        return
    text = path.read_text(encoding="utf-8-sig")
    new = [paper for paper in papers if paper.paper_id not in text]
    if new:
        rows = csv_text(ANSWER_HEAD, answer_rows(new)).split("\n", 1)[1]
        write_text(path, text.rstrip("\n") + "\n" + rows, True)


def merged(paths: Sequence[Path]) -> bytes:
    """One file for duplex printing: every paper begins on an odd page, and nothing is a form any more.

    Fields of two papers have the same names; in one file they would share their values.
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for path in paths:
        if not path.exists():
            continue
        reader = PdfReader(path)
        for page in reader.pages:
            page.pop("/Annots", None)
            page.pop("/Tabs", None)
            writer.add_page(page)
        if len(reader.pages) % 2:
            writer.add_blank_page()
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


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
            values = written(item.asks, values_of(solve(item.problem)))
            accepted = intervals(item.problem)
            total = sum(ask.weight for ask in item.asks) or 1
            for ask in item.asks:
                for cell in ask.cells:
                    lo, hi = _bounds(ask, accepted[ask.name], cell.index)
                    marks = float(item.marks) * ask.weight / total / len(ask.cells)
                    yield (paper.paper_id, paper.student.id, str(item.number), cell.name,
                           cell.symbol, values[cell.name], lo, hi, f"{marks:.4g}")


def _bounds(ask: Ask, accepted: Any, index: tuple[int, ...]) -> tuple[str, str]:
    if ask.symbolic or ask.kind in ("design", "choice", "text", "set", "shape"):
        return "", ""
    lo, hi = accepted.at(index)
    return f"{float(lo):.9g}", f"{float(hi):.9g}"


def write_proof(out: Path, quiz: Quiz, templates: Path | None, force: bool,
                fillable: bool = True) -> list[Path]:
    """One paper and its sheet, without touching a bank."""
    from softmark.rendering.forms import form_of
    from softmark.rendering.pages import paper_html, sheet_html
    from softmark.rendering.pdf import render_pdf

    paper = make_paper(quiz, Student("proof", "Proof"), b"proof", 0, templates)
    form = form_of(paper, seal(b"proof", paper.paper_id), fillable)
    return [write_bytes(out / "proof_paper.pdf", render_pdf(paper_html(paper), form=form), force),
            write_bytes(out / "proof_solution.pdf", render_pdf(sheet_html(paper)), force)]


def need_space(out: Path) -> None:
    """UserError if there is hardly any room left to write to."""
    folder = next(parent for parent in (out, *out.resolve().parents) if parent.exists())
    if shutil.disk_usage(folder).free < 50_000_000:
        raise UserError(f"{folder}: less than 50 MB are free; make room first")
