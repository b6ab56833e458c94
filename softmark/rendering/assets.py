"""The files that come from elsewhere: KaTeX and the text faces, fetched at set-up."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "assets"
KATEX = FOLDER / "katex"
FONTS = FOLDER / "fonts"
STYLE = Path(__file__).parent / "html" / "style.css"

#: family on our pages -> (fontsource name, weights, styles)
FACES = {"softmark-serif": "source-serif-4", "softmark-sans": "source-sans-3",
         "softmark-mono": "source-code-pro"}
WEIGHTS = (400, 600)
STYLES = ("normal", "italic")
#: writing systems: one file each, told apart by the characters they hold
SCRIPTS = {"latin": "U+0000-00FF,U+2000-206F,U+20AC,U+2122,U+2212",
           "latin-ext": "U+0100-02BA,U+1E00-1E9F,U+2190-2193,U+2260-2265",
           "greek": "U+0370-03FF"}


def has_katex() -> bool:
    """Is KaTeX here, with its fonts?"""
    return (KATEX / "katex.min.js").is_file() and any(KATEX.glob("fonts/*.ttf"))


def face_file(name: str) -> Path | None:
    """The file of a text face, unfolded if set-up has done that; None if it is not here."""
    paths = (FONTS / f"{name}.ttf", FONTS / f"{name}.woff2")
    return next((path for path in paths if path.is_file()), None)


def font_css() -> str:
    """The @font-face rules of the text faces that are here.

    Each writing system is a family of its own: under one name, Pango would mix up their glyphs.
    """
    rules = []
    for family, name in FACES.items():
        for script, characters in SCRIPTS.items():
            suffix = "" if script == "latin" else f"-{script}"
            for weight in WEIGHTS:
                for style in STYLES:
                    path = face_file(f"{name}-{script}-{weight}-{style}")
                    if path is not None:
                        rules.append(
                            f'@font-face {{ font-family: "{family}{suffix}"; font-weight: {weight}; '
                            f"font-style: {style}; src: url({path.as_uri()}); "
                            f"unicode-range: {characters}; }}")
    return "\n".join(rules)
