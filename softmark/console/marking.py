"""Answers that come back: grade, read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from softmark.console.options import (
    Force,
    Json,
    Templates,
    app,
    print_json,
    progress,
    report,
    say,
)


@app.command(epilog="Examples: `softmark grade --bank softmark.db answers.csv` · "
                    "`softmark grade --bank softmark.db returned/ --out marked` · "
                    "`softmark grade submissions.zip --moodle`")
def grade(submissions: Annotated[list[Path], typer.Argument(metavar="SUBMISSIONS…")],
          bank: Annotated[str, typer.Option(metavar="URL")] = "softmark.db",
          out: Annotated[Path, typer.Option(metavar="DIR")] = Path("marked"),
          feedback: Annotated[bool, typer.Option(help="A feedback sheet for each student.")] = True,
          moodle: Annotated[bool, typer.Option(
              "--moodle", help="Also marks.moodle.csv for Moodle's grade import, and "
                               "feedback.moodle.zip for “Upload multiple feedback files in a zip”.")
          ] = False,
          canvas: Annotated[bool, typer.Option(
              "--canvas", help="Also marks.canvas.csv for Canvas's gradebook import, and "
                               "feedback.canvas.zip for “Upload Submissions”.")] = False,
          force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Marks the answers that came back, and says why.

    Answers are read from papers that were filled in on a screen (PDF), from CSV, TSV, JSON, XLSX,
    from a ZIP or a folder of these as a learning platform gives it, and from the “Responses” report
    of a Moodle quiz. A PDF is known by the signed paper id inside, whatever it is called. Feedback
    can only be handed back by --moodle and --canvas if the answers came from the ZIP that “Download
    all submissions” gave: its names hold the platform's own numbers. Other sheets go into the ZIP's
    folder `unmatched`, and a sentence says how many.
    """
    from softmark.commands import grade as work
    from softmark.commands import lms
    from softmark.problem_bank.ledger import open_bank
    from softmark.worksheet.errors import UserError

    platforms = [lms.MOODLE] * moodle + [lms.CANVAS] * canvas
    lms.refuse_to_overwrite(out, platforms, feedback, force)
    ledger = open_bank(bank, templates=templates)
    outcome = work.grade(ledger, submissions)
    if not outcome.marked:
        for problem in outcome.problems:
            say(f"not used: {problem}")
        raise UserError("nothing in these files could be marked, so nothing was written")
    with progress("feedback", len(outcome.marked)) as step:
        files = work.write_results(out, outcome, force, feedback, step)
    files += lms.write(out, outcome.marked, platforms, feedback, force, outcome.problems)
    for problem in outcome.problems:
        say(f"not used: {problem}")
    for sentence in outcome.twice:
        say(f"note: {sentence}")
    if outcome.missing:
        say(f"note: {work.missing_text(outcome.missing)}")
    found = work.summary(outcome)
    report(as_json, {**found, "files": [str(f) for f in files]},
            [f"{len(outcome.marked)} papers marked: {files[0]}", f"every answer: {files[1]}"]
            + ([f"feedback sheets in {out / 'feedback'}"] if feedback and outcome.marked else [])
            + ([f"{found['for_a_person']} answers wait for a person (see {files[1]})"]
               if found["for_a_person"] else []))


@app.command("report", epilog="Examples: `softmark report --bank softmark.db` · "
                              "`softmark report --quiz 'Quiz 3' --out report --json`")
def class_report(bank: Annotated[str, typer.Option(metavar="URL")] = "softmark.db",
                 quiz: Annotated[str | None, typer.Option(
                     metavar="TITLE", help="Which quiz, if the bank holds several.")] = None,
                 out: Annotated[Path, typer.Option(metavar="DIR")] = Path("report"),
                 force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """What the marks of a class say: report.html and report.pdf for the instructor."""
    from softmark.commands import report as work
    from softmark.problem_bank.ledger import open_bank

    work.refuse_to_overwrite(out, force)
    ledger = open_bank(bank, templates=templates)
    problems: list[str] = []
    with progress("marking what came back", 1) as step:
        marked = work.papers_of_one_quiz(ledger, bank, quiz, problems)
        step("")
    with progress("report", len(marked) + len(work.FILES)) as step:
        found = work.class_report(marked, step)
        files = work.write_report(out, found, force, step, marked[0].paper.quiz.page.size)
    for problem in problems:
        say(f"not used: {problem}")
    if as_json:
        print_json(work.summary(found, files, problems))
        return
    report(False, {}, [*found.glance, *(f"report: {path}" for path in files)])


@app.command(epilog="Examples: `softmark read number '1,2e-3'` · "
                    "`softmark read matrix '4 3; 2 4' --json` · "
                    "`softmark read expression 'w_{11}x1 + b' --vars w11,x1,b` · "
                    "`softmark read --batch answers.jsonl`")
def read(kind: Annotated[str, typer.Argument(metavar="[KIND]")] = "",
         text: Annotated[str, typer.Argument(metavar="[TEXT]")] = "",
         locale: Annotated[str, typer.Option(help="en, de, fr …: how decimals are written.")] = "en",
         unit: Annotated[str | None, typer.Option(help="The unit asked for.")] = None,
         names: Annotated[str, typer.Option("--vars", help="Letters of a formula: x,w1,b.")] = "",
         options: Annotated[str, typer.Option("--options", help="What a choice is made from, apart by "
                                                                "commas.")] = "",
         batch: Annotated[Path | None, typer.Option(
             metavar="FILE.jsonl", help="Lines {id, kind, answer, reference, opts}: prints a line "
                                        "{id, verdict, reading, message} for each; - for stdin.")] = None,
         as_json: Json = False) -> None:
    """How an answer is read: its value, or the sentence a student would get."""
    from softmark.commands import read as work
    from softmark.worksheet.errors import UserError

    if batch is not None:
        failed = 0
        for line, error in work.batch_lines(batch):
            typer.echo(line)
            if error:
                say(error)
                failed += 1
        if failed:
            raise typer.Exit(1)
        return
    if not kind:
        raise UserError(f"say a kind and a text, or --batch FILE; kinds are {', '.join(work.KINDS)}")
    found = work.read_one(kind, text, locale, unit, names, options)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['status']}: {found['value'] or found['message']}")
    if found["other"]:
        typer.echo(f"or, less usual: {found['other']}")
