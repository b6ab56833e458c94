"""The ledger: bank secret, quizzes, papers, submissions and grading runs, kept for ever.

SQLite by default, any SQLAlchemy URL otherwise. Submissions and grading runs are append-only,
which the database itself sees to.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from softmark.problem_bank.papers import Item, Paper, item_from_record, paper_record
from softmark.problem_bank.quizfile import Quiz, parse_quiz
from softmark.problem_bank.roster import Student
from softmark.problem_bank.seeds import is_signed, normal_id
from softmark.worksheet.errors import UserError

SCHEMA = 1
_meta = sa.MetaData()
_bank = sa.Table("bank", _meta, sa.Column("schema", sa.Integer, nullable=False),
                 sa.Column("secret", sa.LargeBinary, nullable=False),
                 sa.Column("created", sa.String, nullable=False))
_quiz = sa.Table("quiz", _meta, sa.Column("name", sa.String, primary_key=True),
                 sa.Column("toml", sa.Text, nullable=False),
                 sa.Column("created", sa.String, nullable=False))
_paper = sa.Table("paper", _meta, sa.Column("paper_id", sa.String, primary_key=True),
                  sa.Column("quiz", sa.String, sa.ForeignKey("quiz.name"), nullable=False),
                  sa.Column("student", sa.String, nullable=False),
                  sa.Column("name", sa.String, nullable=False),
                  sa.Column("email", sa.String, nullable=False),
                  sa.Column("attempt", sa.Integer, nullable=False),
                  sa.Column("items", sa.Text, nullable=False),
                  sa.Column("created", sa.String, nullable=False),
                  sa.UniqueConstraint("quiz", "student", "attempt"))
_submission = sa.Table("submission", _meta,
                       sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                       sa.Column("paper_id", sa.String, sa.ForeignKey("paper.paper_id"),
                                 nullable=False),
                       sa.Column("source", sa.String, nullable=False),
                       sa.Column("answers", sa.Text, nullable=False),
                       sa.Column("received", sa.String, nullable=False))
_grading = sa.Table("grading", _meta,
                    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                    sa.Column("submission", sa.Integer, sa.ForeignKey("submission.id"),
                              nullable=False),
                    sa.Column("softmark", sa.String, nullable=False),
                    sa.Column("marks", sa.String, nullable=False),
                    sa.Column("cells", sa.Text, nullable=False),
                    sa.Column("created", sa.String, nullable=False))
_APPEND_ONLY = ("submission", "grading")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Bank:
    """An open bank."""

    def __init__(self, engine: sa.Engine, where: str, templates: Path | None = None) -> None:
        self._engine = engine
        self._where = where
        self._templates = templates
        self._quizzes: dict[str, Quiz] = {}
        with self._begin() as db:
            self.secret: bytes = db.execute(sa.select(_bank.c.secret)).scalar_one()

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise UserError(f"{self._where}: the bank cannot be used now "
                            f"({error.orig}); close other programs that use it") from None

    # -- papers

    def keep_quiz(self, quiz: Quiz) -> None:
        """Records the quiz, or its newest text under the same course and title."""
        self._quizzes[quiz.name] = quiz
        with self._begin() as db:
            known = db.execute(sa.select(_quiz.c.name).where(_quiz.c.name == quiz.name)).first()
            if known is None:
                db.execute(_quiz.insert().values(name=quiz.name, toml=quiz.source, created=_now()))
            else:
                db.execute(_quiz.update().where(_quiz.c.name == quiz.name)
                           .values(toml=quiz.source))

    def keep_paper(self, paper: Paper) -> None:
        """Records a paper in one transaction; a paper once kept is never changed."""
        items = json.dumps([paper_record(item) for item in paper.problems])
        with self._begin() as db:
            db.execute(_paper.insert().values(
                paper_id=paper.paper_id, quiz=paper.quiz.name, student=paper.student.id,
                name=paper.student.name, email=paper.student.email, attempt=paper.attempt,
                items=items, created=_now()))

    def paper_of(self, quiz: str, student: str, attempt: int) -> Paper | None:
        """The kept paper of a student, or None."""
        with self._begin() as db:
            row = db.execute(_paper.select().where(
                _paper.c.quiz == quiz, _paper.c.student == student,
                _paper.c.attempt == attempt)).first()
        return self._paper(row) if row else None

    def attempts(self, quiz: str, student: str) -> int:
        """How many papers of the quiz the student has."""
        with self._begin() as db:
            return int(db.execute(sa.select(sa.func.count()).select_from(_paper).where(
                _paper.c.quiz == quiz, _paper.c.student == student)).scalar_one())

    def paper(self, key: str) -> Paper:
        """The paper with an id, or the newest paper of a student; UserError if there is none."""
        by_id = _paper.select().where(_paper.c.paper_id == normal_id(key))
        by_student = _paper.select().where(_paper.c.student == key.strip()).order_by(
            _paper.c.created.desc(), _paper.c.attempt.desc())
        with self._begin() as db:
            row = db.execute(by_id).first() or db.execute(by_student).first()
        if row:
            return self._paper(row)
        signed = is_signed(self.secret, key)
        raise UserError(f"{key!r} is no student or paper of this bank"
                        + ("" if signed else " (nor an id that it gave)"))

    def papers(self, quiz: str | None = None) -> list[Paper]:
        """All papers, in the order they were made, by student id within a second."""
        query = _paper.select().order_by(_paper.c.created, _paper.c.student, _paper.c.attempt)
        if quiz is not None:
            query = query.where(_paper.c.quiz == quiz)
        with self._begin() as db:
            rows = db.execute(query).all()
        return [self._paper(row) for row in rows]

    def _paper(self, row: Any) -> Paper:
        if row.quiz not in self._quizzes:
            with self._begin() as db:
                toml = db.execute(sa.select(_quiz.c.toml).where(_quiz.c.name == row.quiz)
                                  ).scalar_one()
            self._quizzes[row.quiz] = parse_quiz(toml, f"quiz kept in {self._where}")
        items: list[Item] = [item_from_record(record, self._templates)
                             for record in json.loads(row.items)]
        return Paper(row.paper_id, self._quizzes[row.quiz],
                     Student(row.student, row.name, row.email), row.attempt, items)

    # -- submissions

    def keep_submission(self, paper_id: str, source: str, answers: Mapping[str, str]) -> int:
        """Records what came back, as it was; its number. The same answers twice are one."""
        text = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True)
        with self._begin() as db:
            known = db.execute(sa.select(_submission.c.id).where(
                _submission.c.paper_id == paper_id, _submission.c.answers == text)).first()
            if known:
                return int(known.id)
            done = db.execute(_submission.insert().values(
                paper_id=paper_id, source=source, answers=text, received=_now()))
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def keep_grading(self, submission: int, version: str, marks: Fraction,
                     cells: list[dict[str, Any]]) -> None:
        """Adds a grading run; earlier ones stay."""
        with self._begin() as db:
            db.execute(_grading.insert().values(
                submission=submission, softmark=version, marks=str(marks),
                cells=json.dumps(cells, ensure_ascii=False), created=_now()))

    def gradings(self, paper_id: str) -> list[dict[str, Any]]:
        """Every grading run of a paper's submissions, oldest first."""
        query = sa.select(_grading, _submission.c.paper_id).join(
            _submission, _submission.c.id == _grading.c.submission).where(
            _submission.c.paper_id == paper_id).order_by(_grading.c.id)
        with self._begin() as db:
            return [dict(row._mapping) for row in db.execute(query)]


