"""Markdown with $math$ as HTML: statements, instructions, an instructor's own questions.

No raw HTML, no links, no images: nothing a text names is ever fetched.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from softmark.rendering.math import get_engine
from softmark.rendering.wide_tables import parted
from softmark.worksheet.notation import with_minus

_MATH = re.compile(r"\$([^$]+)\$")


@lru_cache(maxsize=4)
def _markdown(target: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["link", "image", "autolink", "html_inline", "html_block", "reference"])

    parser.use(dollarmath_plugin, double_inline=True, allow_digits=True, allow_space=True,
               allow_labels=False)

    # the plugin's own would put a box around each formula
    def formula(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
        token = tokens[place]
        return get_engine().html(token.content.strip(), token.type != "math_inline", target)

    for kind in ("math_inline", "math_inline_double", "math_block"):
        parser.add_render_rule(kind, formula)
    return parser


def markdown_html(text: str, target: str = "pdf") -> Markup:
    """`text` as HTML blocks."""
    parser = _markdown(target)
    env: dict[str, Any] = {}
    tokens = parser.parse(_signs_as_math(text), env)
    return Markup(parser.renderer.render(parted(tokens) if target == "large" else tokens,
                                         parser.options, env))


#: signs that text faces lack and formulas have
_SIGNS = {"≥": r"\ge", "≤": r"\le", "→": r"\to", "≈": r"\approx", "≠": r"\ne", "−": "-"}
_OUTSIDE = re.compile(r"(\$\$.+?\$\$|\$[^$]+\$|`[^`]+`)", re.S)


def _signs_as_math(text: str) -> str:
    parts = _OUTSIDE.split(text)
    for place in range(0, len(parts), 2):
        parts[place] = with_minus(parts[place])
        for sign, latex in _SIGNS.items():
            parts[place] = parts[place].replace(sign, f"${latex}$")
    return "".join(parts)


def math_html(latex: str, target: str = "pdf", display: bool = False) -> Markup:
    """One formula as HTML."""
    return Markup(get_engine().html(latex, display=display, target=target))


def plain_html(text: str, target: str = "pdf") -> Markup:
    """What somebody typed, as it is: escaped, only signs that text faces lack are drawn."""
    return Markup("").join(math_html(_SIGNS[char], target) if char in _SIGNS else escape(char)
                           for char in text)


def words_html(text: str, target: str = "pdf") -> Markup:
    """A line of words with $math$ in it, everything else escaped."""
    text = _signs_as_math(text)
    out, last = [], 0
    for match in _MATH.finditer(text):
        out += [escape(text[last:match.start()]), math_html(match[1], target)]
        last = match.end()
    return Markup("").join([*out, escape(text[last:])])
