"""How fair and how sharp the marking is, over every family: `python -m benchmarks.marking_study`.

Simulated students write scripts: honest ones who round in different ways, ones with a single slip,
with a misconception that the family knows or one that nobody lists, near misses, guesses, and a
neighbour's script copied whole. The second table repeats the kinds with scripts that code outside
the project computed (benchmarks/independent.py). Nothing here is asserted; the targets stand beside
what was found.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from softmark.contract import _alike, _blunder, _steps_lost
from softmark.grader.marking import mark
from softmark.grader.scripts import values_of, written
from softmark.grader.verdicts import CARRIED, REPEATED, RIGHT
from softmark.problem_bank import catalogue
from softmark.worksheet.accepted import decimals_of, intervals
from softmark.worksheet.asks import Ask, asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.expressions import Expression
from softmark.worksheet.notation import decimals_for, rounded, unit_of
from softmark.worksheet.runs import mistake_names, mistaken, replay, run, solve
from softmark.worksheet.step import UNMEASURED, Step
from softmark.worksheet.template import Template

Values = dict[str, Any]
FREE = ("choice", "text", "set", "design", "shape")
#: what is asked of the marking: (row, how the figure is made, target)
TARGETS = (
    ("honest scripts that lose a mark", "honest lost", "honest", "0"),
    ("errors twice the interval rejected", "twice rejected", "twice", "≥ 99 %"),
    ("one slip costs exactly one step", "slip once", "slips", "≥ 99 %"),
    ("guessed or near-miss scripts with full marks", "wrong full", "wrong scripts", "≤ 0.1 %"),
    ("marks of a copied script, carried on", "copied carried", "copied", "≤ 5 %"),
    ("marks of a copied script, in all", "copied marks", "copied", ""),
    ("listed misconceptions named", "named", "mistakes", "≥ 95 %"),
    ("listed misconceptions named wrongly", "misnamed", "mistakes", "≤ 1 %"),
    ("unlisted misconceptions left unnamed", "unlisted unnamed", "unlisted", "≥ 95 %"),
)


# -- hands


def rounding_hand(extra: int = 0, even: bool = False) -> Callable[[Template, Step], Any]:
    """A hand that rounds every result, to `extra` more decimals than stated."""
    def reply(problem: Template, step: Step) -> Any:
        places = decimals_of(problem, step)

        def one(value: Any) -> Any:
            if isinstance(value, (int, np.integer, *UNMEASURED)):
                return value
            digits = decimals_for(value, places) + extra
            near = round(Fraction(value), digits) if even else Fraction(rounded(value, digits))
            return near if isinstance(value, Fraction) else float(near)

        if step.kind == "design" or isinstance(step.value, UNMEASURED):
            return step.value
        if isinstance(step.value, np.ndarray):
            made = [one(v) for v in step.value.flat]
            dtype = step.value.dtype if step.value.dtype.kind in "iO" else float
            out = np.empty(len(made), dtype=dtype)
            out[:] = made
            return out.reshape(step.value.shape)
        return one(step.value)
    return reply


HANDS: dict[str, Callable[[Template, Step], Any]] = {
    "rounds every step": rounding_hand(), "rounds ties to even": rounding_hand(even=True),
    "keeps one digit more": rounding_hand(1), "keeps two digits more": rounding_hand(2),
    "keeps all digits": lambda problem, step: step.value}


def values_by(problem: Template, hand: Callable[[Template, Step], Any],
              change: Callable[[Step, Any], Any] = lambda step, value: value) -> Values:
    """What a hand writes down; `change` meddles with what it goes on with."""
    found: Values = {}

    def reply(step: Step) -> Any:
        found[step.name] = change(step, hand(problem, step))
        return found[step.name]

    for _ in run(problem.numeric(), reply):
        pass
    return found


# -- kinds of scripts, each counting what it finds


def honest(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> None:
    for hand in HANDS.values():
        try:
            script = written(asks, values_by(problem, hand))
        except Exception:
            continue
        marks = mark(problem, asks, script)
        count["honest"] += 1
        lost = [c for c in marks.cells if c.verdict.verdict != RIGHT]
        count["honest lost"] += bool(lost)


def widths(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> list[float]:
    """Half-widths in last places; errors twice as wide must be rejected."""
    accepted = intervals(problem)
    found = []
    for ask in asks:
        if ask.kind in FREE or ask.symbolic:
            continue
        cell = rng.choice(ask.cells)
        value = ask.value[cell.index] if cell.index else ask.value
        if isinstance(value, (int, np.integer, *UNMEASURED)):
            continue
        lo, hi = accepted[ask.name].at(cell.index)
        half = (Fraction(float(hi)) - Fraction(float(lo))) / 2
        unit = Fraction(unit_of(value, ask.decimals))
        found.append(float(half / unit))
        # where nothing but the exact value is accepted, a tenth of the last place is too much
        error = 2 * half or unit / 10
        off = value + rng.choice((-1, 1)) * (error if isinstance(value, Fraction) else float(error))
        typed = written(asks, values_of(solve(problem)))
        typed[cell.name] = f"{float(off):.14f}"
        verdict = next(c.verdict.verdict for c in mark(problem, asks, typed).cells
                       if c.verdict.answer.cell is cell)
        count["twice"] += 1
        count["twice rejected"] += verdict not in (RIGHT, CARRIED)
    return found


def slips(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> None:
    accepted = intervals(problem)
    reference = set(solve(problem))
    for ask in asks:
        if ask.kind in FREE or ask.symbolic:
            continue
        slipped = _blunder(ask, accepted[ask.name], rng)
        try:
            follow = replay(problem, {ask.name: slipped})
        except NotAssessable:
            continue
        if set(follow) != reference:
            continue
        values = values_of(follow)
        values[ask.name] = follow[ask.name].reply
        marks = mark(problem, asks, written(asks, values))
        count["slips"] += 1
        count["slip once"] += _steps_lost(marks) == [ask.name]


def misconceptions(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> None:
    for name in mistake_names(problem):
        try:
            values = values_of(mistaken(problem, name))
        except (NotAssessable, UserError):
            continue
        marks = mark(problem, asks, written(asks, values))
        if not _steps_lost(marks):
            continue
        count["mistakes"] += 1
        lost = _steps_lost(marks)
        right = [named for named in marks.mistakes if _alike(problem, name, named, lost)]
        count["named"] += bool(right)
        count["misnamed"] += len(marks.mistakes) > len(right)


#: ways of going wrong that no family lists
UNLISTED: dict[str, Callable[[Any], Any]] = {
    "tripled it": lambda v: v * 3, "took a fifth off": lambda v: v * 4 / 5,
    "added a tenth": lambda v: v + Fraction(1, 10) if isinstance(v, Fraction) else v + 0.1,
    "took the fifth power": lambda v: v ** 5, "took 7 % more": lambda v: v * 107 / 100}


def unlisted(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> None:
    numeric = [a for a in asks if a.kind in ("number", "vector", "matrix") and not a.symbolic]
    if not numeric:
        return
    accepted = intervals(problem)
    for change in UNLISTED.values():
        ask = rng.choice(numeric)
        if np.asarray(ask.value).dtype.kind == "i":
            continue

        def meddled(step: Step, value: Any, ask: Ask = ask, change: Any = change) -> Any:
            return change(value) if step.name == ask.name else value
        try:
            values = values_by(problem, HANDS["rounds every step"], meddled)
            moved = written([ask], values)
        except Exception:
            continue
        inside = all(accepted[ask.name].holds(Fraction(moved[c.name].replace(",", "")), c.index)
                     for c in ask.cells)
        if inside:
            continue
        marks = mark(problem, asks, written(asks, values))
        count["unlisted"] += 1
        count["unlisted unnamed"] += not marks.mistakes


def guesses(problem: Template, asks: list[Ask], rng: Rng, count: Counter[str]) -> None:
    """Random numbers of the right size, and scripts whose every number misses by a tenth."""
    for wrong in (_guess, _near_miss):
        script = {}
        for ask in asks:
            for cell in ask.cells:
                value = ask.value[cell.index] if cell.index else ask.value
                script[cell.name] = wrong(value, ask, rng)
        marks = mark(problem, asks, script)
        count["wrong scripts"] += 1
        count["wrong full"] += marks.marks == marks.out_of


def _guess(value: Any, ask: Ask, rng: Rng) -> str:
    if isinstance(value, str):
        return rng.choice(ask.options or (value, "x"))
    if isinstance(value, UNMEASURED):
        return "1"
    size = max(abs(float(value)), 1.0) * 2
    if isinstance(value, int | np.integer):
        return str(rng.integer(-int(size), int(size)))
    return f"{size * (rng.integer(0, 20_000) / 10_000 - 1):.{ask.decimals}f}"


def _near_miss(value: Any, ask: Ask, rng: Rng) -> str:
    if isinstance(value, Expression):
        return f"1.1*({value})"
    if isinstance(value, UNMEASURED):
        return str(value)
    if isinstance(value, int | np.integer):
        return str(int(value) + rng.choice((-1, 1)))
    return f"{float(value) * (1 + rng.choice((-0.1, 0.1))) + rng.choice((-1, 1)) * 0.02:.{ask.decimals}f}"


def copied(mine: Template, theirs: Template, count: Counter[str]) -> tuple[Fraction, Fraction]:
    """Share of the marks that a neighbour's script earns: in all, and by being carried on."""
    asks = asks_of(mine)
    marks = mark(mine, asks, written(asks_of(theirs), values_of(solve(theirs))))
    by_carrying = sum((c.marks for c in marks.cells if c.verdict.verdict in (CARRIED, REPEATED)),
                      Fraction(0))
    count["copied"] += 1
    return marks.marks, by_carrying


