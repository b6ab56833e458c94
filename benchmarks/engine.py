"""Solving, drawing, writing out and marking, a family a row."""

from __future__ import annotations

import statistics
import time

from benchmarks.timing import seconds_each
from softmark.grader.marking import mark
from softmark.grader.reading import read
from softmark.grader.scripts import values_of, written
from softmark.problem_bank import catalogue
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.runs import solve
from softmark.worksheet.typeset import typeset

DRAWS = 20


def drawing_ms(slug: str) -> float:
    """Median milliseconds of a certified draw at medium level."""
    cls = catalogue.find(slug)
    certified_draw(cls, Rng.of("warm"), "medium")
    spent = []
    for seed in range(DRAWS):
        begin = time.perf_counter()
        certified_draw(cls, Rng.of("bench", seed), "medium")
        spent.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(spent)


def main() -> None:
    """Prints microseconds of a solve, milliseconds of the rest."""
    print(f"{'family':<36}{'solve µs':>10}{'draw ms':>10}{'typeset ms':>12}{'mark ms':>10}")
    for slug in catalogue.slugs():
        problem = certified_draw(catalogue.find(slug), Rng.of("bench", slug), "medium")
        asks = asks_of(problem)
        script = written(asks, values_of(solve(problem)))
        found = seconds_each({"solve": lambda p=problem: solve(p),
                              "typeset": lambda p=problem: typeset(p),
                              "mark": lambda p=problem, a=asks, s=script: mark(p, a, s)}, rounds=3)
        print(f"{slug:<36}{1e6 * found['solve']:>10.0f}{drawing_ms(slug):>10.1f}"
              f"{1e3 * found['typeset']:>12.2f}{1e3 * found['mark']:>10.2f}")
    texts = [f"{n / 1000:.3f}" for n in range(-5000, 5000)]
    each = seconds_each({"read": lambda: [read(t, "number") for t in texts]})["read"] / len(texts)
    print(f"\nplain numbers read: {1 / each:,.0f} a second")


if __name__ == "__main__":
    main()
