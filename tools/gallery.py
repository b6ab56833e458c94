"""Contact sheets of every family's paper and solution sheet, for looking at: `make gallery`.

Each column of a contact sheet is read from top to bottom; over each page stand the family, the
level and which page it is. Pages are cut off below their last line, so that breaks can be seen.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from pictures import pages, paper_of, png, shown
from PIL import Image, ImageDraw

from softmark.problem_bank import catalogue
from softmark.rendering.pages import paper_html, sheet_html

OUT = Path(__file__).resolve().parent.parent / "gallery"
GAP, LABEL = 10, 16
#: no room for the head of the page and the margins on a contact sheet
CLOSE = """@page { margin: 18mm 16mm 18mm 3mm; size: 192mm 297mm; @top-left { content: none }
@bottom-right { content: none } } .head { display: none } h2 { margin-top: 0 }
.question { margin-top: 20mm }"""


def labelled(slug: str, level: str, seed: int, width: int) -> Iterator[Image.Image]:
    """The pages of the problem's paper and sheet, each under its name."""
    paper = paper_of(shown(slug, level, seed), level)
    for kind, html in (("paper", paper_html(paper)), ("sheet", sheet_html(paper))):
        drawn = list(pages(html, width, CLOSE))
        for number, page in enumerate(drawn, 1):
            margin = int((18 + 20 * (number == 1)) / 192 * width) - 4
            page = page.crop((0, margin, width, page.height))
            out = Image.new("RGB", (width, page.height + LABEL), "white")
            ImageDraw.Draw(out).rectangle((0, 0, width, LABEL), fill="#d8e4ec")
            ImageDraw.Draw(out).text((4, 2), f"{slug} · {level} {seed} · {kind} {number}/{len(drawn)}",
                                     fill="black")
            out.paste(page, (0, LABEL))
            yield out


def columns(drawn: list[Image.Image], height: int) -> list[list[Image.Image]]:
    """The pages in columns no higher than `height`, in their order."""
    found: list[list[Image.Image]] = []
    filled = height
    for page in drawn:
        if filled + page.height + GAP > height:
            found.append([])
            filled = 0
        found[-1].append(page)
        filled += page.height + GAP
    return found


def sheets(drawn: list[Image.Image], width: int, height: int, across: int) -> Iterator[Image.Image]:
    found = columns(drawn, height)
    for begin in range(0, len(found), across):
        some = found[begin:begin + across]
        high = max(sum(page.height + GAP for page in column) for column in some)
        sheet = Image.new("RGB", (len(some) * (width + GAP), high), "#8a9ba8")
        for place, column in enumerate(some):
            y = 0
            for page in column:
                sheet.paste(page, (place * (width + GAP), y))
                y += page.height + GAP
        yield sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", help="topics or topic/family; all if none is given")
    parser.add_argument("--level", action="append", help="only this level (may be repeated)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=720, help="of a page, in pixels")
    parser.add_argument("--height", type=int, default=1400, help="of a contact sheet, in pixels")
    parser.add_argument("--across", type=int, default=2, help="pages side by side")
    args = parser.parse_args()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    chosen: dict[str, list[Image.Image]] = {}
    for slug, cls in catalogue.all_templates().items():
        if args.families and slug not in args.families and cls.topic() not in args.families:
            continue
        for level in cls.levels:
            if args.level and level not in args.level:
                continue
            try:
                chosen.setdefault(cls.topic(), []).extend(
                    labelled(slug, level, args.seed, args.width))
            except Exception as error:
                print(f"{slug} {level}: {error}")
    for topic, drawn in chosen.items():
        for number, sheet in enumerate(sheets(drawn, args.width, args.height, args.across), 1):
            (OUT / f"{topic}_{number:02}.png").write_bytes(png(sheet, 32))
    print(f"{len(list(OUT.glob('*.png')))} contact sheets in {OUT.name}/")


if __name__ == "__main__":
    main()
