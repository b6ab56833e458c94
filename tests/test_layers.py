"""Imports point down only, files stay small, and the commands start light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "softmark"
MOST_LINES = 400
#: room -> the rooms it may import besides itself; `contract`, `commands`, `console` and `cli` lie on top
MAY_IMPORT = {
    "solvers": set(),
    "worksheet": {"solvers"},
    "templates": {"worksheet", "solvers"},
    "problem_bank": {"templates", "worksheet", "solvers"},
    "rendering": {"worksheet", "problem_bank", "solvers"},
    "grader": {"worksheet", "problem_bank", "solvers"},
    "scanner": {"grader", "rendering", "problem_bank", "worksheet", "solvers"},
    "contract": {"grader", "rendering", "problem_bank", "templates", "worksheet", "solvers"},
    "commands": {"scanner", "contract", "grader", "rendering", "problem_bank", "templates", "worksheet",
                 "solvers"},
    "console": {"commands", "scanner", "contract", "grader", "rendering", "problem_bank", "worksheet",
                "solvers"},
    "cli": {"console", "worksheet"},
}
HEAVY = ("weasyprint", "sympy", "sqlalchemy", "scipy", "pydyf", "fontTools", "cv2", "pypdfium2")


def room_of(path: Path) -> str:
    """The room of a file of the package: its first folder, or its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Every dotted name that a module of `package` imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The rooms of softmark that a file imports."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    names = imported(ast.parse(path.read_text(encoding="utf-8")), package)
    parts = (name.split(".") for name in names if name.startswith("softmark."))
    return {part[1] for part in parts} & MAY_IMPORT.keys()


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize(("source", "names"), [
    ("import softmark.grader.marking", {"softmark.grader.marking"}),
    ("from softmark.solvers import text as t", {"softmark.solvers.text"}),
    ("def f():\n  from softmark import cli", {"softmark.cli"}),
    ("from . import step", {"softmark.worksheet.step"}),
    ("from ..grader.marking import mark", {"softmark.grader.marking.mark"}),
])
def test_every_form_of_import_is_seen(source: str, names: set[str]) -> None:
    assert set(imported(ast.parse(source), "softmark.worksheet")) == names


def test_every_room_is_known() -> None:
    assert {room_of(path) for path in modules()} <= MAY_IMPORT.keys()


def test_imports_point_down_only() -> None:
    wrong = {str(path.relative_to(ROOT)): sorted(up) for path in modules()
             if (up := rooms_imported(path) - MAY_IMPORT[room_of(path)] - {room_of(path)})}
    assert not wrong


def test_no_file_has_grown_too_long() -> None:
    files = [path for folder in ("softmark", "tests", "tools", "benchmarks")
             for path in (ROOT / folder).rglob("*.py")]
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
             for path in files}
    assert lines and not {name: n for name, n in lines.items() if n > MOST_LINES}


def test_the_commands_start_without_the_heavy_libraries() -> None:
    code = f"import sys, softmark.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         cwd=ROOT)
    assert run.stdout.strip() == "[]"
