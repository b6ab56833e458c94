"""From a quiz and a student to a paper: every question drawn from its own private stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from softmark.problem_bank import catalogue
from softmark.problem_bank.quizfile import Question, Quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import paper_id, stream
from softmark.worksheet.asks import Ask, Which, asks_of
from softmark.worksheet.certificate import certified_draw, complaints
from softmark.worksheet.errors import UserError
from softmark.worksheet.template import Template


@dataclass(slots=True)
class Item:
    """A question as it stands on one paper."""

    number: int
    marks: Fraction
    title: str
    problem: Template | None = None
    asks: list[Ask] = field(default_factory=list)
    ask: Which = "all"
    level: str = ""
    text: str = ""
    answer: str = ""
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Paper:
    """One student's quiz."""

    paper_id: str
    quiz: Quiz
    student: Student
    attempt: int
    problems: list[Item]

    @property
    def out_of(self) -> Fraction:
        """All marks there are."""
        return sum((item.marks for item in self.problems), Fraction(0))


@dataclass(frozen=True, slots=True)
class Record:
    """A paper as the bank keeps it: who it is for, and its questions as JSON."""

    paper_id: str
    student: Student
    attempt: int
    items: str

    @classmethod
    def of(cls, paper: Paper) -> Record:
        """What is to be kept of a paper."""
        items = json.dumps([paper_record(item) for item in paper.problems])
        return cls(paper.paper_id, paper.student, paper.attempt, items)

    def paper(self, quiz: Quiz, templates: Path | None = None) -> Paper:
        """The paper; its drawn values are read back, never drawn again."""
        items = [item_from_record(record, templates) for record in json.loads(self.items)]
        return Paper(self.paper_id, quiz, self.student, self.attempt, items)


#: hears which question is being worked on
watchers: list[Callable[[str], None]] = []


@contextmanager
def working_on(number: int, slug: str = "") -> Iterator[None]:
    """A question's own code runs inside; what goes wrong there is told with its number.

    Raises UserError for whatever was raised.
    """
    where = f"question {number}" + (f" ({slug})" if slug else "")
    for watcher in watchers:
        watcher(where)
    try:
        yield
    except UserError as error:
        known = str(error).startswith("question ")
        raise UserError(str(error) if known else f"question {number}: {error}") from None
    except Exception as error:
        raise UserError(f"{where}: {type(error).__name__}: {error}") from error


def make_paper(quiz: Quiz, student: Student, secret: bytes, attempt: int = 0,
               templates: Path | None = None) -> Paper:
    """The paper of a student; the same call gives the same paper."""
    identity = paper_id(secret, quiz.name, student.id, attempt)
    items = [_item(quiz, number, question, secret, student, attempt, templates)
             for number, question in enumerate(quiz.question, 1)]
    return Paper(identity, quiz, student, attempt, items)


def _item(quiz: Quiz, number: int, question: Question, secret: bytes, student: Student,
          attempt: int, templates: Path | None) -> Item:
    if question.text:
        return Item(number, question.marks, question.title, text=question.text,
                    answer=question.answer)
    choose = stream(secret, quiz.name, student.id, number, "choice", attempt)
    slug = choose.choice(question.choices)
    with working_on(number, slug):
        cls = catalogue.find(slug, templates)
        # the version is part of the name: a changed family draws anew, papers kept never move
        rng = stream(secret, quiz.name, student.id, number, cls.version(), attempt)
        problem = _draw(cls, rng, quiz, question)
        asks = asks_of(problem, question.ask)
        warnings = list(complaints(problem, question.ask)) if question.given else []
    return Item(number, question.marks, question.title or cls.title, problem, asks, question.ask,
                question.level, warnings=warnings)


def _draw(cls: type[Template], rng: Any, quiz: Quiz, question: Question) -> Template:
    conventions = dict(quiz.conventions)
    if question.decimals is not None:
        conventions["decimals"] = question.decimals
    unknown = [key for key in question.given if key not in cls.model_fields]
    if unknown:
        raise UserError(f"{cls.slug()} has no value {unknown[0]!r} to give; it has "
                        f"{', '.join(cls.model_fields)}")
    return certified_draw(cls, rng, question.level, conventions=conventions,
                          given=question.given, which=question.ask)


def check_quiz(quiz: Quiz, where: str, templates: Path | None = None) -> None:
    """Every template, level, ask and convention of a quiz exists; UserError for the first not."""
    known: set[str] = set()
    for number, question in enumerate(quiz.question, 1):
        for slug in question.choices:
            try:
                cls = catalogue.find(slug, templates)
            except UserError as error:
                raise UserError(f"{where}: question {number}: {error}") from None
            known.update(cls.model_fields)
    for key in quiz.conventions:
        if key not in known:
            raise UserError(f"{where}: [conventions]: no question's template knows {key!r}; "
                            f"they know {', '.join(sorted(known)[:20])}")


def paper_record(item: Item) -> dict[str, Any]:
    """What the bank keeps of a question: enough to print and mark it for ever."""
    record: dict[str, Any] = {"number": item.number, "marks": str(item.marks), "title": item.title}
    if item.problem is None:
        return {**record, "text": item.text, "answer": item.answer}
    return {**record, "slug": item.problem.slug(), "version": type(item.problem).version(),
            "given": item.problem.to_json(), "ask": item.ask, "level": item.level}


def item_from_record(record: Mapping[str, Any], templates: Path | None = None) -> Item:
    """The question as it was kept; its drawn values are read back, never drawn again."""
    marks = Fraction(record["marks"])
    if "slug" not in record:
        return Item(record["number"], marks, record["title"], text=record["text"],
                    answer=record["answer"])
    ask = record["ask"]
    with working_on(record["number"], record["slug"]):
        cls = catalogue.find(record["slug"], templates)
        problem = cls.from_json(record["given"])
        asks = asks_of(problem, ask)
    return Item(record["number"], marks, record["title"], problem, asks, ask, record["level"])