def open_bank(where: str, *, create: bool = False, templates: Path | None = None) -> Bank:
    """The bank at a path or database URL; made if `create`, with a secret of its own.

    UserError if there is none, if the file is no bank, or if a newer softmark made it.
    """
    url = where if "://" in where else f"sqlite:///{where}"
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    new = path is not None and not path.exists()
    if new and not create:
        raise UserError(f"{where}: there is no such bank; `softmark quiz` makes one")
    if path is not None and not path.parent.is_dir():
        raise UserError(f"{where}: the folder {path.parent} does not exist; make it first")
    if path is not None and path.exists() and not _is_sqlite(path):
        raise UserError(f"{where}: is not a softmark bank; give the file that `softmark quiz` made")
    try:
        engine = sa.create_engine(url, connect_args={"timeout": 30} if path is not None else {})
        _prepare(engine, path, where, create)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise UserError(f"{where}: is no database URL that can be used here ({error})") from None
    except sa.exc.DatabaseError as error:
        raise UserError(f"{where}: is not a softmark bank ({error.orig}); give the file that "
                        "`softmark quiz` made") from None
    return Bank(engine, where, templates)


def _is_sqlite(path: Path) -> bool:
    """Does the file begin like a database? Opening any other would write to it."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _prepare(engine: sa.Engine, path: Path | None, where: str, create: bool) -> None:
    if path is not None:
        sa.event.listen(engine, "connect", _tune)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with engine.begin() as db:
        if not sa.inspect(db).has_table("bank"):
            if not create or sa.inspect(db).get_table_names():
                raise UserError(f"{where}: is not a softmark bank; give the file that "
                                "`softmark quiz` made")
            _meta.create_all(db)
            db.execute(_bank.insert().values(schema=SCHEMA, secret=secrets.token_bytes(32),
                                             created=_now()))
            if path is not None:
                _forbid_changes(db)
        schema = db.execute(sa.select(_bank.c.schema)).scalar_one()
    if schema > SCHEMA:
        raise UserError(f"{where}: was made by a newer softmark; update this one")


def _tune(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _forbid_changes(db: sa.Connection) -> None:
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            db.execute(sa.text(
                f"CREATE TRIGGER {table}_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"))
