"""Formulas, sets and choices against a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from softmark.grader.checking.options import (
    CORRECT,
    INVALID,
    WRONG,
    Checked,
    Options,
    as_text,
    plain,
    read_value,
    settled,
    unread,
)
from softmark.grader.reading.expressions import names_in, read_expression
from softmark.grader.reading.words import read_letters
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import Expression, same, symbols


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
    listed = options.given.get("vars")
    names = listed.replace(",", " ").split() if isinstance(listed, str) else \
        [str(name) for name in listed] if listed is not None else names_in(as_text(reference))

    def declared(option: str, name: str) -> bool:
        said = options.given.get(option)
        return name in said if isinstance(said, list) else bool(said)

    found = {}
    for name in names:
        domain = "unit" if declared("unit_interval", name) else \
            "positive" if declared("positive", name) else "real"
        found[name] = symbols(name, domain)[0]
    return found


def check_set(answer: Any, reference: Any, options: Options) -> Checked:
    wanted = [as_text(item) for item in reference] if isinstance(reference, list) \
        else list(_elements(as_text(reference), "en") or ())
    given = _elements(as_text(answer), options.locale)
    if given is None:
        return Checked(INVALID, "", "a set is typed as {1, 2, 3}")
    found = [_matching(item, given, options) for item in wanted]
    right = all(found) and set().union(*found, set()) == set(range(len(given)))
    return Checked(CORRECT if right else WRONG, "{" + ", ".join(given) + "}")


def _matching(item: str, given: Sequence[str], options: Options) -> set[int]:
    """The places of an element among those given."""
    wanted = read_value(item, Options({"expr": True}))

    def equal(text: str) -> bool:
        reading = read_value(text, options)
        if wanted.status in ("one", "ambiguous") and reading.status in ("one", "ambiguous"):
            return options.near(reading.value, wanted.value)
        return plain(text) == plain(item)
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
