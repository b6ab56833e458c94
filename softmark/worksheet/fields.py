"""The kinds of drawn values, and what a template says of each of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

MAX_SIZE = Decimal("1e12")
MAX_ELEMENTS = 20_000


@dataclass(frozen=True)
class Carried:
    """Marks a field whose numbers a run may carry as floats, fractions or terms."""

    rank: int
    whole: bool = False


@dataclass(frozen=True)
class Given:
    """What a template says of a field: its symbol, unit, meaning, and index order."""

    symbol: str = ""
    unit: str = ""
    about: str = ""
    reverse: bool = False


def given(symbol: str = "", *, default: Any = ..., unit: str = "", about: str = "",
          reverse: bool = False, **rules: Any) -> Any:
    """A drawn value: LaTeX `symbol`, `unit`, what it is `about`, and pydantic's rules (ge, le …).

    `reverse` prints subscripts from the last axis to the first: a matrix kept as (to, from) whose
    weights are written w_{from,to}.
    """
    note = Given(symbol, unit, about, reverse)
    return Field(default, description=about or None,
                 json_schema_extra={"softmark": note},  # type: ignore[dict-item]
                 **rules)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    try:
        number = Decimal(str(value)) if isinstance(value, int | float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError("must be a number") from None
    if not number.is_finite():
        raise ValueError("must be a finite number")
    if abs(number) > MAX_SIZE or number.adjusted() < -12:
        raise ValueError("is too large or too small to compute with by hand")
    return number


def _integer(value: Any) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError("must be a whole number")
    return int(number)


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _rectangular(rows: Any) -> Any:
    """Refuses ragged arrays and oversized ones."""
    shape: list[int] = []
    level = [rows]
    while level and isinstance(level[0], tuple):
        sizes = {len(row) for row in level}
        if len(sizes) > 1:
            raise ValueError("rows have different lengths")
        shape.append(sizes.pop())
        level = [item for row in level for item in row]
        if len(level) > MAX_ELEMENTS:
            raise ValueError(f"has more than {MAX_ELEMENTS} numbers")
    if not level:
        raise ValueError("is empty")
    return rows


_Decimal = Annotated[Decimal, BeforeValidator(_decimal), PlainSerializer(_json_number)]
_Int = Annotated[int, BeforeValidator(_integer)]
_check = AfterValidator(_rectangular)

if TYPE_CHECKING:
    # inside `solve` the same field is a float, a fraction, an array or a term
    Number = Any
    Vector = Any
    Matrix = Any
    Tensor = Any
    Integer = Any
    IntVector = Any
    IntMatrix = Any
else:
    Number = Annotated[_Decimal, Carried(0)]
    Vector = Annotated[tuple[_Decimal, ...], _check, Carried(1)]
    Matrix = Annotated[tuple[tuple[_Decimal, ...], ...], _check, Carried(2)]
    Tensor = Annotated[tuple[tuple[tuple[_Decimal, ...], ...], ...], _check, Carried(3)]
    Integer = Annotated[_Int, Carried(0, whole=True)]
    IntVector = Annotated[tuple[_Int, ...], _check, Carried(1, whole=True)]
    IntMatrix = Annotated[tuple[tuple[_Int, ...], ...], _check, Carried(2, whole=True)]


class Shape(tuple[Any, ...]):
    """The shape of an array, height × width × channels unless a template says otherwise."""

    __slots__ = ()

    def __str__(self) -> str:
        return "×".join(str(size) for size in self)


def nested_map(function: Callable[[Any], Any], value: Any) -> Any:
    """`function` of every number in a nest of tuples."""
    if isinstance(value, tuple):
        return tuple(nested_map(function, item) for item in value)
    return function(value)
