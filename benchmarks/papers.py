"""Papers by stage: draw, HTML, PDF; and the memory of a class of a hundred."""

from __future__ import annotations

import resource
import time

from softmark.problem_bank.papers import make_paper
from softmark.problem_bank.quizfile import parse_quiz
from softmark.problem_bank.roster import Student
from softmark.rendering.pages import paper_html, sheet_html
from softmark.rendering.pdf import render_pdf

#: about the realistic paper: four pages, formulas, tables and figures
QUIZ = 'title = "Bench"\n' + "".join(
    f'[[question]]\ntemplate = "{slug}"\nmarks = 5\n' for slug in (
        "backprop/backprop_numeric", "convolution/conv_numeric", "architectures/cnn_shape_chain",
        "perceptron/perceptron_design", "sequences/tfidf", "convolution/conv_output_size"))
CLASS = 100


def main() -> None:
    """Prints CPU seconds a paper by stage, and memory before and after a class."""
    quiz = parse_quiz(QUIZ)
    spent = {"draw": 0.0, "paper html": 0.0, "paper pdf": 0.0, "sheet html": 0.0, "sheet pdf": 0.0}
    render_pdf(paper_html(make_paper(quiz, Student("warm", "Warm"), b"x")))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pages = size = 0
    for number in range(CLASS):
        clock = time.process_time()

        def lap(stage: str) -> None:
            nonlocal clock
            now = time.process_time()
            spent[stage] += now - clock
            clock = now

        paper = make_paper(quiz, Student(str(number), f"Student {number}"), b"x")
        lap("draw")
        html = paper_html(paper)
        lap("paper html")
        data = render_pdf(html)
        lap("paper pdf")
        html = sheet_html(paper)
        lap("sheet html")
        render_pdf(html)
        lap("sheet pdf")
        size += len(data)
        pages += data.count(b"/Type /Page\n") + data.count(b"/Type /Page/") + data.count(b"/Type /Page ")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{CLASS} papers of six questions, CPU seconds each:")
    for stage, seconds in spent.items():
        print(f"  {stage:<12}{seconds / CLASS:>8.3f}")
    print(f"  a paper has {size / CLASS / 1024:.0f} KB; peak memory {before:.0f} MB after one paper, "
          f"{after:.0f} MB after {CLASS}")


if __name__ == "__main__":
    main()
