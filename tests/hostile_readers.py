"""Readers that misbehave, for the child process to bear."""

import os
import sys
import time
from pathlib import Path

from softmark.grader.files.child import Refused


def misbehave(path):
    name = Path(path).name
    deeds = {
        "hog": lambda: len([bytearray(1 << 24) for _ in range(1 << 12)]),
        "spin": lambda: sum(iter(int, 1)),
        "sleep": lambda: time.sleep(60),
        "exit": lambda: os._exit(3),
        "abort": os.abort,
        "flood": lambda: "x" * 4_000_000,
        "print": lambda: (sys.stdout.write("{}"), sys.stdout.flush(), "printed")[-1],
        "write": lambda: Path(path).with_suffix(".out").write_text("x" * 10),
        "deep": lambda: deep(),
        "object": lambda: object(),
        "environment": lambda: sorted(os.environ),
        "modules": lambda: sorted(name for name in ("numpy", "sqlalchemy") if name in sys.modules),
        "good": lambda: {"read": name},
    }
    if name == "refuse":
        raise Refused(f"{path}: is refused")
    return deeds[name]()


def deep():
    found = []
    for _ in range(100_000):
        found = [found]
    return found
