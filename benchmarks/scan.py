"""Scans by the thousand marks: how many are read wrongly, how many are flagged, how fast."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.bubble_pages import bubbles_pdf
from softmark.rendering.bubbles import layout_of

QUIZ = 'title = "Bench"\n' + "".join(
    f'[[question]]\ntemplate = "{slug}"\nmarks = 5\n' for slug in (
        "backprop/backprop_numeric", "convolution/conv_numeric", "architectures/cnn_shape_chain",
        "perceptron/perceptron_design", "sequences/tfidf"))
#: filled bubbles a resolution; the share of cells in which somebody slipped; how many papers
MARKS = {200: 5_000, 150: 2_500}
ODD = 0.03
PAPERS = 3


def main() -> None:
    """Prints the counts for each resolution."""
    from benchmarks.pencil import drawn

    quiz = parse_quiz(QUIZ)
    sheets = []
    for number in range(PAPERS):
        paper = make_paper(quiz, Student(str(number), f"Student {number}"), b"x")
        layout = layout_of(paper.paper_id, paper.problems)
        sheets += list(zip(layout.sheets, drawn(bubbles_pdf(paper, layout)), strict=True))
    for dpi, marks in MARKS.items():
        _report(dpi, *_run(sheets, dpi, marks))


def _run(sheets: list[Any], dpi: int, marks: int) -> tuple[Counter[str], int, int, float]:
    import cv2
    import numpy as np

    from benchmarks.pencil import Hand, Scan, fill, scanned
    from softmark.scanner.frames import look_at
    from softmark.scanner.measure import measure
    from softmark.scanner.reading import read_field

    cv2.setNumThreads(1)
    found: Counter[str] = Counter()
    filled_in = pages = 0
    seconds = 0.0
    while filled_in < marks:
        rng = np.random.default_rng([dpi, pages])
        sheet, page = sheets[pages % len(sheets)]
        filled = fill(page, sheet, rng, Hand.of(rng), ODD)
        how = Scan.of(rng, dpi)
        grey = scanned(filled.image, rng, how)
        begin = time.process_time()
        seen = look_at(grey)
        readings = []
        if "pixels" in seen:
            measured, about = measure(seen["pixels"], sheet.fields)
            readings = [] if about.fault else [
                read_field(one, m, about.scatter) for one, m in zip(sheet.fields, measured, strict=True)]
        seconds += time.process_time() - begin
        pages += 1
        filled_in += filled.marks
        found["pages lost"] += not readings
        for one, reading in zip(sheet.fields, readings, strict=False):
            key = (one.question, one.cell)
            kind = ("slip" if key in filled.odd else "stained" if how.coffee else "clean")
            verdict = ("flagged" if reading.doubt else
                       "right" if reading.text == filled.truth[key] else "wrong")
            found[f"{kind} {verdict}"] += 1
    return found, filled_in, pages, seconds


def _report(dpi: int, found: Counter[str], marks: int, pages: int, seconds: float) -> None:
    print(f"{dpi} dpi: {marks:,} marks on {pages} pages, {seconds / pages:.2f} CPU seconds a page, "
          f"{found['pages lost']} pages lost")
    total = sum(count for name, count in found.items() if name != "pages lost")
    for kind, words in (("clean", "answers, on clean pages"), ("stained", "on pages with a coffee ring"),
                        ("slip", "erased, doubled, faint or not filled")):
        counts = [found[f"{kind} {verdict}"] for verdict in ("right", "flagged", "wrong")]
        print(f"  {sum(counts):>5} {words:<38}{counts[0]:>5} right {counts[1]:>4} flagged "
              f"{counts[2]:>3} wrong without a flag")
    flagged = found["clean flagged"] + found["stained flagged"]
    good = total - sum(found[f"slip {v}"] for v in ("right", "flagged", "wrong"))
    wrong = sum(count for name, count in found.items() if name.endswith("wrong"))
    print(f"  flagged without need: {flagged / good:.2%} of the answers, {flagged / marks:.2%} of the "
          f"marks; wrong without a flag: {wrong}")


if __name__ == "__main__":
    main()
