"""KaTeX's layout tree, flattened: glyphs, rules and paths with positions in em.

KaTeX builds boxes whose style sheet places them; the rules of that style sheet are followed here,
all but colours (papers are printed in black; only "transparent" hides what it covers). y grows
upwards from the baseline, x from the left edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Node = dict[str, Any]
#: (font, character) -> the font that has it, and its width in em; LookupError if none has
Face = Callable[[str, str], tuple[str, float]]

SIZES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.44, 1.728, 2.074, 2.488)
NULL_DELIMITER = 0.12
DASH = 0.1


class Unplaceable(ValueError):
    """A formula that uses boxes whose style is not followed here."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of a font: its left end on the baseline and its size in em."""

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
    """An SVG path clipped to the box whose upper left corner is (x, y).

    A point (u, v) of `d`, v downwards, lies at (x + shift + u scale_x, y - v scale_y).
    """

    d: str
    x: float
    y: float
    width: float
    height: float
    scale_x: float
    scale_y: float
    shift: float = 0.0


Item = Glyph | Rule | Path
#: what fills the width of the list it stands in
Stretch = Callable[[float], list[Item]]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, flat: sizes in em of the surrounding text."""

    latex: str
    width: float
    height: float
    depth: float
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Font:
    family: str = "Main"
    bold: bool = False
    italic: bool = False

    @property
    def name(self) -> str:
        style = {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic",
                 (True, True): "BoldItalic"}[self.bold, self.italic]
        return f"KaTeX_{self.family}-{style}"


@dataclass(slots=True)
class _Box:
    width: float = 0.0
    items: list[Item] = field(default_factory=list)
    stretched: list[Stretch] = field(default_factory=list)


#: class -> family, bold, italic; None leaves what is inherited
_FONTS: dict[str, tuple[str | None, bool | None, bool | None]] = {
    "mathnormal": ("Math", None, True), "mathit": ("Main", None, True),
    "mathrm": (None, None, False), "mathbf": ("Main", True, None),
    "boldsymbol": ("Math", True, True), "mainrm": ("Main", None, False),
    "mathcal": ("Caligraphic", None, None), "small-op": ("Size1", None, None),
    "large-op": ("Size2", None, None), "delim-size1": ("Size1", None, None),
    "delim-size4": ("Size4", None, None), "textbf": (None, True, None),
    "textit": (None, None, True), "textrm": ("Main", None, None),
    **dict.fromkeys(("amsrm", "mathbb", "textbb"), ("AMS", None, None)),
    **dict.fromkeys(("mathfrak", "textfrak"), ("Fraktur", None, None)),
    **dict.fromkeys(("mathboldfrak", "textboldfrak"), ("Fraktur", True, None)),
    **dict.fromkeys(("mathtt", "texttt"), ("Typewriter", None, None)),
    **dict.fromkeys(("mathscr", "textscr"), ("Script", None, None)),
    **dict.fromkeys(("mathsf", "textsf"), ("SansSerif", None, None)),
    **dict.fromkeys(("mathboldsf", "textboldsf"), ("SansSerif", True, None)),
    **dict.fromkeys(("mathitsf", "mathsfit", "textitsf"), ("SansSerif", None, True))}
_ALIGNED = {**dict.fromkeys(("mfrac", "op-limits", "katex-accent", "col-align-c", "mover", "munder",
                             "x-arrow"), "center"),
            **dict.fromkeys(("msupsub", "svg-align", "col-align-l"), "left"), "col-align-r": "right"}
#: room to the left and to the right, in em
_MARGINS = {"katex-root": (5 / 18, -5 / 9), "boxpad": (0.3, 0.3), "x-arrow-pad": (0.5, 0.5),
            "cancel-pad": (0.2, 0.2), "cancel-lap": (-0.2, -0.2)}
#: how far what hangs over is moved, in parts of its width
_LAPS = {"rlap": 0.0, "clap": -0.5, "llap": -1.0}
_FULL_WIDTH = {"frac-line", "overline-line", "underline-line", "katex-hline", "katex-hdashline"}
#: part of the width that a piece of a brace or an arrow covers
_PIECES = {"brace-left": (0.0, 0.251), "brace-center": (0.25, 0.75), "brace-right": (0.749, 1.0),
           "halfarrow-left": (0.0, 0.502), "halfarrow-right": (0.498, 1.0)}
_STRANGE = {"katex-newline", "reflectbox", "angl", "cd-arrow-pad", "cd-vert-arrow"}
#: between a formula and its \tag, which a page of its own would set at the margin
_TAG_GAP = 2.0


def flatten(tree: Node, latex: str, face: Face) -> Formula:
    """The formula of KaTeX's tree; Unplaceable if it uses what is not followed here."""
    box = _Flattener(face).lay(tree, 1.0, _Font(), "left")
    return Formula(latex, box.width, max(0.0, tree["height"]), max(0.0, tree["depth"]),
                   tuple(box.items))


