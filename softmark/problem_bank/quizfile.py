"""The quiz file: the blueprint of a quiz as an instructor writes it, in TOML."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from softmark.problem_bank.files import read_text
from softmark.problem_bank.logo import read_logo
from softmark.problem_bank.words import ENGLISH, Words, missing, read_words, shipped, words_for
from softmark.worksheet.errors import UserError

MAX_BYTES = 1_000_000
MAX_QUESTIONS = 60


def _fraction(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float | str):
        raise ValueError("must be a number")
    try:
        number = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError("must be a number") from None
    if not 0 <= number <= 1000:
        raise ValueError("must lie from 0 to 1000")
    return number


def _words(value: Any) -> Any:
    return str(value) if not isinstance(value, list | dict) else value


Marks = Annotated[Fraction, BeforeValidator(_fraction)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Question(_Table):
    """One [[question]]: a template to draw from, or an instructor's own text."""

    template: str | list[str] | None = None
    level: Literal["easy", "medium", "hard"] = "medium"
    marks: Marks = Fraction(1)
    ask: str | list[str] = "all"
    decimals: int | None = Field(None, ge=0, le=9)
    title: str = ""
    given: dict[str, Any] = Field(default_factory=dict)
    text: str = ""
    answer: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.template) == bool(self.text):
            raise ValueError("needs either `template` (a slug or a list of slugs) or `text` "
                             "(your own question)")
        if self.text and (self.given or self.ask != "all"):
            raise ValueError("`given` and `ask` belong to templates, not to your own text")
        return self

    @property
    def choices(self) -> list[str]:
        """The slugs to choose from."""
        return [self.template] if isinstance(self.template, str) else list(self.template or ())


class Marking(_Table):
    """[marking]: shares of the marks for imprecise answers; how numbers are read.

    An answer that is right only by its less usual reading is flagged, and earns its marks at once
    if `ambiguous` is "better". Of several submissions the one that `count` says is marked; those
    handed in after `due` are flagged as late.
    """

    coarse: Marks = Fraction(1, 2)
    truncated: Marks = Fraction(1, 2)
    ambiguous: Literal["flag", "better"] = "flag"
    count: Literal["last", "best", "first"] = "last"
    due: datetime | None = None
    locale: str = Field("en", pattern=r"^[a-z]{2}$")

    @field_validator("coarse", "truncated")
    @classmethod
    def _is_share(cls, share: Fraction) -> Fraction:
        if share > 1:
            raise ValueError("is a share of the marks, from 0 to 1")
        return share


class Page(_Table):
    """[page]: what papers, solution sheets and feedback look like. Nothing in it changes what is drawn.

    `logo` is the path of an SVG or PNG, relative to the quiz file. `language` is that of the words
    around the exercises; `words` is the path of a file of phrases of one's own. An `accessible` PDF is
    tagged for screen readers.
    """

    size: Literal["a4", "letter"] = "a4"
    print: Literal["normal", "large"] = "normal"
    title_page: StrictBool = False
    logo: str = Field("", max_length=1000)
    footer: str = Field("", max_length=200)
    language: str = ENGLISH
    words: str = Field("", max_length=1000)
    accessible: StrictBool = False

    @field_validator("language")
    @classmethod
    def _is_tag(cls, language: str) -> str:
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", language):
            raise ValueError("should be the short name of a language, such as "
                             f"{', '.join(shipped())}")
        return language

    @field_validator("logo", "footer", "words")
    @classmethod
    def _is_line(cls, text: str) -> str:
        if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text):
            raise ValueError("must be one line without control characters")
        return text.strip()


