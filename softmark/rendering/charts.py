"""Plain charts as inline SVG: ink, one accent, tints of it; everything is readable in black and white.

Charts take numbers and words that are safe to show; all text is escaped. Lengths are in points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from softmark.worksheet.drawing import PALETTE

INK, SOFT, ACCENT, PAPER = (PALETTE[name] for name in ("ink", "soft", "accent", "paper"))
RULE = "#bbbbbb"
FONT = "softmark-sans, softmark-sans-latin-ext, softmark-sans-greek, sans-serif"
WIDTH = 484.0


@dataclass(slots=True)
class Svg:
    """A picture under construction."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, fill: str = ACCENT,
             stroke: str = "none", line: float = 0.6) -> None:
        """A rectangle from its upper left corner."""
        self.parts.append(f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(0.0, width):.2f}" '
                          f'height="{max(0.0, height):.2f}" fill="{fill}"'
                          + (f' stroke="{stroke}" stroke-width="{line:g}"' if stroke != "none" else "")
                          + "/>")

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = INK,
             width: float = 0.6, dash: str = "") -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
                          f'stroke="{colour}" stroke-width="{width:g}"{dashed}/>')

    def dot(self, x: float, y: float, radius: float, fill: str = ACCENT) -> None:
        """A filled circle."""
        self.parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{fill}"/>')

    def text(self, x: float, y: float, words: str, size: float = 7.5, colour: str = INK,
             anchor: str = "start", bold: bool = False) -> None:
        """Text on its baseline."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" fill="{colour}" '
                          f'text-anchor="{anchor}"{weight}>{escape(words)}</text>')

    def markup(self, alt: str) -> Markup:
        """The picture, with its words for those who cannot see it."""
        return Markup(
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{self.width:g}pt" '
            f'height="{self.height:g}pt" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'font-family="{FONT}" aria-label="{escape(alt)}"><title>{escape(alt)}</title>'
            f'{"".join(self.parts)}</svg>')


def tint(share: float) -> str:
    """The accent on paper: 0 gives paper, 1 the full accent."""
    share = min(1.0, max(0.0, share))
    paper, accent = (tuple(int(colour[i:i + 2], 16) for i in (1, 3, 5)) for colour in (PAPER, ACCENT))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}"
                         for a, b in zip(paper, accent, strict=True))


def on_tint(share: float) -> str:
    """The colour of words on a tint."""
    return PAPER if share > 0.66 else INK


def histogram(bins: Sequence[tuple[float, float, int]], totals: Sequence[float],
              quartiles: tuple[float, float, float], label: str, alt: str) -> Markup:
    """Bars for the bins, the median marked; below, the middle half and a tick for every paper."""
    svg = Svg(WIDTH, 150)
    left, right, top, bottom = 12.0, WIDTH - 12, 26.0, 104.0
    low, high = bins[0][0], bins[-1][1]
    most = max(count for *_, count in bins)

    def across(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    gap = 0.8 if across(bins[0][1]) - left > 6 else 0.3
    labels: list[tuple[float, float, str]] = []
    for start, end, count in bins:
        height = (bottom - top) * count / most
        if count:
            svg.rect(across(start) + gap, bottom - height, across(end) - across(start) - 2 * gap,
                     height, tint(0.55))
            labels.append(((across(start) + across(end)) / 2, bottom - height - 3, str(count)))
    svg.line(left, bottom, right, bottom)
    every = max(1, round(len(bins) / 12))
    for place, edge in enumerate([*(start for start, *_ in bins), high]):
        if place % every == 0:
            svg.line(across(edge), bottom, across(edge), bottom + 3)
            svg.text(across(edge), bottom + 11, f"{edge:g}".replace("-", "−"), 7.5, anchor="middle")
    quarter, median, upper = quartiles
    svg.line(across(median), 13, across(median), bottom, INK, 1.1, "3,2")
    for x, y, words in labels:
        if abs(x - across(median)) < 2.5 * len(words) + 2:
            svg.rect(x - 2.2 * len(words) - 0.8, y - 6.4, 4.4 * len(words) + 1.6, 7.6, PAPER)
        svg.text(x, y, words, 7.5, anchor="middle")
    anchor = "start" if across(median) < right - 80 else "end"
    svg.text(across(median) + (4 if anchor == "start" else -4), 11, f"median {median:.1f}", 8,
             anchor=anchor, bold=True)
    svg.rect(across(quarter), bottom + 18, across(upper) - across(quarter), 5, tint(0.2), ACCENT, 0.5)
    svg.line(across(median), bottom + 16.5, across(median), bottom + 24.5, INK, 1.1)
    for total in totals:
        svg.line(across(total), bottom + 27, across(total), bottom + 33, INK, 0.5)
    svg.text(right, bottom + 43, label, 7.5, SOFT, "end")
    svg.text(left, bottom + 43, "box: the middle half · ticks: one paper each", 7.5, SOFT)
    return svg.markup(alt)


@dataclass(frozen=True, slots=True)
class QuestionBar:
    """A line of the chart of questions."""

    label: str
    title: str
    share: float
    discrimination: float | None
    interval: tuple[float, float] | None


def question_bars(bars: Sequence[QuestionBar], alt: str) -> Markup:
    """Mean share of the marks as bars; discrimination as dots with their 95 % intervals."""
    pitch, top = 19.0, 22.0
    svg = Svg(WIDTH, top + pitch * len(bars) + 14)
    begin, length = 180.0, 124.0
    zero, scale = 405.0, 70.0
    bottom = top + pitch * len(bars)
    svg.text(begin, 10, "mean share of the marks", 7.5, SOFT)
    svg.text(zero, 10, "discrimination", 7.5, SOFT, "middle")
    for share in (0, 0.5, 1):
        svg.line(begin + length * share, top - 6, begin + length * share, bottom, RULE, 0.4)
        svg.text(begin + length * share, bottom + 9, f"{share:.0%}", 7, SOFT, "middle")
    for value in (-1, 0, 1):
        svg.line(zero + scale * value, top - 6, zero + scale * value, bottom,
                 RULE if value else INK, 0.4)
        svg.text(zero + scale * value, bottom + 9, str(value).replace("-", "−"), 7, SOFT, "middle")
    for place, bar in enumerate(bars):
        y = top + pitch * place + 5
        svg.text(0, y + 3, bar.label, 8.5, ACCENT, bold=True)
        svg.text(16, y + 3, bar.title, 8)
        svg.rect(begin, y - 5, length * bar.share, 10, ACCENT)
        inside = bar.share > 0.25
        svg.text(begin + length * bar.share + (-4 if inside else 4), y + 2.7, f"{bar.share:.0%}", 7.5,
                 PAPER if inside else INK, "end" if inside else "start", True)
        if bar.discrimination is None:
            svg.text(zero + 5, y + 2.7, "undefined", 7.5, SOFT)
            continue
        if bar.interval is not None:
            svg.line(zero + scale * bar.interval[0], y, zero + scale * bar.interval[1], y, ACCENT, 1)
        svg.dot(zero + scale * bar.discrimination, y, 2.8)
    return svg.markup(alt)


def error_strip(steps: Sequence[tuple[int, int]], scripts: int, alt: str) -> Markup:
    """Per step, scripts that first went wrong there (solid) or first stopped there (open)."""
    wide = min(44.0, (WIDTH - 4) / max(1, len(steps)))
    top, bottom = 11.0, 44.0
    svg = Svg(WIDTH, 58)
    tallest = max([scripts / 4, 1, *(first + stopped for first, stopped in steps)])
    for place, (first, stopped) in enumerate(steps):
        x = 2 + wide * place
        body = wide - min(3.0, wide / 5)
        svg.rect(x, bottom, body, 1.2, tint(0.35))
        solid = (bottom - top) * first / tallest
        hollow = (bottom - top) * stopped / tallest
        if first:
            svg.rect(x, bottom - solid, body, solid)
        if stopped:
            svg.rect(x + 0.3, bottom - solid - hollow, body - 0.6, hollow, PAPER, ACCENT)
        if first + stopped and wide > 7:
            svg.text(x + body / 2, bottom - solid - hollow - 2.5, str(first + stopped), 7.5,
                     anchor="middle", bold=True)
        if wide > 9 or (place + 1) % 5 == 0 or place == 0:
            svg.text(x + body / 2, bottom + 10, str(place + 1), 7, SOFT, "middle")
    return svg.markup(alt)


def share_bar(sure: int, part: int, whole: int, alt: str) -> Markup:
    """A part of a whole as a bar: surely so (solid), perhaps so (open), the rest."""
    length = 120.0
    svg = Svg(length, 9)
    svg.rect(0.3, 1.3, length - 0.6, 6.4, PAPER, RULE, 0.5)
    svg.rect(0.3, 1.3, (length - 0.6) * part / whole, 6.4, tint(0.25), ACCENT, 0.5)
    svg.rect(0.3, 1.3, (length - 0.6) * sure / whole, 6.4, ACCENT, ACCENT, 0.5)
    return svg.markup(alt)


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A student's line: share, words and whether answers wait, by column; None is no cell."""

    name: str
    cells: tuple[tuple[float, str, bool] | None, ...]


