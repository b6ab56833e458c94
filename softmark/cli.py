"""The commands, thin: arguments in, one sentence out when something is amiss.

Heavy imports happen inside the command that needs them, so that `softmark --help` is quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from softmark import __version__

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown",
                  pretty_exceptions_enable=False, context_settings={"max_content_width": 100},
                  help="Exercises on neural networks: individual papers, marks that can be "
                       "defended, worked solutions that teach.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Templates = Annotated[Path | None, typer.Option(
    "--templates", metavar="DIR", help="A folder of your own families: DIR/topic/family.py.")]
Force = Annotated[bool, typer.Option("--force", help="Write over files that are there already.")]
Seed = Annotated[int, typer.Option(help="Which draw.")]
Level = Annotated[str, typer.Option(help="easy, medium or hard.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"softmark {__version__}")
        raise typer.Exit


@app.callback()
def _main(version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    pass


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr for a terminal; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                  TextColumn("{task.fields[at]}"), console=console, transient=True) as progress:
        task = progress.add_task(title, total=total, at="")
        yield lambda name: progress.update(task, advance=1, at=name)


@app.command("list", epilog="Examples: `softmark list` · `softmark list --topic perceptron --json`")
def list_(topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
          templates: Templates = None, as_json: Json = False) -> None:
    """The catalogue: every family of exercises there is."""
    from softmark.commands.show import listing

    rows = listing(topic, templates)
    if as_json:
        _print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("slug", "title", "topic", "levels", "asks", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["slug"], row["title"], row["topic"], " ".join(row["levels"]),
                      str(row["asks"]))
    console = Console()
    if not console.is_terminal:
        console.width = 140
    console.print(table)


@app.command(epilog="Examples: `softmark show convolution/pooling` · "
                    "`softmark show backprop/backprop_numeric --seed 3 --solution`")
def show(slug: str, seed: Seed = 0, level: Level = "medium",
         given: Annotated[Path | None, typer.Option(
             metavar="FILE", help="Values to pin (JSON or TOML).")] = None,
         solution: Annotated[bool, typer.Option("--solution", help="The worked steps too.")] = False,
         templates: Templates = None, as_json: Json = False) -> None:
    """One problem in the terminal, with its worked solution if you like."""
    from softmark.commands.show import problem_json, shown_problem

    problem = shown_problem(slug, seed, level, given, templates)
    if as_json:
        _print_json(problem_json(problem, level))
        return
    _print_problem(problem, solution)


def _print_problem(problem: Any, solution: bool) -> None:
    from softmark.rendering.terminal import asks_text, markdown_text, steps_text
    from softmark.worksheet.asks import asks_of
    from softmark.worksheet.statement import statement
    from softmark.worksheet.typeset import typeset

    asks = asks_of(problem)
    typer.secho(problem.title, bold=True)
    typer.echo(markdown_text(statement(problem, asks)))
    figure = problem.figure()
    if figure is not None:
        typer.echo(f"\n[{figure.alt}]")
    typer.echo()
    for line in asks_text(asks):
        typer.echo(line)
    if solution:
        typer.echo()
        typer.secho("Solution", bold=True)
        for line in steps_text(typeset(problem)):
            typer.echo(line)


@app.command(epilog="Examples: `softmark solve backprop/backprop_numeric --given net.toml` · "
                    "`softmark solve sequences/tfidf --given docs.json -o sheet.pdf`")
def solve(slug: str,
          given: Annotated[Path, typer.Option(metavar="FILE",
                                              help="Your own numbers: the template's fields as "
                                                   "JSON or TOML.")],
          out: Annotated[Path | None, typer.Option(
              "--out", "-o", metavar="FILE.pdf|.html", help="Write the sheet here.")] = None,
          force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """The worked solution of your own numbers."""
    from softmark.commands.show import own_problem, problem_json

    problem, warnings = own_problem(slug, given, templates)
    for warning in warnings:
        _say(f"note: {warning}")
    if as_json:
        _print_json(problem_json(problem, None))
    if out is not None:
        _write_sheet(problem, out, force)
        _say(f"wrote {out}")
    elif not as_json:
        _print_problem(problem, True)


def _write_sheet(problem: Any, out: Path, force: bool) -> None:
    from softmark.commands.output import write_bytes
    from softmark.rendering.pages import problem_html
    from softmark.worksheet.asks import asks_of
    from softmark.worksheet.errors import UserError
    from softmark.worksheet.typeset import typeset

    kind = out.suffix.lower()
    if kind not in (".pdf", ".html"):
        raise UserError(f"{out}: a sheet is written as .pdf or .html")
    html = problem_html(problem, asks_of(problem), typeset(problem),
                        "pdf" if kind == ".pdf" else "screen")
    if kind == ".html":
        write_bytes(out, html.encode(), force)
        return
    from softmark.rendering.pdf import render_pdf

    write_bytes(out, render_pdf(html), force)


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
         force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Papers, solution sheets, key and answer file for a class."""
    from softmark.commands import quiz as work
    from softmark.problem_bank.papers import check_quiz
    from softmark.problem_bank.quizfile import load_quiz
    from softmark.problem_bank.roster import load_roster
    from softmark.worksheet.errors import UserError

    blueprint = load_quiz(file)
    check_quiz(blueprint, str(file), templates)
    if proof:
        files = work.write_proof(out, blueprint, templates, force)
        _report(as_json, {"files": [str(f) for f in files]}, [f"wrote {f}" for f in files])
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
        _say(f"note: pinned values: {warning}")
    with _progress("papers", len(papers)) as step:
        failures = work.write_class(out, papers, force, step)
    written = [paper for paper in papers if (out / "papers" / f"{work.stem(paper)}.pdf").exists()]
    lines = [f"{len(written)} papers in {out / 'papers'}",
             f"their solution sheets in {out / 'solutions'}",
             f"to print: {out / 'all_papers.pdf'}", f"key: {out / 'key.csv'}",
             f"type answers into: {out / 'answers.csv'}", f"bank: {bank}"]
    _report(as_json, {"out": str(out), "bank": bank, "failures": failures,
                      "papers": [{"paper": p.paper_id, "student": p.student.id,
                                  "file": str(out / "papers" / f"{work.stem(p)}.pdf")}
                                 for p in written]}, lines)
    for failure in failures:
        _say(failure)
    if failures:
        raise typer.Exit(1)


