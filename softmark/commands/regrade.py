"""Marks as they stand, and what changes them: regrading, marks given by hand, questions taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from softmark import __version__
from softmark.grader.final import Final, final
from softmark.grader.marked import Marked
from softmark.problem_bank.ledger import ADJUST, RESTORE, VOID, Bank, Decision, Kept
from softmark.problem_bank.papers import Item, Paper
from softmark.problem_bank.quizfile import Quiz
from softmark.worksheet.errors import UserError

#: what a paper is marked by whose marks were all given by hand
_NOTHING = Kept(0, "no answers", {}, "", "")
_PLACE = re.compile(r"q?(?P<question>\d{1,3})(?:\.(?P<cell>.{1,120}))?")


@dataclass(frozen=True, slots=True)
class Change:
    """A paper whose marks are not those that were reported last."""

    paper: Paper
    before: Fraction | None
    after: Fraction
    reasons: tuple[str, ...]


def marked_papers(bank: Bank, quiz: str | None, problems: list[str]) -> list[Marked]:
    """Every paper that came back (of a quiz, by name or title), with its marks as they stand."""
    return [one.marked for one in finals(bank, quiz, problems)]


def finals(bank: Bank, quiz: str | None, problems: list[str],
           only: set[str] | None = None) -> Iterator[Final]:
    """The marks of every paper that came back, in the order the papers were made."""
    kept = bank.submissions()
    decisions: dict[str, list[Decision]] = {}
    for paper in bank.papers():
        if quiz not in (None, paper.quiz.name, paper.quiz.title) or \
                (only is not None and paper.paper_id not in only):
            continue
        if paper.quiz.name not in decisions:
            decisions[paper.quiz.name] = bank.decisions(paper.quiz.name)
        by_hand = any(one.kind == ADJUST and one.paper_id == paper.paper_id
                      for one in decisions[paper.quiz.name])
        if paper.paper_id in kept or by_hand:
            yield final(paper, kept.get(paper.paper_id, [_NOTHING]), decisions[paper.quiz.name],
                        problems, _floor(bank, paper))


def _floor(bank: Bank, paper: Paper) -> Fraction | None:
    last = bank.result(paper.paper_id)
    return Fraction(last["floor"]) if last and last.get("floor") else None


def facts(one: Final) -> dict[str, Any]:
    """What a paper's marks rest on."""
    marked = one.marked
    versions = {str(item.number): type(item.problem).version() for item in marked.paper.problems
                if item.problem is not None}
    return {"softmark": __version__, "versions": versions, "policy": policy(marked.paper.quiz),
            "questions": {str(n): str(q.marks) for n, q in marked.questions.items()},
            "decisions": [decision.number for decision in one.decisions],
            "floor": "" if marked.floor is None else str(marked.floor)}


def policy(quiz: Quiz) -> dict[str, str]:
    """The quiz's [marking], as text."""
    return {name: str(value) for name, value in quiz.marking.model_dump().items()}


def regrade(bank: Bank, quiz: str | None, problems: list[str], *, record: bool = True,
            never_lower: bool = False, step: Callable[[str], None] = lambda _: None) -> list[Change]:
    """Marks everything again and tells who changes, by how much and why; recorded if `record`."""
    changes = []
    for one in finals(bank, quiz, problems):
        paper = one.marked.paper
        last = bank.result(paper.paper_id)
        before = Fraction(last["marks"]) if last else None
        if never_lower and before is not None and one.marked.total < before:
            one = replace(one, marked=replace(one.marked, floor=before))
        reasons = why(last, one)
        if before != one.marked.total:
            changes.append(Change(paper, before, one.marked.total, tuple(reasons)))
        if record:
            keep(bank, one, "; ".join(reasons) or "regraded")
        step(paper.student.name)
    return changes


def keep(bank: Bank, one: Final, cause: str) -> None:
    """Records a paper's marks with what they rest on."""
    bank.keep_result(one.marked.paper.paper_id, one.submission, one.marked.total, facts(one), cause)


def why(last: dict[str, Any] | None, one: Final) -> list[str]:
    """What has changed since the last result, in sentences."""
    if last is None:
        return ["not graded before"]
    new = facts(one)
    known = set(last["decisions"])
    found = [_told(decision) for decision in one.decisions if decision.number not in known]
    if known - set(new["decisions"]) and not found:
        found.append("a decision was taken back")
    if last["submission"] != one.submission:
        found.append("another submission counts")
    changed = [f"{name} {last['policy'].get(name, 'unset')} → {value}"
               for name, value in new["policy"].items() if last["policy"].get(name) != value]
    if changed:
        found.append(f"the quiz's [marking] changed: {', '.join(changed)}")
    for number, version in new["versions"].items():
        if last["versions"].get(number) != version:
            found.append(f"question {number}: its template was mended")
    moved = [n for n, marks in new["questions"].items() if last["questions"].get(n) != marks]
    if moved and not found:
        found.append(f"softmark {last['softmark']} → {new['softmark']} marks question "
                     f"{', '.join(moved)} otherwise")
    if new["floor"] and new["floor"] != last.get("floor"):
        found.append("kept, since no one is to lose marks")
    return found


