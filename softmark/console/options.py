"""The command line's application, and what its commands share: options, printing, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from softmark import __version__
from softmark.grader.files.opening import shown

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


#: a line of thousands of characters is nobody's sentence
_LONGEST = 10_000


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"softmark {__version__}")
        raise typer.Exit


@app.callback()
def _main(version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    pass


def say(text: str) -> None:
    """A sentence on stderr; what a terminal would obey instead of showing is taken out."""
    typer.echo("\n".join(shown(line, _LONGEST) for line in text.split("\n")), err=True)


def print_json(data: Any) -> None:
    """Data for programs on stdout."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar with the time left on stderr for a terminal; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                  TimeRemainingColumn(elapsed_when_finished=True),
                  TextColumn("{task.fields[at]}", markup=False), console=console, transient=True,
                  redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task(title, total=total, at="")
        yield lambda name: bar.update(task, advance=1, at=shown(name, 60))


def report(as_json: bool, data: Any, lines: list[str]) -> None:
    """What a command did: as JSON, or a line each."""
    if as_json:
        print_json(data)
        return
    for line in lines:
        typer.echo(shown(line, _LONGEST))
