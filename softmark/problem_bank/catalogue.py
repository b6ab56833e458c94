"""Discovery: every template is found by walking folders; there is no list to keep."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import softmark.templates
from softmark.worksheet.errors import UserError
from softmark.worksheet.template import Template

GROUP = "softmark.templates"
OUTSIDE = "softmark_outside"


def slugs(folder: Path | None = None) -> list[str]:
    """Every topic/family there is, without importing any of them."""
    found = set(_package_slugs())
    found.update(entry.name for entry in entry_points(group=GROUP))
    if folder is not None:
        found.update(f"{path.parent.name}/{path.stem}" for path in _outside_files(folder))
    return sorted(found)


def _package_slugs() -> list[str]:
    return [f"{topic.name}/{family.name}"
            for topic in pkgutil.iter_modules(softmark.templates.__path__) if topic.ispkg
            for family in pkgutil.iter_modules(
                [str(Path(base) / topic.name) for base in softmark.templates.__path__])
            if not family.name.startswith("_")]


def find(slug: str, folder: Path | None = None) -> type[Template]:
    """The template called `slug`; only its own file is imported. UserError if there is none."""
    if folder is not None:
        for path in _outside_files(folder):
            if slug == f"{path.parent.name}/{path.stem}":
                return _template_in(_load_outside(path), slug)
    if slug in _package_slugs():
        return _template_in(
            importlib.import_module("softmark.templates." + slug.replace("/", ".")), slug)
    for entry in entry_points(group=GROUP):
        if entry.name == slug:
            loaded = entry.load()
            return loaded if isinstance(loaded, type) else _template_in(loaded, slug)
    raise UserError(f"there is no template {slug!r}{_did_you_mean(slug, slugs(folder))}; "
                    "`softmark list` shows them all")


def all_templates(folder: Path | None = None) -> dict[str, type[Template]]:
    """Every template by its slug."""
    return {slug: find(slug, folder) for slug in slugs(folder)}


def _did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.5)
    tails = [slug for slug in known if slug.endswith("/" + word)]
    return f" (did you mean {(tails or near)[0]}?)" if tails or near else ""


def _template_in(module: ModuleType, slug: str) -> type[Template]:
    own = [thing for thing in vars(module).values()
           if isinstance(thing, type) and issubclass(thing, Template)
           and thing.__module__ == module.__name__]
    if len(own) != 1:
        raise UserError(f"template {slug}: its file defines {len(own)} templates; "
                        "a family is one file with one class")
    return own[0]


def _outside_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder of templates; "
                        "give the folder that holds topic/family.py")
    return sorted(path for path in folder.glob("*/*.py") if not path.stem.startswith("_"))


def _load_outside(path: Path) -> ModuleType:
    name = f"{OUTSIDE}.{path.parent.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path}: cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UserError(f"{path}: cannot be loaded: {error}") from None
    return module
