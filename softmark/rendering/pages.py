"""Papers, solution sheets, feedback sheets and single problems as HTML pages."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from softmark.problem_bank.logo import mime_type
from softmark.problem_bank.papers import working_on
from softmark.problem_bank.words import Words, words_for
from softmark.rendering.blocks import Block, Slot, blocks_of
from softmark.rendering.drawings import drawing_html
from softmark.rendering.speech import Speech
from softmark.rendering.text import markdown_html, math_html, plain_html, words_html
from softmark.rendering.workings import worked_html
from softmark.worksheet.asks import Ask
from softmark.worksheet.statement import statement
from softmark.worksheet.template import Template
from softmark.worksheet.typeset import Line, typeset, value_tex

#: how much larger large print is
LARGER = 18 / 10.5


class Sign(NamedTuple):
    """How a verdict is shown: the catalogue's key for it, the class that draws its sign."""

    key: str
    css: str


SIGNS = {
    verdict: Sign("open" if verdict == "not assessable" else verdict, css)
    for css, verdicts in (("good", ("right", "carried", "repeated")),
                          ("half", ("coarse", "truncated")), ("bad", ("mistake", "wrong", "blank")),
                          ("open", ("invalid", "ambiguous", "not assessable")))
    for verdict in verdicts}


@lru_cache(maxsize=4)
def _environment(target: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("softmark.rendering", "html"), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        markdown=lambda text: markdown_html(text, target),
        words=lambda text: words_html(text, target),
        math=lambda latex: math_html(latex, target),
        worked=lambda worked: worked_html(worked.parts(), target),
        typed=lambda text: plain_html(text, target))
    environment.globals.update(sign=SIGNS, target=target)
    return environment


def _render(name: str, target: str, size: str = "a4", words: Words | None = None,
            **context: Any) -> str:
    say = Speech(words or words_for(), target)
    return _environment(target).get_template(name).render(size=size, say=say, **context)


def render_paper(name: str, target: str, paper: Any, **context: Any) -> str:
    """A page that belongs to a student's paper: of the quiz's size and language, with its logo."""
    data = paper.quiz.attached.get("logo")
    logo = f"data:{mime_type(data)};base64,{base64.b64encode(data).decode()}" if data else ""
    return _render(name, target, paper.quiz.page.size, paper.quiz.wording, paper=paper, logo=logo,
                   english=partial(_english, Speech(paper.quiz.wording)), **context)


def _english(say: Speech, item: Any, part: str = "") -> Markup:
    """Marks a family's text as English; an instructor's own is in the page's language."""
    own = item.problem is None or (part == "title" and item.title != type(item.problem).title)
    return Markup("") if own else say.english


def _target_of(paper: Any, target: str) -> str:
    """In print, a student who needs large print gets it, whatever the quiz says."""
    wanted = "large" in (paper.student.print, paper.quiz.page.print)
    return "large" if target == "pdf" and wanted else target


def statement_html(problem: Template, asks: Iterable[Ask], target: str) -> Markup:
    """The statement and its figure."""
    body = markdown_html(statement(problem, list(asks)), target)
    figure = problem.figure()
    if figure is None:
        return body
    # in large print as large as the page is wide at most
    wide = figure.width * (LARGER if target == "large" else 1)
    return body + Markup('<figure class="drawing" style="width:{:.0f}pt">').format(wide) \
        + Markup(drawing_html(figure, target)) + Markup("</figure>")


def paper_html(paper: Any, target: str = "pdf") -> str:
    """The paper a student gets: statements, figures, boxes to fill, marks in the margin."""
    target = _target_of(paper, target)
    return render_paper("paper.html", target, paper, questions=[
        {"item": item, "text": _text_of(item, target), "rows": _rows(item, target)}
        for item in paper.problems])


def sheet_html(paper: Any, target: str = "pdf") -> str:
    """The solution sheet: every step with formula, numbers, result, marks, mistakes to watch for."""
    target = _target_of(paper, target)
    return render_paper("sheet.html", target, paper, questions=[
        {"item": item, "text": _text_of(item, target),
         "steps": steps_of(item) if item.problem else [],
         "answer": markdown_html(item.answer, target) if not item.problem else ""}
        for item in paper.problems])


def problem_html(problem: Template, asks: list[Ask], lines: list[Line], target: str) -> str:
    """One problem and its worked solution, outside any paper."""
    return _render("solution.html", target, problem=problem,
                   text=statement_html(problem, asks, target), steps=_steps(lines, asks, None))


