"""The wheel, installed alone into an empty environment, is all of softmark."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "softmark"
QUIZ = """
title = "Only the wheel"
[[question]]
template = "{slug}"
[[question]]
text = "Say why $a \\\\le b$."
"""

pytestmark = pytest.mark.slow


def call(*command: str | Path, cwd: Path) -> str:
    """stdout of a command; its stderr in the failure if it fails."""
    run = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert run.returncode == 0, f"{command}: {run.stdout}{run.stderr}"
    return run.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def softmark(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that holds the wheel and what it says it needs.

    The versions are the ones in use here; which libraries come along is the wheel's own word.
    """
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    pins = home / "pins.txt"
    pins.write_text("".join(f"{one.name}=={one.version}\n" for one in distributions()
                            if one.name not in ("softmark", "torch")))
    call(home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check",
         "--constraint", pins, wheel, cwd=home)
    return home / "bin" / "softmark"


def test_no_file_of_the_package_is_forgotten(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    present = {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*")
               if path.is_file() and "__pycache__" not in path.parts}
    assert present - packed == set()
    assert {name for name in packed if ".dist-info/" not in name} - present == set()


def test_the_wheel_alone_lists_the_catalogue(softmark: Path, tmp_path: Path) -> None:
    listed = {row["slug"] for row in json.loads(call(softmark, "list", "--json", cwd=tmp_path))}
    families = {f"{path.parent.name}/{path.stem}" for path in PACKAGE.glob("templates/*/*.py")
                if path.stem[0] != "_"}
    assert listed == families != set()


def test_the_wheel_alone_makes_a_paper(softmark: Path, tmp_path: Path) -> None:
    (tmp_path / "quiz.toml").write_text(QUIZ.format(slug="backprop/backprop_numeric"))
    call(softmark, "quiz", "quiz.toml", "--proof", "--out", "out", cwd=tmp_path)
    for name in ("proof_paper.pdf", "proof_solution.pdf"):
        pages = PdfReader(tmp_path / "out" / name).pages
        assert "Only the wheel" in pages[0].extract_text()
