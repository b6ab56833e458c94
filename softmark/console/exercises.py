"""Families and problems: list, show, solve, new, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from softmark.console.options import (
    Force,
    Json,
    Level,
    Seed,
    Templates,
    app,
    print_json,
    progress,
    say,
)


@app.command("list", epilog="Examples: `softmark list` · `softmark list --topic perceptron --json`")
def list_(topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
          templates: Templates = None, as_json: Json = False) -> None:
    """The catalogue: every family of exercises there is."""
    from softmark.commands.show import listing

    rows = listing(topic, templates)
    if as_json:
        print_json(rows)
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
        print_json(problem_json(problem, level))
        return
    _print_problem(problem, solution)


def _print_problem(problem: Any, solution: bool) -> None:
    from softmark.rendering.terminal import asks_text, markdown_text, steps_text, tex_text
    from softmark.worksheet.asks import asks_of
    from softmark.worksheet.statement import statement
    from softmark.worksheet.typeset import typeset

    asks = asks_of(problem)
    typer.secho(problem.title, bold=True)
    typer.echo(markdown_text(statement(problem, asks)))
    figure = problem.figure()
    if figure is not None:
        typer.echo(f"\n[{tex_text(figure.alt)}]")
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
        say(f"note: {warning}")
    if as_json:
        print_json(problem_json(problem, None))
    if out is not None:
        _write_sheet(problem, out, force)
        say(f"wrote {out}")
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
    with progress("check", len(chosen)) as step:
        for cls in chosen:
            reports.append(check_family(cls, draws))
            step(cls.slug())
            if not as_json:
                _print_report(reports[-1])
    if as_json:
        print_json(reports)
    if any(report["broken"] for report in reports):
        raise typer.Exit(1)


def _print_report(report: dict[str, Any]) -> None:
    state = "broken" if report["broken"] else "kept"
    typer.secho(f"{report['slug']}: {state}", fg="red" if report["broken"] else "green")
    typer.echo(f"  draws {report['draws']}, kept {report['kept']}, distinct {report['distinct']}, "
               f"slowest {report['slowest_ms']:.1f} ms, checked {report['checked']}")
    for sentence in report["broken"][:20]:
        typer.echo(f"  - {sentence}")
    for pair in report["twins"]:
        typer.echo(f"  cannot be told apart: {' / '.join(pair)}")
    if report["unused"]:
        typer.echo(f"  replies that nothing uses: {', '.join(report['unused'])}")