def feedback_html(paper: Any, marked: Mapping[int, Any], target: str = "pdf",
                  total: Fraction | None = None) -> str:
    """What a student gets back: answers beside the right ones, verdicts, the first slip in full."""
    target = _target_of(paper, target)
    say = Speech(paper.quiz.wording, target)
    questions = [{"item": item, "marked": marked[item.number],
                  "rows": _feedback_rows(item, marked, say),
                  "first": _first_slip(item, marked[item.number])}
                 for item in paper.problems if item.number in marked]
    if total is None:
        total = sum((q["marked"].marks for q in questions), Fraction(0))
    out_of = sum((q["marked"].out_of for q in questions), Fraction(0))
    return render_paper("feedback.html", target, paper, questions=questions, out_of=out_of,
                         total=Markup("<strong>{}</strong>").format(say.marks(total)))


def _text_of(item: Any, target: str) -> Markup:
    if item.problem is None:
        return markdown_html(item.text, target)
    with working_on(item.number, item.problem.slug()):
        return statement_html(item.problem, item.asks, target)


def _rows(item: Any, target: str) -> list[list[dict[str, Any]]]:
    """The lettered parts of a question with their marks; two small ones stand side by side."""
    blocks = blocks_of(item.asks)
    total = sum(block.weight for block in blocks) or 1
    rows: list[list[dict[str, Any]]] = []
    for number, block in enumerate(blocks):
        part = {"block": block, "letter": "abcdefghijklmnopqrstuvwxyz"[number % 26],
                "marks": Fraction(item.marks) * Fraction(block.weight) / Fraction(total)
                if len(blocks) > 1 else None}
        beside = rows and len(rows[-1]) == 1 and rows[-1][0]["block"].single and block.single
        if beside and target != "large":
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows


def steps_of(item: Any) -> list[dict[str, Any]]:
    """The worked steps of a paper's question, with the marks each is worth."""
    total = sum(ask.weight for ask in item.asks) or 1
    worth = {ask.name: Fraction(item.marks) * Fraction(ask.weight) / Fraction(total)
             for ask in item.asks}
    with working_on(item.number, item.problem.slug()):
        return _steps(typeset(item.problem), item.asks, worth)


def _steps(lines: list[Line], asks: list[Ask], worth: Mapping[str, Fraction] | None
           ) -> list[dict[str, Any]]:
    asked = {ask.name for ask in asks}
    return [{"line": line, "asked": line.name in asked, "many": _many(line),
             "marks": (worth or {}).get(line.name)} for line in lines]


def _many(line: Line) -> bool:
    """Does the whole result say more than the elements worked in full?"""
    return line.whole.count("&") + line.whole.count(r"\\") + 1 > len(line.worked) \
        and line.whole.startswith(r"\begin")


def _feedback_rows(item: Any, marked: Mapping[int, Any], say: Speech) -> list[dict[str, Any]]:
    rows = []
    for cell in marked[item.number].cells:
        verdict = cell.verdict
        ask = verdict.answer.ask
        rows.append({"symbol": verdict.answer.cell.symbol, "title": ask.title, "row": ask.row,
                     "raw": verdict.answer.raw, "verdict": verdict.verdict,
                     "expected": "" if verdict.expected is None
                     else value_tex(verdict.expected, ask.decimals),
                     "note": _note(verdict, say, marked[item.number].shown),
                     "marks": cell.marks, "out_of": cell.out_of})
    return rows


def _note(verdict: Any, say: Speech, shown: Collection[str]) -> Markup:
    if verdict.mistake:
        mistake = say.in_english(plain_html(verdict.mistake, say.target))
        return say("feedback.shown", mistake=mistake) if verdict.mistake in shown \
            else say("feedback.consistent", mistake=mistake)
    if verdict.verdict == "carried" and not verdict.note:
        return say("note.carried")
    return say.note(str(verdict.note)) if verdict.note else Markup("")


def _first_slip(item: Any, marked: Any) -> dict[str, Any] | None:
    """The step where the script first went wrong, worked in full."""
    wrong = next((cell.verdict.answer.ask.name for cell in marked.cells
                  if cell.verdict.verdict in ("wrong", "mistake", "truncated")), None)
    if wrong is None or item.problem is None:
        return None
    return next(({"line": line, "asked": True, "many": _many(line), "marks": None}
                 for line in typeset(item.problem) if line.name == wrong), None)


__all__ = ["Block", "Slot", "feedback_html", "paper_html", "problem_html", "sheet_html"]
