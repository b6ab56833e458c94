"""HTML to PDF by WeasyPrint, with nothing fetched but the package's own files."""

from __future__ import annotations

import atexit
import gc
import logging
import re
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from softmark.rendering.assets import FOLDER, STYLE, font_css
from softmark.rendering.forms import Form
from softmark.rendering.katex import lowering_css
from softmark.rendering.pictures import pictures_of
from softmark.worksheet.errors import UserError

_LOG = logging.getLogger("weasyprint")
#: how the pictures begin that a page carries itself
PICTURES = ("data:image/png;base64,", "data:image/svg+xml;base64,")
#: WeasyPrint breaks a line behind its first word where words fit, but not the space between them and a
#: formula; alone, that space may hang over the edge
_SPACE = re.compile(r'(?<=[^\s>])\s(?=<(?:img|strong|em|code|(?:span|div) class="tex)\b)')
#: what WeasyPrint had to say since the process began; tests want nothing
warnings: list[str] = []


class _Collector(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        warnings.append(record.getMessage())


@lru_cache(maxsize=1)
def set_up() -> tuple[Any, Any]:
    """One font configuration and one style sheet a process."""
    try:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:
        raise UserError(f"PDFs need Pango and HarfBuzz, and they are not here ({error}); on "
                        "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
                        "libharfbuzz-subset0") from None
    _LOG.handlers = [_Collector()]
    _LOG.propagate = False
    _tell_of_slow_fonts()
    fonts = FontConfiguration()
    style = font_css() + STYLE.read_text(encoding="utf-8") + lowering_css()
    return fonts, CSS(string=style, font_config=fonts, url_fetcher=_fetcher())


def _tell_of_slow_fonts() -> None:
    from weasyprint.text.ffi import harfbuzz_subset

    if not harfbuzz_subset:
        print("softmark: HarfBuzz's subsetter is not here, so that each PDF takes about a "  # noqa: T201
              "second longer (on Debian: apt-get install libharfbuzz-subset0)", file=sys.stderr)


# WeasyPrint's fonts want to go before the interpreter does
atexit.register(set_up.cache_clear)


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):
        """Serves the package's own assets and pictures inside the page, refuses everything else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(PICTURES):
                head, data = url.split(",", 1)
                return URLFetcherResponse(url, b64decode(data), {"Content-Type": head[5:-7]})
            from pathlib import Path
            from urllib.parse import unquote, urlsplit

            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            if parts.scheme != "file" or not path.is_relative_to(FOLDER.resolve()):
                raise ValueError(f"{url[:80]} is not one of the package's own files")
            return URLFetcherResponse(url, path.read_bytes())

    return OwnFiles()


@lru_cache(maxsize=8)
def _more_style(css: str) -> Any:
    from weasyprint import CSS

    return CSS(string=css, font_config=set_up()[0], url_fetcher=_fetcher())


atexit.register(_more_style.cache_clear)


@contextmanager
def _garbage_left_lying() -> Iterator[None]:
    """What a page is made of lives until it is written; looking for garbage is a fifth of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def lay_out(html: str, extra_css: str = "", images: Mapping[str, Any] | None = None) -> Any:
    """The pages as a WeasyPrint document; `images` are drawings of our own by their address there."""
    fonts, css = set_up()
    # behind it, so that a missing Pango is told in a sentence
    from softmark.rendering.parsed import Page

    sheets = [css, _more_style(extra_css)] if extra_css else [css]
    # one for each page: WeasyPrint adds what else it finds there
    cache: dict[str, Any] = {**(images or {}), **pictures_of(html)}
    spaced = _SPACE.sub("<span> </span>", html)
    return Page(spaced, _fetcher()).render(stylesheets=sheets, font_config=fonts, cache=cache)


@_garbage_left_lying()
def render_pdf(html: str, extra_css: str = "", form: Form | None = None, accessible: bool = False,
               images: Mapping[str, Any] | None = None) -> bytes:
    """The page as PDF bytes, with a form's fields over its boxes; the same page gives the same bytes.

    An `accessible` one is tagged for screen readers (PDF/UA-1), at a quarter more bytes.
    """
    document = lay_out(html, extra_css, images)
    if not accessible:
        return bytes(document.write_pdf(finisher=form.finish if form is not None else None))
    from softmark.rendering.tagging import tagged_pdf

    return tagged_pdf(document, form)


@contextmanager
def quiet() -> Iterator[list[str]]:
    """Collects what WeasyPrint warns of while it is open."""
    begin = len(warnings)
    found: list[str] = []
    yield found
    found += warnings[begin:]
