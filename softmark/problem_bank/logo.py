"""A logo: an SVG or PNG that draws in bounded time and refers to nothing outside itself."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from softmark.problem_bank.files import read_bytes
from softmark.worksheet.errors import UserError

MAX_BYTES = 500_000
MAX_SIDE = 5_000
#: shapes drawn, those drawn again by <use> counted again
MAX_SHAPES = 20_000
_PNG = b"\x89PNG\r\n\x1a\n"
_INSIDE = re.compile(r"#|data:image/(png|jpeg);base64,")
_URL = re.compile(r"url\(\s*[\"']?\s*(?!#)|@import", re.IGNORECASE)


def read_logo(path: Path) -> bytes:
    """What is in the file; UserError in one sentence if it is no logo that can be printed."""
    data = read_bytes(path, "logo (SVG or PNG)", MAX_BYTES)
    if data.startswith(_PNG):
        _check_png(data, path)
    elif b"<svg" in data[:20_000] or b":svg" in data[:20_000]:
        _check_svg(data, path)
    else:
        raise UserError(f"{path}: is neither SVG nor PNG; save the logo as one of these")
    return data


def mime_type(data: bytes) -> str:
    """What kind of picture a logo is.

    >>> mime_type(b"<svg/>")
    'image/svg+xml'
    """
    return "image/png" if data.startswith(_PNG) else "image/svg+xml"


def _check_png(data: bytes, path: Path) -> None:
    wide, high = struct.unpack(">II", data[16:24].ljust(8, b"\0"))
    if not (0 < wide <= MAX_SIDE and 0 < high <= MAX_SIDE):
        raise UserError(f"{path}: is {wide:,}×{high:,} pixels; a logo has at most {MAX_SIDE:,} a side")
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            picture.load()
        # libraries that draw may have told Pillow to overlook a missing end
        if b"IEND" not in data[-100:]:
            raise ValueError("its end is missing")
    except Exception as error:
        raise UserError(f"{path}: is a broken PNG ({error}); save it again") from None


def _check_svg(data: bytes, path: Path) -> None:
    from xml.etree import ElementTree

    # a plain DOCTYPE, which drawing programs write, is harmless; entities may grow without bound
    if b"<!ENTITY" in data:
        raise UserError(f"{path}: declares XML entities, which are not expanded; save it as plain SVG")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{path}: is not well-formed SVG ({error}); save it as plain SVG") from None
    if _name(root.tag) != "svg":
        raise UserError(f"{path}: its outermost element is <{_name(root.tag)}>, not <svg>; save it as "
                        "plain SVG")
    for said in _references(root):
        raise UserError(f"{path}: refers to {said[:60]!r}, and nothing outside the file is fetched; put "
                        "the picture into the SVG, fonts as paths")
    if _too_many(root):
        raise UserError(f"{path}: draws more than {MAX_SHAPES:,} shapes or draws itself without end; "
                        "save a simpler version")


def _name(tag: Any) -> str:
    return str(tag).rsplit("}", 1)[-1]


def _references(root: Any) -> Iterator[str]:
    """What the picture would fetch or run."""
    for one in root.iter():
        if _name(one.tag) in ("script", "foreignObject"):
            yield f"<{_name(one.tag)}>"
        for key, value in one.attrib.items():
            outside = _name(key) == "href" and _name(one.tag) != "a" and not _INSIDE.match(value.strip())
            if outside or _URL.search(value):
                yield value
        if _name(one.tag) == "style" and _URL.search(one.text or ""):
            yield str(one.text).strip()


def _too_many(root: Any) -> bool:
    """Would drawing take more than MAX_SHAPES shapes, with everything that is used counted out?"""
    named = {one.get("id"): one for one in root.iter() if one.get("id")}
    counted: dict[Any, int] = {}

    def shapes(one: Any, depth: int) -> int:
        if depth > 100:
            return MAX_SHAPES + 1
        if one not in counted:
            # whoever comes by here again before the count is in draws itself
            counted[one] = MAX_SHAPES + 1
            used = [named.get(value.strip()[1:]) for key, value in one.attrib.items()
                    if _name(key) == "href" and value.strip().startswith("#")]
            counted[one] = 1 + sum(shapes(part, depth + 1)
                                   for part in [*one, *(part for part in used if part is not None)])
        return counted[one]

    return shapes(root, 0) > MAX_SHAPES
