"""Formulas on the page: KaTeX where its files are at hand, a plainer engine where not."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Protocol

from markupsafe import Markup, escape

from softmark.rendering import fallback_math
from softmark.rendering.assets import has_katex


class Engine(Protocol):
    """What draws formulas."""

    def html(self, latex: str, display: bool = False, target: str = "pdf") -> str:
        """A formula as HTML for print ("pdf") or for a browser ("screen")."""
        ...


#: formulas that no engine could draw since the process began; tests want none
undrawn: list[str] = []


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    """The engine of this process; says once, on stderr, when it is the plainer one."""
    if has_katex():
        from softmark.rendering.katex import KatexEngine

        return KatexEngine()
    print("softmark: KaTeX's files are not installed, so formulas are drawn plainly "  # noqa: T201
          "(tools/fetch_assets.py fetches them)", file=sys.stderr)
    return PlainEngine()


class PlainEngine:
    """Formulas as simple HTML."""

    def html(self, latex: str, display: bool = False, target: str = "pdf") -> str:
        """A formula as HTML; one that is not known stands as its source."""
        tag = "div" if display else "span"
        try:
            body = fallback_math.html(latex)
        except ValueError:
            return source_html(latex)
        return f'<{tag} class="tex{" display" if display else ""}">{body}</{tag}>'


def source_html(latex: str) -> str:
    """The bare source of a formula that cannot be drawn, marked as such and noted."""
    undrawn.append(latex)
    return str(Markup('<code class="undrawn">') + escape(latex) + Markup("</code>"))
