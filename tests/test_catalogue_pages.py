"""The catalogue with pictures is up to date with the templates: its text and what it links to."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from softmark.problem_bank import catalogue

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "catalogue"
RENEW = "the templates say something else: run `make catalogue` and commit docs/catalogue"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The pages as the templates give them now, by file name."""
    spec = importlib.util.spec_from_file_location("catalogue_tool", ROOT / "tools" / "catalogue.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = tool
    spec.loader.exec_module(tool)
    pages: dict[str, str] = tool.texts(tool.entries())
    return pages


def test_the_pages_are_what_the_templates_say(written: dict[str, str]) -> None:
    present = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(name for name in written.keys() | present if written.get(name) != present.get(name))
    assert not stale, f"{', '.join(stale)}: {RENEW}"


def test_every_family_has_its_entry_and_its_pictures(written: dict[str, str]) -> None:
    for slug in catalogue.slugs():
        topic, family = slug.split("/")
        assert f"`{slug}`" in written["README.md"] and f"`{slug}`" in written[f"{topic}.md"]
        for kind in ("problem", "solution", "small"):
            path = PAGES / "pictures" / topic / f"{family}.{kind}.png"
            assert path.is_file(), f"{path.name}: {RENEW}"


def test_every_link_leads_somewhere(written: dict[str, str]) -> None:
    for name, text in written.items():
        for page, anchor in re.findall(r'(?:\]\(|href=")([\w.]*)#?([\w-]*)[)"]', text):
            assert f'<a id="{anchor}">' in written[page or name] if anchor else page in written
        for source in re.findall(r'src="([^"]+)"', text):
            assert (PAGES / source).is_file(), f"{source}: {RENEW}"


def test_the_pictures_stay_small() -> None:
    pictures = list(PAGES.glob("pictures/*/*.png"))
    assert sum(path.stat().st_size for path in pictures) < 12_000_000
    assert len(pictures) == 3 * len(catalogue.slugs()), RENEW