class _Flattener:
    def __init__(self, face: Face) -> None:
        self.face = face

    def lay(self, node: Node, size: float, font: _Font, align: str) -> _Box:
        """The node's box; size, font and alignment are those it inherits."""
        names = node.get("classes") or []
        classes = set(names)
        size *= _scale(names)
        font = _font_of(names, font)
        align = next((_ALIGNED[name] for name in names if name in _ALIGNED), align)
        if classes & _STRANGE:
            raise Unplaceable(f"{min(classes & _STRANGE)} is not followed")
        style = node.get("style") or {}
        if "text" in node:
            box = self.symbol(node, size, font)
        elif "vlist-t" in classes:
            box = self.vertical(node, size, font, align)
        else:
            box = _drawn(node, classes, size) or self.row(node, size, font, align)
        if style.get("color") == "transparent":
            box = _Box(box.width)
        return _placed(box, style, size, classes)

    def row(self, node: Node, size: float, font: _Font, align: str) -> _Box:
        """The children one after the other."""
        out = _Box()
        for child in node.get("children") or ():
            if not {"katex-strut", "pstrut"} & set(child.get("classes") or ()):
                box = self.lay(child, size, font, align)
                out.items += _shifted(box.items, out.width, 0.0)
                out.stretched += box.stretched
                out.width += box.width
        return out

    def symbol(self, node: Node, size: float, font: _Font) -> _Box:
        """A run of characters; what leans over is given room."""
        out = _Box()
        for char in node["text"]:
            if char == "\u200b":
                continue
            name, advance = (font.name, 0.25) if char == "\u00a0" else self.face(font.name, char)
            if char != "\u00a0":
                out.items.append(Glyph(name, char, out.width, 0.0, size))
            out.width += advance * size
        if "marginRight" not in (node.get("style") or {}):
            out.width += max(0.0, node.get("italic") or 0.0) * size
        return out

    def vertical(self, node: Node, size: float, font: _Font, align: str) -> _Box:
        """A list of boxes one above the other, each raised by its top less its strut."""
        laid = []
        for child in node["children"][0]["children"][0]["children"]:
            struts = [c for c in child.get("children") or () if "pstrut" in c.get("classes", ())]
            if not struts:
                continue
            style = child.get("style") or {}
            up = -_em(style.get("top"), size) - _em(struts[0]["style"].get("height"), size)
            aligned = "left" if "svg-align" in child.get("classes", ()) else align
            box = self.row(child, size, font, aligned)
            left = _em(style.get("marginLeft"), size)
            full = left + box.width + _em(style.get("marginRight"), size)
            laid.append((box, up, left, full, aligned))
        out = _Box(max((full for _, _, _, full, _ in laid), default=0.0))
        for box, up, left, full, aligned in laid:
            room = (out.width - full) * {"left": 0.0, "center": 0.5, "right": 1.0}[aligned]
            out.items += _shifted(box.items, left + room, up)
            for stretch in box.stretched:
                out.items += _shifted(stretch(out.width - left), left, up)
        return out


def _drawn(node: Node, classes: set[str], size: float) -> _Box | None:
    """The box of a rule, a frame or a picture; None for boxes of boxes."""
    style = node.get("style") or {}
    if "katex-rule" in classes:
        return _rule(style, size)
    if "vertical-separator" in classes:
        return _separator(style, size)
    if classes & _FULL_WIDTH:
        return _across(_em(style.get("borderBottomWidth"), size), "katex-hdashline" in classes)
    if "katex-sout" in classes:
        return _across(0.08 * size, False)
    if "borderWidth" in style:
        return _frame(_em(style["height"], size), _em(style["borderWidth"], size))
    svg = next((c for c in node.get("children") or () if "viewBox" in (c.get("attributes") or {})
                or _lines(c)), None)
    return None if svg is None else _picture(node, svg, classes, size)


def _placed(box: _Box, style: dict[str, str], size: float, classes: set[str]) -> _Box:
    """The box with what its own style adds: margins, padding, width, a shift."""
    left = _em(style.get("marginLeft"), size) + _em(style.get("paddingLeft"), size)
    right = _em(style.get("marginRight"), size) + _em(style.get("paddingRight"), size)
    for name in classes & set(_MARGINS):
        left += _MARGINS[name][0] * size
        right += _MARGINS[name][1] * size
    if "katex-tag" in classes and box.items:
        left += _TAG_GAP * size
    shift = sum(_LAPS[name] * box.width for name in classes & set(_LAPS))
    width = box.width + left + right
    if "width" in style:
        width = _em(style["width"], size)
    elif "nulldelimiter" in classes:
        width = NULL_DELIMITER * size
    elif classes & {"katex-thinbox", *_LAPS} or \
            ("accent-body" in classes and "accent-full" not in classes):
        width = 0.0
    if "minWidth" in style:
        width = max(width, _em(style["minWidth"], size))
    items = _shifted(box.items, left + shift + _em(style.get("left"), size),
                     -_em(style.get("top"), size))
    return _Box(width, items, box.stretched)


