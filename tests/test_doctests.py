"""What docstrings show is what comes out."""

import doctest
import importlib
from pathlib import Path

import pytest

import softmark

ROOM = Path(softmark.__file__).parent
SHOWING = sorted(".".join(("softmark", *path.relative_to(ROOM).with_suffix("").parts))
                 for path in ROOM.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHOWING)
def test_docstrings_show_what_comes_out(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted and not found.failed
