"""Which files a person meant who named files and folders; what is left out is told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from softmark.grader.files.opening import shown

MAX_FILES = 20_000


def files_of(paths: Iterable[Path], problems: list[str]) -> Iterator[str]:
    """Every file named or inside a named folder, at most MAX_FILES; a sentence for what is no file.

    Pipes, devices and files without permission are among them: whoever opens a file says so.
    """
    count = 0
    for path in paths:
        for one in _inside(path, problems) if _is_folder(path) else [str(path)]:
            count += 1
            if count > MAX_FILES:
                problems.append(f"{shown(one)}: is one file too many; {MAX_FILES:,} are read at a time")
                return
            yield one


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # such as a name too long; opening it tells why
        return False


def _inside(folder: Path, problems: list[str]) -> Iterator[str]:
    """The files of a folder and its folders; a link must not lead out of it."""
    unread: list[OSError] = []
    found = False
    home = os.path.realpath(folder)
    for place, folders, names in os.walk(folder, onerror=unread.append):
        kept = sorted(name for name in folders if name[0] != "." and name != "__MACOSX")
        folders[:] = [name for name in kept if not os.path.islink(os.path.join(place, name))]
        for name in (*(set(kept) - set(folders)), *sorted(names)):
            path = os.path.join(place, name)
            if name[0] == ".":
                continue
            found = True
            if name in kept:
                problems.append(f"{shown(path)}: is a link to a folder; it was not followed")
            elif os.path.islink(path) and not _lies_in(home, path):
                problems.append(f"{shown(path)}: is a link that leads out of the folder; it was not "
                                "followed")
            else:
                yield path
    problems += [f"{shown(error.filename)}: the folder cannot be opened ({shown(error.strerror)})"
                 for error in unread]
    if not found and not unread:
        problems.append(f"{shown(folder)}: the folder is empty")


def _lies_in(home: str, path: str) -> bool:
    # links that lead round in a ring end somewhere in the folder, and cannot be opened there
    return os.path.commonpath([home, os.path.realpath(path)]) == home