def _rule(style: dict[str, str], size: float) -> _Box:
    width, height = (_em(style.get(side), size) for side in ("borderRightWidth", "borderTopWidth"))
    seen: list[Item] = [Rule(0.0, _em(style.get("bottom"), size), width, height)]
    return _Box(width, seen if width and height else [])


def _separator(style: dict[str, str], size: float) -> _Box:
    """The upright line between two columns, on the middle of its place."""
    thick, height = _em(style.get("borderRightWidth"), size), _em(style.get("height"), size)
    bottom = _em(style.get("verticalAlign"), size)
    pieces = _dashes(height) if style.get("borderRightStyle") == "dashed" else [(0.0, height)]
    return _Box(0.0, [Rule(-thick / 2, bottom + begin, thick, long) for begin, long in pieces])


def _across(thick: float, dashed: bool) -> _Box:
    def rules(width: float) -> list[Item]:
        pieces = _dashes(width) if dashed else [(0.0, width)]
        return [Rule(begin, 0.0, long, thick) for begin, long in pieces]

    return _Box(stretched=[rules])


def _dashes(length: float) -> list[tuple[float, float]]:
    """Dashes and gaps of one length, a dash at both ends."""
    count = max(1, round((length / DASH - 1) / 2))
    dash = length / (2 * count + 1)
    return [(2 * k * dash, dash) for k in range(count + 1)]


def _frame(height: float, thick: float) -> _Box:
    return _Box(stretched=[lambda width: [
        Rule(0.0, 0.0, width, thick), Rule(0.0, height - thick, width, thick),
        Rule(0.0, 0.0, thick, height), Rule(width - thick, 0.0, thick, height)]])


def _picture(node: Node, svg: Node, classes: set[str], size: float) -> _Box:
    """A root's sign, a tall bracket, a wide accent, an arrow: its bottom on the baseline."""
    style, attributes = node.get("style") or {}, svg["attributes"]
    height = _em(style.get("height") or attributes.get("height"), size)
    begin, end = next((_PIECES[name] for name in classes if name in _PIECES), (0.0, 1.0))

    def path(width: float) -> list[Item]:
        x, w = begin * width, (end - begin) * width
        return [_lines_path(svg, w, height, size) if _lines(svg)
                else replace(_view_path(svg, w, height), x=x)]

    own = _em(style.get("width") or attributes.get("width"), size)
    if own and attributes.get("width") != "400em":
        return _Box(own, path(own))
    return _Box(stretched=[path])


def _view_path(svg: Node, width: float, height: float) -> Path:
    """The picture put into its box as preserveAspectRatio says."""
    _, _, view_width, view_height = (float(v) for v in svg["attributes"]["viewBox"].split())
    fit = svg["attributes"].get("preserveAspectRatio", "xMidYMid")
    d = " ".join(str(path.get("alternate") or "") for path in svg["children"])
    scale = height / view_height
    if fit == "none":
        return Path(d, 0.0, height, width, height, width / view_width, scale)
    room = width - view_width * scale
    shift = {"xMin": 0.0, "xMid": room / 2, "xMax": room}[fit[:4]]
    return Path(d, 0.0, height, width, height, scale, scale, shift)


def _lines(svg: Node) -> list[Node]:
    return [c for c in svg.get("children") or () if "x1" in (c.get("attributes") or {})]


def _lines_path(svg: Node, width: float, height: float, size: float) -> Path:
    """The strokes of a cancelled term as thin quadrilaterals."""
    d = []
    for line in _lines(svg):
        at = line["attributes"]
        (x1, x2), (y1, y2) = (_part(at["x1"], width), _part(at["x2"], width)), \
            (_part(at["y1"], height), _part(at["y2"], height))
        long = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
        half = _em(at.get("stroke-width"), size) / 2 / long
        u, v = half * (y1 - y2), half * (x2 - x1)
        d.append(f"M{x1 + u:.4f},{y1 + v:.4f}L{x2 + u:.4f},{y2 + v:.4f}"
                 f"L{x2 - u:.4f},{y2 - v:.4f}L{x1 - u:.4f},{y1 - v:.4f}Z")
    return Path("".join(d), 0.0, height, width, height, 1.0, 1.0)


def _part(length: str, whole: float) -> float:
    return float(length[:-1]) / 100 * whole if length.endswith("%") else float(length)


def _shifted(items: list[Item], x: float, y: float) -> list[Item]:
    return [replace(item, x=item.x + x, y=item.y + y) for item in items] if x or y else items


def _font_of(classes: list[str], font: _Font) -> _Font:
    for name in classes:
        if name in _FONTS:
            family, bold, italic = _FONTS[name]
            font = _Font(family or font.family, font.bold if bold is None else bold,
                         font.italic if italic is None else italic)
    if "delimsizing" in classes:
        size = next((c for c in ("size1", "size2", "size3", "size4") if c in classes), None)
        font = replace(font, family=f"Size{size[-1]}") if size else font
    return font


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
