"""`softmark quiz --bubbles`: answer pages to be filled in by pencil and scanned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from softmark.commands.output import write_bytes
from softmark.commands.quiz import merged, stem
from softmark.problem_bank.papers import Paper

FOLDER, ALL = "answer_pages", "all_answer_pages.pdf"


def write_bubbles(out: Path, papers: Sequence[Paper], force: bool,
                  step: Callable[[str], None] = lambda _: None) -> list[str]:
    """The answer pages of every paper and one file to print; a sentence for each that failed.

    A page lies where the scanner looks for it: print at full size or fitted to the sheet.
    """
    from softmark.rendering.bubble_pages import bubbles_pdf
    from softmark.rendering.bubbles import layout_of

    failures, written = [], []
    for paper in papers:
        path = out / FOLDER / f"{stem(paper)}.pdf"
        try:
            layout = layout_of(paper.paper_id, paper.problems)
            if layout.sheets and (force or not path.exists()):
                write_bytes(path, bubbles_pdf(paper, layout), force)
            if layout.sheets:
                written.append(path)
        except Exception as error:
            failures.append(f"{path}: could not be written ({error})")
        step(paper.student.name)
    if written:
        write_bytes(out / ALL, merged(written), True)
    return failures
