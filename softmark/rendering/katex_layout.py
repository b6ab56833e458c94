"""KaTeX's layout tree, flattened: glyphs, rules and paths with positions in em.

KaTeX builds boxes whose style sheet places them; the few rules of that style sheet that matter
are followed here. y grows upwards from the baseline, x from the left edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Node = dict[str, Any]
Advance = Callable[[str, str], float]

SIZES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.44, 1.728, 2.074, 2.488)
NULL_DELIMITER = 0.12
_FULL_WIDTH = {"frac-line", "overline-line", "underline-line", "katex-hline"}
_CENTRED = {"mfrac", "op-limits", "katex-accent", "col-align-c", "mover", "munder", "x-arrow"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of a KaTeX font: its left end on the baseline and its size in em."""

    font: str
    char: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A filled rectangle from its lower left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Path:
    """An SVG path in a view box, its upper left corner placed at (x, y), clipped to its box."""

    d: str
    x: float
    y: float
    width: float
    height: float
    scale: float


Item = Glyph | Rule | Path


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, flat: sizes in em of the surrounding text."""

    latex: str
    width: float
    height: float
    depth: float
    items: tuple[Item, ...]


@dataclass(slots=True)
class _Font:
    family: str = "Main"
    bold: bool = False
    italic: bool = False

    @property
    def name(self) -> str:
        style = {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic",
                 (True, True): "BoldItalic"}[self.bold, self.italic]
        return f"KaTeX_{self.family}-{style}"


_FAMILIES = {"mathnormal": ("Math", None, True), "mathit": ("Main", None, True),
             "mathbf": ("Main", True, None), "boldsymbol": ("Math", True, True),
             "amsrm": ("AMS", None, None), "mathbb": ("AMS", None, None),
             "textbb": ("AMS", None, None), "mathcal": ("Caligraphic", None, None),
             "mathfrak": ("Fraktur", None, None), "mathtt": ("Typewriter", None, None),
             "texttt": ("Typewriter", None, None), "mathscr": ("Script", None, None),
             "mathsf": ("SansSerif", None, None), "textsf": ("SansSerif", None, None),
             "mainrm": ("Main", None, False), "textrm": ("Main", None, None),
             "textbf": (None, True, None), "textit": (None, None, True),
             "mathrm": (None, None, False), "delim-size1": ("Size1", None, None),
             "delim-size4": ("Size4", None, None), "small-op": ("Size1", None, None),
             "large-op": ("Size2", None, None)}


@dataclass(slots=True)
class _Box:
    width: float = 0.0
    items: list[Item] = field(default_factory=list)
    #: items that stretch to the width of the list they stand in
    stretched: list[Callable[[float], Item]] = field(default_factory=list)

    def shifted(self, x: float, y: float) -> list[Item]:
        return [replace(item, x=item.x + x, y=item.y + y) for item in self.items]


def flatten(tree: Node, latex: str, advance: Advance) -> Formula:
    """The formula of KaTeX's tree; `advance(font, char)` is a glyph's width in em."""
    box = _Flattener(advance).lay(tree, 1.0, _Font())
    return Formula(latex, box.width, tree["height"], max(0.0, tree["depth"]), tuple(box.items))


class _Flattener:
    def __init__(self, advance: Advance) -> None:
        self.advance = advance

    def lay(self, node: Node, size: float, font: _Font, align: str = "left") -> _Box:
        if "text" in node:
            return self.symbol(node, size, self.font_of(node, font))
        classes = [c for c in node.get("classes", ()) if c]
        size *= _scale(classes)
        font = self.font_of(node, font)
        style = node.get("style") or {}
        if "vlist-t" in classes:
            return self.vertical(node, size, font, align)
        if _FULL_WIDTH & set(classes):
            return _stretched_rule(_em(style.get("borderBottomWidth"), size))
        svg = next((c for c in node.get("children") or () if _is_svg(c)), None)
        if svg is not None:
            return _svg_box(node, svg, size)
        box = self.row(node, size, font, classes)
        return self.placed(box, style, size, classes)

    def placed(self, box: _Box, style: dict[str, str], size: float, classes: list[str]) -> _Box:
        """The box with what its own style adds: margins, padding, width, a shift."""
        left = _em(style.get("marginLeft"), size) + _em(style.get("paddingLeft"), size)
        right = _em(style.get("marginRight"), size) + _em(style.get("paddingRight"), size)
        down = _em(style.get("top"), size)
        items = box.shifted(left + _em(style.get("left"), size), -down)
        width = box.width + left + right
        if "width" in style:
            width = _em(style["width"], size)
        if "nulldelimiter" in classes:
            width = NULL_DELIMITER * size
        if ("accent-body" in classes and "accent-full" not in classes) or "katex-thinbox" in classes:
            width = 0.0
        return _Box(width, items, box.stretched)

    def row(self, node: Node, size: float, font: _Font, classes: list[str]) -> _Box:
        align = "center" if _CENTRED & set(classes) else \
            "right" if "col-align-r" in classes else "left"
        out = _Box()
        for child in node.get("children") or ():
            if "katex-strut" in child.get("classes", ()) or "pstrut" in child.get("classes", ()):
                continue
            box = self.lay(child, size, font, align)
            out.items += box.shifted(out.width, 0)
            out.stretched += box.stretched
            out.width += box.width
        return out

    def symbol(self, node: Node, size: float, font: _Font) -> _Box:
        style = node.get("style") or {}
        x = _em(style.get("marginLeft"), size)
        out = _Box()
        for char in node["text"]:
            if char == "\u200b":
                continue
            if char != "\u00a0":
                out.items.append(Glyph(font.name, char, x, 0.0, size))
            x += self.advance(font.name, char) * size
        x += max(0.0, node.get("italic") or 0.0) * size
        out.width = x + _em(style.get("marginRight"), size)
        down = _em(style.get("top"), size)
        if down:
            out.items = out.shifted(0, -down)
        return out

    def vertical(self, node: Node, size: float, font: _Font, align: str) -> _Box:
        """A list of boxes one above the other, each raised by its top less its strut."""
        rows = node["children"][0]["children"][0]["children"]
        laid = []
        for child in rows:
            struts = [c for c in child.get("children") or () if "pstrut" in c.get("classes", ())]
            if not struts:
                continue
            style = child.get("style") or {}
            strut = _em(struts[0]["style"].get("height"), size)
            up = -_em(style.get("top"), size) - strut
            box = self.row(child, size, font, child.get("classes") or [])
            left = _em(style.get("marginLeft"), size)
            laid.append((box, up, left, left + box.width + _em(style.get("marginRight"), size)))
        width = max((full for *_, full in laid), default=0.0)
        out = _Box(width)
        for box, up, left, full in laid:
            room = width - full
            x = left + (room / 2 if align == "center" else room if align == "right" else 0.0)
            out.items += box.shifted(x, up)
            for stretch in box.stretched:
                item = stretch(width)
                out.items.append(replace(item, y=item.y + up))
        return out

    def font_of(self, node: Node, font: _Font) -> _Font:
        classes = node.get("classes") or ()
        out = font
        for name in classes:
            if name in _FAMILIES:
                family, bold, italic = _FAMILIES[name]
                out = _Font(family or out.family, out.bold if bold is None else bold,
                            out.italic if italic is None else italic)
        if "delimsizing" in classes:
            size = next((c for c in classes if c in ("size1", "size2", "size3", "size4")), None)
            if size:
                out = _Font("Size" + size[-1])
        return out


def _scale(classes: list[str]) -> float:
    reset = next((c for c in classes if c.startswith("reset-size")), None)
    if reset is None:
        return 1.0
    size = next(c for c in classes if c.startswith("size") and c[4:].isdigit())
    return SIZES[int(size[4:]) - 1] / SIZES[int(reset[10:]) - 1]


def _em(length: str | None, size: float) -> float:
    if not length or not length.endswith("em"):
        return 0.0
    return float(length[:-2]) * size


def _stretched_rule(thickness: float) -> _Box:
    return _Box(stretched=[lambda width: Rule(0.0, 0.0, width, thickness)])


def _is_svg(node: Node) -> bool:
    return "viewBox" in (node.get("attributes") or {})


def _svg_box(node: Node, svg: Node, size: float) -> _Box:
    """A span that holds an SVG: a root's sign or a tall bracket; its bottom on the baseline."""
    style = node.get("style") or {}
    height = _em(style.get("height") or svg["attributes"].get("height"), size)
    view = [float(v) for v in svg["attributes"]["viewBox"].split()]
    scale = height / view[3]
    d = " ".join(str(path.get("alternate") or "") for path in svg["children"])
    own = _em(style.get("width") or svg["attributes"].get("width"), size)
    if "hide-tail" in (node.get("classes") or ()) or view[2] >= 100_000:
        least = _em(style.get("minWidth"), size)
        return _Box(stretched=[lambda width: Path(d, 0.0, height, max(width, least), height, scale)])
    return _Box(own, [Path(d, 0.0, height, own, height, scale)])