def _report(as_json: bool, data: Any, lines: list[str]) -> None:
    if as_json:
        _print_json(data)
        return
    for line in lines:
        typer.echo(line)


@app.command(epilog="Examples: `softmark grade --bank softmark.db answers.csv` · "
                    "`softmark grade --bank softmark.db returned/ --out marked`")
def grade(submissions: Annotated[list[Path], typer.Argument(metavar="SUBMISSIONS…")],
          bank: Annotated[str, typer.Option(metavar="URL")] = "softmark.db",
          out: Annotated[Path, typer.Option(metavar="DIR")] = Path("marked"),
          feedback: Annotated[bool, typer.Option(help="A feedback sheet for each student.")] = True,
          force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Marks the answers that came back (CSV or JSON), and says why."""
    from softmark.commands import grade as work
    from softmark.problem_bank.ledger import open_bank

    ledger = open_bank(bank, templates=templates)
    outcome = work.grade(ledger, submissions)
    with _progress("feedback", len(outcome.marked)) as step:
        files = work.write_results(out, outcome, force, feedback, step)
    for problem in outcome.problems:
        _say(f"not used: {problem}")
    found = work.summary(outcome)
    _report(as_json, {**found, "files": [str(f) for f in files]},
            [f"{len(outcome.marked)} papers marked: {files[0]}", f"every answer: {files[1]}"]
            + ([f"feedback sheets in {out / 'feedback'}"] if feedback and outcome.marked else [])
            + ([f"{found['for_a_person']} answers wait for a person (see {files[1]})"]
               if found["for_a_person"] else []))


@app.command(epilog="Example: `softmark new training/momentum --templates mine`")
def new(slug: str,
        templates: Annotated[Path, typer.Option("--templates", metavar="DIR")] = Path("templates"),
        force: Force = False) -> None:
    """Writes the skeleton of a family, ready to fill in."""
    from softmark.commands.author import write_skeleton

    path = write_skeleton(slug, templates, force)
    typer.echo(f"wrote {path}")
    typer.echo(f"now: softmark check {slug} --templates {templates}")


@app.command(epilog="Examples: `softmark check` · `softmark check convolution/pooling --draws 200` "
                    "· `softmark check my_templates/`")
def check(what: Annotated[str | None, typer.Argument(metavar="[SLUG|DIR]")] = None,
          draws: Annotated[int, typer.Option(min=1, max=5000, help="Draws a level.")] = 20,
          templates: Templates = None, as_json: Json = False) -> None:
    """Holds families to the contract and prints what was found."""
    from softmark.commands.author import check_family, families

    folder = Path(what) if what and Path(what).is_dir() else templates
    chosen = families(None if folder and what and Path(what).is_dir() else what, folder,
                      own_only=bool(folder) and folder != templates)
    reports = []
    with _progress("check", len(chosen)) as step:
        for cls in chosen:
            reports.append(check_family(cls, draws))
            step(cls.slug())
    if as_json:
        _print_json(reports)
    else:
        for report in reports:
            _print_report(report)
    if any(report["broken"] for report in reports):
        raise typer.Exit(1)


def _print_report(report: dict[str, Any]) -> None:
    state = "broken" if report["broken"] else "kept"
    typer.secho(f"{report['slug']}: {state}", fg="red" if report["broken"] else "green")
    typer.echo(f"  draws {report['draws']}, kept {report['kept']}, distinct {report['distinct']}, "
               f"slowest {report['slowest_ms']:.1f} ms")
    for sentence in report["broken"][:20]:
        typer.echo(f"  - {sentence}")
    for pair in report["twins"]:
        typer.echo(f"  cannot be told apart: {' / '.join(pair)}")
    if report["unused"]:
        typer.echo(f"  replies that nothing uses: {', '.join(report['unused'])}")


@app.command(epilog="Examples: `softmark read number '1,2e-3'` · "
                    "`softmark read matrix '4 3; 2 4' --json`")
def read(kind: str, text: str, locale: str = "en", as_json: Json = False) -> None:
    """How an answer is read: its value, or the sentence a student would get."""
    from softmark.commands.show import jsonable
    from softmark.grader.reading import KINDS
    from softmark.grader.reading import read as read_answer
    from softmark.worksheet.errors import UserError

    if kind not in KINDS:
        raise UserError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    reading = read_answer(text, kind, locale=locale)
    if as_json:
        _print_json({"status": reading.status, "value": str(jsonable(reading.value)),
                     "digits": reading.digits, "message": reading.message})
        return
    typer.echo(f"{reading.status}: {reading.message or reading.value}")


def main() -> None:
    """Entry point: the user's mistakes end with 2, ours with 1, both with one sentence."""
    from softmark.worksheet.errors import UserError

    try:
        app(standalone_mode=True)
    except UserError as error:
        _say(f"softmark: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("softmark: stopped; what was finished is kept")
        sys.exit(130)
    except Exception as error:
        _say(f"softmark: something went wrong here, not with your files: "
             f"{type(error).__name__}: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