def heat_map(rows: Sequence[HeatRow], heads: Sequence[str], alt: str, columns: int = 1) -> Markup:
    """Students × questions, shaded by the share of the marks; in one or two blocks side by side."""
    pitch, top = 10.5, 14.0
    per_block = -(-len(rows) // columns)
    svg = Svg(WIDTH, top + pitch * per_block + 2)
    block = (WIDTH - 14 * (columns - 1)) / columns
    named = 150.0 if columns == 1 else 92.0
    cell = min(44.0, (block - named) / len(heads))
    for number in range(columns):
        part = rows[number * per_block:(number + 1) * per_block]
        left = number * (block + 14)
        for place, head in enumerate(heads if part else ()):
            svg.text(left + named + cell * (place + 0.5), 9, head, 7, SOFT, "middle")
        for line, row in enumerate(part):
            y = top + pitch * line
            svg.text(left, y + 7.6, row.name, 7.5)
            for place, one in enumerate(row.cells):
                x = left + named + cell * place
                if one is None:
                    svg.text(x + cell / 2, y + 7.4, "·", 7, SOFT, "middle")
                    continue
                share, words, waits = one
                svg.rect(x + 0.4, y + 0.4, cell - 0.8, pitch - 0.8, tint(0.04 + 0.82 * share))
                svg.text(x + cell / 2, y + 7.6, words + ("?" if waits else ""), 6.5,
                         on_tint(0.04 + 0.82 * share), "middle", bold=place == len(row.cells) - 1)
    return svg.markup(alt)
