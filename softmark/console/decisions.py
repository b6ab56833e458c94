"""Marks after the fact: regrade, adjust, void."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from softmark.console.options import Json, Templates, app, progress, report, say

BankUrl = Annotated[str, typer.Option("--bank", metavar="URL",
                                      help="The bank: a file or a database URL.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; students read it on their feedback.")]
Person = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")]


@app.command(epilog="Examples: `softmark regrade --diff` · `softmark regrade --never-lower` · "
                    "`softmark regrade --marking quiz.toml --diff`")
def regrade(bank: BankUrl = "softmark.db",
            quiz: Annotated[str | None, typer.Option(metavar="TITLE", help="Only this quiz.")] = None,
            diff: Annotated[bool, typer.Option(
                "--diff", help="Only show what would change; nothing is recorded.")] = False,
            never_lower: Annotated[bool, typer.Option(
                "--never-lower", help="Nobody's marks fall below those reported.")] = False,
            marking: Annotated[Path | None, typer.Option(
                metavar="QUIZ.toml", help="The quiz file with a [marking] that was changed.")] = None,
            templates: Templates = None, as_json: Json = False) -> None:
    """Marks everything that came back again: who changes, by how much, and why.

    Marks change when a template was mended, the quiz's [marking] changed, a mark was given by hand
    or a question was taken out. Every result is kept; earlier ones stay in the bank.
    """
    from softmark.commands import regrade as work
    from softmark.problem_bank.ledger import open_bank
    from softmark.problem_bank.quizfile import load_quiz

    ledger = open_bank(bank, templates=templates)
    if marking is not None:
        ledger.use_quiz(load_quiz(marking), record=not diff)
    problems: list[str] = []
    with progress("marking again", len(ledger.submissions())) as step:
        changes = work.regrade(ledger, quiz, problems, record=not diff, never_lower=never_lower,
                               step=step)
    for problem in dict.fromkeys(problems):
        say(f"not used: {problem}")
    _tell(changes, as_json, "nothing changes" if diff else "nothing has changed")


@app.command(epilog="Examples: `softmark adjust s1234 q2 3 --reason 'sketch overleaf' --by 'A. Hahn'` "
                    "· `softmark adjust 7K3F-Q2ZP-9 q1.z[2] 1/2 --reason … --by …`")
def adjust(paper: Annotated[str, typer.Argument(metavar="PAPER", help="Paper id or student id.")],
           place: Annotated[str, typer.Argument(metavar="PLACE",
                                                help="A question (q2) or a cell of one (q2.z[1]).")],
           marks: Annotated[str, typer.Argument(metavar="MARKS")],
           reason: Reason = "", by: Person = "", bank: BankUrl = "softmark.db",
           templates: Templates = None, as_json: Json = False) -> None:
    """Records a mark that a person gives; it survives every regrading."""
    from softmark.commands import regrade as work
    from softmark.problem_bank.ledger import open_bank

    change = work.adjust(open_bank(bank, templates=templates), paper, place, marks, reason, by)
    _tell([change], as_json, "")


@app.command(epilog="Examples: `softmark void q3 --reason 'misprint' --by 'A. Hahn'` · "
                    "`softmark void q1.z[2] --paper s1234 --reason … --by …` · "
                    "`softmark void q3 --restore --reason 'no misprint after all' --by 'A. Hahn'`")
def void(place: Annotated[str, typer.Argument(metavar="PLACE",
                                              help="A question (q2) or a cell of one (q2.z[1]).")],
         reason: Reason = "", by: Person = "",
         paper: Annotated[str, typer.Option(metavar="PAPER",
                                            help="Only for this paper or student.")] = "",
         quiz: Annotated[str | None, typer.Option(
             metavar="TITLE", help="Which quiz, if the bank holds several.")] = None,
         restore: Annotated[bool, typer.Option("--restore", help="Take it back in.")] = False,
         bank: BankUrl = "softmark.db", templates: Templates = None, as_json: Json = False) -> None:
    """Takes a question or a cell out, and shares out its marks over the others."""
    from softmark.commands import regrade as work
    from softmark.problem_bank.ledger import open_bank

    ledger = open_bank(bank, templates=templates)
    changes = work.void(ledger, ledger.one_quiz(quiz), place, reason, by, paper, restore)
    _tell(changes, as_json, "recorded; nobody's marks change")


def _tell(changes: Sequence[Any], as_json: bool, nothing: str) -> None:
    rows = [{"student": one.paper.student.id, "name": one.paper.student.name,
             "paper": one.paper.paper_id, "before": None if one.before is None else float(one.before),
             "after": float(one.after), "why": list(one.reasons)} for one in changes]
    report(as_json, rows, [_line(one) for one in changes] or [nothing])


def _line(change: Any) -> str:
    from softmark.worksheet.notation import marks_text

    paper, before, after = change.paper, change.before, change.after
    said = "–" if before is None else marks_text(before)
    gain = 0 if before is None else after - before
    moved = f" ({'+' if gain > 0 else ''}{marks_text(gain)})" if gain else ""
    return (f"{paper.student.id} {paper.student.name}: {said} → {marks_text(after)}{moved}  "
            f"{'; '.join(change.reasons)}")
