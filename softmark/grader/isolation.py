"""Hostile files are read by a child process with little memory, little time and no rights to write.

What comes back is JSON. A file that breaks the child costs one sentence, and the rest goes on.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import softmark
from softmark.grader.files.child import OUT_OF_MEMORY
from softmark.grader.files.opening import place_of, shown
from softmark.worksheet.errors import UserError

_START = ("import json, sys; sys.path[:0] = json.loads(sys.argv[1]); "
          "from softmark.grader.files.child import serve; serve()")
MEND = "give the answers as a plain CSV file (UTF-8)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of memory, seconds a file, bytes of result a file."""

    memory: int = 1 << 30
    cpu: float = 20
    wall: float = 60
    output: int = 64_000_000


class _Broken(Exception):
    """The child is of no more use; why, as the rest of a sentence."""


def read_apart(reader: Callable[[str], Any], paths: Iterable[str], limits: Limits | None = None,
               packages: Sequence[str] = (), mend: str = "") -> Iterator[tuple[str, Any]]:
    """Each path with what `reader` makes of it in a child process, or with a UserError.

    `reader` is a function of a module (no lambda) from a path to something that JSON can hold; it
    raises Refused for a file that is of no use. One child reads all files; behind a file that ends
    it a new one goes on. Of what is installed, the child finds the folders of `packages` besides;
    `mend` says how to help a file that breaks it.
    """
    child: _Child | None = None
    try:
        for path in paths:
            child = child or _Child(reader, limits or Limits(), packages, mend)
            try:
                found = child.read(path)
            except _Broken as why:
                child.end()
                child = None
                found = UserError(f"{place_of(path)}: {why}; {mend or _mend(path)}")
            yield path, found
    finally:
        if child is not None:
            child.end()


class _Child:
    """A Python process of its own, with a clean environment, that reads file after file."""

    def __init__(self, reader: Callable[[str], Any], limits: Limits, packages: Sequence[str],
                 mend: str) -> None:
        self.limits = limits
        self.mend = mend
        self.lines: queue.Queue[bytes] = queue.Queue()
        # -S and -I: neither site-packages nor the user's folder nor PYTHON* variables
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START,
             json.dumps(_folders(reader, packages))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_clean())
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        self._send({"module": reader.__module__, "name": reader.__name__,
                    "memory": limits.memory, "seconds": limits.cpu})

    def _listen(self) -> None:
        assert self.process.stdout is not None
        line = b"\n"
        with self.process.stdout as out:
            while line.endswith(b"\n"):
                line = out.readline(self.limits.output)
                self.lines.put(line)

    def _send(self, data: Any) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(data).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise _Broken(self._cause()) from None

    def read(self, path: str) -> Any:
        """What the reader found, or the UserError it deserves; _Broken if the child is lost."""
        self._send(path)
        try:
            line = self.lines.get(timeout=self.limits.wall)
        except queue.Empty:
            raise _Broken(f"was not read within {self.limits.wall:g} seconds") from None
        if not line.endswith(b"\n"):
            raise _Broken("holds more than answers can be" if line else self._cause())
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            raise _Broken("could not be read") from None
        if "refused" in told:
            return UserError(str(told["refused"]))
        if "failed" in told:
            return UserError(f"{place_of(path)}: could not be read ({shown(told['failed'])}); "
                             f"{self.mend or _mend(path)}")
        return told["found"]

    def _cause(self) -> str:
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "stopped the reader"
        if code == OUT_OF_MEMORY:
            return f"needs more than {self.limits.memory / 1e9:.2g} GB of memory"
        if code == -getattr(signal, "SIGXCPU", 0) != 0:
            return f"takes more than {self.limits.cpu:g} seconds of computing"
        return f"broke the reader (it ended with code {code})"

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        self.listener.join()
        assert self.process.stdin is not None
        # what was not sent when the child broke is of no more interest
        with suppress(OSError):
            self.process.stdin.close()


def _folders(reader: Callable[[str], Any], packages: Sequence[str]) -> list[str]:
    """Where softmark lies, the package that the reader is from, and the one that opens PDFs."""
    home = Path(softmark.__file__).parent.parent
    top = sys.modules[reader.__module__.partition(".")[0]]
    other = Path(top.__file__).parent.parent if top.__file__ else home
    pypdf = importlib.util.find_spec("pypdf")
    library = Path(pypdf.origin).parent.parent if pypdf and pypdf.origin else home
    specs = [importlib.util.find_spec(name) for name in packages]
    needed = [str(Path(spec.origin).parent.parent) for spec in specs if spec and spec.origin]
    return list(dict.fromkeys((str(home), str(other), str(library), *needed)))


def _mend(path: str) -> str:
    return "ask for the file again" if path.lower().endswith(".pdf") else MEND


def _clean() -> dict[str, str]:
    # Windows cannot start a process without it
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
