"""`softmark quiz`: papers, solution sheets, key, and an answer file for a whole class.

Papers are drawn first and recorded by this process, then written; both by a pool of workers. What a
run before this one has finished is kept, so that a run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from softmark.commands.key import write_answer_file, write_key
from softmark.commands.merging import merge
from softmark.commands.output import sweep
from softmark.commands.paperwork import (
    ANSWER_PAGES,
    KEYS,
    PAPERS,
    SHEETS,
    Plan,
    Task,
    draw,
    files_of,
    prepare,
    stem,
    write,
)
from softmark.commands.workers import Done, Here, Pool
from softmark.problem_bank.ledger import Bank
from softmark.problem_bank.papers import Record
from softmark.problem_bank.roster import Student
from softmark.worksheet.errors import UserError

#: the files to print, and the folder whose files each joins
ALL_PAPERS, ALL_KEYS, ALL_ANSWER_PAGES = "all_papers.pdf", "all_keys.pdf", "all_answer_pages.pdf"
JOINED = {ALL_PAPERS: PAPERS, ALL_KEYS: KEYS, ALL_ANSWER_PAGES: ANSWER_PAGES}
#: if not one of so many papers can be made, the fault is not with one of them
HOPELESS = 10
Progress = Callable[[str], None]


@dataclass(slots=True)
class Made:
    """A class's papers by student, in the order of the class, and a sentence for all that failed."""

    tasks: list[Task] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def variants(count: int) -> list[Student]:
    """Stand-ins for a class list."""
    width = max(2, len(str(count)))
    return [Student(f"variant-{n:0{width}}", f"Variant {n}") for n in range(1, count + 1)]


def draw_class(plan: Plan, students: Sequence[Student], bank: Bank, pool: Pool | Here, step: Progress,
               again: Sequence[str] = ()) -> Made:
    """The paper of every student, kept ones as they are; a new one for those in `again`.

    UserError if no paper at all can be drawn.
    """
    bank.keep_quiz(plan.quiz)
    made = Made()
    drawn: dict[str, tuple[Task, Any]] = {}
    runs = pool.run(draw, _tasks(plan, students, bank, again))
    for done in _each(runs, made.failures, step, "no paper was made"):
        task, record = done.job, done.result.record
        if task.record is None:
            bank.keep_record(plan.quiz.name, record)
        # the drawn values are in the bank, and need not be held for the whole class
        drawn[task.student.id] = replace(task, record=replace(record, items="")), done.result
    for task, result in (drawn[student.id] for student in students if student.id in drawn):
        made.tasks.append(task)
        made.keys.append(result.key)
        made.answers.append(result.answers)
        made.warnings += result.warnings
    return made


def _tasks(plan: Plan, students: Iterable[Student], bank: Bank, again: Sequence[str]
           ) -> Iterator[Task]:
    drawn_again = set(again)
    for student in students:
        attempts = bank.attempts(plan.quiz.name, student.id)
        attempt = attempts if student.id in drawn_again else max(0, attempts - 1)
        record = bank.record_of(plan.quiz.name, student.id, attempt)
        if record is not None and record.student.print != student.print:
            # the files go first, so that a run that is cut off here does not leave them in the old print
            for path in files_of(plan, record):
                path.unlink(missing_ok=True)
            record = bank.keep_print(record, student.print)
        yield Task(plan, student, attempt, record)


def _each(runs: Iterable[Done], failures: list[str], step: Progress,
          consequence: str) -> Iterator[Done]:
    """The tasks that were done; a sentence for each of the others."""
    went_well = 0
    for done in runs:
        student = done.job.student
        step(student.name)
        if not done.error:
            went_well += 1
            yield done
            continue
        failures.append(f"{student.id} ({student.name}): {done.error}; {consequence}")
        if len(failures) >= HOPELESS and not went_well:
            raise UserError(f"none of the first {HOPELESS} papers could be made, so the fault is with "
                            f"the quiz; of the last one: {done.error}")
    if failures and not went_well:
        raise UserError(f"no paper could be made; of the last one: {failures[-1]}")


def write_class(plan: Plan, made: Made, bank: Bank, pool: Pool | Here, step: Progress) -> None:
    """Papers, sheets, answer pages, key and answer file; one bad paper never stops the class."""
    for place in (plan.out, *(plan.out / name for name in (PAPERS, SHEETS, KEYS, ANSWER_PAGES))):
        sweep(place)
    write_key(plan.out / "key.csv", made.keys)
    write_answer_file(plan.out / "answers.csv", made.answers)
    runs = pool.run(write, _unwritten(plan, made, bank, step), prepare)
    for done in _each(runs, made.failures, step,
                      "what is missing of this paper is made by the next run"):
        student = done.job.student
        made.failures += [f"{student.id} ({student.name}): {line}" for line in done.result]
    wanted = {PAPERS: True, KEYS: plan.keys, ANSWER_PAGES: plan.bubbles}
    for name, folder in JOINED.items():
        pages = _there(made, folder) if wanted[folder] else []
        if pages:
            made.failures += merge(pages, plan.out / name)


def _unwritten(plan: Plan, made: Made, bank: Bank, step: Progress) -> Iterator[Task]:
    for task in made.tasks:
        record = _known(task)
        if plan.force or not all(path.exists() for path in files_of(plan, record)):
            yield replace(task, record=bank.record_of(plan.quiz.name, task.student.id, task.attempt))
        else:
            step(task.student.name)


def _known(task: Task) -> Record:
    assert task.record is not None
    return task.record


def paper_file(task: Task) -> Path:
    """Where a paper is written."""
    return files_of(task.plan, _known(task))[0]


def _there(made: Made, folder: str) -> list[Path]:
    paths = [task.plan.out / folder / f"{stem(_known(task))}.pdf" for task in made.tasks]
    return [path for path in paths if path.exists()]


def need_space(out: Path) -> None:
    """UserError if there is hardly any room left to write to."""
    folder = next(parent for parent in (out, *out.resolve().parents) if parent.exists())
    if shutil.disk_usage(folder).free < 50_000_000:
        raise UserError(f"{folder}: less than 50 MB are free; make room first")
