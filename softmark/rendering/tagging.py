"""Tagged PDFs (PDF/UA-1): what WeasyPrint's own tags leave out.

It writes the tree of elements, alternative texts, and the objects of annotations. Added here: the
language of parts in another, which cells a heading is for, formulas as such, tables that only lay
out, boxes of figures in points, and what repeats on every page as artifacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint.formatting_structure.boxes import MarginBox
from weasyprint.pdf import tags

from softmark.rendering.forms import Form

VARIANT = "pdf/ua-1"
_PT = 0.75
_SCOPES = {"col": "/Column", "row": "/Row"}
_TABLE_PARTS = ("/Table", "/TR", "/TH", "/TD", "/THead", "/TBody", "/TFoot")


def tagged_pdf(document: Any, form: Form | None) -> bytes:
    """A laid-out WeasyPrint document as a PDF/UA-1, with a form's fields in its tree."""
    tagger = Tagger()
    if form is not None:
        _announce(document, form)

    def finish(document: Any, pdf: Any) -> None:
        if form is not None:
            form.finish(document, pdf)
        tagger.finish(pdf)

    with tagger.watching():
        return bytes(document.write_pdf(finisher=finish, pdf_variant=VARIANT))


class _Awaited(pydyf.Dictionary):
    """A widget that the tree refers to before the form is written."""

    @property
    def reference(self) -> Any:
        return _Reference(self)


class _Reference:
    """A reference whose number is looked up when it is written out."""

    def __init__(self, one: _Awaited) -> None:
        self.one = one

    def __str__(self) -> str:
        return f"{self.one.number} 0 R"


def _announce(document: Any, form: Form) -> None:
    """Every box to fill gets the widget that the form will complete."""
    seen = set()
    for page in document.pages:
        for box in page._page_box.descendants():
            name = box.element.get("data-field") if box.element is not None else None
            if name in form.fields and name not in seen:
                seen.add(name)
                box.widget_annotation = _Awaited({"Type": "/Annot"})


class Tagger:
    """Follows WeasyPrint as it builds the tree of one document."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._repeated: dict[int, set[int]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it is open, every element that WeasyPrint makes of a box is completed.

        WeasyPrint has no hook for this; it is pinned to the minor versions that this was tested with.
        """
        original = tags._build_box_tree
        tags._build_box_tree = self._following(original)
        try:
            yield
        finally:
            tags._build_box_tree = original

    def _following(self, original: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def build(box: Any, parent: Any, pdf: Any, page: int, numbers: dict[int, Any],
                  *rest: Any) -> Iterator[Any]:
            before = set(numbers)
            for element in original(box, parent, pdf, page, numbers, *rest):
                # an element comes by once more for each box around it that has none of its own
                if element.number not in self._seen:
                    self._seen.add(element.number)
                    _complete(getattr(box, "_box", box), element, pdf, page)
                yield element
            if isinstance(box, MarginBox):
                repeated = set(numbers) - before
                numbers.update(dict.fromkeys(repeated, "null"))
                self._repeated.setdefault(page, set()).update(repeated)

        return build

    def finish(self, pdf: Any) -> None:
        """Heads and feet of pages, which are read nowhere, become artifacts."""
        for page, number in enumerate(pdf.pages["Kids"][::3]):
            repeated = self._repeated.get(page, set())
            stream = pdf.objects[int(pdf.objects[number]["Contents"].split()[0])].stream
            for place, part in enumerate(stream):
                # a mark is its name, its properties, BDC
                if isinstance(part, dict) and part.get("MCID") in repeated:
                    stream[place - 1] = b"/Artifact"
                    stream[place] = pydyf.Dictionary({"Type": "/Pagination"})


def _complete(box: Any, element: Any, pdf: Any, page: int) -> None:
    html = box.element
    if html is None:
        return
    if html.get("lang"):
        element["Lang"] = pydyf.String(html.get("lang"))
    if element["S"] == "/TH":
        element["A"]["Scope"] = _SCOPES.get(html.get("scope"), "/Column")
    elif element["S"] == "/Table" and html.get("role") == "presentation":
        _no_table(element, pdf)
    elif element["S"] == "/Figure":
        if "tex" in html.get("class", "").split():
            element["S"] = "/Formula"
        _in_points(element, pdf, page)


def _no_table(element: Any, pdf: Any) -> None:
    """A table that only sets things side by side is none to who listens."""
    if element["S"] not in _TABLE_PARTS:
        return
    element["S"] = "/Div"
    element.pop("A", None)
    for kid in element["K"]:
        if isinstance(kid, bytes):
            _no_table(pdf.objects[int(kid.split()[0])], pdf)


def _in_points(element: Any, pdf: Any, page: int) -> None:
    height = pdf.objects[pdf.pages["Kids"][3 * page]]["MediaBox"][3]
    x1, y1, x2, y2 = (side * _PT for side in element["A"]["BBox"])
    element["A"]["BBox"] = pydyf.Array(
        [round(side, 2) for side in (x1, height - y2, x2, height - y1)])
