"""Recurrent layers: a network unrolled in time, and the inside of LSTM and GRU cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from softmark.worksheet.drawing import Circle, Drawing, Line, Mark, Point, Rect, Text

COLUMN, RADIUS = 84.0, 14.0
OPERATOR, BOX = 6.5, 15.0


def unrolled(inputs: Sequence[str], alt: str, state: str = "s", output: str = "",
             weights: tuple[str, str, str] = ("U", "W", "V"), loss: str = "",
             outputs: str = "all") -> Drawing:
    """One column a time step: input below, state, output above if it has a symbol; at the last time
    step only if `outputs` is "last".

    `inputs` are the texts under the inputs; `loss` "all" or "last" marks where a loss is taken.
    """
    top = 20.0 if output else -24.0
    middle, bottom = top + 48, top + 96
    marks: list[Mark] = [Text((8, middle), f"{state}_{{0}}", 9)]
    last = len(inputs)
    seen = range(1 if outputs == "all" else last, last + 1) if output else range(0)
    for t, given in enumerate(inputs, 1):
        x = COLUMN * t + 4
        marks += [_arrow((x - COLUMN + RADIUS + 1, middle), (x - RADIUS, middle)),
                  Text((x - COLUMN / 2, middle - 7), weights[1], 8, italic=True),
                  _arrow((x, bottom - RADIUS), (x, middle + RADIUS)),
                  Text((x + 7, (bottom + middle) / 2), weights[0], 8, italic=True),
                  Circle((x, bottom), RADIUS, "pale"), Text((x, bottom), f"x_{{{t}}}", 9),
                  Text((x, bottom + RADIUS + 7), given, 7.5, "accent"),
                  Circle((x, middle), RADIUS), Text((x, middle), f"{state}_{{{t}}}", 9, bold=True)]
        if t in seen:
            marks += [_arrow((x, middle - RADIUS), (x, top + RADIUS)),
                      Text((x + 7, (top + middle) / 2), weights[2], 8, italic=True),
                      Circle((x, top), RADIUS), Text((x, top), f"{output}_{{{t}}}", 9)]
        if loss == "all" or (loss == "last" and t == last):
            high = top if output else middle
            marks += [_arrow((x, high - RADIUS), (x, high - RADIUS - 12)),
                      Text((x, high - RADIUS - 20), f"L_{{{t}}}", 9, "warm")]
    up = (24.0 if loss else 0.0) + (0 if output else -8.0)
    told = [f"{state}_{t - 1} and x_{t} ({given}) lead to {state}_{t}"
            + (f", this to {output}_{t}" if t in seen else "")
            + (f"; loss L_{t}" if loss == "all" or (loss == "last" and t == last) else "")
            for t, given in enumerate(inputs, 1)]
    letters = f"weights {weights[0]} from inputs, {weights[1]} from state to state" \
        + (f", {weights[2]} to outputs" if output else "")
    return Drawing(COLUMN * last + 34, bottom + RADIUS + 14 + up, _moved(marks, up),
                   f"{alt}: {'; '.join(told)}; {letters}")


def lstm_cell(alt: str, peepholes: bool = False, candidate: str = "tanh",
              output: str = "tanh") -> Drawing:
    """The inside of an LSTM cell; dashed lines show where the gates see the cell state."""
    top, gates, low = 24.0, 98.0, 132.0
    f, i, g, o, end = 72.0, 118.0, 162.0, 214.0, 262.0
    marks: list[Mark] = [
        Rect((34, 8), 256, 132, None, "soft", 0.6),
        Line((16, top), (f - OPERATOR, top), 1.2, arrow=True),
        Line((f + OPERATOR, top), (g - OPERATOR, top), 1.2, arrow=True),
        Line((g + OPERATOR, top), (304, top), 1.2, arrow=True),
        Text((14, top), "c_{t−1}", 9, anchor="end"), Text((307, top), "c_{t}", 9, anchor="start"),
        Line((16, low), (o, low)), Text((14, low), "h_{t−1}, x_{t}", 9, anchor="end")]
    for x in (f, i, g, o):
        marks.append(_arrow((x, low), (x, gates + BOX / 2)))
    marks += [_arrow((f, gates - BOX / 2), (f, top + OPERATOR)),
              Line((i, gates - BOX / 2), (i, 60)), _arrow((i, 60), (g - OPERATOR, 60)),
              _arrow((g, gates - BOX / 2), (g, 60 + OPERATOR)),
              _arrow((g, 60 - OPERATOR), (g, top + OPERATOR)),
              Line((o, gates - BOX / 2), (o, 80)), _arrow((o, 80), (end - OPERATOR, 80)),
              _arrow((end, top), (end, 46 - BOX / 2)), _arrow((end, 46 + BOX / 2), (end, 80 - OPERATOR)),
              Line((end, 80 + OPERATOR), (end, low)), _arrow((end, low), (304, low)),
              Text((307, low), "h_{t}", 9, anchor="start")]
    if peepholes:
        # forget and input gate both see the cell state before anything is done to it
        for path in (((46.0, top), (46.0, gates), (f - 11, gates)),
                     ((46.0, 70.0), (95.0, 70.0), (95.0, gates), (i - 11, gates)),
                     ((190.0, top), (190.0, gates), (o - 11, gates))):
            marks += [Line(a, b, 0.9, "warm", dashed=b != path[-1], arrow=b == path[-1])
                      for a, b in pairwise(path)]
            marks.append(Circle(path[0], 1.6, "warm", "warm"))
    marks += [*_operator((f, top), "×"), *_operator((g, 60), "×"), *_operator((g, top), "+"),
              *_operator((end, 80), "×"), *_box((end, 46), output), Circle((end, top), 1.6, "ink")]
    for x, kind, name in ((f, "σ", "f"), (i, "σ", "i"), (g, candidate, "~c"), (o, "σ", "o")):
        marks += [*_box((x, gates), kind), *_name((x + 8, gates - 14), name)]
    told = (f"{alt}: f times c_{{t−1}}, plus i times ~c, gives c_t; o times {output} of c_t gives h_t; "
            f"f, i and o are σ, ~c is {candidate}, each of h_{{t−1}} and x_t")
    return _moved_drawing(Drawing(356, 148, tuple(marks), told), 40)


def gru_cell(alt: str, update: str = "new", reset: str = "before") -> Drawing:
    """The inside of a GRU cell; the box 1 − stands on the side that `update` does not name."""
    top, gates, low = 24.0, 112.0, 142.0
    r, z, n = 84.0, 146.0, 226.0
    marks: list[Mark] = [
        Rect((34, 8), 236, 142, None, "soft", 0.6),
        Line((16, top), (z - OPERATOR, top), 1.2, arrow=True),
        Line((z + OPERATOR, top), (n - OPERATOR, top), 1.2, arrow=True),
        Line((n + OPERATOR, top), (288, top), 1.2, arrow=True),
        Text((14, top), "h_{t−1}", 9, anchor="end"), Text((291, top), "h_{t}", 9, anchor="start"),
        Line((16, low), (z, low)), Text((14, low), "h_{t−1}, x_{t}", 9, anchor="end"),
        _arrow((r, low), (r, gates + BOX / 2)), _arrow((z, low), (z, gates + BOX / 2)),
        _arrow((n, 162), (n, gates + BOX / 2)), Text((n + 6, 160), "x_{t}", 9, anchor="start"),
        Circle((52, top), 1.6, "ink"), Line((52, top), (52, 80)), _arrow((52, 80), (r - OPERATOR, 80)),
        _arrow((r, gates - BOX / 2), (r, 80 + OPERATOR)),
        Line((r + OPERATOR, 80), (186, 80)), Line((186, 80), (186, gates)),
        _arrow((186, gates), (n - BOX, gates)),
        Line((z, gates - BOX / 2), (z, 56)), Circle((z, 56), 1.6, "ink"),
        _arrow((z, 56), (z, top + OPERATOR)), _arrow((z, 56), (n - OPERATOR, 56)),
        _arrow((n, gates - BOX / 2), (n, 56 + OPERATOR)), _arrow((n, 56 - OPERATOR), (n, top + OPERATOR))]
    marks += [*_operator((r, 80), "×"), *_operator((z, top), "×"), *_operator((n, 56), "×"),
              *_operator((n, top), "+"),
              *_box((z, 42) if update == "new" else (z + 38, 56), "1−", 11)]
    if reset == "after":
        marks += _box((65, 80), "W_{h}", 11)
    for x, kind, name in ((r, "σ", "r"), (z, "σ", "z"), (n, "tanh", "~h")):
        marks += [*_box((x, gates), kind), *_name((x + 8, gates - 14), name)]
    old, new = ("(1 − z)", "z") if update == "new" else ("z", "(1 − z)")
    seen = "r times h_{t−1}" if reset == "before" else "r times W h_{t−1}"
    told = (f"{alt}: {old} times h_{{t−1}}, plus {new} times ~h, gives h_t; r and z are σ of h_{{t−1}} "
            f"and x_t, ~h is tanh of x_t and {seen}")
    return _moved_drawing(Drawing(340, 168, tuple(marks), told), 40)


def _arrow(start: Point, end: Point) -> Line:
    return Line(start, end, 0.7, arrow=True)


def _operator(at: Point, sign: str) -> list[Mark]:
    return [Circle(at, OPERATOR), Text(at, sign, 9)]


def _box(at: Point, text: str, high: float = BOX) -> list[Mark]:
    letters = len(text.replace("_{", "").replace("}", ""))
    wide = 30.0 if letters > 2 else 22.0 if letters == 1 and high == BOX else 16.0
    return [Rect((at[0] - wide / 2, at[1] - high / 2), wide, high, "pale"), Text(at, text, 8)]


def _name(at: Point, name: str) -> list[Mark]:
    """A letter; with a ~ before it, the tilde is set above: not every font has the accent."""
    tilde = [Text((at[0], at[1] - 5), "~", 8, "accent")] if name.startswith("~") else []
    return [Text(at, name.removeprefix("~"), 8, "accent", italic=True), *tilde]


def _moved_drawing(drawing: Drawing, right: float) -> Drawing:
    return Drawing(drawing.width + right, drawing.height, _moved(drawing.marks, 0, right), drawing.alt)


def _moved(marks: Sequence[Mark], down: float, right: float = 0) -> tuple[Mark, ...]:
    """The marks, shifted."""
    def at(point: Point) -> Point:
        return point[0] + right, point[1] + down

    out: list[Mark] = []
    for mark in marks:
        if isinstance(mark, Line):
            out.append(Line(at(mark.start), at(mark.end), mark.width, mark.colour, mark.dashed,
                            mark.arrow))
        elif isinstance(mark, Circle):
            out.append(Circle(at(mark.centre), mark.radius, mark.fill, mark.colour, mark.width))
        elif isinstance(mark, Rect):
            out.append(Rect(at(mark.corner), mark.width, mark.height, mark.fill, mark.colour,
                            mark.stroke, mark.dashed))
        elif isinstance(mark, Text):
            out.append(Text(at(mark.at), mark.text, mark.size, mark.colour, mark.anchor, mark.italic,
                            mark.bold))
    return tuple(out)
