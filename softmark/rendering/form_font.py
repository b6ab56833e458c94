"""The face of what is typed into a form field: Latin, Greek, minus, powers and indices in one byte each.

Viewers draw what is typed with the field's own font, so one small font that has every sign an answer
needs is put together from the text face and KaTeX's.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from softmark.rendering.fonts import FontFile, load_font

NAME = "SoftmarkField"
#: codes beyond ASCII and Latin-1 that carry other signs than WinAnsi's
_SIGNS = ("−√∂∇∞≤≥≠≈→′–—’…⁰⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵀ₀₁₂₃₄₅₆₇₈₉"
          "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ")
#: Latin-1 that answers to exercises do without, so that their codes are free
_FREE = [*range(0x80, 0xA0), *map(ord, "¢£¤¥¦§¨©ª®¯¶¸º¿ÀÁÂÃÅÆÇÈÊËÌÍÎÏÐÑÒÓÔÕØÙÚÛÝÞ")]
_RAISED = dict(zip("⁰⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0456789−+n", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SMALL = 0.62
_FACES = ("source-sans-3-latin-400-normal", "source-sans-3-greek-400-normal",
          "source-sans-3-latin-ext-400-normal", "KaTeX_Main-Regular")


@dataclass(frozen=True, slots=True)
class FieldFont:
    """A TrueType font with what a PDF must say of it."""

    data: bytes
    widths: tuple[int, ...]
    #: code -> character, where it is not WinAnsi's own
    differences: dict[int, str]
    names: dict[str, str]
    ascent: int
    descent: int

    def to_unicode(self) -> str:
        """The map from codes to characters, as a PDF has it."""
        codes = {code: chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))
                 if code not in _FREE} | self.differences
        lines = [f"<{code:02x}> <{ord(char):04x}>" for code, char in sorted(codes.items())]
        blocks = [lines[n:n + 100] for n in range(0, len(lines), 100)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar"
                         for block in blocks)
        return ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
                "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                f"/CMapName /{NAME} def /CMapType 2 def\n"
                f"1 begincodespacerange <00> <ff> endcodespacerange\n{body}\n"
                "endcmap CMapName currentdict /CMap defineresource pop end end")


@lru_cache(maxsize=1)
def field_font() -> FieldFont | None:
    """The font, put together once a process; None where the faces are not installed."""
    from fontTools.agl import UV2AGL
    from fontTools.fontBuilder import FontBuilder

    try:
        faces = [load_font(name) for name in _FACES]
    except LookupError:
        return None
    codes = {code: chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x100))
             if code not in _FREE and code != 0xAD}
    differences = dict(zip(_FREE, _SIGNS, strict=False))
    assert len(differences) == len(_SIGNS)
    # Ω, Δ and μ are called otherwise than Greek letters in Adobe's list
    names = {char: UV2AGL[ord(char)] if ord(char) in UV2AGL and char not in "ΩΔμ"
             else f"uni{ord(char):04X}" for char in (codes | differences).values()}
    glyphs, metrics = {".notdef": _outline(faces[0], "")}, {".notdef": (500, 0)}
    for char, name in names.items():
        glyphs[name], width = _drawn(faces, char)
        metrics[name] = (width, getattr(glyphs[name], "xMin", 0))
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (width, getattr(glyphs[name], "xMin", 0))
                                    for name, (width, _) in metrics.items()})
    # of what is typed, not of every accent the face might bear: viewers centre a line by them
    ascent, descent = 930, -260
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular", "psName": NAME})
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent,
                     usWinDescent=-descent)
    builder.setupPost()
    # no clock in the file: the same paper is the same bytes
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    out = io.BytesIO()
    builder.save(out)
    wide = {**{code: metrics[names[char]][0] for code, char in (codes | differences).items()}}
    wide[0xA0] = wide[0x20]
    return FieldFont(out.getvalue(), tuple(wide.get(code, 0) for code in range(0x20, 0x100)),
                     differences, names, ascent, descent)


def _drawn(faces: list[FontFile], char: str) -> tuple[Any, int]:
    """The outline and width of a character, made from others where no face has it."""
    if char in _RAISED or char in _LOWERED:
        base = (_RAISED | _LOWERED)[char]
        face = _face(faces, base)
        shift = 330 if char in _RAISED else -120
        return (_outline(face, base, (_SMALL, 0, 0, _SMALL, 0, shift)),
                round(1000 * _SMALL * face.advance(base)))
    if char == "≠":
        face = _face(faces, "=")
        slash = round(500 * (face.advance("=") - face.advance("/")))
        return _outline(face, "=", more=(("/", slash),)), round(1000 * face.advance("="))
    face = _face(faces, char)
    return _outline(face, char), round(1000 * face.advance(char))


def _face(faces: list[FontFile], char: str) -> FontFile:
    return next(face for face in faces if ord(char) in face.characters)


def _outline(face: FontFile, char: str, matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0),
             more: tuple[tuple[str, int], ...] = ()) -> Any:
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.roundingPen import RoundingPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs = face.font.getGlyphSet()
    pen = TTGlyphPen(None)
    for one, shift in ((char, 0), *more) if char else ():
        record = DecomposingRecordingPen(glyphs)
        glyphs[face.characters[ord(one)]].draw(record)
        moved = (*matrix[:4], matrix[4] + shift, matrix[5])
        record.replay(TransformPen(RoundingPen(pen), moved))
    return pen.glyph()
