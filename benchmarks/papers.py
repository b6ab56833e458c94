"""A paper of four pages, in CPU seconds by stage: drawn, typeset, laid out, written, merged."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import patch

from pypdf import PdfReader

from softmark.commands.key import key_rows
from softmark.commands.merging import merge
from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import seal
from softmark.rendering.forms import form_of
from softmark.rendering.math import get_engine
from softmark.rendering.pages import paper_html, sheet_html
from softmark.rendering.pdf import render_pdf

#: six questions: four pages of formulas, tables and figures
QUIZ = 'title = "Bench"\ncourse = "Neural networks"\n' + "".join(
    f'[[question]]\ntemplate = "{slug}"\nmarks = 5\n' for slug in (
        "backprop/backprop_numeric", "convolution/conv_numeric", "convolution/pooling",
        "backprop/mlp_forward", "convolution/padding_same", "losses/cross_entropy"))
CLASS, ROUNDS = 8, 3
SECRET = b"bench"
#: published for two LaTeX PDFs of a like paper; not measured by this program
R_EXAMS = 1.44
STAGES = ("draw", "key", "paper: html", "paper: math", "paper: layout", "paper: write PDF",
          "sheet: html", "sheet: math", "sheet: layout", "sheet: write PDF", "merge")


class Clock:
    """CPU seconds by stage; what a stage inside takes is not counted twice."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._last = process_time()
        self._stage = ""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done inside belongs to the stage."""
        outer, self._stage = self._lap(), name
        try:
            yield
        finally:
            self._lap()
            self._stage = outer

    def _lap(self) -> str:
        now = process_time()
        self.spent[self._stage] += now - self._last
        self._last = now
        return self._stage

    def inside(self, owner: Any, method: str, name: Callable[[], str]) -> Any:
        """A patch that counts every call of a method as a stage of its own."""
        plain = getattr(owner, method)

        def timed(*args: Any, **options: Any) -> Any:
            with self.stage(name()):
                return plain(*args, **options)

        return patch.object(owner, method, timed)


def one_paper(number: int, folder: Path) -> tuple[Counter[str], str]:
    """CPU seconds of a paper and its sheet by stage, and the paper's HTML."""
    from weasyprint.document import Document

    clock, sort = Clock(), ""
    with clock.inside(type(get_engine()), "layout", lambda: f"{sort}: math"), \
            clock.inside(Document, "write_pdf", lambda: f"{sort}: write PDF"):
        with clock.stage("draw"):
            paper = make_paper(parse_quiz(QUIZ), Student(f"s{number}", f"Student {number}"), SECRET)
        with clock.stage("key"):
            list(key_rows([paper]))
        htmls = {}
        for sort, page in (("paper", paper_html), ("sheet", sheet_html)):
            form = form_of(paper, seal(SECRET, paper.paper_id)) if sort == "paper" else None
            with clock.stage(f"{sort}: html"):
                htmls[sort] = page(paper)
            with clock.stage(f"{sort}: layout"):
                data = render_pdf(htmls[sort], form=form)
            (folder / f"{sort}{number:03}.pdf").write_bytes(data)
    return clock.spent, htmls["paper"]


def least(rounds: list[Counter[str]]) -> Counter[str]:
    """The least of every stage: what others did on the machine only ever adds."""
    return Counter({stage: min(spent[stage] for spent in rounds) for stage in rounds[0]})


def main() -> None:
    """Prints what a paper takes by stage, beside the figure published for R/exams."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one_paper(-1, folder)
        rounds = []
        for _ in range(ROUNDS):
            # as at the beginning of a class: no formula is known yet
            getattr(get_engine(), "_known", {}).clear()
            rounds.append([one_paper(number, folder) for number in range(CLASS)])
        spent = sum((least([papers[n][0] for papers in rounds]) for n in range(CLASS)), Counter())
        papers = sorted(folder.glob("paper0*.pdf"))
        spent["merge"] = min(_seconds(lambda: merge(papers, folder / "all.pdf")) for _ in range(ROUNDS))
        pages = sum(len(PdfReader(path).pages) for path in papers) / CLASS
        size = sum(path.stat().st_size for path in papers) / CLASS / 1024
        all_papers = (folder / "all.pdf").stat().st_size / CLASS / 1024
    formulas, tables, figures = (rounds[0][0][1].count(tag) for tag in (
        'class="tex', "<table", '<figure class="drawing'))
    _tell(spent)
    print(f"a paper: {pages:.1f} pages, {formulas} formulas, {tables} tables, {figures} figures, "
          f"{size:.0f} KB ({all_papers:.0f} KB of the file to print)")
    print(f"beside it, published for R/exams and not measured here: {R_EXAMS} s for the two LaTeX PDFs "
          "of a like paper")
    if hasattr(os, "getloadavg"):
        print(f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors: where others work too, CPU "
              "seconds are longer, by six tenths at a load of 8 on 2")


def _seconds(work: Callable[[], object]) -> float:
    begin = process_time()
    work()
    return process_time() - begin


def _tell(spent: Counter[str]) -> None:
    print(f"CPU seconds a paper, {CLASS} papers of six questions, least of {ROUNDS} rounds:")
    for stage in STAGES:
        print(f"  {stage:<18}{spent[stage] / CLASS:>7.3f}")
    for sort in ("paper", "sheet"):
        whole = sum(seconds for stage, seconds in spent.items() if stage.startswith(sort))
        print(f"  {'the ' + sort + ' in all':<18}{whole / CLASS:>7.3f}")


if __name__ == "__main__":
    main()
