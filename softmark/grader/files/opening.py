"""From a path to bytes to text: ordinary files only, of a sensible size, in a known encoding."""

from __future__ import annotations

import os
import re
import stat

from softmark.grader.files.child import Refused

MAX_BYTES = 50_000_000
#: a class's papers in one ZIP
MAX_ZIP = 250_000_000
KINDS = (".csv", ".tsv", ".json", ".xlsx", ".pdf", ".zip")
# control characters, those that turn the reading direction or show nothing, halves of characters
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
                     "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]")
_NEVER_TYPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def shown(name: object, most: int = 300) -> str:
    """A name as it may stand in a sentence: one line, nothing that cannot be seen."""
    text = _UNSEEN.sub("\ufffd", str(name))
    return text if len(text) <= most else f"{text[:most // 2]}…{text[-most // 2:]}"


def typed(text: str) -> str:
    """An answer as it was typed; what nobody can have typed becomes \ufffd, which no reading accepts."""
    return _NEVER_TYPED.sub("\ufffd", text)


def place_of(request: str) -> str:
    """How sentences name a file, or a member of a ZIP that is asked for by `path NUL number NUL name`."""
    path, _, member = request.partition("\0")
    return shown(path) if not member else f"{shown(path)}: {shown(member.partition(chr(0))[2])}"


def load(path: str, where: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of an ordinary file; Refused for what is missing, none, or too large."""
    try:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode):
            raise Refused(f"{where}: is a folder inside; give the files of answers themselves")
        if not stat.S_ISREG(about.st_mode):
            raise Refused(f"{where}: is no ordinary file (a pipe or a device); give the file of answers")
        if about.st_size > most:
            raise Refused(f"{where}: is larger than {most:,} bytes; this is no file of answers")
        # without waiting, should it have become a pipe meanwhile
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise Refused(f"{where}: there is no such file; give the path of the file of answers") from None
    except (OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        why = getattr(error, "strerror", None) or error
        raise Refused(f"{where}: cannot be read ({shown(why)})") from None
    if not data.strip():
        raise Refused(f"{where}: is empty; it should be a file of answers")
    return data


def decode(data: bytes, where: str, problems: list[str]) -> str:
    """UTF-8, UTF-16 with its mark, or else the Western encoding of old spreadsheets, with a note."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _filled(data.decode("utf-16"), where)
        except UnicodeDecodeError:
            raise Refused(f"{where}: begins like UTF-16 but is not; save it as UTF-8") from None
    if b"\0" in data:
        raise Refused(f"{where}: is not a text file (it holds NUL bytes); save it as CSV (UTF-8)")
    try:
        return _filled(data.decode("utf-8-sig"), where)
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
    try:
        text = _filled(data.decode("cp1252"), where)
    except UnicodeDecodeError:
        raise Refused(f"{where}: line {line} is not UTF-8; save the file as UTF-8") from None
    problems.append(f"{where}: line {line} is not UTF-8; the file was read as Windows-1252, so look "
                    "at its names and signs")
    return text


def _filled(text: str, where: str) -> str:
    if not text.strip():
        raise Refused(f"{where}: is empty; it should be a file of answers")
    return text