def _told(one: Decision) -> str:
    place = f"question {one.question}" + (f", {one.cell}" if one.cell else "")
    if one.kind == ADJUST:
        return f"{place}: mark given by {one.person} ({one.reason})"
    return f"{place}: taken out by {one.person} ({one.reason})"


# -- decisions


def parse_place(place: str) -> tuple[int, str]:
    """`q2` or `q2.z[1]` as question and cell; UserError if it is neither."""
    found = _PLACE.fullmatch(place.strip())
    if not found:
        raise UserError(f"{place!r} names neither a question (q2) nor a cell of one (q2.z[1])")
    return int(found["question"]), found["cell"] or ""


def item_at(paper: Paper, question: int, cell: str) -> Item:
    """The question of a paper; UserError if it, or a cell of that name, is not there."""
    for item in paper.problems:
        if item.number == question:
            known = [c.name for ask in item.asks for c in ask.cells]
            if cell and not any(name == cell or name.startswith((cell + "[", cell + "."))
                                for name in known):
                raise UserError(f"question {question} of {paper.paper_id} asks for no {cell}; it asks "
                                f"for {', '.join(known[:12])}")
            return item
    raise UserError(f"{paper.paper_id} has no question {question}; it has "
                    f"{', '.join(str(item.number) for item in paper.problems)}")


def adjust(bank: Bank, key: str, place: str, marks: str, reason: str, person: str) -> Change:
    """Records a mark that a person gives; the paper's marks before and after."""
    paper = bank.paper(key)
    question, cell = parse_place(place)
    item = item_at(paper, question, cell)
    given = _marks(marks, item, cell)
    _said(reason, person)
    bank.keep_decision(Decision(ADJUST, paper.quiz.name, paper.paper_id, question, cell, given,
                                reason.strip(), person.strip()))
    return _changed(bank, paper.quiz.name, {paper.paper_id})[0]


def _marks(text: str, item: Item, cell: str) -> Fraction:
    try:
        marks = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise UserError(f"{text!r} is no number of marks") from None
    if not 0 <= marks <= item.marks:
        raise UserError(f"question {item.number} is worth {item.marks} marks; give from 0 to that")
    return marks


def _said(reason: str, person: str) -> None:
    if not reason.strip() or len(reason) > 1000:
        raise UserError("give the reason with --reason, in up to 1000 characters; the student reads it")
    if not person.strip() or len(person) > 100:
        raise UserError("say who decides with --by")


def void(bank: Bank, quiz: Quiz, place: str, reason: str, person: str, key: str = "",
         restore: bool = False) -> list[Change]:
    """Takes a question or cell out (or back in), of one paper or all; whose marks change."""
    question, cell = parse_place(place)
    papers = [bank.paper(key)] if key else bank.papers(quiz.name)
    if not papers:
        raise UserError(f"there are no papers of {quiz.title!r}")
    if key and papers[0].quiz.name != quiz.name:
        raise UserError(f"{papers[0].paper_id} is no paper of {quiz.title!r}")
    _exists_somewhere(papers, question, cell)
    _said(reason, person)
    kind = RESTORE if restore else VOID
    bank.keep_decision(Decision(kind, quiz.name, papers[0].paper_id if key else "", question, cell, None,
                                reason.strip(), person.strip()))
    return [one for one in _changed(bank, quiz.name, {paper.paper_id for paper in papers})
            if one.before != one.after]


def _exists_somewhere(papers: Sequence[Paper], question: int, cell: str) -> None:
    """Cells differ by student where a family's do; one paper that has it is enough."""
    error: UserError | None = None
    for paper in papers:
        try:
            item_at(paper, question, cell)
            return
        except UserError as found:
            error = found
    assert error is not None
    raise error


def _changed(bank: Bank, quiz: str, papers: set[str]) -> list[Change]:
    changes = []
    for one in finals(bank, quiz, [], papers):
        last = bank.result(one.marked.paper.paper_id)
        before = Fraction(last["marks"]) if last else None
        reasons = why(last, one)
        keep(bank, one, "; ".join(reasons))
        changes.append(Change(one.marked.paper, before, one.marked.total, tuple(reasons)))
    return changes


__all__ = ["Change", "adjust", "finals", "keep", "marked_papers", "regrade", "void"]
