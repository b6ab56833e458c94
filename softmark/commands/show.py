"""`softmark list`, `show` and `solve`: the catalogue and single problems."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from softmark.problem_bank import catalogue
from softmark.problem_bank.files import read_text
from softmark.worksheet.accepted import intervals
from softmark.worksheet.asks import Ask, asks_of
from softmark.worksheet.certificate import certified_draw, complaints
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.expressions import Expression
from softmark.worksheet.runs import mistake_names, solve
from softmark.worksheet.statement import statement
from softmark.worksheet.template import Template
from softmark.worksheet.typeset import typeset


def listing(topic: str | None, templates: Path | None) -> list[dict[str, Any]]:
    """One record a template: slug, title, topic, levels, number of asks at medium level."""
    rows = []
    for slug, cls in catalogue.all_templates(templates).items():
        if topic is None or cls.topic() == topic:
            level = "medium" if "medium" in cls.levels else cls.levels[0]
            problem = cls.draw(Rng.of("list", slug), level)
            rows.append({"slug": slug, "title": cls.title, "topic": cls.topic(),
                         "levels": list(cls.levels), "asks": len(asks_of(problem))})
    if topic is not None and not rows:
        topics = sorted({slug.split("/")[0] for slug in catalogue.slugs(templates)})
        raise UserError(f"there is no topic {topic!r}; there are {', '.join(topics)}")
    return rows


def read_given(path: Path) -> dict[str, Any]:
    """The values in a JSON or TOML file."""
    text = read_text(path, "file of given values (JSON or TOML)")
    try:
        data = json.loads(text, parse_float=Decimal) if path.suffix.lower() != ".toml" \
            else tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise UserError(f"{path}: is not valid {kind}: {error}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: should hold one table of values, field by field")
    return data


def shown_problem(slug: str, seed: int, level: str, given: Path | None,
                  templates: Path | None) -> Template:
    """A certified draw, or the user's own numbers with the rest drawn."""
    cls = catalogue.find(slug, templates)
    pinned = read_given(given) if given else None
    unknown = [key for key in pinned or () if key not in cls.model_fields]
    if unknown:
        raise UserError(f"{given}: {slug} has no value {unknown[0]!r}; it has "
                        f"{', '.join(cls.model_fields)}")
    return certified_draw(cls, Rng.of("show", slug, level, seed), level, given=pinned)


def own_problem(slug: str, given: Path, templates: Path | None) -> tuple[Template, list[str]]:
    """The user's own problem, and what the certificate finds in it."""
    cls = catalogue.find(slug, templates)
    try:
        problem = cls.from_json(read_given(given))
    except UserError as error:
        raise UserError(f"{given}: {error}") from None
    try:
        solve(problem)
        return problem, list(complaints(problem))
    except (ArithmeticError, ValueError, NotAssessable) as error:
        raise UserError(f"{given}: these values cannot be worked out ({error})") from None


def problem_json(problem: Template, level: str | None) -> dict[str, Any]:
    """Everything there is to know of a problem, for programs."""
    asks = asks_of(problem)
    accepted = intervals(problem)
    total = sum(ask.weight for ask in asks) or 1
    lines = typeset(problem)
    reference = solve(problem, wrong=True)
    return {
        "slug": problem.slug(), "version": type(problem).version(), "level": level,
        "given": problem.to_json(), "statement": statement(problem, asks),
        "asks": [_ask_json(ask, accepted, total) for ask in asks],
        "steps": [{"name": line.name, "title": line.title, "symbol": line.symbol,
                   "formula": line.worked[0].formula if line.worked else "",
                   "numbers": line.worked[0].numbers if line.worked else "",
                   "value": jsonable(reference[line.name].value), "note": line.note}
                  for line in lines],
        "mistakes": [{"step": step or "", "name": name,
                      "value": jsonable(reference[step].wrong.get(name)) if step else None}
                     for name, step in mistake_names(problem).items()],
    }


def _ask_json(ask: Ask, accepted: Any, total: float) -> dict[str, Any]:
    interval = accepted[ask.name]
    free = ask.kind in ("design", "choice", "text", "set") or ask.symbolic
    return {"name": ask.name, "kind": ask.kind, "symbol": ask.symbol, "title": ask.title,
            "cells": [cell.name for cell in ask.cells], "value": jsonable(ask.value),
            "decimals": ask.decimals, "options": list(ask.options),
            "interval": None if free else {"lo": jsonable(interval.lo),
                                           "hi": jsonable(interval.hi)},
            "marks": round(ask.weight / total, 6)}


def jsonable(value: Any) -> Any:
    """Numbers, arrays and shapes as JSON data."""
    if isinstance(value, np.ndarray):
        return [jsonable(item) for item in value.tolist()]
    if isinstance(value, tuple | list):
        return [jsonable(item) for item in value]
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value.item() if isinstance(value, np.generic) else value
