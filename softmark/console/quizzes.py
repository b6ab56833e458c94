"""Papers for a class: quiz."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
         fillable: Annotated[bool, typer.Option(
             help="Boxes are form fields: students may fill papers in on a screen and send them "
                  "back. The file to print has none.")] = True,
         force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Papers, solution sheets, key and answer file for a class."""
    from softmark.commands import quiz as work
    from softmark.problem_bank.papers import check_quiz
    from softmark.problem_bank.quizfile import load_quiz
    from softmark.problem_bank.roster import load_roster
    from softmark.worksheet.errors import UserError

    blueprint = load_quiz(file)
    check_quiz(blueprint, str(file), templates)
    if blueprint.untranslated:
        say(f"note: {file}: these phrases have no words in {blueprint.page.language!r} and stand in "
            f"English: {', '.join(blueprint.untranslated)}")
    if proof:
        files = work.write_proof(out, blueprint, templates, force, fillable)
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
    papers = work.class_papers(blueprint, students, ledger, templates, again or ())
    for warning in dict.fromkeys(w for p in papers for i in p.problems for w in i.warnings):
        say(f"note: pinned values: {warning}")
    with progress("papers", len(papers)) as step:
        failures = work.write_class(out, papers, force, step, ledger.secret, fillable)
    if bubbles:
        from softmark.commands.bubbles import ALL, write_bubbles

        with progress("answer pages", len(papers)) as step:
            failures += write_bubbles(out, papers, force, step)
    written = [paper for paper in papers if (out / "papers" / f"{work.stem(paper)}.pdf").exists()]
    lines = [f"{len(written)} papers in {out / 'papers'}",
             f"their solution sheets in {out / 'solutions'}",
             f"to print: {out / 'all_papers.pdf'}", f"key: {out / 'key.csv'}",
             f"type answers into: {out / 'answers.csv'}", f"bank: {bank}"]
    if bubbles:
        lines.insert(3, f"answer pages to print: {out / ALL}")
    report(as_json, {"out": str(out), "bank": bank, "failures": failures,
                      "papers": [{"paper": p.paper_id, "student": p.student.id,
                                  "file": str(out / "papers" / f"{work.stem(p)}.pdf")}
                                 for p in written]}, lines)
    for failure in failures:
        say(failure)
    if failures:
        raise typer.Exit(1)
