"""The ledger: quizzes, papers, submissions, gradings, decisions and results, kept for ever.

SQLite by default, any SQLAlchemy URL otherwise. Submissions, gradings, decisions and results are
append-only, which the database itself sees to. Recording the same thing twice records it once, so
a run that was cut off is simply run again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from softmark.problem_bank import schema
from softmark.problem_bank.papers import Paper, Record
from softmark.problem_bank.quizfile import Quiz, parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import is_signed, looks_like_id, normal_id
from softmark.worksheet.errors import UserError

ADJUST, VOID, RESTORE = "adjust", "void", "restore"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided on a question (0: none in particular) or on a cell of it.

    `adjust` gives marks to one paper's cell or question, `void` takes a question or a cell out, of
    one paper or (paper_id "") of all, and `restore` takes that back.
    """

    kind: str
    quiz: str
    paper_id: str
    question: int
    cell: str
    marks: Fraction | None
    reason: str
    person: str
    number: int = 0
    created: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A submission as it was recorded; `handed_in` by the learning platform's clock, if known."""

    number: int
    source: str
    answers: dict[str, str]
    handed_in: str
    received: str


class Bank:
    """An open bank."""

    def __init__(self, engine: sa.Engine, where: str, templates: Path | None = None) -> None:
        self._engine = engine
        self._where = where
        self._templates = templates
        self._quizzes: dict[str, Quiz] = {}
        with self._begin() as db:
            self.secret: bytes = db.execute(sa.select(schema.bank.c.secret)).scalar_one()

    @contextmanager
    def _begin(self, writing: bool = False) -> Iterator[sa.Connection]:
        try:
            with self._engine.execution_options(writing=writing).begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise UserError(f"{self._where}: the bank cannot be used now "
                            f"({error.orig}); close other programs that use it") from None

    # -- papers

    def keep_quiz(self, quiz: Quiz) -> None:
        """Records the quiz, or its newest text under the same course and title."""
        self._quizzes[quiz.name] = quiz
        texts = {"toml": quiz.source, "attached": json.dumps(
            {key: base64.b64encode(data).decode() for key, data in sorted(quiz.attached.items())})}
        with self._begin(writing=True) as db:
            known = db.execute(sa.select(schema.quiz.c.name)
                               .where(schema.quiz.c.name == quiz.name)).first()
            if known is None:
                db.execute(schema.quiz.insert().values(name=quiz.name, created=schema.now(), **texts))
            else:
                db.execute(schema.quiz.update().where(schema.quiz.c.name == quiz.name)
                           .values(**texts))

    def use_quiz(self, quiz: Quiz, record: bool = True) -> None:
        """Marks by this text of a quiz that the bank knows; UserError if it knows none."""
        with self._begin() as db:
            known = db.execute(sa.select(schema.quiz.c.name)
                               .where(schema.quiz.c.name == quiz.name)).first()
        if known is None:
            raise UserError(f"{self._where}: has no quiz {quiz.title!r} of {quiz.course!r}; a quiz is "
                            "known by its title and course, which must not change")
        self._quizzes[quiz.name] = quiz
        if record:
            self.keep_quiz(quiz)

    def one_quiz(self, title: str | None = None) -> Quiz:
        """The quiz with a title or name, or the only one there is; UserError otherwise."""
        with self._begin() as db:
            rows = db.execute(schema.quiz.select().order_by(schema.quiz.c.created)).all()
        quizzes = [_quiz(row, f"quiz {row.name} in the bank") for row in rows]
        found = [quiz for quiz in quizzes if title in (None, quiz.title, quiz.name)]
        if len(found) != 1:
            titles = ", ".join(repr(quiz.title) for quiz in quizzes[:10]) or "none"
            raise UserError(f"{self._where}: say which quiz is meant with --quiz; there are {titles}")
        return found[0]

    def keep_paper(self, paper: Paper) -> None:
        """Records a paper in one transaction; a paper once kept is never changed."""
        self.keep_record(paper.quiz.name, Record.of(paper))

    def keep_record(self, quiz: str, record: Record) -> None:
        """Records a paper of the quiz in one transaction; a paper once kept is never changed."""
        student = record.student
        with self._begin(writing=True) as db:
            db.execute(schema.paper.insert().values(
                paper_id=record.paper_id, quiz=quiz, student=student.id, name=student.name,
                email=student.email, print=student.print, attempt=record.attempt,
                items=record.items, created=schema.now()))

    def keep_print(self, record: Record, size: str) -> Record:
        """Records in which print a student gets a paper that is kept already."""
        with self._begin(writing=True) as db:
            db.execute(schema.paper.update().where(schema.paper.c.paper_id == record.paper_id)
                       .values(print=size))
        return replace(record, student=replace(record.student, print=size))

    def record_of(self, quiz: str, student: str, attempt: int) -> Record | None:
        """What is kept of a student's paper, or None."""
        with self._begin() as db:
            row = db.execute(schema.paper.select().where(
                schema.paper.c.quiz == quiz, schema.paper.c.student == student,
                schema.paper.c.attempt == attempt)).first()
        return _record(row) if row else None

    def attempts(self, quiz: str, student: str) -> int:
        """How many papers of the quiz the student has."""
        with self._begin() as db:
            return int(db.execute(sa.select(sa.func.count()).select_from(schema.paper).where(
                schema.paper.c.quiz == quiz, schema.paper.c.student == student)).scalar_one())

    def students_with(self, email: str) -> list[str]:
        """The students with an email address, however its letters are written."""
        query = sa.select(schema.paper.c.student).distinct().where(
            sa.func.lower(schema.paper.c.email) == email.lower())
        with self._begin() as db:
            return [str(row.student) for row in db.execute(query)]

    def paper(self, key: str) -> Paper:
        """The paper with an id, or the newest paper of a student; UserError if there is none."""
        by_id = schema.paper.select().where(schema.paper.c.paper_id == normal_id(key))
        by_student = schema.paper.select().where(schema.paper.c.student == key.strip()).order_by(
            schema.paper.c.created.desc(), schema.paper.c.attempt.desc())
        with self._begin() as db:
            row = db.execute(by_id).first() or db.execute(by_student).first()
        if row:
            return self._paper(row)
        raise UserError(f"{key!r} is no student or paper of this bank{self._unfit(key)}")

    def _unfit(self, key: str) -> str:
        if "-" not in key or is_signed(self.secret, key) or not looks_like_id(key):
            return ""
        return ": its check sign does not fit; a sign was misread or exchanged, or the id is foreign"

    def papers(self, quiz: str | None = None) -> list[Paper]:
        """All papers, in the order they were made, by student id within a second."""
        table = schema.paper
        query = table.select().order_by(table.c.created, table.c.student, table.c.attempt)
        if quiz is not None:
            query = query.where(schema.paper.c.quiz == quiz)
        with self._begin() as db:
            rows = db.execute(query).all()
        return [self._paper(row) for row in rows]

    def _paper(self, row: Any) -> Paper:
        if row.quiz not in self._quizzes:
            with self._begin() as db:
                kept = db.execute(schema.quiz.select().where(schema.quiz.c.name == row.quiz)).one()
            self._quizzes[row.quiz] = _quiz(kept, f"quiz kept in {self._where}")
        return _record(row).paper(self._quizzes[row.quiz], self._templates)

    # -- submissions

    def keep_submission(self, paper_id: str, source: str, answers: Mapping[str, str],
                        handed_in: str = "") -> int:
        """Records what came back, as it was; its number. The same answers twice are one."""
        text = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True)
        digest = schema.digest_of(text)
        found = sa.select(schema.submission.c.id).where(
            schema.submission.c.paper_id == paper_id, schema.submission.c.digest == digest)
        with self._begin(writing=True) as db:
            known = db.execute(found).first()
            if known:
                return int(known.id)
            done = db.execute(schema.submission.insert().values(
                paper_id=paper_id, source=source, answers=text, received=schema.now(),
                handed_in=handed_in, digest=digest))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def submissions(self, paper_id: str | None = None) -> dict[str, list[Kept]]:
        """What came back for every paper (or one), in the order it was recorded."""
        query = schema.submission.select().order_by(schema.submission.c.id)
        if paper_id is not None:
            query = query.where(schema.submission.c.paper_id == paper_id)
        found: dict[str, list[Kept]] = {}
        with self._begin() as db:
            for row in db.execute(query):
                found.setdefault(row.paper_id, []).append(
                    Kept(row.id, row.source, json.loads(row.answers), row.handed_in, row.received))
        return found

    def keep_grading(self, submission: int, version: str, marks: Fraction,
                     cells: list[dict[str, Any]]) -> None:
        """Adds a grading run; earlier ones stay. One that says nothing new is not repeated."""
        text = json.dumps(cells, ensure_ascii=False)
        table = schema.grading
        with self._begin(writing=True) as db:
            last = db.execute(table.select().where(table.c.submission == submission)
                              .order_by(table.c.id.desc()).limit(1)).first()
            if last and (last.softmark, last.marks, last.cells) == (version, str(marks), text):
                return
            db.execute(table.insert().values(submission=submission, softmark=version,
                                             marks=str(marks), cells=text, created=schema.now()))

    def gradings(self, paper_id: str) -> list[dict[str, Any]]:
        """Every grading run of a paper's submissions, oldest first."""
        query = sa.select(schema.grading, schema.submission.c.paper_id).join(
            schema.submission, schema.submission.c.id == schema.grading.c.submission).where(
            schema.submission.c.paper_id == paper_id).order_by(schema.grading.c.id)
        with self._begin() as db:
            return [dict(row._mapping) for row in db.execute(query)]

    # -- decisions of people, and the results that were reported

    def keep_decision(self, decision: Decision) -> int:
        """Records what a person decided; its number."""
        with self._begin(writing=True) as db:
            done = db.execute(schema.decision.insert().values(
                kind=decision.kind, quiz=decision.quiz, paper_id=decision.paper_id,
                question=decision.question, cell=decision.cell,
                marks="" if decision.marks is None else str(decision.marks),
                reason=decision.reason, person=decision.person, created=schema.now()))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def decisions(self, quiz: str) -> list[Decision]:
        """Every decision on a quiz, oldest first."""
        table = schema.decision
        with self._begin() as db:
            return [Decision(row.kind, row.quiz, row.paper_id, row.question, row.cell,
                             Fraction(row.marks) if row.marks else None, row.reason, row.person,
                             row.id, row.created)
                    for row in db.execute(table.select().where(table.c.quiz == quiz)
                                          .order_by(table.c.id))]

    def keep_result(self, paper_id: str, submission: int, marks: Fraction, facts: Mapping[str, Any],
                    cause: str) -> None:
        """Records the marks that a paper has now; one that says nothing new is not repeated."""
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
        with self._begin(writing=True) as db:
            last = self._last_result(db, paper_id)
            if last and (last.submission, last.marks, last.facts) == (submission, str(marks), text):
                return
            db.execute(schema.result.insert().values(
                paper_id=paper_id, submission=submission, marks=str(marks), facts=text, cause=cause,
                created=schema.now()))

    def result(self, paper_id: str) -> dict[str, Any] | None:
        """The marks reported last, with the facts they rest on; None if there are none."""
        with self._begin() as db:
            row = self._last_result(db, paper_id)
        return None if row is None else {**json.loads(row.facts), "marks": row.marks,
                                         "submission": row.submission, "cause": row.cause,
                                         "created": row.created}

    def results(self, paper_id: str) -> list[dict[str, Any]]:
        """Every result of a paper, oldest first."""
        table = schema.result
        with self._begin() as db:
            return [dict(row._mapping) for row in db.execute(
                table.select().where(table.c.paper_id == paper_id).order_by(table.c.id))]

    @staticmethod
    def _last_result(db: sa.Connection, paper_id: str) -> Any:
        table = schema.result
        return db.execute(table.select().where(table.c.paper_id == paper_id)
                          .order_by(table.c.id.desc()).limit(1)).first()


def _record(row: Any) -> Record:
    student = Student(row.student, row.name, row.email, row.print)
    return Record(row.paper_id, student, row.attempt, row.items)


def _quiz(row: Any, where: str) -> Quiz:
    return parse_quiz(row.toml, where, {key: base64.b64decode(data)
                                        for key, data in json.loads(row.attached).items()})


def open_bank(where: str, *, create: bool = False, templates: Path | None = None) -> Bank:
    """The bank at a path or database URL; made if `create`, with a secret of its own.

    UserError if there is none, if the file is no bank, or if a newer softmark made it.
    """
    return Bank(schema.open_engine(where, create), where, templates)
