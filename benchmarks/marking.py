"""How fast answers are read and marked, on one core: `python -m benchmarks.marking`."""

from __future__ import annotations

from functools import partial

from benchmarks.timing import seconds_each
from softmark.contract import _blunder
from softmark.grader.marking import mark
from softmark.grader.reading import read
from softmark.grader.scripts import values_of, written
from softmark.problem_bank import catalogue
from softmark.worksheet.accepted import intervals
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.runs import mistake_names, mistaken, replay, solve

#: families of about ten asks each
FAMILIES = ("backprop/backprop_numeric", "training/adam", "sequences/lstm_forward",
            "architectures/memory_vgg")
NUMBERS = 20_000


def scripts(slug: str) -> dict[str, dict[str, str]]:
    """A right script, one with a slip that is carried on, and one with a misconception."""
    problem = certified_draw(catalogue.find(slug), Rng.of("marking", slug), "easy")
    asks = asks_of(problem)
    first = next(ask for ask in asks if ask.kind in ("number", "vector", "integer"))
    slip = _blunder(first, intervals(problem)[first.name], Rng.of("a slip of the hand"))
    slipped = replay(problem, {first.name: slip})
    values = values_of(slipped)
    values[first.name] = slipped[first.name].reply
    name = next(iter(mistake_names(problem)))
    return {"right": written(asks, values_of(solve(problem))), "a slip": written(asks, values),
            "a misconception": written(asks, values_of(mistaken(problem, name)))}


def main() -> None:
    """Prints numbers and scripts a second."""
    texts = [f"{n / 1000:.3f}" for n in range(-NUMBERS // 2, NUMBERS // 2)]
    wanted = [n / 1000 for n in range(-NUMBERS // 2, NUMBERS // 2)]

    def read_and_compare() -> int:
        return sum(abs(float(read(text, "number").value) - value) <= 0.00055
                   for text, value in zip(texts, wanted, strict=True))

    each = seconds_each({"numbers": read_and_compare})["numbers"] / NUMBERS
    print(f"plain numbers read and compared: {1 / each:,.0f} a second")
    print(f"\n{'full scripts marked a second':<34}{'asks':>6}{'cells':>7}{'right':>9}{'a slip':>9}"
          f"{'a misconception':>17}")
    for slug in FAMILIES:
        problem = certified_draw(catalogue.find(slug), Rng.of("marking", slug), "easy")
        asks = asks_of(problem)
        found = seconds_each({kind: partial(mark, problem, asks, script)
                              for kind, script in scripts(slug).items()})
        rates = "".join(f"{1 / found[kind]:>{width},.0f}" for kind, width in
                        (("right", 9), ("a slip", 9), ("a misconception", 17)))
        print(f"{slug:<34}{len(asks):>6}{sum(len(ask.cells) for ask in asks):>7}{rates}")


if __name__ == "__main__":
    main()
