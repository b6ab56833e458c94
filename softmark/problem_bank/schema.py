"""The tables of the bank, and how a database of them is opened, made and brought up to date."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from softmark.worksheet.errors import UserError

SCHEMA = 3
META = sa.MetaData()
bank = sa.Table("bank", META, sa.Column("schema", sa.Integer, nullable=False),
                 sa.Column("secret", sa.LargeBinary, nullable=False),
                 sa.Column("created", sa.String, nullable=False))
quiz = sa.Table("quiz", META, sa.Column("name", sa.String, primary_key=True),
                 sa.Column("toml", sa.Text, nullable=False),
                 sa.Column("attached", sa.Text, nullable=False, server_default="{}"),
                 sa.Column("created", sa.String, nullable=False))
paper = sa.Table("paper", META, sa.Column("paper_id", sa.String, primary_key=True),
                  sa.Column("quiz", sa.String, sa.ForeignKey("quiz.name"), nullable=False),
                  sa.Column("student", sa.String, nullable=False),
                  sa.Column("name", sa.String, nullable=False),
                  sa.Column("email", sa.String, nullable=False),
                  sa.Column("print", sa.String, nullable=False, server_default=""),
                  sa.Column("attempt", sa.Integer, nullable=False),
                  sa.Column("items", sa.Text, nullable=False),
                  sa.Column("created", sa.String, nullable=False),
                  sa.UniqueConstraint("quiz", "student", "attempt"))
submission = sa.Table("submission", META,
                       sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                       sa.Column("paper_id", sa.String, sa.ForeignKey("paper.paper_id"),
                                 nullable=False),
                       sa.Column("source", sa.String, nullable=False),
                       sa.Column("answers", sa.Text, nullable=False),
                       sa.Column("received", sa.String, nullable=False),
                       sa.Column("handed_in", sa.String, nullable=False, server_default=""),
                       sa.Column("digest", sa.String, nullable=False, server_default=""))
grading = sa.Table("grading", META,
                    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                    sa.Column("submission", sa.Integer, sa.ForeignKey("submission.id"),
                              nullable=False),
                    sa.Column("softmark", sa.String, nullable=False),
                    sa.Column("marks", sa.String, nullable=False),
                    sa.Column("cells", sa.Text, nullable=False),
                    sa.Column("created", sa.String, nullable=False))
decision = sa.Table("decision", META,
                    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                    sa.Column("kind", sa.String, nullable=False),
                    sa.Column("quiz", sa.String, nullable=False),
                    sa.Column("paper_id", sa.String, nullable=False),
                    sa.Column("question", sa.Integer, nullable=False),
                    sa.Column("cell", sa.String, nullable=False),
                    sa.Column("marks", sa.String, nullable=False),
                    sa.Column("reason", sa.Text, nullable=False),
                    sa.Column("person", sa.String, nullable=False),
                    sa.Column("created", sa.String, nullable=False))
result = sa.Table("result", META,
                  sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
                  sa.Column("paper_id", sa.String, sa.ForeignKey("paper.paper_id"), nullable=False),
                  sa.Column("submission", sa.Integer, nullable=False),
                  sa.Column("marks", sa.String, nullable=False),
                  sa.Column("facts", sa.Text, nullable=False),
                  sa.Column("cause", sa.Text, nullable=False),
                  sa.Column("created", sa.String, nullable=False))
#: the same answers to one paper are one submission, whoever hands them in at the same moment
ONCE = sa.Index("submission_once", submission.c.paper_id, submission.c.digest, unique=True)
APPEND_ONLY = ("submission", "grading", "decision", "result")


def now() -> str:
    """The time of day in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def open_engine(where: str, create: bool = False) -> sa.Engine:
    """The database at a path or URL, its tables made if `create` and brought up to date.

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
        engine = sa.create_engine(url, connect_args={"timeout": 60} if path is not None else {})
        _prepare(engine, path, where, create)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise UserError(f"{where}: is no database URL that can be used here ({error})") from None
    except sa.exc.DatabaseError as error:
        raise UserError(f"{where}: is not a softmark bank ({error.orig}); give the file that "
                        "`softmark quiz` made") from None
    return engine


def _is_sqlite(path: Path) -> bool:
    """Does the file begin like a database? Opening any other would write to it."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _prepare(engine: sa.Engine, path: Path | None, where: str, create: bool) -> None:
    if path is not None:
        sa.event.listen(engine, "connect", _tune)
        sa.event.listen(engine, "begin", _begin)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with engine.execution_options(writing=True).begin() as db:
        if not sa.inspect(db).has_table("bank"):
            if not create or sa.inspect(db).get_table_names():
                raise UserError(f"{where}: is not a softmark bank; give the file that "
                                "`softmark quiz` made")
            META.create_all(db)
            db.execute(bank.insert().values(schema=SCHEMA, secret=secrets.token_bytes(32),
                                            created=now()))
            if path is not None:
                _forbid_changes(db, APPEND_ONLY)
        schema = db.execute(sa.select(bank.c.schema)).scalar_one()
        if schema == 1:
            _from_first(db, path is not None)
        if schema < 3:
            _from_second(db)
    if schema > SCHEMA:
        raise UserError(f"{where}: was made by a newer softmark; update this one")


def _from_first(db: sa.Connection, is_sqlite: bool) -> None:
    """A bank of the first schema gets the columns and tables that came later."""
    for column in ("handed_in", "digest"):
        db.execute(sa.text(f"ALTER TABLE submission ADD COLUMN {column} VARCHAR NOT NULL DEFAULT ''"))
    if is_sqlite:
        db.execute(sa.text("DROP TRIGGER submission_update"))
    for row in db.execute(sa.select(submission.c.id, submission.c.answers)).all():
        db.execute(submission.update().where(submission.c.id == row.id)
                   .values(digest=digest_of(row.answers)))
    META.create_all(db)
    ONCE.create(db, checkfirst=True)
    if is_sqlite:
        _forbid_changes(db, ("decision", "result"))
        _forbid_changes(db, ("submission",), ("UPDATE",))


def _from_second(db: sa.Connection) -> None:
    """A bank of the second schema gets the columns that say what pages look like."""
    db.execute(sa.text("ALTER TABLE quiz ADD COLUMN attached TEXT NOT NULL DEFAULT '{}'"))
    db.execute(sa.text("ALTER TABLE paper ADD COLUMN print VARCHAR NOT NULL DEFAULT ''"))
    db.execute(bank.update().values(schema=SCHEMA))


def digest_of(answers: str) -> str:
    """What tells two sets of answers apart."""
    return hashlib.sha256(answers.encode("utf-8", "surrogatepass")).hexdigest()


def _tune(connection: Any, _: Any) -> None:
    # transactions are begun below, by what they are for
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer takes its place in the queue at once; it cannot be refused half-way."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _forbid_changes(db: sa.Connection, tables: Iterable[str],
                    actions: Iterable[str] = ("UPDATE", "DELETE")) -> None:
    for table in tables:
        for action in actions:
            db.execute(sa.text(
                f"CREATE TRIGGER {table}_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"))
