"""What figures say to those who cannot see them: all that is written in the picture, and no more."""

import re

import pytest

from softmark.problem_bank import catalogue
from softmark.rendering.svg import drawing_svg
from softmark.worksheet.drawing import Line, Polyline, Text
from softmark.worksheet.draws import Rng
from softmark.worksheet.figures.plane import plane
from softmark.worksheet.figures.recurrent import gru_cell, lstm_cell, unrolled
from softmark.worksheet.figures.series import Series, chart

#: pictures whose every number is also said; in the others numbers stand at axes
SPELT_OUT = ("backprop/", "architectures/", "convolution/", "sequences/bptt", "sequences/rnn_forward",
             "perceptron/dense", "perceptron/linear_collapse", "training/xor", "generative/")


def drawn(slug, level):
    cls = catalogue.find(slug)
    return cls.draw(Rng.of("words", slug, level), level).figure() if level in cls.levels else None


@pytest.mark.parametrize("slug", sorted(catalogue.slugs()))
def test_every_figure_is_told_in_plain_words(slug):
    for level in ("easy", "hard"):
        figure = drawn(slug, level)
        if figure is None:
            continue
        assert 20 < len(figure.alt) < 1500 and "\n" not in figure.alt and "\\" not in figure.alt
        title = re.search("<title>(.*?)</title>", drawing_svg(figure))[1]
        assert not set("{}$\\") & set(title)
        if slug.startswith(SPELT_OUT) and "histogram" not in slug:
            numbers = {text for mark in figure.marks if isinstance(mark, Text)
                       for text in re.findall(r"-?\d+\.\d+|-\d+", mark.text)}
            assert numbers <= set(re.findall(r"-?\d+\.\d+|-\d+", figure.alt))


def test_points_classes_and_lines_of_a_plane_are_named():
    figure = plane([(1, 2), (3, 4.5)], ["fir", ""], "Samples", (0.5, 6), [("s = 0", (-3.0, 1.0, 1.0))])
    assert figure.alt == "Samples; fir at (1, 2); point 2 at (3, 4.5); cross at (0.5, 6); drawn: s = 0"


def test_a_chart_names_axes_and_series_but_no_values():
    """A minimum that is drawn may be what is asked."""
    figure = chart([Series(((0, 0), (3, 1.37))), Series(((1.234, 0.5),), "minimum")], "w", "J", "Heights")
    assert figure.alt.startswith("Heights: w from 0 to ") and figure.alt.endswith("; drawn: minimum")
    assert "1.234" not in figure.alt and "1.37" not in figure.alt


def test_cells_tell_the_variant_that_is_drawn():
    assert "c_t; o times σ of c_t" in lstm_cell("A cell", output="σ").alt
    assert "(1 − z) times h" in gru_cell("A cell").alt
    assert ": z times h" in gru_cell("A cell", update="old").alt
    assert gru_cell("A cell", reset="after").alt.endswith("r times W h_{t−1}")
    assert unrolled(["1", "2"], "It", loss="last").alt.count("loss") == 1
    last = unrolled(["1", "2"], "It", output="y", outputs="last")
    assert "this to y_2" in last.alt and "y_1" not in last.alt
    assert not any(isinstance(mark, Text) and mark.text == "y_{1}" for mark in last.marks)


def test_forget_and_input_gate_see_the_cell_state_before_it_is_scaled():
    """In the picture their peepholes leave left of the first ×, that of the output gate right of +."""
    marks = lstm_cell("A cell", peepholes=True).marks
    times, plus = (min(m.at[0] for m in marks if isinstance(m, Text) and m.text == sign) for sign in "×+")
    dashed = [m for m in marks if isinstance(m, Line) and m.dashed]
    leaving = [m.start[0] for m in dashed if m.start[1] == min(line.start[1] for line in dashed)]
    assert len(leaving) == 2 and min(leaving) < times and max(leaving) > plus
    assert any(m.start[0] == min(leaving) and m.end[0] > times for m in dashed)


def test_a_name_never_stands_on_the_line_that_comes_from_its_side():
    def name_of(end):
        figure = chart([Series(((0.0, 0.0), end), "g", marked=True)], "x", "y", "It")
        return next(m.at for m in figure.marks if isinstance(m, Text) and m.text == "g"), \
            next(m.points[1] for m in figure.marks if isinstance(m, Polyline))

    at, end = name_of((-3.0, -1.0))
    assert at[1] > end[1] + 5
    at, end = name_of((-3.0, 1.0))
    assert at[1] < end[1] - 5
    at, end = name_of((3.0, 1.0))
    assert at[1] == end[1]
