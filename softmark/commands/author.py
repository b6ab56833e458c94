"""`softmark new` and `check`: for people who write families."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from softmark.commands.output import write_text
from softmark.contract import CHECKS, twin_mistakes, unused_replies
from softmark.problem_bank import catalogue
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import UserError
from softmark.worksheet.template import Template

SKELETON = '''"""One sentence: what the student does."""

from __future__ import annotations

from typing import ClassVar, Self

from softmark.worksheet import Number, Rng, Step, Steps, Template, given


class {name}(Template):
    """What is drawn, and what is asked."""

    title: ClassVar[str] = "{title}"
    statement: ClassVar[str] = r"""
A unit has the weight ${{{{ named('w') }}}}$ and the input ${{{{ named('x') }}}}$. Compute its net
input and, with slope ${{{{ named('s') }}}}$, its scaled output. State every convention here.
"""

    w: Number = given("w", about="weight")
    x: Number = given("x", about="input")
    s: Number = given("s", about="slope")

    @classmethod
    def draw(cls, rng: Rng, level: str) -> Self:
        places = rng.level(level, easy=1, medium=1, hard=2)
        return cls(w=rng.decimal(-3, 3, places, avoid=[0, 1]), x=rng.decimal(1, 4, places, avoid=[1]),
                   s=rng.decimal(2, 9, 1))

    def solve(self) -> Steps:
        z = yield Step("z", "z", self.w * self.x, "Net input",
                       wrong={{"added instead of multiplying": lambda: self.w + self.x}})
        yield Step("a", "a", self.s * z, "Scaled output")
'''


def write_skeleton(slug: str, folder: Path, force: bool) -> Path:
    """A family that passes the contract, to be changed into another one."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*", slug):
        raise UserError(f"{slug!r} is no name of a family; use topic/family in small letters")
    topic, family = slug.split("/")
    words = family.split("_")
    text = SKELETON.format(name="".join(word.title() for word in words),
                           title=" ".join(words).capitalize())
    return write_text(folder / topic / f"{family}.py", text, force)


def families(slug: str | None, folder: Path | None, own_only: bool) -> list[type[Template]]:
    """One family, a folder's own families, or all there are."""
    if slug is not None:
        return [catalogue.find(slug, folder)]
    known = catalogue.all_templates(folder)
    if own_only and folder is not None:
        known = {s: c for s, c in known.items() if c.__module__.startswith(catalogue.OUTSIDE)}
        if not known:
            raise UserError(f"{folder}: holds no topic/family.py")
    return list(known.values())


def check_family(cls: type[Template], draws: int) -> dict[str, Any]:
    """What the contract finds, and figures on the draws.

    Every draw is certified; marking hundreds of scripts for a draw takes its time, so that the
    contract's checks see the first 20 of a level, and one in 20 where more than 400 are drawn.
    """
    looked_at = max(min(draws, 20), draws // 20)
    report: dict[str, Any] = {"slug": cls.slug(), "version": "", "draws": draws * len(cls.levels),
                              "checked": looked_at * len(cls.levels), "kept": 0,
                              "distinct": 0, "slowest_ms": 0.0, "broken": [], "twins": [], "unused": []}
    prints, last = set(), None
    try:
        report["version"] = cls.version()
        for level in cls.levels:
            for seed in range(draws):
                begin = time.perf_counter()
                last = certified_draw(cls, Rng.of("check", cls.slug(), level, seed), level)
                spent = 1e3 * (time.perf_counter() - begin)
                report["slowest_ms"] = max(report["slowest_ms"], spent)
                report["kept"] += 1
                prints.add(last.fingerprint())
        report["distinct"] = len(prints)
        for one in CHECKS:
            report["broken"] += [f"{one.__name__}: {said}" for said in one(cls, looked_at)]
        if last is not None:
            report["twins"] = twin_mistakes(last)
            report["unused"] = unused_replies(last)
    except UserError as error:
        report["broken"].append(str(error))
    except Exception as error:  # an author's family may break in any way
        report["broken"].append(f"{type(error).__name__}: {error}")
    return report
