"""The child's side of `softmark.grader.isolation`: limits first, then one file after the other.

Requests and results are lines of JSON; nothing that comes back can be more than data.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

#: how the child ends when a file wants more memory than it may have
OUT_OF_MEMORY = 77


class Refused(ValueError):
    """A file that cannot be used: one sentence, which names the file."""


def serve() -> None:
    """Reads the files whose names come in, until no more come."""
    asks, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    with open(asks, encoding="utf-8") as requests, open(answers, "wb") as results:
        order = json.loads(requests.readline())
        forbid(order["memory"])
        try:
            reader = getattr(importlib.import_module(order["module"]), order["name"])
            for line in requests:
                allow_seconds(order["seconds"])
                results.write(_result(reader, json.loads(line)))
                results.flush()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _result(reader: Any, path: str) -> bytes:
    try:
        found: dict[str, Any] = {"found": reader(path)}
        return json.dumps(found).encode() + b"\n"
    except Refused as refusal:
        found = {"refused": str(refusal)}
    except MemoryError:
        raise
    except Exception as error:
        found = {"failed": f"{type(error).__name__}: {error}"[:200]}
    return json.dumps(found).encode() + b"\n"


def forbid(memory: int) -> None:
    """No more memory than this, no dumps, no written files, no further processes."""
    sys.dont_write_bytecode = True
    if sys.platform == "win32":
        return
    import resource

    limits = [("RLIMIT_AS", memory), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NPROC", 0),
              ("RLIMIT_NOFILE", 64)]
    for name, most in limits:
        try:
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
        except (AttributeError, ValueError, OSError):
            continue


def allow_seconds(seconds: float) -> None:
    """So much computing from now on; the system ends the process after that."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
