"""A template is a family of exercises; an instance of it, with drawn values, is a problem."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.fields import Carried, Given, nested_map
from softmark.worksheet.notation import subscript
from softmark.worksheet.step import Steps, places
from softmark.worksheet.terms import Term, constant, leaf_text

if TYPE_CHECKING:
    from softmark.worksheet.drawing import Drawing

LEVELS = ("easy", "medium", "hard")
VERSION_SEEDS = 20


class Template(BaseModel):
    """Base of all families: fields are the drawn values, `solve` is the conversation.

    A family sets `title` and `statement`, gives its fields, and writes `draw` and `solve`.
    `exact` families are carried on fractions from beginning to end: those that compare or branch, and
    those whose results mostly come out even, so that nothing is rounded and no rounding grows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    title: ClassVar[str] = ""
    statement: ClassVar[str] = ""
    levels: ClassVar[tuple[str, ...]] = LEVELS
    exact: ClassVar[bool] = False
    #: questions about ties may have them; all others are drawn without
    ties_meant: ClassVar[bool] = False

    #: of a hundred draws, how many differ at least: few only where there are few problems
    least_distinct: ClassVar[int] = 90

    decimals: int = Field(3, ge=0, le=9, description="decimals stated in the question")

    _views: dict[str, Any] = PrivateAttr(default_factory=dict)
    _is_written: bool = PrivateAttr(False)

    # -- what a family writes

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        """A problem with values drawn for the level."""
        raise NotImplementedError

    def solve(self) -> Steps:
        """The steps: ``value = yield Step(…)`` and go on with what comes back."""
        raise NotImplementedError

    def figure(self) -> Drawing | None:
        """A picture for the statement."""
        return None

    def axes(self) -> Mapping[str, Sequence[Sequence[str]]]:
        """Labels of the axes of array fields, where they are not 1, 2, …"""
        return {}

    def flips(self) -> Mapping[str, Mapping[str, Any]]:
        """Misconceptions that are a convention turned round: name -> fields to replace."""
        return {}

    # -- names

    @classmethod
    def slug(cls) -> str:
        """topic/family, from where the family's file lies."""
        return "/".join(cls.__module__.split(".")[-2:])

    @classmethod
    def topic(cls) -> str:
        """The folder the family lies in."""
        return cls.slug().split("/")[0]

    @classmethod
    def version(cls) -> str:
        """A hash of what twenty fixed seeds produce: changes exactly when behaviour does."""
        return _version(cls)

    # -- values in and out

    def to_json(self) -> dict[str, Any]:
        """The drawn values as JSON data."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """A problem from JSON or TOML data.

        Raises UserError naming the field, the value and the rule it breaks.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise UserError(f"{cls.slug()}: {told(error)}") from None

    def replace(self, **changes: Any) -> Self:
        """The same problem with some fields changed (and validated again)."""
        return self.from_json({**self.to_json(), **changes})

    def fingerprint(self) -> str:
        """A hash of the drawn values."""
        text = json.dumps([self.slug(), self.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Template) \
            and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    # -- the problem as a run sees it

    def numeric(self) -> Self:
        """The problem in floats, or in fractions if the family is exact."""
        if "numeric" not in self._views:
            self._views["numeric"] = self._carried(_fractions if self.exact else _floats)
        return self._views["numeric"]  # type: ignore[no-any-return]

    def terms(self) -> Self:
        """The problem with every drawn value a term that knows its symbol."""
        labels = self.axes()
        view = self._carried(lambda name, value, mark: _as_terms(
            value, mark, field_note(type(self), name), labels.get(name), self.exact))
        view._is_written = True
        return view

    def written(self, number: int, drawn: bool = True, symbol: str = "") -> Any:
        """A number that the formula is to show by itself: 3 · 3 · 8 instead of 72.

        `drawn` unless it is the same in every problem of the family; `symbol` where the statement
        has a letter for it, as H for the height of a map.
        """
        return constant(number, drawn, symbol) if self._is_written else number

    def _carried(self, convert: Any) -> Self:
        values = {name: convert(name, getattr(self, name), mark)
                  for name, mark in _carried_fields(type(self)).items()}
        return self.model_copy(update=values)


def field_note(cls: type[Template], name: str) -> Given:
    """What the template says of its field `name`."""
    extra = cls.model_fields[name].json_schema_extra
    note = extra.get("softmark") if isinstance(extra, dict) else None
    return note if isinstance(note, Given) else Given()


@cache
def _carried_fields(cls: type[Template]) -> dict[str, Carried]:
    found = {}
    for name, info in cls.model_fields.items():
        marks = [mark for mark in info.metadata if isinstance(mark, Carried)]
        if marks:
            found[name] = marks[-1]
    return found


def _floats(name: str, value: Any, mark: Carried) -> Any:
    if mark.rank == 0:
        return value if mark.whole else float(value)
    return np.array(value, dtype=int if mark.whole else float)


def _fractions(name: str, value: Any, mark: Carried) -> Any:
    if mark.whole:
        return value if mark.rank == 0 else np.array(value, dtype=int)
    if mark.rank == 0:
        return Fraction(value)
    return np.array(nested_map(Fraction, value), dtype=object)


def _as_terms(value: Any, mark: Carried, note: Given, axes: Any, exact: bool) -> Any:
    def leaf(number: Decimal | int, labels: tuple[str, ...]) -> Term:
        carried = number if mark.whole else Fraction(number) if exact else float(number)
        return Term(carried, symbol=subscript(note.symbol, labels) if note.symbol else "",
                    text=leaf_text(number), drawn=True)

    if mark.rank == 0:
        return leaf(value, ())
    numbers = np.array(value, dtype=object)
    out = np.empty(numbers.shape, dtype=object)
    for index, labels in places(numbers.shape, axes, note.reverse):
        out[index] = leaf(numbers[index], labels)
    return out


def told(error: ValidationError) -> str:
    """Pydantic's complaints as one sentence: field, value, rule."""
    parts = []
    found = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    for one in found[:3]:
        where = "".join(f"[{p}]" if isinstance(p, int) else ("." if i else "") + str(p)
                        for i, p in enumerate(one["loc"]))
        rule = one["msg"].removeprefix("Value error, ")
        shown = str(one["input"]) if isinstance(one["input"], Decimal) else repr(one["input"])
        if len(shown) > 60:
            shown = shown[:57] + "..."
        if one["type"] == "missing":
            parts.append(f"field {where} is missing")
        elif one["type"] == "extra_forbidden":
            parts.append(f"there is no field {where}")
        elif where:
            parts.append(f"field {where} = {shown}: {rule}")
        else:
            parts.append(rule)
    return "; ".join(parts)


@cache
def _version(cls: type[Template]) -> str:
    from softmark.worksheet.runs import solve

    digest = hashlib.sha256()
    digest.update(cls.statement.encode())
    for seed in range(VERSION_SEEDS):
        rng = Rng.of("version", cls.slug(), seed)
        problem = cls.draw(rng, cls.levels[seed % len(cls.levels)])
        digest.update(json.dumps(problem.to_json(), sort_keys=True).encode())
        for name, done in solve(problem).items():
            digest.update(f"{name}={_stable(done.value)};".encode())
    return digest.hexdigest()[:12]


def _stable(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return ",".join(_stable(v) for v in value.ravel())
    return f"{value:.9g}" if isinstance(value, float) else str(value)
