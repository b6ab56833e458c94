"""One answer against one reference, outside any problem: for question banks and other programs.

The same reader as for papers; what counts as right is said by the options of the line instead of
by a derivation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from softmark.grader.reading import read
from softmark.grader.reading.arrays import named_values
from softmark.grader.reading.expressions import constant_value, names_in, read_expression
from softmark.grader.reading.words import read_letters
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import Expression, evaluate, same, symbols
from softmark.worksheet.records import Reading

CORRECT, WRONG, AMBIGUOUS, INVALID, BLANK = "correct", "wrong", "ambiguous", "invalid", "blank"
KINDS = ("number", "vector", "matrix", "shape", "table", "expression", "set", "choice", "design")
#: without a tolerance, floats in a reference may be this far off, relative to their size
FLOAT = Fraction(1, 10**9)
OPTIONS = frozenset(("dec", "tol", "rtol", "unit", "locale", "label", "labels", "vars", "positive",
                     "unit_interval", "expr", "options", "multi", "layout"))


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on an answer, how it was read, and a sentence where that helps."""

    verdict: str
    reading: str = ""
    message: str = ""


@dataclass(slots=True)
class Options:
    """The options of a line, validated; UserError for one that makes no sense."""

    given: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.given) - OPTIONS)
        if unknown:
            raise UserError(f"there is no option {unknown[0]!r}; there are {', '.join(sorted(OPTIONS))}")
        for name in ("dec", "tol", "rtol"):
            if self.given.get(name) is not None and (not _is_number(self.given[name])
                                                     or self.given[name] < 0):
                raise UserError(f"the option {name} should be a number from 0 on")

    @property
    def locale(self) -> str:
        """Two letters; "en" unless told."""
        return str(self.given.get("locale") or "en")[:2].lower()

    def slack(self, wanted: Fraction) -> Fraction:
        """How far an answer may lie from the wanted value; a tie of `dec` counts either way."""
        sizes = [FLOAT * abs(wanted)]
        if self.given.get("dec") is not None:
            sizes.append(Fraction(10) ** -int(self.given["dec"]) / 2 * (1 + FLOAT))
        sizes.append(Fraction(self.given.get("tol") or 0) * (1 + FLOAT))
        sizes.append(Fraction(self.given.get("rtol") or 0) * abs(wanted) * (1 + FLOAT))
        return max(sizes)

    def near(self, value: Any, wanted: Any) -> bool:
        """Is a number the wanted one, within the tolerance?"""
        return abs(Fraction(value) - Fraction(wanted)) <= self.slack(Fraction(wanted))


def check(kind: str, answer: Any, reference: Any, opts: Mapping[str, Any] | None = None) -> Checked:
    """The verdict on `answer`; UserError for a kind, an option or a reference that cannot be used."""
    if kind not in _CHECKS:
        raise UserError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    options = Options(opts or {})
    if answer is None or not str(answer).strip():
        return Checked(BLANK)
    return _CHECKS[kind](answer if isinstance(answer, Mapping) else _text(answer), reference, options)


def _text(answer: Any) -> str:
    """A JSON answer as it would be typed."""
    if isinstance(answer, list):
        return "[" + ", ".join(map(_text, answer)) + "]"
    return str(answer)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _unread(reading: Reading) -> Checked | None:
    if reading.status in ("blank", "invalid"):
        return Checked(BLANK if reading.status == "blank" else INVALID, "", reading.message)
    return None


def _settled(reading: Reading, right: Callable[[Any], bool], message: str = "") -> Checked:
    """Right by the usual reading, by the other one only, or wrong."""
    if right(reading.value):
        return Checked(CORRECT, shown(reading.value))
    if reading.other is not None and right(reading.other):
        return Checked(AMBIGUOUS, f"{shown(reading.value)} or {shown(reading.other)}", reading.message)
    return Checked(WRONG, shown(reading.value), message)


