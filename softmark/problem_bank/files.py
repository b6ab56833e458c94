"""Reading the files a person gives: size, encoding and control characters are checked once."""

from __future__ import annotations

from pathlib import Path

from softmark.worksheet.errors import UserError

MAX_BYTES = 5_000_000


def read_text(path: Path, what: str, max_bytes: int = MAX_BYTES) -> str:
    """The file's text (UTF-8, with or without BOM); UserError in one sentence if it has none."""
    data = read_bytes(path, what, max_bytes)
    if b"\0" in data:
        raise UserError(f"{path}: is not a text file (it holds NUL bytes); save the {what} as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise UserError(f"{path}: line {line} is not UTF-8; save the {what} as UTF-8") from None
    if not text.strip():
        raise UserError(f"{path}: is empty; it should be a {what}")
    return text


def read_bytes(path: Path, what: str, max_bytes: int = MAX_BYTES) -> bytes:
    """What is in the file; UserError in one sentence if that cannot be had."""
    try:
        if path.is_dir():
            raise UserError(f"{path}: is a folder; give the {what} itself")
        if path.stat().st_size > max_bytes:
            raise UserError(f"{path}: is larger than {max_bytes:,} bytes; this is no {what}")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file; give the path of the {what}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
