"""Plainer math where KaTeX is not at hand: a LaTeX subset as HTML that any engine can lay out."""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from softmark.rendering.terminal import SIGNS

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[{}^_&]|[^\\{}^_&]", re.S)
#: a minus sign that belongs to its number: at the beginning, behind a bracket, a tag or another sign
_LONE_MINUS = re.compile(r"(^|[(\[,>]|[=·]\s*) − ")
_UPRIGHT = {"log", "ln", "exp", "tanh", "max", "min", "bmod", "cos", "sin", "tan", "arctan", "arg"}
_SPACES = {r"\,": "\u2009", r"\;": "\u2005", r"\ ": " ", r"\!": "", r"\quad": "\u2003",
           r"\qquad": "\u2003\u2003", r"\:": "\u2005"}
_BINARY = set("=+<>≤≥≈≠·×→∈⊙−")


class Unwritable(ValueError):
    """LaTeX that this engine does not know."""


def html(latex: str) -> Markup:
    """The formula as HTML; ValueError if it uses what is not known here."""
    reader = _Reader(_TOKEN.findall(latex.replace("{,}", "\u2009")))
    return Markup(_LONE_MINUS.sub(r"\1−", reader.row("")))


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise Unwritable("the formula ends too soon")
        self.place += 1
        return token

    def row(self, end: str) -> str:
        out = []
        while self.peek() and self.peek() != end:
            out.append(self.scripted())
        if end:
            if self.peek() != end:
                raise Unwritable(f"{end!r} is missing")
            self.place += 1
        return "".join(out)

    def group(self) -> str:
        while self.peek() == " ":
            self.place += 1
        token = self.take()
        return self.row("}") if token == "{" else self.atom(token)

    def scripted(self) -> str:
        base = self.atom(self.take())
        below = above = ""
        while self.peek() in ("^", "_", "'"):
            mark = self.take()
            if mark == "'":
                above += "′"
            elif mark == "_":
                below = self.group()
            else:
                above += self.group()
        scripts = (f"<sub>{below}</sub>" if below else "") + (f"<sup>{above}</sup>" if above else "")
        return base + scripts

    def atom(self, token: str) -> str:
        if token == "{":
            return self.row("}")
        if token in _SPACES:
            return _SPACES[token]
        if token.startswith("\\") and len(token) > 1 and token[1].isalpha():
            return self.command(token[1:])
        if token.startswith("\\"):
            return "<br/>" if token == "\\\\" else str(escape(token[1:]))
        if token == "&":
            return " "
        if token.isalpha():
            return f"<i>{escape(token)}</i>"
        token = "−" if token == "-" else token
        return f" {escape(token)} " if token in _BINARY else str(escape(token))

    def command(self, name: str) -> str:
        special: dict[str, Callable[[], str]] = {
            "frac": self.fraction, "tfrac": self.fraction, "dfrac": self.fraction,
            "text": self.words, "mathrm": self.group, "operatorname": self.group,
            "mathbf": lambda: f"<b>{self.group()}</b>", "hat": lambda: self.group() + "\u0302",
            "bar": lambda: self.group() + "\u0304", "tilde": lambda: self.group() + "\u0303",
            "mathcal": self.group, "mathbb": self.group, "mathit": self.group,
            "boldsymbol": lambda: f"<b>{self.group()}</b>",
            "sqrt": lambda: f'√<span class="over">{self.group()}</span>',
            "begin": self.environment, "left": self.bracket, "right": self.bracket,
        }
        if name in special:
            return special[name]()
        if name in ("displaystyle", "textstyle", "limits", "big", "Big", "bigl", "bigr", "Bigl", "Bigr"):
            return ""
        sign = SIGNS.get(name)
        if sign is None:
            raise Unwritable(f"\\{name} is not known")
        return f" {sign} " if name in _UPRIGHT or sign in _BINARY else sign

    def bracket(self) -> str:
        token = self.take()
        return "" if token == "." else self.atom(token)

    def fraction(self) -> str:
        over, under = self.group(), self.group()
        return f'<span class="frac"><span class="num">{over}</span><span>{under}</span></span>'

    def words(self) -> str:
        while self.peek() == " ":
            self.place += 1
        if self.take() != "{":
            raise Unwritable("\\text needs its braces")
        depth, out = 1, []
        while depth:
            token = self.take()
            depth += (token == "{") - (token == "}")
            if depth:
                out.append(token[1:] if token.startswith("\\") and len(token) == 2 else token)
        return str(escape("".join(out).replace("$\\ge$", "≥").replace("$\\le$", "≤")
                          .replace("$", "")))

    def environment(self) -> str:
        name = self.words()
        rows: list[list[str]] = [[""]]
        while self.peek() != "\\end":
            if not self.peek():
                raise Unwritable(f"\\end{{{name}}} is missing")
            if self.peek() == "&":
                self.place += 1
                rows[-1].append("")
            elif self.peek() == "\\\\":
                self.place += 1
                rows.append([""])
            else:
                rows[-1][-1] += self.scripted()
        self.place += 1
        self.words()
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
                       for row in rows if any(cell.strip() for cell in row))
        kind = "matrix" if "matrix" in name else "aligned"
        return f'<table class="{kind}"><tbody>{body}</tbody></table>'
