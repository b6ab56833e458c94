"""Answer pages that come back from a scanner: scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from softmark.console.options import Force, Json, Templates, app, progress, report, say


@app.command(epilog="Examples: `softmark scan pile.pdf --bank softmark.db --out scanned` · "
                    "`softmark scan scans/ photo.jpg` · "
                    "`softmark grade scanned/scanned.csv scanned/doubtful.csv`")
def scan(files: Annotated[list[Path], typer.Argument(metavar="FILES…")],
         bank: Annotated[str, typer.Option(metavar="URL")] = "softmark.db",
         out: Annotated[Path, typer.Option(metavar="DIR")] = Path("scanned"),
         force: Force = False, templates: Templates = None, as_json: Json = False) -> None:
    """Reads scanned answer pages (made by `softmark quiz --bubbles`).

    FILES are PDFs, PNGs, JPEGs, TIFFs or folders of these, at 150 to 300 dots an inch; pages may come
    in any order, turned, askew. What is surely marked is in scanned.csv; all else waits in
    doubtful.html, with pictures, and in doubtful.csv, for a person.
    """
    from softmark.commands import scan as work
    from softmark.problem_bank.ledger import open_bank
    from softmark.scanner.pile import need_libraries
    from softmark.worksheet.errors import UserError

    need_libraries()
    work.refuse_to_overwrite(out, force)
    ledger = open_bank(bank, templates=templates)
    with progress("pages", 0) as step:
        pile = work.scan(ledger, files, step)
    for problem in pile.problems:
        say(f"note: {problem}")
    found = work.summary(pile)
    if not found["pages"]:
        raise UserError("no answer page was found in these files, so nothing was written")
    written = work.write(out, pile, force)
    lines = [f"{found['pages']} pages of {found['papers']} papers read"
             + (f", {found['empty_pages']} empty ones left out" if found["empty_pages"] else ""),
             f"{found['sure']} sure answers: {written[0]}"]
    if found["doubtful"]:
        lines.append(f"{found['doubtful']} doubtful ones: open {written[2]} or fill in {written[1]}")
    report(as_json, {**found, "files": [str(path) for path in written]}, lines)
