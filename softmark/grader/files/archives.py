"""ZIP files as learning platforms give them; names inside are shown, never used as paths."""

from __future__ import annotations

import io
import zipfile
import zlib
from itertools import accumulate, pairwise
from pathlib import PurePosixPath

from softmark.grader.files.child import Refused
from softmark.grader.files.opening import MAX_BYTES, shown

MAX_MEMBERS = 10_000
#: bytes that the files of a ZIP may unpack to one after the other; those behind are left
MAX_TOTAL = 2_000_000_000
MAX_RATIO = 200
_FREE = 1_000_000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
           ValueError, IndexError)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A ZIP file whose claims have been looked at."""

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.members = [info for info in self._zip.infolist() if not info.is_dir()]
        except _BROKEN as error:
            raise Refused(f"{where}: is no whole ZIP file ({shown(error, 100)}); download it "
                          "again") from None
        if len(self.members) > MAX_MEMBERS:
            raise Refused(f"{where}: holds {len(self.members):,} files; at most {MAX_MEMBERS:,} are "
                          "read")
        if _overlap(self.members):
            raise Refused(f"{where}: is no honest ZIP file (its files lie over each other); download "
                          "it again")
        self._room = _within(self.members)

    def read(self, info: zipfile.ZipInfo, where: str) -> bytes:
        """The bytes of a member; Refused if it is encrypted, a bomb, or broken."""
        if info.flag_bits & 0x1:
            raise Refused(f"{where}: is encrypted; give it unpacked or without a password")
        if info.compress_type not in _METHODS:
            raise Refused(f"{where}: is packed in an unusual way; pack it again as a plain ZIP")
        if _swells(info):
            raise Refused(f"{where}: unpacks to {info.file_size:,} bytes; this is no file of answers")
        if info.header_offset not in self._room:
            raise Refused(f"{where}: lies behind the first {MAX_TOTAL:,} bytes of the ZIP; give it in "
                          "parts")
        try:
            with self._zip.open(info) as file:
                return file.read(MAX_BYTES + 1)
        except _BROKEN as error:
            raise Refused(f"{where}: cannot be unpacked ({shown(error, 100)}); download the ZIP "
                          "again") from None

    def named(self, name: str) -> bytes | None:
        """The bytes of the member of that name, or None."""
        found = next((info for info in self.members if info.filename == name), None)
        return None if found is None else self.read(found, f"{self.where}: {shown(name)}")


def _swells(info: zipfile.ZipInfo) -> bool:
    """Is it too large, or so much larger than it was packed that it is meant to be?"""
    return info.file_size > min(MAX_BYTES, max(_FREE, MAX_RATIO * info.compress_size))


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Do two of them lie on the same bytes, so that little unpacks to much?"""
    spans = sorted((info.header_offset, info.header_offset + info.compress_size) for info in members)
    return any(after[0] < before[1] or after[0] == before[0]
               for before, after in pairwise(spans))


def _within(members: list[zipfile.ZipInfo]) -> set[int]:
    """Where those begin that unpack to no more than MAX_TOTAL one after the other."""
    sizes = accumulate(0 if _swells(info) else info.file_size for info in members)
    return {info.header_offset for info, upto in zip(members, sizes, strict=True) if upto <= MAX_TOTAL}


def members(archive: Archive) -> list[tuple[int, str]]:
    """What a ZIP holds for us: the number and name of every file that nobody's system put there."""
    found = []
    for number, info in enumerate(archive.members):
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if not path.name.startswith((".", "~")) and "__MACOSX" not in path.parts:
            found.append((number, str(path)))
    if not found:
        raise Refused(f"{archive.where}: the ZIP file is empty")
    return found


def member(archive: Archive, number: int, place: str) -> tuple[str, bytes]:
    """The suffix and the bytes of a member; Refused for what is of no use."""
    info = archive.members[number]
    suffix = PurePosixPath(info.filename.replace("\\", "/")).suffix.lower()
    if suffix == ".zip":
        raise Refused(f"{place}: is a ZIP inside a ZIP; unpack it first")
    data = archive.read(info, place)
    if not data.strip():
        raise Refused(f"{place}: is empty; it should be a file of answers")
    return suffix, data
