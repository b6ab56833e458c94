"""Form fields over the boxes of a paper, put into the PDF once the page is laid out.

A box in the page says `data-field="q1.z[2]"`; what its field is like says `fields_of`. No scripts, no
actions; the signed paper id goes into the document information and a hidden read-only field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from softmark.problem_bank.seals import SEAL_FIELD, SEAL_KEY, TEXT_CELL
from softmark.rendering.blocks import Block, blocks_of
from softmark.rendering.form_font import NAME, field_font
from softmark.rendering.terminal import markdown_text, tex_text

#: CSS pixels to points
_PT = 0.75
_READ_ONLY, _MULTILINE, _COMBO, _NO_SPELLING = 1, 1 << 12, 1 << 17, 1 << 22
_HIDDEN, _PRINTED = 2, 4
#: points that must be left beside the small name of a cell, or the field goes below it
_LEAST_ROOM = 34
#: text of more points is large print, and what is typed into its boxes is, too
_LARGE = 13
#: kinds whose answers may be long
_LONG = ("text", "set", "expression", "design")


@dataclass(frozen=True, slots=True)
class FormField:
    """One box to fill: what a screen reader says, and what may go in."""

    tip: str
    kind: str = "line"
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a paper by name, and its seal; without fields only the seal is written."""

    seal: str
    fields: Mapping[str, FormField] = field(default_factory=dict)

    def finish(self, document: Any, pdf: Any) -> None:
        """Adds the form to a laid-out WeasyPrint document."""
        import pydyf

        pdf.info[SEAL_KEY] = pydyf.String(self.seal)
        if self.fields:
            _Writer(document, pdf).write(self)


def form_of(paper: Any, seal: str, fillable: bool = True) -> Form:
    """The form of a paper."""
    return Form(seal, fields_of(paper) if fillable else {})


def fields_of(paper: Any) -> dict[str, FormField]:
    """Every box of a paper by its name (`q1.z[2]`), in reading order."""
    fields = {}
    words = paper.quiz.wording
    for item in paper.problems:
        blocks = blocks_of(item.asks)
        if not blocks:
            tip = words["form.answer"].format(number=item.number)
            fields[f"q{item.number}.{TEXT_CELL}"] = FormField(tip, "lines")
        for number, block in enumerate(blocks):
            letter = "abcdefghijklmnopqrstuvwxyz"[number % 26]
            for name, made in _fields_in(block):
                tip = words["form.field"].format(number=item.number, letter=letter, what=made.tip)
                fields[f"q{item.number}.{name}"] = FormField(tip, made.kind, made.options)
    return fields


def _fields_in(block: Block) -> Iterator[tuple[str, FormField]]:
    for caption, row in zip(block.captions or [""] * len(block.rows), block.rows, strict=True):
        for slot in row:
            if slot is None:
                continue
            title = markdown_text(slot.ask.title or block.title)
            where = f", {markdown_text(caption)}" if block.kind == "table" and caption else ""
            tip = f"{title}{where}, {tex_text(slot.cell.symbol)}"
            kind = "choice" if slot.ask.options and slot.ask.kind == "choice" else \
                "long" if slot.ask.kind in _LONG or slot.ask.symbolic else "line"
            yield slot.cell.name, FormField(tip, kind, tuple(slot.ask.options))


