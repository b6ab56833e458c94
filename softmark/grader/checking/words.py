"""Formulas, sets and choices against a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from softmark.grader.checking.options import (
    AMBIGUOUS,
    CORRECT,
    INVALID,
    WRONG,
    Checked,
    Options,
    as_text,
    listed,
    plain,
    read_value,
    settled,
    unread,
)
from softmark.grader.reading import read
from softmark.grader.reading.expressions import names_in, read_expression
from softmark.grader.reading.words import read_letters
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import Expression, same, symbols

MAX_LENGTH = 5_000
MAX_ELEMENTS = 300


def check_expression(answer: Any, reference: Any, options: Options) -> Checked:
    names = _declared(reference, options)
    wanted = read_expression(as_text(reference), names)
    if wanted.status not in ("one", "ambiguous"):
        raise UserError(f"the reference {str(reference)[:60]!r} is no formula: {wanted.message}")
    reading = read_expression(as_text(answer), names, options.locale)
    failed = unread(reading)
    if failed:
        return failed
    dec = options.given.get("dec")
    tol = max(float(options.given.get("tol") or 0), 0.5 * 10.0 ** -int(dec) if dec is not None else 0)
    rtol = max(float(options.given.get("rtol") or 0), 1e-9)
    return settled(reading, lambda value: same(value, wanted.value, tol, rtol))


def _declared(reference: Any, options: Options) -> dict[str, Expression]:
    """The symbols that an answer may use, each with its domain."""
    said = options.given.get("vars")
    names = listed(said) if said is not None else names_in(as_text(reference))

    def declared(option: str, name: str) -> bool:
        meant = options.given.get(option)
        return name in meant if isinstance(meant, list) else bool(meant)

    found = {}
    for name in names:
        domain = "unit" if declared("unit_interval", name) else \
            "positive" if declared("positive", name) else "real"
        found[name] = symbols(name, domain)[0]
    return found


def check_set(answer: Any, reference: Any, options: Options) -> Checked:
    wanted = [as_text(item) for item in reference] if isinstance(reference, list) \
        else (_elements(as_text(reference), "en") or [[]])[0]
    ways = _elements(as_text(answer), options.locale)
    if ways is None:
        return Checked(INVALID, "", f"a set is typed as {{1, 2, 3}}, of {MAX_ELEMENTS} elements at most")
    for place, given in enumerate(ways):
        found = [_matching(item, given, options) for item in wanted]
        if all(found) and set().union(*found, set()) == set(range(len(given))):
            shown = "{" + ", ".join(given) + "}"
            if place and all(read_value(text, options).status == "one" for text in ways[0]):
                return Checked(AMBIGUOUS, shown, "its commas could be those of decimals")
            return Checked(CORRECT, shown)
    return Checked(WRONG, "{" + ", ".join(ways[0]) + "}")


def _matching(item: str, given: Sequence[str], options: Options) -> set[int]:
    """The places of an element among those given."""
    loose = Options({"expr": True})
    wanted = read(item, "vector") if item[:1] == "(" else read_value(item, loose)

    def equal(text: str) -> bool:
        reading = read(text, "vector", locale=options.locale) if text[:1] == "(" and item[:1] == "(" \
            else read_value(text, options)
        if {wanted.status, reading.status} <= {"one", "ambiguous"}:
            one, other = (value if isinstance(value, tuple) else (value,)
                          for value in (reading.value, wanted.value))
            return len(one) == len(other) and all(map(options.near, one, other))
        return plain(text) == plain(item)
    return {place for place, text in enumerate(given) if equal(text)}


_PREFIX = re.compile(r"\s*(?:[A-Za-z]\w{0,9}\s*(?:=(?!=)|∈|\\in\b)|set\s?(?=\())")
_PAIR = re.compile(r"\([^(){}\[\]]{1,200}\)")
_INSIDE = str.maketrans({sign: chr(0xE000 + number) for number, sign in enumerate(",;\n ")})
_BACK = {hidden: chr(sign) for sign, hidden in ((sign, ord(to)) for sign, to in _INSIDE.items())}


def _elements(text: str, locale: str) -> list[list[str]] | None:
    """The elements of a typed set, in each way that it may be taken apart; None if it is no set."""
    if len(text) > MAX_LENGTH:
        return None
    text = re.sub(r"\\[()]|\$", " ", text.replace("\\{", "{").replace("\\}", "}"))
    text = _PREFIX.sub("", text, count=1).strip().rstrip(".;").strip()
    for _ in range(2):
        if text in ("∅", "{}", "\\emptyset", "\\varnothing", "empty", "[]", "()"):
            return [[]]
        if text[:1] in ("{", "[") or (text[:1] == "(" and text.find(")") in (-1, len(text) - 1)) \
                or text[:2] in ("([", "({"):
            if not text.endswith({"{": "}", "[": "]", "(": ")"}[text[0]]):
                return None
            text = text[1:-1].strip()
    if any(sign in text for sign in "{}[]"):
        return None
    text = _PAIR.sub(lambda found: found[0].translate(_INSIDE), text)
    apart = [r"[;\n]", r"[,;\n]"] if locale == "en" else [r"[;\n]|,\s", r"[,;\n]"]
    ways = [re.split(split, text) for split in apart if re.search(split, text)]
    if not ways or (locale != "en" and not re.search(apart[0], text)):
        ways.insert(0, text.split())
    ways.append(re.split(r"[,;\n]|\s(?:and|or|und|oder|et|ou)\s", text))
    found = [[part.translate(_BACK).strip().strip("\"'“”‘’") for part in way if part.strip()]
             for way in ways]
    return found if max(map(len, found)) <= MAX_ELEMENTS else None


def check_choice(answer: Any, reference: Any, options: Options) -> Checked:
    offered = [str(option) for option in options.given.get("options") or ()]
    wanted = read_letters(as_text(reference), offered, multi=True)
    if wanted.status != "one":
        raise UserError(f"the reference {str(reference)[:40]!r} is none of the options")
    reading = read_letters(as_text(answer), offered, multi=bool(options.given.get("multi")))
    failed = unread(reading)
    if failed:
        return failed
    given = ", ".join(reading.value)
    return Checked(CORRECT if set(reading.value) == set(wanted.value) else WRONG, given)
