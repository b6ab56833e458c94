"""Font files of our own: metrics, outlines, and the objects that WeasyPrint embeds in a PDF."""

from __future__ import annotations

import hashlib
import io
import logging
import struct
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from softmark.rendering.assets import KATEX, face_file

#: where a letter of \text stands that KaTeX's fonts lack
_TEXT_FACES = ("source-serif-4-latin-400-normal", "source-serif-4-latin-ext-400-normal",
               "source-serif-4-greek-400-normal")
_KEPT = ("head", "hhea", "maxp", "OS/2", "cvt ", "fpgm", "prep")
_MORE_COMPONENTS = 0x0020


class FontFile:
    """One TrueType file, read once a process."""

    def __init__(self, name: str) -> None:
        from fontTools.ttLib import TTFont

        self.name = name
        self.data = _file(name).read_bytes()
        # KaTeX's fonts carry no dates, which fontTools would remark on each time
        logging.getLogger("fontTools").setLevel(logging.ERROR)
        self.font = TTFont(io.BytesIO(self.data), lazy=True)
        self.units: int = self.font["head"].unitsPerEm
        self.characters: dict[int, str] = self.font.getBestCmap()
        self.ascent = round(1000 * self.font["hhea"].ascent / self.units)
        self.descent = round(1000 * self.font["hhea"].descent / self.units)

    @lru_cache(maxsize=4096)  # noqa: B019 - fonts live as long as the process
    def number(self, char: str) -> int:
        """The glyph of a character, 0 if the font has none."""
        name = self.characters.get(ord(char))
        return int(self.font.getGlyphID(name)) if name else 0

    @lru_cache(maxsize=4096)  # noqa: B019
    def advance(self, char: str) -> float:
        """A character's width in em; KeyError if the font has none."""
        return float(self.font["hmtx"][self.characters[ord(char)]][0]) / self.units

    @cached_property
    def tables(self) -> dict[str, bytes]:
        """The raw tables."""
        reader = self.font.reader
        return {tag: reader[tag] for tag in reader.keys()}  # noqa: SIM118 - not a mapping

    def subset(self, numbers: set[int]) -> bytes:
        """The font with only these glyphs' outlines; glyph numbers stay as they are."""
        from fontTools.ttLib.sfnt import SFNTWriter

        tables = self.tables
        long = struct.unpack(">h", tables["head"][50:52])[0] == 1
        count = struct.unpack(">H", tables["maxp"][4:6])[0]
        offsets = struct.unpack(f">{count + 1}L", tables["loca"][:4 * (count + 1)]) if long else \
            tuple(2 * o for o in struct.unpack(f">{count + 1}H", tables["loca"][:2 * (count + 1)]))
        wanted = self._with_components(numbers | {0}, offsets)
        outlines, places = b"", []
        for number in range(count):
            places.append(len(outlines))
            if number in wanted:
                outlines += tables["glyf"][offsets[number]:offsets[number + 1]]
                outlines += b"\0" * (-len(outlines) % 4)
        places.append(len(outlines))
        kept = {tag: tables[tag] for tag in _KEPT if tag in tables}
        kept["head"] = tables["head"][:50] + b"\0\1" + tables["head"][52:]
        kept |= {"hmtx": tables["hmtx"], "glyf": outlines,
                 "loca": struct.pack(f">{count + 1}L", *places)}
        out = io.BytesIO()
        writer = SFNTWriter(out, len(kept), "\0\1\0\0")
        for tag in sorted(kept):
            writer[tag] = kept[tag]
        writer.close()
        return out.getvalue()

    def _with_components(self, numbers: set[int], offsets: tuple[int, ...]) -> set[int]:
        glyf, wanted, todo = self.tables["glyf"], set(numbers), list(numbers)
        while todo:
            number = todo.pop()
            data = glyf[offsets[number]:offsets[number + 1]]
            if len(data) < 10 or struct.unpack(">h", data[:2])[0] >= 0:
                continue
            place, more = 10, True
            while more:
                flags, part = struct.unpack(">HH", data[place:place + 4])
                if part not in wanted:
                    wanted.add(part)
                    todo.append(part)
                place += 4 + (4 if flags & 1 else 2) + (
                    2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
                more = bool(flags & _MORE_COMPONENTS)
        return wanted


@lru_cache(maxsize=32)
def load_font(name: str) -> FontFile:
    """The font file called e.g. KaTeX_Main-Regular."""
    return FontFile(name)


def _file(name: str) -> Path:
    """The file of a font, or of the nearest one of its family that there is."""
    family = name.split("-")[0]
    for path in (KATEX / "fonts" / f"{name}.ttf", KATEX / "fonts" / f"{family}-Regular.ttf",
                 KATEX / "fonts" / f"{family}-Italic.ttf", face_file(name)):
        if path is not None and path.is_file():
            return path
    raise LookupError(f"there is no font {name}")


def face_of(font: str, char: str) -> tuple[str, float]:
    """The font to take a formula's character from, and its width in em; LookupError if none has it."""
    return first_face((font,), char)


@lru_cache(maxsize=8192)
def first_face(fonts: tuple[str, ...], char: str) -> tuple[str, float]:
    """The first of some fonts, or else of ours, that has a character, and its width in em.

    Raises LookupError if none has it.
    """
    for name in (*fonts, "KaTeX_Main-Regular", *_TEXT_FACES):
        try:
            return name, load_font(name).advance(char)
        except LookupError:
            continue
    raise LookupError(f"no font has {char!r}")


@lru_cache(maxsize=2048)
def glyph_outline(font: str, char: str) -> str:
    """A glyph's outline as an SVG path in font units, y upwards."""
    from fontTools.pens.svgPathPen import SVGPathPen

    file = load_font(font)
    glyphs = file.font.getGlyphSet()
    pen = SVGPathPen(glyphs)
    glyphs[file.characters.get(ord(char), ".notdef")].draw(pen)
    return str(pen.getCommands())


class PrintFont:
    """A font as WeasyPrint embeds it: it remembers the glyphs used and subsets itself.

    Stands in for weasyprint.pdf.fonts.Font (version 70), whose attributes it offers.
    """

    bitmap = False
    used_in_forms = False
    index = 0
    type = "ttf"
    flags = 4
    stemv = stemh = 80

    def __init__(self, file: FontFile) -> None:
        self._file = file
        digest = hashlib.sha256(file.name.encode()).digest()
        self.hash = "".join(chr(65 + byte % 26) for byte in digest[:6])
        self.name = f"/{self.hash}+{file.name}".encode()
        self.family = file.name.split("-")[0]
        self.italic_angle = -12 if "Italic" in file.name else 0
        self.ascent, self.descent, self.upem = file.ascent, file.descent, file.units
        self.widths: dict[int, float] = {}
        self.to_unicode: dict[int, str] = {}
        self.missing: dict[int, int] = {}
        self.file_content = file.data

    def use(self, char: str) -> int:
        """The glyph number of a character, which is embedded from now on."""
        number = self._file.number(char)
        if number not in self.widths:
            self.widths[number] = round(1000 * self._file.advance(char), 3)
            self.to_unicode[number] = char
        return number

    def clean(self, to_unicode: dict[int, str], hinting: Any) -> None:
        """Keeps only the glyphs that were used."""
        self.file_content = self._file.subset(set(to_unicode))
