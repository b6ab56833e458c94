"""KaTeX in a small JavaScript engine; its formulas drawn as native PDF text, or as SVG."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from softmark.rendering.assets import KATEX
from softmark.rendering.fonts import face_of, glyph_outline, load_font
from softmark.rendering.katex_layout import Formula, Glyph, Path, Rule, Unplaceable, flatten
from softmark.rendering.math import source_html
from softmark.rendering.operators import draw_glyphs
from softmark.rendering.pictures import forget_oldest, remember
from softmark.rendering.terminal import tex_text

MEMORY = 64_000_000
SECONDS = 2
MAX_LATEX = 20_000
MOST_LAID_OUT = 1_500
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|.", re.DOTALL)
_OPENING, _CLOSING = ("{", r"\begin", r"\left"), ("}", r"\end", r"\right")
#: KaTeX's letters stand a little smaller than our text face
SCALE = 1.08
#: em of text between the margins of a page, a step's indent taken off, by what is printed
PAGE_WIDTH = {"pdf": 44.3, "large": 25.2}
#: hundredths of an em by which a formula's box may hang below the line: finest where most do
DEPTHS = (*range(150), *range(150, 1000, 10), *range(1000, 4001, 50))
_BRIDGE = """
function outline(path) { return (/ d=['"]([^'"]*)/.exec(path.toMarkup()) || ["", ""])[1]; }
function layout(latex, display) {
  return JSON.stringify(katex.__renderToDomTree(latex, {
    displayMode: display, output: "html", throwOnError: true, strict: false, trust: false,
    maxExpand: 500, maxSize: 50}),
    (key, value) => value && value.pathName ? {alternate: outline(value)} : value);
}
"""


class KatexEngine:
    """Formulas by KaTeX. One engine belongs to one thread of one process."""

    def __init__(self) -> None:
        import quickjs

        self._js = quickjs.Context()
        self._js.set_memory_limit(MEMORY)
        self._js.eval("var self = this, window = undefined;"
                      + (KATEX / "katex.min.js").read_text(encoding="utf-8") + _BRIDGE)
        # the limit counts from the first call, so it is set anew for each formula
        self._layout = self._js.get("layout")
        self._known: dict[tuple[str, bool], Formula | None] = {}

    def layout(self, latex: str, display: bool = False) -> Formula | None:
        """The formula laid out, None if KaTeX refuses it or a character of it is in no font."""
        if (latex, display) not in self._known:
            forget_oldest(self._known, MOST_LAID_OUT)
            self._known[latex, display] = self._laid_out(latex, display)
        return self._known[latex, display]

    def _laid_out(self, latex: str, display: bool) -> Formula | None:
        import quickjs

        if len(latex) > MAX_LATEX:
            return None
        try:
            self._js.set_time_limit(SECONDS)
            tree = json.loads(self._layout(latex, display))
            return flatten(tree, latex, face_of)
        except (quickjs.JSException, Unplaceable, LookupError):
            return None
        finally:
            self._js.set_time_limit(-1)

    def html(self, latex: str, display: bool = False, target: str = "pdf") -> str:
        """A formula as HTML; one that KaTeX refuses stands as its source."""
        formula = self.layout(latex, display)
        if formula is None:
            return source_html(latex)
        body = self._drawn(formula, display, target) if target in PAGE_WIDTH else formula_svg(formula)
        return str(Markup(f'<div class="display">{body}</div>') if display else Markup(body))

    def _drawn(self, formula: Formula, display: bool, target: str) -> str:
        """The formula for print; one wider than the page goes on several lines, or is drawn smaller."""
        wide = formula.width * SCALE
        smaller = f"font-size:{100 * PAGE_WIDTH[target] / wide:.0f}%;" * (wide > PAGE_WIDTH[target])
        parts = side_by_side(formula.latex) if smaller else []
        if len(parts) > 1:
            return " &#8195;".join(self.html(part, target=target) for part in parts)
        address = remember("math", f"{display}{formula.latex}", _Drawn(self, formula, display))
        style = f' style="{smaller}"' if smaller else ""
        return (f'<img class="tex low{_lowered(formula)}" src="{address}" '
                f'alt="{escape(spoken(formula.latex))}"{style}/>')


def lowering_css() -> str:
    """How far formulas hang below the line, as classes of the style sheet.

    WeasyPrint works out a style once for all elements that match the same rules, but anew for each
    that has a style of its own.
    """
    return "".join(f".low{depth}{{vertical-align:-{depth / 100:g}em}}" for depth in DEPTHS)


def _lowered(formula: Formula) -> int:
    """Where the formula's box ends, in hundredths of an em below the line."""
    return DEPTHS[min(bisect_left(DEPTHS, formula.depth * SCALE * 100 - 1e-6), len(DEPTHS) - 1)]


@lru_cache(maxsize=MOST_LAID_OUT)
def spoken(latex: str) -> str:
    """A formula for those who cannot see it: "z₁ = w₁₁ x₁ + b₁"."""
    return tex_text(latex) or latex


def side_by_side(latex: str) -> list[str]:
    """The formulas that stand beside each other, parted by wide spaces.

    >>> side_by_side(r"a = 1, \\quad \\text{if \\quad so} \\qquad b = 2")
    ['a = 1,', '\\\\text{if \\\\quad so}', 'b = 2']
    """
    parts, depth = [""], 0
    for token in _TOKEN.findall(latex):
        depth += token in _OPENING
        depth -= token in _CLOSING
        if token in (r"\quad", r"\qquad") and not depth:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def _size(formula: Formula) -> str:
    return (f"width:{formula.width * SCALE:.4f}em;"
            f"height:{(formula.height + formula.depth) * SCALE:.4f}em;"
            f"vertical-align:{-formula.depth * SCALE:.4f}em")


class _Drawn:
    """A formula as WeasyPrint's idea of an image; small, since its layout is the engine's to remember."""

    def __init__(self, engine: KatexEngine, formula: Formula, display: bool) -> None:
        self.engine, self.latex, self.display = engine, formula.latex, display
        # in the formula's em; the line that it stands on is where the style sheet says
        self.width = max(1e-3, formula.width)
        self.height = max(1e-3, formula.height + _lowered(formula) / 100 / SCALE)

    def get_intrinsic_size(self, resolution: Any, font_size: float) -> tuple[float, float, float]:
        """Width, height and their ratio."""
        return (self.width * font_size * SCALE, self.height * font_size * SCALE,
                self.width / self.height)

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Writes text operators for the glyphs, fills for rules and paths."""
        # laid out again if the engine has forgotten it
        formula = self.engine.layout(self.latex, self.display)
        assert formula is not None
        em = height / self.height
        baseline = formula.height * em
        stream.set_color(style["color"])
        glyphs = [item for item in formula.items if isinstance(item, Glyph)]
        if glyphs:
            draw_glyphs(stream, glyphs, em, baseline)
        for item in formula.items:
            if isinstance(item, Rule):
                stream.rectangle(item.x * em, baseline - (item.y + item.height) * em,
                                 item.width * em, item.height * em)
                stream.fill()
            elif isinstance(item, Path):
                _draw_path(stream, item, em, baseline)


def _draw_path(stream: Any, path: Path, em: float, baseline: float) -> None:
    x, y = path.x * em, baseline - path.y * em
    stream.push_state()
    stream.rectangle(x, y, path.width * em, path.height * em)
    stream.clip()
    stream.end()
    for name, points in _outline(path.d):
        at = [(x + (path.shift + px * path.scale_x) * em, y + py * path.scale_y * em)
              for px, py in points]
        if name == "moveTo":
            stream.move_to(*at[0])
        elif name == "lineTo":
            stream.line_to(*at[0])
        elif name == "curveTo":
            stream.curve_to(*at[0], *at[1], *at[2])
        else:
            stream.close()
    stream.fill()
    stream.pop_state()


@lru_cache(maxsize=256)
def _outline(d: str) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.svgLib.path import parse_path

    pen = DecomposingRecordingPen({})
    parse_path(d, pen)
    return tuple((name, tuple(points)) for name, points in pen.value)


def formula_svg(formula: Formula) -> str:
    """The formula as an inline SVG for a browser, with words for a screen reader."""
    height = formula.height + formula.depth
    parts = []
    for item in formula.items:
        if isinstance(item, Glyph):
            scale = item.size / load_font(item.font).units
            parts.append(f'<path transform="translate({item.x:.4f},{-item.y:.4f}) '
                         f'scale({scale:.7f},{-scale:.7f})" d="{glyph_outline(item.font, item.char)}"/>')
        elif isinstance(item, Rule):
            parts.append(f'<rect x="{item.x:.4f}" y="{-item.y - item.height:.4f}" '
                         f'width="{item.width:.4f}" height="{item.height:.4f}"/>')
        else:
            parts.append(
                f'<svg x="{item.x:.4f}" y="{-item.y:.4f}" width="{item.width:.4f}" '
                f'height="{item.height:.4f}"><path transform="translate({item.shift:.4f}) '
                f'scale({item.scale_x:.7f},{item.scale_y:.7f})" d="{item.d}"/></svg>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="tex" role="img" '
            f'aria-label="{escape(spoken(formula.latex))}" viewBox="0 {-formula.height:.4f} '
            f'{formula.width:.4f} {height:.4f}" style="{_size(formula)};fill:currentColor;'
            f'overflow:visible">{"".join(parts)}</svg>')