KINDS = (honest, slips, misconceptions, unlisted, guesses)


def family(slug: str, draws: int, all_kinds: bool = True) -> dict[str, Any]:
    """The counts of one family: `draws` problems at each level; or of its honest scripts only."""
    cls = catalogue.find(slug)
    count: Counter[str] = Counter()
    found: list[float] = []
    shares = [Fraction(0), Fraction(0)]
    for level in cls.levels:
        problems = [certified_draw(cls, Rng.of("study", slug, level, seed), level)
                    for seed in range(draws)]
        for seed, problem in enumerate(problems):
            rng = Rng.of("study scripts", slug, level, seed)
            asks = asks_of(problem)
            for kind in KINDS if all_kinds else KINDS[:1]:
                kind(problem, asks, rng, count)
            if all_kinds:
                found += widths(problem, asks, rng, count)
        for mine, theirs in pairwise(problems if all_kinds else ()):
            for place, share in enumerate(copied(mine, theirs, count)):
                shares[place] += share
    return {"slug": slug, "count": dict(count), "widths": found, "copied marks": float(shares[0]),
            "copied carried": float(shares[1])}


def gathered(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All families as one."""
    count: Counter[str] = Counter()
    for row in rows:
        count.update(row["count"])
    both = {key: sum(row[key] for row in rows) for key in ("copied marks", "copied carried")}
    return {"count": {**count, **both}, "widths": [w for row in rows for w in row["widths"]]}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The table: figure, how many scripts it rests on, target."""
    count = found["count"]
    for title, part, whole, target in TARGETS:
        of = count.get(whole, 0)
        if not of:
            continue
        value = count.get(part, 0)
        figure = f"{value:.0f} of {of}" if target == "0" else f"{100 * value / of:.2f} % of {of}"
        yield f"{title:<46}{figure:>22}   {target}"
    if found["widths"]:
        wide = np.array(found["widths"])
        yield f"{'half-width of intervals in last places, median':<46}{np.median(wide):>22.2f}"
        yield f"{'the widest':<46}{wide.max():>22.2f}   ≤ 8"


def main(arguments: list[str] | None = None) -> None:
    """Runs the study and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8, help="problems of each family and level")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--families", action="store_true", help="a row a family where a target is missed")
    parser.add_argument("--only", default="", help="families whose name holds this")
    parser.add_argument("--honest", action="store_true", help="honest scripts only, which is quicker")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    slugs = [slug for slug in catalogue.slugs() if chosen.only in slug]
    begin = time.perf_counter()
    rows = []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for number, row in enumerate(pool.map(family, slugs, [chosen.draws] * len(slugs),
                                             [not chosen.honest] * len(slugs)), 1):
            rows.append(row)
            if sys.stderr.isatty():
                print(f"\r{number} of {len(slugs)} families", end="", file=sys.stderr)
    found = gathered(rows)
    if chosen.json:
        print(json.dumps({**found["count"], "widest": max(found["widths"], default=0)}))
        return
    print(f"\n{len(slugs)} families, {time.perf_counter() - begin:.0f} s\n")
    print("\n".join(lines(found)))
    if chosen.families:
        _print_families(rows)
    if chosen.honest or chosen.only:
        return
    from benchmarks.independent import main as independent

    print("\nscripts computed outside the project\n")
    independent()


def _print_families(rows: list[dict[str, Any]]) -> None:
    print()
    for row in rows:
        c = row["count"]
        n = max(1, c.get("copied", 0))
        short = {"lost": c.get("honest lost", 0), "slip": c.get("slips", 0) - c.get("slip once", 0),
                 "unnamed": c.get("mistakes", 0) - c.get("named", 0), "misnamed": c.get("misnamed", 0),
                 "unlisted": c.get("unlisted", 0) - c.get("unlisted unnamed", 0),
                 "full": c.get("wrong full", 0), "twice": c.get("twice", 0) - c.get("twice rejected", 0),
                 "carried": round(row["copied carried"] / n, 3),
                 "copied": round(row["copied marks"] / n, 2),
                 "wide": round(max(row["widths"], default=0), 1)}
        usual = {"carried": 0.05, "wide": 8, "copied": 0.3}
        told = {key: value for key, value in short.items() if value > usual.get(key, 0)}
        if told:
            print(f"{row['slug']:<40}{told}")


if __name__ == "__main__":
    main()
