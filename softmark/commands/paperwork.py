"""The work on one student's paper, as workers do it: draw it, tell its key, write its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from softmark.commands.key import ANSWER_HEAD, KEY_HEAD, answer_rows, key_rows
from softmark.commands.output import csv_text, file_name, write_bytes
from softmark.commands.workers import told
from softmark.problem_bank.papers import Paper, Record, make_paper, watchers
from softmark.problem_bank.quizfile import Quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal

PAPERS, SHEETS, KEYS, ANSWER_PAGES = "papers", "solutions", "keys", "answer_pages"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `softmark quiz` is to do for every student; files that are there stay unless `force`."""

    quiz: Quiz
    secret: bytes
    out: Path
    templates: Path | None = None
    force: bool = False
    fillable: bool = True
    bubbles: bool = False
    keys: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One student's paper; `record` is what the bank keeps of it, if it was drawn before."""

    plan: Plan
    student: Student
    attempt: int = 0
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper to be kept, its lines of key.csv and answers.csv, and remarks on pinned values."""

    record: Record
    key: str
    answers: str
    warnings: tuple[str, ...] = ()


def draw(task: Task) -> Drawn:
    """Draws the paper, or reads it back, and works out its key; UserError names a question that fails."""
    plan = task.plan
    if task.record is None:
        paper = make_paper(plan.quiz, task.student, plan.secret, task.attempt, plan.templates)
    else:
        paper = task.record.paper(plan.quiz, plan.templates)
    return Drawn(task.record or Record.of(paper), _body(KEY_HEAD, key_rows([paper])),
                 _body(ANSWER_HEAD, answer_rows([paper])),
                 tuple(warning for item in paper.problems for warning in item.warnings))


def _body(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return csv_text(head, rows).split("\n", 1)[1]


def stem(paper: Paper | Record) -> str:
    """The file name of a paper: student and paper id."""
    return f"{file_name(paper.student.id)}_{paper.paper_id}"


def files_of(plan: Plan, record: Record) -> list[Path]:
    """What is to be written for a paper. Answer pages come only where there is something to mark."""
    folders = (PAPERS, SHEETS, *[KEYS] * plan.keys, *[ANSWER_PAGES] * plan.bubbles)
    return [plan.out / folder / f"{stem(record)}.pdf" for folder in folders]


def prepare() -> None:
    """Loads what every paper's pages need."""
    from softmark.rendering.math import get_engine
    from softmark.rendering.pdf import set_up

    set_up()
    get_engine()


def write(task: Task) -> list[str]:
    """Writes the paper's files that are not there yet; a sentence for each reason why not."""
    assert task.record is not None
    plan, record = task.plan, task.record
    paper = record.paper(plan.quiz, plan.templates)
    failures: dict[str, list[str]] = {}
    for path in files_of(plan, record):
        if path.exists() and not plan.force:
            continue
        _note(f"{path.parent.name}/{path.name}")
        try:
            data = _MAKERS[path.parent.name](plan, paper)
            if data is not None:
                write_bytes(path, data, True)
        except Exception as error:
            failures.setdefault(told(error), []).append(str(path))
    return [f"{why}; not written: {', '.join(paths)}" for why, paths in failures.items()]


def _note(where: str) -> None:
    for watcher in watchers:
        watcher(where)


def _paper(plan: Plan, paper: Paper) -> bytes:
    from softmark.rendering.forms import form_of
    from softmark.rendering.pages import paper_html
    from softmark.rendering.pdf import render_pdf

    form = form_of(paper, seal(plan.secret, paper.paper_id), plan.fillable)
    return render_pdf(paper_html(paper), form=form, accessible=plan.quiz.page.accessible)


def _sheet(plan: Plan, paper: Paper) -> bytes:
    from softmark.rendering.pages import sheet_html
    from softmark.rendering.pdf import render_pdf

    return render_pdf(sheet_html(paper), accessible=plan.quiz.page.accessible)


def _key(plan: Plan, paper: Paper) -> bytes:
    from softmark.rendering.key import key_html
    from softmark.rendering.pdf import render_pdf

    return render_pdf(key_html(paper), accessible=plan.quiz.page.accessible)


def _answer_pages(_: Plan, paper: Paper) -> bytes | None:
    from softmark.rendering.bubble_frame import FRAMES
    from softmark.rendering.bubble_pages import bubbles_pdf
    from softmark.rendering.bubbles import layout_of

    layout = layout_of(paper.paper_id, paper.problems, FRAMES[paper.quiz.page.size])
    return bubbles_pdf(paper, layout) if layout.sheets else None


_MAKERS: dict[str, Callable[[Plan, Paper], bytes | None]] = {
    PAPERS: _paper, SHEETS: _sheet, KEYS: _key, ANSWER_PAGES: _answer_pages}


def proof(plan: Plan) -> Iterator[Path]:
    """One paper and its sheet, without a bank."""
    paper = make_paper(plan.quiz, Student("proof", "Proof"), plan.secret, 0, plan.templates)
    yield write_bytes(plan.out / "proof_paper.pdf", _paper(plan, paper), plan.force)
    yield write_bytes(plan.out / "proof_solution.pdf", _sheet(plan, paper), plan.force)
