"""The main job from beginning to end, on the examples: `make demo` runs it.

First the worked examples of five lecture decks, graded with the answers that the decks print; then
a class of twelve with papers of their own and submissions of mixed quality.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
OUT = ROOT / "demo_output"
#: what the decks' wrong figures are; the others are named by the grader itself
SLIPS = {("4", "V[4][6]"): "deck 002 prints 0.268 for the new w46; it is -0.261",
         ("7", "total"): "deck 004: the rows add up to 15.2 million values, not 24 million",
         ("7", "memory"): "deck 004: 15.2 million values are 61 MB, not 93 MB"}


def softmark(*words: object) -> None:
    """Runs a command as a user would, and shows it."""
    line = ["softmark", *map(str, words)]
    print("$", " ".join(line).replace(str(ROOT) + "/", ""), flush=True)
    done = subprocess.run([sys.executable, "-m", "softmark.cli", *line[1:]], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def decks() -> None:
    """Part one: everything is right but the decks' own slips."""
    folder = OUT / "decks"
    bank = folder / "softmark.db"
    folder.mkdir(parents=True)
    softmark("quiz", EXAMPLES / "deck_quiz.toml", "--roster", EXAMPLES / "decks.csv", "--bank", bank,
             "--out", folder)
    softmark("grade", EXAMPLES / "deck_answers.csv", "--bank", bank, "--out", folder / "marked")
    rows = list(csv.DictReader((folder / "marked" / "answers.csv").open(encoding="utf-8")))
    lost = [row for row in rows if float(row["marks"]) < float(row["out of"])]
    print(f"\n{len(rows)} printed answers, {len(rows) - len(lost)} with full marks. The others:")
    for row in lost:
        why = SLIPS.get((row["question"], row["ask"])) or row["mistake"] or \
            {"coarse": "printed coarser than asked",
             "truncated": "cut off instead of rounded"}.get(row["verdict"], row["note"])
        print(f"  q{row['question']}.{row['ask']:<20} {row['answer']:<10} {row['verdict']:<10} {why}")


def class_of_twelve() -> None:
    """Part two: a paper for each, answers of every kind, marks and feedback."""
    folder = OUT / "class"
    bank = folder / "softmark.db"
    folder.mkdir(parents=True)
    softmark("quiz", EXAMPLES / "class_quiz.toml", "--roster", EXAMPLES / "class.csv", "--bank", bank,
             "--out", folder)
    sheet = folder / "submissions.csv"
    other = folder / "submissions.json"
    _fill_in(bank, sheet, other)
    softmark("grade", sheet, other, "--bank", bank, "--out", folder / "marked")
    for row in csv.DictReader((folder / "marked" / "marks.csv").open(encoding="utf-8")):
        print(f"  {row['name']:<22} {row['total']:>6} of {row['out of']}")


def _fill_in(bank: Path, sheet: Path, other: Path) -> None:
    """Twelve hands: careful, forgetful, mistaken, copying, hardly legible."""
    from softmark.problem_bank.ledger import open_bank

    papers = open_bank(str(bank)).papers()
    hands: list[Callable[..., dict[str, str]]] = [
        _careful, _rounding, _careful, _mistaken, _mistaken, _slipping, _coarse, _half, _untidy,
        _copying, _rounding, _careful]
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("paper", "student", "question", "ask", "answer"))
        for place, (paper, hand) in enumerate(zip(papers[:-1], hands, strict=False)):
            for item in paper.problems:
                if item.problem is None:
                    continue
                neighbour = papers[place - 1].problems[item.number - 1]
                for cell, answer in hand(item, neighbour).items():
                    writer.writerow((paper.paper_id, paper.student.id, item.number, cell, answer))
    last = papers[-1]
    answers = {f"q{item.number}.{cell}": text for item in last.problems if item.problem is not None
               for cell, text in _careful(item, item).items()}
    other.write_text(json.dumps([{"paper": last.paper_id, "answers": answers}], indent=1),
                     encoding="utf-8")


def _careful(item: object, _: object) -> dict[str, str]:
    from softmark.grader.scripts import values_of, written
    from softmark.worksheet.runs import solve

    return written(item.asks, values_of(solve(item.problem)))  # type: ignore[attr-defined]


def _rounding(item: object, _: object) -> dict[str, str]:
    from softmark.grader.scripts import written
    from softmark.worksheet.typeset import hand_values

    return written(item.asks, hand_values(item.problem))  # type: ignore[attr-defined]


def _mistaken(item: object, _: object) -> dict[str, str]:
    from softmark.grader.scripts import values_of, written
    from softmark.worksheet.runs import mistake_names, mistaken

    problem = item.problem  # type: ignore[attr-defined]
    name = next(iter(mistake_names(problem)))
    return written(item.asks, values_of(mistaken(problem, name)))  # type: ignore[attr-defined]


def _slipping(item: object, neighbour: object) -> dict[str, str]:
    answers = _careful(item, neighbour)
    cell = next(iter(answers))
    answers[cell] = answers[cell].replace("1", "7", 1) if "1" in answers[cell] else answers[cell] + "1"
    return answers


def _coarse(item: object, neighbour: object) -> dict[str, str]:
    return {cell: text[:-2] if "." in text and len(text.partition(".")[2]) > 3 else text
            for cell, text in _careful(item, neighbour).items()}


def _half(item: object, neighbour: object) -> dict[str, str]:
    answers = _careful(item, neighbour)
    return {cell: text for place, (cell, text) in enumerate(answers.items())
            if place < len(answers) / 2}


def _untidy(item: object, neighbour: object) -> dict[str, str]:
    styles = ("≈ {}", " {} ", "x = {}", "{}", "({})", "${}$")
    answers = {cell: styles[place % len(styles)].format(text.replace("-", "−"))
               for place, (cell, text) in enumerate(_careful(item, neighbour).items())}
    answers[next(iter(answers))] = "see back of page"
    return answers


def _copying(item: object, neighbour: object) -> dict[str, str]:
    return _careful(neighbour, item)


def main() -> None:
    """Runs both parts into demo_output/, made anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    print("1. The worked examples of the lecture decks\n")
    decks()
    print("\n2. A class of twelve\n")
    class_of_twelve()
    print(f"\nEverything lies in {OUT.name}/:")
    for line in ("decks/papers, decks/solutions, decks/marked/feedback",
                 "class/papers, class/solutions, class/marked/feedback",
                 "class/all_papers.pdf (to print), class/key.csv, class/marked/marks.csv"):
        print("  " + line)


if __name__ == "__main__":
    main()