def shown(value: Any) -> str:
    """A value that was read, as text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {shown(item)}" for name, item in value.items())
    if isinstance(value, Shape):
        return "×".join(map(str, value))
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Fraction) and value.denominator > 10_000:
        return f"{float(value):.10g}"
    return str(value)


class Shape(tuple[int, ...]):
    """Sizes that are shown with crosses."""


# -- kinds


def read_value(text: str, options: Options) -> Reading:
    """A number, or a constant expression where that is welcome."""
    label = options.given.get("label")
    reading = read(text, "number", locale=options.locale, unit=options.given.get("unit"), label=label)
    if reading.status == "invalid" and options.given.get("expr"):
        formula = read_expression(text, {}, options.locale)
        if formula.status in ("one", "ambiguous"):
            return _constant(formula, reading)
    return reading


def _constant(formula: Reading, otherwise: Reading) -> Reading:
    value = constant_value(formula.value)
    other = constant_value(formula.other) if formula.other is not None else None
    if value is None:
        return Reading("invalid", message="the formula has no value (a division by 0, or too large)")
    return Reading(formula.status, value, other, None, formula.message or otherwise.message
                   if other is not None else "")


def _wanted_number(reference: Any, options: Options) -> Fraction:
    if _is_number(reference):
        return Fraction(reference) if not isinstance(reference, float) else Fraction(str(reference))
    loose = Options({**{k: v for k, v in options.given.items() if k in ("unit",)}, "expr": True})
    reading = read_value(str(reference), loose)
    if reading.status not in ("one", "ambiguous"):
        raise UserError(f"the reference {str(reference)[:40]!r} is no number")
    return Fraction(reading.value)


def _number(answer: Any, reference: Any, options: Options) -> Checked:
    wanted = _wanted_number(reference, options)
    reading = read_value(_text(answer), options)
    return _unread(reading) or _settled(reading, lambda value: options.near(value, wanted))


def _array(rank: int) -> Callable[[Any, Any, Options], Checked]:
    def checked(answer: Any, reference: Any, options: Options) -> Checked:
        wanted = _wanted_array(reference, rank, options)
        shape = (len(wanted),) if rank == 1 else (len(wanted), len(wanted[0]))
        def read_as(wished: tuple[int, ...] | None) -> Reading:
            return read(_text(answer), "vector" if rank == 1 else "matrix", shape=wished,
                        labels=options.given.get("labels"), locale=options.locale,
                        element=lambda text: read_value(text, options))

        reading = read_as(shape)
        if reading.status == "invalid":
            reading = read_as(None)
        unread = _unread(reading)
        if unread:
            return unread
        given = _fitted(reading.value, rank)
        if given is None or _shape_of(given) != shape:
            return Checked(WRONG, shown(reading.value),
                           f"{_sizes(shape)} are asked, not {_sizes(_shape_of(reading.value))}")
        flat, wants = _flat(given), _flat(wanted)
        others = _flat(_fitted(reading.other, rank)) if reading.other is not None else flat
        right = [options.near(v, w) for v, w in zip(flat, wants, strict=True)]
        if all(right):
            return Checked(CORRECT, shown(given))
        if all(a or options.near(o, w) for a, o, w in zip(right, others, wants, strict=True)):
            return Checked(AMBIGUOUS, f"{shown(given)} or {shown(reading.other)}", reading.message)
        return Checked(WRONG, shown(given))
    return checked


def _fitted(value: Any, rank: int) -> Any:
    """A row or a column as a vector where one is asked; None where it cannot be one."""
    if rank == 1 and value and isinstance(value[0], tuple):
        if len(value) == 1:
            return value[0]
        return tuple(row[0] for row in value) if all(len(row) == 1 for row in value) else None
    if rank == 2 and value and not isinstance(value[0], tuple):
        return (value,)
    return value


def _shape_of(value: Any) -> tuple[int, ...]:
    return (len(value), len(value[0])) if value and isinstance(value[0], tuple) else (len(value),)


def _sizes(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f"{shape[0]}×{shape[1]} numbers"
    return f"{shape[0]} number{'s' * (shape[0] != 1)}"


def _flat(value: Any) -> list[Any]:
    return [item for row in value for item in row] if value and isinstance(value[0], tuple) \
        else list(value)


def _wanted_array(reference: Any, rank: int, options: Options) -> Any:
    if isinstance(reference, str):
        reading = read(reference, "vector" if rank == 1 else "matrix")
        if reading.status != "one":
            raise UserError(f"the reference {reference[:40]!r} is no list of numbers")
        return _fitted(reading.value, rank)
    if not isinstance(reference, list) or not reference:
        raise UserError("the reference should be a list of numbers" + (", row by row" * (rank - 1)))
    if rank == 1:
        flat = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in reference]
        if len(flat) == 1 and isinstance(flat[0], list):
            flat = flat[0]
        return tuple(_wanted_number(item, options) for item in flat)
    rows = [row if isinstance(row, list) else [row] for row in reference]
    if len({len(row) for row in rows}) != 1:
        raise UserError("the rows of the reference have different lengths")
    return tuple(tuple(_wanted_number(item, options) for item in row) for row in rows)


def _shape(answer: Any, reference: Any, options: Options) -> Checked:
    layout = str(options.given.get("layout") or "any").upper()
    if layout not in ("HWC", "CHW", "ANY"):
        raise UserError("the option layout is HWC, CHW or any")
    known = read(_text(reference), "shape")
    if known.status != "one":
        raise UserError(f"the reference {str(reference)[:40]!r} is no shape such as 55x55x96")
    reading = read(_text(answer), "shape")
    unread = _unread(reading)
    if unread:
        return unread
    given, wanted = tuple(reading.value), tuple(known.value)
    channels_last = _channels_last(wanted, layout)
    ways = {"HWC": [channels_last], "CHW": [_channels_first(channels_last)],
            "ANY": [wanted, channels_last, _channels_first(channels_last)]}[layout]
    if "@" in _text(answer):
        # 96@55x55 names the channels first by itself and is read with them last
        ways = [channels_last]
    return Checked(CORRECT if given in ways else WRONG, shown(Shape(given)))


def _channels_last(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """A reference with its channels last: two equal sizes side by side are height and width."""
    if len(shape) != 3 or layout != "CHW" or (shape[0] == shape[1] and shape[1] != shape[2]):
        return shape
    return (shape[1], shape[2], shape[0])


def _channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape


def _table(answer: Any, reference: Any, options: Options) -> Checked:
    if not isinstance(reference, Mapping) or not reference:
        raise UserError("the reference of a table is an object: name → value")
    given = {str(k): _text(v) for k, v in answer.items()} if isinstance(answer, Mapping) \
        else named_values(answer, list(reference))
    if given is None:
        return Checked(INVALID, "", "a table is typed as name: value, one after the other; the names "
                                    f"are {', '.join(map(str, reference))}")
    rows = {_plain(name): text for name, text in given.items()}
    verdicts: dict[str, Checked] = {}
    for name, wanted in reference.items():
        text = rows.pop(_plain(str(name)), "")
        verdicts[str(name)] = check(_kind_of(wanted), text, wanted,
                                    {k: v for k, v in options.given.items() if k != "label"})
    if rows:
        return Checked(INVALID, "", f"there is no row called {next(iter(rows))[:30]!r}; the names are "
                                    f"{', '.join(map(str, reference))}")
    reading = ", ".join(f"{name} = {one.reading}" for name, one in verdicts.items())
    for verdict in (INVALID, WRONG, BLANK, AMBIGUOUS):
        for name, one in verdicts.items():
            if one.verdict == verdict:
                said = f"{name} is missing" if verdict == BLANK else f"{name}: {one.message or verdict}"
                return Checked(WRONG if verdict == BLANK else verdict, reading, said)
    return Checked(CORRECT, reading)


def _kind_of(wanted: Any) -> str:
    if isinstance(wanted, list):
        return "matrix" if wanted and isinstance(wanted[0], list) else "vector"
    if isinstance(wanted, str) and read(wanted, "number").status != "one":
        return "shape" if read(wanted, "shape").status == "one" else "words"
    return "number"


def _words(answer: Any, reference: Any, options: Options) -> Checked:
    return Checked(CORRECT if _plain(_text(answer)) == _plain(str(reference)) else WRONG, _text(answer))


def _plain(name: str) -> str:
    return re.sub(r"[\s_{}\\$]", "", name).casefold()


def _expression(answer: Any, reference: Any, options: Options) -> Checked:
    names = _declared(reference, options)
    wanted = read_expression(_text(reference), names)
    if wanted.status not in ("one", "ambiguous"):
        raise UserError(f"the reference {str(reference)[:60]!r} is no formula: {wanted.message}")
    reading = read_expression(_text(answer), names, options.locale)
    unread = _unread(reading)
    if unread:
        return unread
    dec = options.given.get("dec")
    tol = max(float(options.given.get("tol") or 0), 0.5 * 10.0 ** -int(dec) if dec is not None else 0)
    rtol = max(float(options.given.get("rtol") or 0), 1e-9)
    return _settled(reading, lambda value: same(value, wanted.value, tol, rtol))


def _declared(reference: Any, options: Options) -> dict[str, Expression]:
    """The symbols that an answer may use, each with its domain."""
    listed = options.given.get("vars")
    names = listed.replace(",", " ").split() if isinstance(listed, str) else \
        [str(name) for name in listed] if listed is not None else names_in(_text(reference))

    def declared(option: str, name: str) -> bool:
        said = options.given.get(option)
        return name in said if isinstance(said, list) else bool(said)

    found = {}
    for name in names:
        domain = "unit" if declared("unit_interval", name) else \
            "positive" if declared("positive", name) else "real"
        found[name] = symbols(name, domain)[0]
    return found


def _set(answer: Any, reference: Any, options: Options) -> Checked:
    wanted = [_text(item) for item in reference] if isinstance(reference, list) \
        else list(_elements(_text(reference), "en") or ())
    given = _elements(_text(answer), options.locale)
    if given is None:
        return Checked(INVALID, "", "a set is typed as {1, 2, 3}")
    found = [_matching(item, given, options) for item in wanted]
    right = all(found) and set().union(*found, set()) == set(range(len(given)))
    return Checked(CORRECT if right else WRONG, "{" + ", ".join(given) + "}")


def _matching(item: str, given: Sequence[str], options: Options) -> set[int]:
    """The places of an element among those given."""
    wanted = read(item, "number")

    def equal(text: str) -> bool:
        reading = read_value(text, options)
        if wanted.status == "one" and reading.status in ("one", "ambiguous"):
            return options.near(reading.value, wanted.value)
        return _plain(text) == _plain(item)
    return {place for place, text in enumerate(given) if equal(text)}


def _elements(text: str, locale: str) -> list[str] | None:
    """The elements of a typed set, None if its brackets do not match."""
    text = re.sub(r"^\s*[A-Za-z]\w{0,9}\s*=(?!=)", "", text.replace("\\{", "{").replace("\\}", "}"))
    text = text.strip().strip("$").strip()
    if text in ("∅", "{}", "\\emptyset", "\\varnothing", "empty", "[]", "()"):
        return []
    if text[:1] in "{[(" and text:
        if not text.endswith({"{": "}", "[": "]", "(": ")"}[text[0]]):
            return None
        text = text[1:-1]
    if any(sign in text for sign in "{}[]"):
        return None
    split = r"[;\n]|,\s" if locale != "en" else r"[,;\n]"
    parts = re.split(split, text) if re.search(split, text) else text.split()
    return [part.strip().strip("\"'“”‘’") for part in parts if part.strip()]


def _choice(answer: Any, reference: Any, options: Options) -> Checked:
    offered = [str(option) for option in options.given.get("options") or ()]
    wanted = read_letters(_text(reference), offered, multi=True)
    if wanted.status != "one":
        raise UserError(f"the reference {str(reference)[:40]!r} is none of the options")
    reading = read_letters(_text(answer), offered, multi=bool(options.given.get("multi")))
    unread = _unread(reading)
    if unread:
        return unread
    given = ", ".join(reading.value)
    return Checked(CORRECT if set(reading.value) == set(wanted.value) else WRONG, given)


_COMPARISON = re.compile(r"(>=|<=|≥|≤|>|<|==?)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b,
    "≥": lambda a, b: a >= b, "<=": lambda a, b: a <= b, "≤": lambda a, b: a <= b,
    "=": lambda a, b: abs(a - b) <= 1e-9, "==": lambda a, b: abs(a - b) <= 1e-9}


def _design(answer: Any, reference: Any, options: Options) -> Checked:
    """Free values under conditions such as "w0 + w1 > 0"; a list of numbers is one design."""
    conditions = reference.get("conditions") if isinstance(reference, Mapping) else reference
    if not isinstance(conditions, list) or not all(isinstance(one, str) for one in conditions):
        return _CHECKS["vector"](answer, reference, options)
    labels = [str(name) for name in options.given.get("labels") or options.given.get("vars") or ()]
    labels = labels or sorted({n for c in conditions for side in _COMPARISON.split(c)[::2]
                               for n in names_in(side)})
    reading = read(_text(answer), "vector", locale=options.locale, labels=labels, shape=(len(labels),))
    unread = _unread(reading)
    if unread:
        return unread
    values = {name: float(value) for name, value in zip(labels, reading.value, strict=True)}
    for condition in conditions:
        if not _holds(condition, values):
            return Checked(WRONG, shown(dict(zip(labels, reading.value, strict=True))),
                           f"{condition} does not hold")
    return Checked(CORRECT, shown(dict(zip(labels, reading.value, strict=True))))


def _holds(condition: str, values: Mapping[str, float]) -> bool:
    sides = _COMPARISON.split(condition)
    known = {name: symbols(name)[0] for name in values}
    readings = [read_expression(side, known) for side in sides[::2]]
    if len(sides) < 3 or any(one.status not in ("one", "ambiguous") for one in readings):
        raise UserError(f"the condition {condition[:60]!r} is no comparison of formulas")
    numbers = [float(evaluate(one.value, values)[0]) for one in readings]
    return all(_COMPARE[sign](a, b)
               for a, sign, b in zip(numbers, sides[1::2], numbers[1:], strict=False))


_CHECKS: dict[str, Callable[[Any, Any, Options], Checked]] = {
    "number": _number, "vector": _array(1), "matrix": _array(2), "shape": _shape, "table": _table,
    "expression": _expression, "set": _set, "choice": _choice, "design": _design, "words": _words}
