"""Papers for a class: quiz."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from softmark.console.options import (
    Force,
    Json,
    Templates,
    app,
    progress,
    report,
    say,
)

if TYPE_CHECKING:
    from softmark.commands.paperwork import Plan
    from softmark.commands.quiz import Made


@app.command(epilog="Examples: `softmark quiz quiz.toml --proof` · "
                    "`softmark quiz quiz.toml --roster class.csv --out week3` · "
                    "`softmark quiz quiz.toml --roster class.csv --again s1234`")
def quiz(file: Annotated[Path, typer.Argument(metavar="QUIZ.toml")],
         roster: Annotated[Path | None, typer.Option(metavar="CLASS.csv",
                                                     help="One paper a student.")] = None,
         variants: Annotated[int | None, typer.Option(
             min=1, max=2000, help="Without a roster: how many different papers.")] = None,
         out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write.")] = Path("out"),
         bank: Annotated[str, typer.Option(metavar="URL", help="The bank: a file or a database "
                                                               "URL.")] = "softmark.db",
         proof: Annotated[bool, typer.Option("--proof", help="One paper and its sheet; the bank "
                                                             "is not touched.")] = False,
         again: Annotated[list[str] | None, typer.Option(
             metavar="STUDENT", help="A new paper for this student (resit).")] = None,
         bubbles: Annotated[bool, typer.Option(
             "--bubbles", help="Also answer pages to fill in by pencil and to scan.")] = False,
         keys: Annotated[bool, typer.Option(
             "--keys", help="Also a short key to each paper, for marking a pile by hand.")] = False,
         fillable: Annotated[bool, typer.Option(
             help="Boxes are form fields: students may fill papers in on a screen and send them "
                  "back. The file to print has none.")] = True,
         accessible: Annotated[bool, typer.Option(
             "--accessible", help="Tag papers and sheets for screen readers (PDF/UA-1); `[page] "
                                  "accessible = true` does so for feedback too.")] = False,
         jobs: Annotated[int | None, typer.Option(
             min=1, max=256, help="How many papers to make at the same time: one for each processor "
                                  "if not given; 1 works without processes of its own.")] = None,
         seconds: Annotated[float, typer.Option(
             "--time-limit", min=1, metavar="SECONDS",
             help="A paper that takes longer is given up and told (not with --jobs 1).")] = 60,
         force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Papers, solution sheets, key and answer file for a class.

    Whatever stops it: the same command again goes on where it stopped.
    """
    from softmark.commands import quiz as work
    from softmark.commands.paperwork import Plan
    from softmark.commands.paperwork import proof as write_proof
    from softmark.commands.workers import pool_for
    from softmark.problem_bank.papers import check_quiz
    from softmark.problem_bank.quizfile import load_quiz
    from softmark.problem_bank.roster import load_roster
    from softmark.worksheet.errors import UserError

    blueprint = load_quiz(file)
    if accessible:
        page = blueprint.page.model_copy(update={"accessible": True})
        blueprint = blueprint.model_copy(update={"page": page})
    check_quiz(blueprint, str(file), templates)
    if blueprint.untranslated:
        say(f"note: {file}: these phrases have no words in {blueprint.page.language!r} and stand in "
            f"English: {', '.join(blueprint.untranslated)}")
    plan = Plan(blueprint, b"proof", out, templates, force, fillable, bubbles, keys)
    if proof:
        files = list(write_proof(plan))
        report(as_json, {"files": [str(f) for f in files]}, [f"wrote {f}" for f in files])
        return
    if roster is not None and variants is not None:
        raise UserError("give either --roster or --variants, not both")
    students = load_roster(roster) if roster else work.variants(variants or 1)
    unknown = set(again or ()) - {student.id for student in students}
    if unknown:
        raise UserError(f"--again {sorted(unknown)[0]}: no student of the roster has this id")
    work.need_space(out)
    from softmark.problem_bank.ledger import open_bank

    ledger = open_bank(bank, create=True, templates=templates)
    plan = replace(plan, secret=ledger.secret)
    try:
        with pool_for(jobs, len(students), seconds) as pool:
            with progress("drawing", len(students)) as step:
                made = work.draw_class(plan, students, ledger, pool, step, again or ())
            for warning in dict.fromkeys(made.warnings):
                say(f"note: pinned values: {warning}")
            with progress("papers", len(made.tasks)) as step:
                work.write_class(plan, made, ledger, pool, step)
    except KeyboardInterrupt:
        say("softmark: stopped; what is finished is kept, and the same command again goes on from here")
        raise typer.Exit(130) from None
    _tell(plan, made, bank, as_json)


def _tell(plan: Plan, made: Made, bank: str, as_json: bool) -> None:
    from softmark.commands import quiz as work

    out = plan.out
    written = [task for task in made.tasks if work.paper_file(task).exists()]
    lines = [f"{len(written)} papers in {out / 'papers'}",
             f"their solution sheets in {out / 'solutions'}",
             f"to print: {out / work.ALL_PAPERS}", f"key: {out / 'key.csv'}",
             f"type answers into: {out / 'answers.csv'}", f"bank: {bank}"]
    if plan.keys:
        lines.insert(3, f"keys for marking by hand: {out / work.ALL_KEYS}")
    if plan.bubbles:
        lines.insert(3, f"answer pages to print: {out / work.ALL_ANSWER_PAGES}")
    report(as_json, {"out": str(out), "bank": bank, "failures": made.failures,
                     "papers": [{"paper": task.record.paper_id, "student": task.student.id,
                                 "file": str(work.paper_file(task))}
                                for task in written if task.record]}, lines)
    for failure in made.failures:
        say(failure)
    if made.failures:
        raise typer.Exit(1)