class Quiz(_Table):
    """A quiz file, validated."""

    title: str = Field(min_length=1, max_length=200)
    course: str = ""
    date: Annotated[str, BeforeValidator(_words)] = ""
    minutes: int | None = Field(None, ge=1, le=1000)
    instructions: str = ""
    conventions: dict[str, Any] = Field(default_factory=dict)
    marking: Marking = Field(default_factory=Marking)
    page: Page = Field(default_factory=Page)
    question: list[Question] = Field(min_length=1, max_length=MAX_QUESTIONS)
    source: str = Field("", exclude=True, repr=False)
    attached: dict[str, bytes] = Field(default_factory=dict, exclude=True, repr=False)

    @property
    def wording(self) -> Words:
        """The words around the exercises, in the page's language."""
        return words_for(self.page.language, self.attached.get("words", b""))

    @property
    def untranslated(self) -> list[str]:
        """The phrases that the page's language lacks, and that stand in English."""
        return missing(self.page.language, self.attached.get("words", b""))

    @property
    def name(self) -> str:
        """What streams and the bank know the quiz by: a hash of its title and course."""
        return hashlib.sha256(f"{self.course}\0{self.title}".encode()).hexdigest()[:12]


def load_quiz(path: Path) -> Quiz:
    """The quiz in a TOML file; UserError names file, table and key, and how to mend it.

    The files that it names are read with it, so that from here on the quiz needs none of them.
    """
    quiz = parse_quiz(read_text(path, "quiz file (TOML)", MAX_BYTES), str(path))
    attached = {}
    for key, name, read in (("logo", quiz.page.logo, read_logo),
                            ("words", quiz.page.words, read_words)):
        if name:
            try:
                attached[key] = read(path.parent / name)
            except UserError as error:
                raise UserError(f"{path}: [page]: {key}: {error}") from None
    language = quiz.page.language
    if missing(language) and "words" not in attached:
        raise UserError(f"{path}: [page]: language = {language!r}: softmark has words in "
                        f"{', '.join(shipped())}; for another, give yours with words = \"FILE.toml\"")
    return quiz.model_copy(update={"attached": attached})


def parse_quiz(text: str, where: str = "quiz", attached: Mapping[str, bytes] | None = None) -> Quiz:
    """The quiz in TOML text, with what is in the files that it names, by key."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{where}: is not valid TOML: {error}") from None
    for key in ("source", "attached"):
        if key in data:
            raise UserError(f"{where}: there is no key {key!r} in a quiz")
    try:
        return Quiz.model_validate({**data, "source": text, "attached": dict(attached or {})})
    except ValidationError as error:
        raise UserError(f"{where}: {_told(error, text)}") from None


def _told(error: ValidationError, text: str) -> str:
    one = error.errors(include_url=False)[0]
    place = [part for part in one["loc"] if part not in ("str", "list[str]")]
    table, key = _table_of(place)
    line = _line_of(text, place)
    where = f"{table}{f' (line {line})' if line else ''}"
    if one["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"question": Question, "marking": Marking,
                                              "page": Page}
        model = models.get(str(place[0]), Quiz)
        known = [name for name in model.model_fields if name not in ("source", "attached")]
        near = difflib.get_close_matches(str(key), known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; it knows {', '.join(known)}"
        return f"{where}: there is no key {key!r}{hint}"
    if one["type"] == "missing":
        return f"{where}: the key {key!r} is missing; add it"
    message = one["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    shown = repr(one["input"]) if not isinstance(one["input"], dict | list) else ""
    said = f" = {shown[:60]}" if shown and key else ""
    return f"{where}: {key or ''}{said}{': ' if key else ''}{message}"


def _table_of(place: list[Any]) -> tuple[str, Any]:
    if len(place) > 1 and place[0] == "question" and isinstance(place[1], int):
        return f"question {place[1] + 1}", ".".join(map(str, place[2:]))
    if len(place) > 1:
        return f"[{place[0]}]", ".".join(map(str, place[1:]))
    return "top of the file", place[0] if place else ""


def _line_of(text: str, place: list[Any]) -> int | None:
    """The line that a key stands on, or its table begins on."""
    lines = text.splitlines()
    start = 0
    if place[:1] == ["question"] and len(place) > 1:
        heads = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[\s*question\s*\]\]", line)]
        if not isinstance(place[1], int) or place[1] >= len(heads):
            return None
        start = heads[place[1]]
        place = place[2:]
    for number, line in enumerate(lines[start:], start + 1):
        if place and re.match(rf"\s*{re.escape(str(place[-1]))}\s*=", line):
            return number
    return start + 1 if start else None