class _Writer:
    """Writes one document's form."""

    def __init__(self, document: Any, pdf: Any) -> None:
        self.document, self.pdf = document, pdf
        self.tops: list[Any] = []
        self.groups: dict[str, Any] = {}
        self.leaves: set[str] = set()
        self.font = NAME

    def write(self, form: Form) -> None:
        import pydyf

        pdf = self.pdf
        fonts = self._fonts()
        seen: set[str] = set()
        first = None
        for page, number in zip(self.document.pages, pdf.pages["Kids"][::3], strict=True):
            target = pdf.objects[number]
            first = first or target
            # by rows: left to right, then down, as the boxes stand
            target.setdefault("Tabs", "/R")
            for name, rectangle, size, widget in _boxes(page, form.fields, seen):
                self._add(target, name, _dictionary(form.fields[name], rectangle, size, self.font),
                          widget)
        self._add(first, SEAL_FIELD, {
            "FT": "/Tx", "Rect": pydyf.Array([0, 0, 0, 0]), "F": _HIDDEN, "Ff": _READ_ONLY,
            "V": pydyf.String(form.seal), "DA": pydyf.String(f"/{self.font} 0 Tf 0 g")})
        catalog = pydyf.Dictionary({
            "Fields": pydyf.Array([one.reference for one in self.tops]),
            "DA": pydyf.String(f"/{self.font} 0 Tf 0 g"),
            "DR": pydyf.Dictionary({"Font": fonts})})
        pdf.add_object(catalog)
        pdf.catalog["AcroForm"] = catalog.reference

    def _add(self, page: Any, name: str, entries: dict[str, Any], widget: Any = None) -> None:
        """A field that is its own widget, below the groups that the dots of its name say.

        The tree of a tagged document knows the widget already.
        """
        import pydyf

        parts = name.split(".")
        group = None
        for depth in range(1, len(parts)):
            prefix = ".".join(parts[:depth])
            if prefix in self.leaves:
                parts = [*parts[:depth - 1], ".".join(parts[depth - 1:])]
                break
            group = self._group(prefix, parts[depth - 1], group)
        self.leaves.add(name)
        widget = pydyf.Dictionary() if widget is None else widget
        widget.update({"Type": "/Annot", "Subtype": "/Widget", "T": pydyf.String(parts[-1]),
                       "P": page.reference, **entries})
        self._hang(widget, group)
        page.setdefault("Annots", pydyf.Array()).append(widget.reference)

    def _group(self, prefix: str, name: str, parent: Any) -> Any:
        import pydyf

        if prefix not in self.groups:
            self.groups[prefix] = pydyf.Dictionary({"T": pydyf.String(name), "Kids": pydyf.Array()})
            self._hang(self.groups[prefix], parent)
        return self.groups[prefix]

    def _hang(self, one: Any, parent: Any) -> None:
        self.pdf.add_object(one)
        if parent is None:
            self.tops.append(one)
        else:
            one["Parent"] = parent.reference
            parent["Kids"].append(one.reference)

    def _fonts(self) -> Any:
        """The field font, and the two that viewers expect in every form."""
        import pydyf

        fonts = pydyf.Dictionary({
            "Helv": pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "Name": "/Helv",
                                      "BaseFont": "/Helvetica", "Encoding": "/WinAnsiEncoding"}),
            "ZaDb": pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type1", "Name": "/ZaDb",
                                      "BaseFont": "/ZapfDingbats"})})
        font = field_font()
        if font is None:
            self.font = "Helv"
            return fonts
        stream = pydyf.Stream([font.data], {"Length1": len(font.data)}, compress=True)
        unicode = pydyf.Stream([font.to_unicode().encode()], compress=True)
        descriptor = pydyf.Dictionary({
            "Type": "/FontDescriptor", "FontName": f"/{NAME}", "Flags": 32, "ItalicAngle": 0,
            "FontBBox": pydyf.Array([-200, font.descent, 1200, font.ascent]),
            "Ascent": font.ascent, "Descent": font.descent, "CapHeight": 660, "StemV": 80})
        self.pdf.add_object(stream)
        self.pdf.add_object(unicode)
        descriptor["FontFile2"] = stream.reference
        self.pdf.add_object(descriptor)
        differences = pydyf.Array()
        for code, char in sorted(font.differences.items()):
            differences += [code, f"/{font.names[char]}"]
        made = pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/TrueType", "BaseFont": f"/{NAME}", "FirstChar": 32,
            "LastChar": 255, "Widths": pydyf.Array(font.widths),
            "FontDescriptor": descriptor.reference, "ToUnicode": unicode.reference,
            "Encoding": pydyf.Dictionary({"Type": "/Encoding", "BaseEncoding": "/WinAnsiEncoding",
                                          "Differences": differences})})
        self.pdf.add_object(made)
        fonts[NAME] = made.reference
        return fonts


def _boxes(page: Any, fields: Mapping[str, FormField],
           seen: set[str]) -> Iterator[tuple[str, tuple[float, ...], float, Any]]:
    """The boxes of a page that are to be filled: name, rectangle in points, size of type, widget."""
    height = page.height * _PT
    for box in page._page_box.descendants():
        name = box.element.get("data-field") if box.element is not None else None
        if name is None or name in seen or name not in fields:
            continue
        seen.add(name)
        x, right = box.border_box_x() * _PT, (box.border_box_x() + box.border_width()) * _PT
        top, bottom = box.border_box_y() * _PT, (box.border_box_y() + box.border_height()) * _PT
        label = _label(box)
        if label is not None and right - label[0] >= max(_LEAST_ROOM, 0.6 * (right - x)):
            x = label[0]
        elif label is not None:
            top = label[1]
        # inside the frame, so that it stays to be seen
        edge, margin = 0.6, 1.6
        largest = 17.0 if box.style["font_size"] * _PT > _LARGE else 10.0
        yield (name, (x + margin, height - bottom + edge, right - margin, height - top - edge),
               min(largest, max(8.0, round(0.6 * (bottom - top), 1))), box.widget_annotation)


def _label(box: Any) -> tuple[float, float] | None:
    """How far to the right and down the small name in the corner of a table's cell reaches."""
    for inner in box.descendants():
        if inner.element is not None and inner.element.get("class") == "cellname" and \
                inner is not box and getattr(inner, "children", None):
            # a line is higher than its letters
            return ((inner.position_x + inner.width) * _PT + 0.5,
                    (inner.position_y + inner.height) * _PT - 1.5)
    return None


def _dictionary(made: FormField, rectangle: tuple[float, ...], size: float,
                font: str) -> dict[str, Any]:
    import pydyf

    flags = {"choice": _COMBO, "lines": _MULTILINE}.get(made.kind, 0) | _NO_SPELLING
    points = max(8, round(0.9 * size, 1)) if made.kind == "long" else size
    entries = {"FT": "/Ch" if made.kind == "choice" else "/Tx", "TU": pydyf.String(made.tip),
               "F": _PRINTED, "Ff": flags, "Rect": pydyf.Array([round(at, 2) for at in rectangle]),
               "DA": pydyf.String(f"/{font} {points:g} Tf 0 g")}
    if made.kind == "choice":
        # the first is empty, for who wants to take a choice back
        entries["Opt"] = pydyf.Array([
            pydyf.Array([pydyf.String(word), pydyf.String(shown)])
            for word, shown in [("", " "), *((w, markdown_text(w)) for w in made.options)]])
    return entries
