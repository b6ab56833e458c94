"""The child's side: one page of a scan as grey pixels. Files are hostile, so nothing here trusts them.

A request is `pile.pdf, page 3`; page 0 only asks how many there are.
"""

from __future__ import annotations

import os
import stat
import struct
from base64 import b64encode
from itertools import islice
from typing import Any

# threads cannot be started where this runs, and images of a pixel count beyond this are none
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "150000000")

from softmark.grader.files.child import Refused
from softmark.grader.files.opening import shown

MAX_PDF = 2_000_000_000
MAX_IMAGE = 100_000_000
MAX_PIXELS = 150_000_000
MAX_PAGES = 3_000
#: pixels on the long side of a page to look at
SIDE = 2600
LEAST_SIDE = 1100
#: how many times longer than wide a page may be
MOST_SLENDER = 50
_PART = ", page "
_ONLY_BLACK = ": is in black and white only, so that light marks are lost; scan it in grey"


def request_of(path: str, page: int) -> str:
    """What to ask the child for."""
    return f"{path}{_PART}{page}"


def read_scan(request: str) -> dict[str, Any]:
    """How many pages a file has, or what is on one of them."""
    import cv2

    from softmark.scanner.frames import look_at

    cv2.setNumThreads(1)
    path, _, number = request.rpartition(_PART)
    where = shown(path)
    kind = _kind(path, where)
    pages = _count(path, kind, where)
    if number == "0":
        return {"pages": pages}
    grey = _pixels(path, kind, int(number) - 1, shown(request))
    found = look_at(grey)
    if "pixels" in found:
        found["pixels"] = b64encode(found["pixels"].tobytes()).decode()
    return found


def _kind(path: str, where: str) -> str:
    """What a file is by its first bytes; its name says nothing. Refused for all else."""
    try:
        about = os.stat(path)
        if not stat.S_ISREG(about.st_mode):
            raise Refused(f"{where}: is no ordinary file; give scans as PDF, PNG, JPEG or TIFF")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise Refused(f"{where}: there is no such file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"{where}: cannot be read ({shown(getattr(error, 'strerror', error))})") from None
    if not head:
        raise Refused(f"{where}: is empty")
    kind = ("png" if head.startswith(b"\x89PNG\r\n\x1a\n") else "jpeg" if head.startswith(b"\xff\xd8\xff")
            else "tiff" if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))
            else "pdf" if b"%PDF-" in head else "")
    if not kind:
        raise Refused(f"{where}: is neither PDF nor PNG, JPEG or TIFF, whatever its name says")
    if about.st_size > (MAX_PDF if kind == "pdf" else MAX_IMAGE):
        raise Refused(f"{where}: is too large ({about.st_size:,} bytes); scan it in parts")
    return kind


def _count(path: str, kind: str, where: str) -> int:
    if kind == "pdf":
        pages = len(_document(path, where))
    elif kind == "tiff":
        import cv2

        pages = cv2.imcount(path)
    else:
        return 1
    if not pages:
        raise Refused(f"{where}: holds no page that can be read; scan it again")
    if pages > MAX_PAGES:
        raise Refused(f"{where}: has {pages:,} pages; scan at most {MAX_PAGES:,} into one file")
    return pages


#: the PDF that is open: (path, document)
_open: list[Any] = []


def _document(path: str, where: str) -> Any:
    import pypdfium2

    if not _open or _open[0] != path:
        _open.clear()
        try:
            _open.extend((path, pypdfium2.PdfDocument(path)))
        except pypdfium2.PdfiumError as error:
            raise Refused(f"{where}: is no whole PDF, or one with a password "
                          f"({shown(error, 80)})") from None
    return _open[1]


def _pixels(path: str, kind: str, page: int, where: str) -> Any:
    """The page in grey, not larger than needed."""
    import cv2
    import numpy as np

    if kind == "pdf":
        return _drawn(path, page, where)
    with open(path, "rb") as file:
        data = file.read(MAX_IMAGE)
    width, height = _size(data, kind)
    if width * height > MAX_PIXELS:
        raise Refused(f"{where}: is an image of {width:,} × {height:,} pixels; scan at 150 to 300 dots "
                      "an inch")
    try:
        if kind == "tiff":
            done, several = cv2.imreadmulti(path, start=page, count=1, flags=cv2.IMREAD_GRAYSCALE)
            grey = several[0] if done else None
        else:
            grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        grey = None
        if "alloc" in str(error):
            raise MemoryError from None
    if grey is None:
        raise Refused(f"{where}: is damaged, or an image of more than {MAX_PIXELS:,} pixels; scan it "
                      "again")
    side = max(grey.shape)
    if side < LEAST_SIDE:
        raise Refused(f"{where}: has only {grey.shape[1]} × {grey.shape[0]} pixels; scan at 150 dots an "
                      "inch or more")
    if side > MOST_SLENDER * min(grey.shape):
        raise Refused(f"{where}: is an image of {grey.shape[1]:,} × {grey.shape[0]:,} pixels: no "
                      "answer page")
    if np.count_nonzero(cv2.calcHist([grey], [0], None, [256], [0, 256])) == 2:
        raise Refused(f"{where}{_ONLY_BLACK}")
    if side > SIDE * 1.3:
        scale = SIDE / side
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return grey


def _drawn(path: str, page: int, where: str) -> Any:
    import pypdfium2

    try:
        drawn = _document(path, where)[page]
        width, height = drawn.get_size()
        if not min(width, height) > 1 or max(width, height) > MOST_SLENDER * min(width, height):
            raise Refused(f"{where}: is {width:.0f} × {height:.0f} points, which is no answer page")
        # an image that PDFium does not draw would leave an empty page
        for part in islice(drawn.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), 100):
            across, down = part.get_px_size()
            if across * down > 500_000 and part.get_metadata().bits_per_pixel == 1:
                raise Refused(f"{where}{_ONLY_BLACK}")
            if across * down > MAX_PIXELS:
                raise Refused(f"{where}: holds an image of {across:,} × {down:,} pixels; scan at 150 to "
                              "300 dots an inch")
        image = drawn.render(scale=SIDE / max(width, height), grayscale=True).to_numpy()
    except pypdfium2.PdfiumError as error:
        raise Refused(f"{where}: cannot be drawn ({shown(error, 80)})") from None
    return image.reshape(image.shape[:2]).copy()


def _size(data: bytes, kind: str) -> tuple[int, int]:
    """Width and height as the file claims; 0 × 0 where that is left to the decoder."""
    try:
        if kind == "png":
            return struct.unpack(">II", data[16:24])
        if kind == "jpeg":
            at = 2
            while at < len(data) - 9:
                mark, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
                if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
                    height, width = struct.unpack(">HH", data[at + 5:at + 9])
                    return width, height
                at += 2 + length
    except struct.error:
        pass
    return 0, 0
