"""Where things stand on a page: read back from the PDF by MuPDF, and from the layout that it was made of."""

from dataclasses import dataclass, field
from itertools import combinations

from softmark.rendering.forms import Form

#: CSS pixels to points
PT = 0.75
ACCENTS = set("ˉˆˇ˜˙¨´`˚\u20d7")


@dataclass(frozen=True)
class Watched(Form):
    """A form that also notes where the figures and the lines of text were laid out."""

    figures: list = field(default_factory=list)
    lines: list = field(default_factory=list)

    def finish(self, document, pdf):
        from weasyprint.formatting_structure.boxes import TextBox

        for number, page in enumerate(document.pages):
            for box in page._page_box.descendants():
                if box.element_tag == "figure" and "drawing" in (box.element.get("class") or ""):
                    self.figures.append((number, rectangle(box)))
                elif isinstance(box, TextBox) and box.text.strip():
                    self.lines.append((number, rectangle(box), box.text))
        if self.seal:
            Form.finish(self, document, pdf)


def rectangle(box):
    """Left, top, right and bottom in points."""
    left, top = box.position_x * PT, box.position_y * PT
    return (left, top, left + box.margin_width() * PT, top + box.margin_height() * PT)


def overlaps(one, two, slack=0.0):
    """Do two rectangles lie over each other by more than `slack` points both ways?"""
    return min(one[2], two[2]) - max(one[0], two[0]) > slack and min(one[3], two[3]) - max(one[1], two[1]) > slack


def inside(one, two, slack=0.0):
    return one[0] >= two[0] - slack and one[1] >= two[1] - slack and one[2] <= two[2] + slack and one[3] <= two[3] + slack


def spans(page):
    """Text as it stands: the zone of its small letters (left, top, right, bottom), and what it says.

    The box that a font claims for a line is higher than any letter, so it says nothing of overlapping.
    """
    found = []
    for block in page.get_text("dict")["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                text = span["text"].strip()
                # accents stand over letters, large brackets beside several lines
                if any(char.isalnum() for char in text) and not ACCENTS & set(text) and "_Size" not in span["font"]:
                    (_, base), size = span["origin"], span["size"]
                    found.append(((span["bbox"][0] + 0.3, base - 0.42 * size, span["bbox"][2] - 0.3, base - 0.04 * size), text))
    return found


def clashes(found):
    """Every two of (rectangle, what) that lie over each other."""
    return [(one[1], two[1]) for one, two in combinations(found, 2) if overlaps(one[0], two[0], 0.4)]


def fields(page):
    """The rectangles of a page's fields, by name."""
    return [(tuple(one.rect), one.field_name) for one in page.widgets() if not one.rect.is_empty]


def words(document, margin):
    """The text of a document from top to bottom, a line a line, without what stands in the margins above and below."""
    found = []
    for page in document:
        clip = (0, margin, page.rect.width, page.rect.height - margin)
        whole = page.get_text(clip=clip, sort=True)
        found += [" ".join(line.split()) for line in whole.splitlines() if line.strip()]
    return "\n".join(found)
