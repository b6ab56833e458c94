"""Our pages as WeasyPrint takes them in: parsed as the XML they are, with the default rules they need.

Both go past what WeasyPrint offers openly (it is pinned to the minor versions this was tested with).
Its parser of any HTML costs about a tenth of a page's time, and so do its styles for notes at the
foot, of which it makes five for every element.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import cssselect2
from weasyprint import CSS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.html import UA

DOCTYPE = "<!doctype html>"
_NOTES = re.compile(r"(?m)^::(?:foot)?note-\w+ \{.*\}\n")


class Page(HTML):
    """A page of ours, for WeasyPrint to render."""

    def __init__(self, html: str, url_fetcher: Any) -> None:
        try:
            root = ElementTree.fromstring(html.removeprefix(DOCTYPE))
        except ElementTree.ParseError:
            # a name with a character that XML forbids, say
            super().__init__(string=html, url_fetcher=url_fetcher, base_url=None)
            return
        self.base_url, self.url_fetcher, self.media_type = None, url_fetcher, "print"
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = root

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return [_default_rules()]


@lru_cache(maxsize=1)
def _default_rules() -> Any:
    rules = _NOTES.sub("", UA).replace("\n::marker", "\nli::marker")
    return CSS(string=rules, counter_style=CounterStyle())
