"""A formula cut into tokens: names resolved, products that are not written given their sign."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from softmark.grader.reading.numbers import Unreadable, clean
from softmark.worksheet.expressions import FUNCTIONS, Expression

MAX_TOKENS = 300
MAX_DEPTH = 40
#: letters that stand for numbers unless they are declared
CONSTANTS = {"e": Expression("number", number=math.e, name="e", latex="e"),
             "pi": Expression("number", number=math.pi, name="pi", latex=r"\pi")}
_LETTERS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
            "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
            "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "phi", "epsilon", "mu")
_GREEK = dict(zip("αβγδεζηθικλμνξπρστφχψωΓΔΘΛΣΦΨΩϕϵµ", _LETTERS, strict=True))
_SIGNS = {"×": "*", "✕": "*", "⋅": "*", "·": "*", "∙": "*", "•": "*", "∗": "*", "÷": "/", "∕": "/",
          "⁄": "/", "√": " sqrt ", "’": "'", "[": "(", "]": ")", "²": "^2", "³": "^3"}
ALIASES = {"ln": "log", "lg": "log10", "arctan": "atan", "arcsin": "asin", "arccos": "acos",
            "abs": "absolute", "logistic": "sigmoid", "sgn": "sign", "sigma": "sigmoid",
            "maximum": "max", "minimum": "min", "cosec": "csc", "cotan": "cot",
           "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "arcsinh": "asinh",
           "arccosh": "acosh", "arctanh": "atanh"}
_LATEX = (("\\left", ""), ("\\right", ""), ("\\cdot", "*"), ("\\times", "*"), ("\\div", "/"),
          ("\\,", " "), ("\\;", " "), ("\\!", ""), ("\\ ", " "), ("\\lvert", "|"), ("\\rvert", "|"),
          ("\\vert", "|"), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("$", ""))
_WRAPPED = re.compile(r"\\(?:mathrm|operatorname|text|mathit|mathbf)\s*\{([A-Za-z0-9 ]{1,20})\}")
_LABEL = re.compile(r"\s*\\?[A-Za-z][\w'{}^]{0,20}(?:\([A-Za-z0-9_, ]{0,30}\))?\s*(?:=|≈)(?!=)")
_TOKEN = re.compile(
    r"\s*(?:(?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.]))?)"
    r"|(?P<WORD>(?:\\[A-Za-z]+|[A-Za-z]+)(?:_\{[A-Za-z0-9, ]{1,12}\}|(?<!frac)_?[A-Za-z0-9]*)'?)"
    r"|(?P<SIGN>\*\*|[-+*/^(){}|,]))")
_TYPES = {"+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "^": "CIRCUMFLEX", "(": "LPAR",
          ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", "tight": "TIGHT"}


@dataclass(slots=True)
class Token:
    """Its type in the grammar, its text, and whether it stands close to the one before."""

    type: str
    text: str
    glued: bool = False


def tokens_of(text: str, known: Mapping[str, Expression], locale: str) -> list[Token]:
    """The tokens of the grammar that a text holds; Unreadable says what is amiss."""
    found = list(_joined(_resolved(_scanned(_cleaned(text, locale)), known)))
    if len(found) > MAX_TOKENS:
        raise Unreadable("the formula is too long")
    return found


def latin(name: str) -> str:
    """A name in Latin letters without signs of subscripts: w_{12} is w12, α is alpha."""
    name = "".join(_GREEK.get(char, char) for char in name.replace("\\", ""))
    return re.sub(r"[_{}, ]", "", name)


def _cleaned(text: str, locale: str) -> str:
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = "".join(f" {_GREEK[c]}" if c in _GREEK else c for c in text)
    if "\\" in text or "$" in text:
        text = _WRAPPED.sub(r" \1", text)
        for latex, plain in _LATEX:
            text = text.replace(latex, plain)
    text = clean(text, latex=False)
    label = _LABEL.match(text)
    if label and "=" not in text[label.end():]:
        text = text[label.end():]
    if locale != "en":
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    return text


def _scanned(text: str, depth: int = 0) -> list[Token]:
    """The tokens of a text, LaTeX fractions and roots spelled out."""
    found: list[Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match or depth > MAX_DEPTH:
            raise Unreadable(f"{text[place:].strip()[:20]!r} cannot be read in a formula")
        kind = str(match.lastgroup)
        token = Token(kind, match[kind], match.start(kind) == place and bool(found))
        place = match.end()
        if token.text == "\\frac":
            place = _fraction(text, place, depth, found)
        elif token.text == "\\sqrt" and text[place:].lstrip().startswith("("):
            place = _root(text, place, depth, found)
        else:
            found.append(token)
        if len(found) > MAX_TOKENS:
            raise Unreadable("the formula is too long")
    return found


def _fraction(text: str, place: int, depth: int, found: list[Token]) -> int:
    """Appends ((a)/(b)) for what stands behind \\frac; where to go on."""
    over, place = _argument(text, place)
    under, place = _argument(text, place)
    found += [Token("SIGN", "("), Token("SIGN", "("), *_scanned(over, depth + 1),
              Token("SIGN", ")"), Token("SIGN", "/"), Token("SIGN", "("),
              *_scanned(under, depth + 1), Token("SIGN", ")"), Token("SIGN", ")")]
    return place


def _root(text: str, place: int, depth: int, found: list[Token]) -> int:
    """Appends root(x, n) for what stands behind \\sqrt[n] (its brackets are round by now)."""
    inside, after = _argument(text, place, "()")
    if not text[after:].lstrip().startswith("{"):
        found.append(Token("WORD", "sqrt"))
        return place
    under, after = _argument(text, after)
    found += [Token("WORD", "root"), Token("SIGN", "("), *_scanned(under, depth + 1),
              Token("SIGN", ","), *_scanned(inside, depth + 1), Token("SIGN", ")")]
    return after


def _argument(text: str, place: int, brackets: str = "{}") -> tuple[str, int]:
    """The next group in brackets, or the next sign; and where it ends."""
    while text[place:place + 1].isspace():
        place += 1
    if text[place:place + 1] != brackets[0]:
        if not text[place:place + 1]:
            raise Unreadable("a fraction is not complete")
        return text[place], place + 1
    depth = 0
    for end in range(place, len(text)):
        depth += (text[end] == brackets[0]) - (text[end] == brackets[1])
        if depth == 0:
            return text[place + 1:end], end + 1
    raise Unreadable("the brackets do not match")


def _resolved(tokens: list[Token], known: Mapping[str, Expression]) -> Iterator[Token]:
    """Words as symbols, functions and constants; run-together ones taken apart."""
    for place, token in enumerate(tokens):
        if token.type != "WORD":
            yield token
            continue
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        parts = _parts(latin(token.text).rstrip("'") if latin(token.text) not in known
                       else latin(token.text), known, following)
        if parts is None:
            raise Unreadable(_unknown(token.text, known))
        for number, part in enumerate(parts):
            part.glued = part.glued or (token.glued if number == 0 else True)
        yield from parts


def _unknown(word: str, known: Mapping[str, Expression]) -> str:
    there = f"the names here are {', '.join(known)}" if known else "there are no letters in it"
    return f"{word.strip()[:20]!r} is not known here; {there}"


def _parts(word: str, known: Mapping[str, Expression], following: str) -> list[Token] | None:
    """The fewest known names, functions, constants and numbers that make up the word."""
    best: list[list[Token] | None] = [[], *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 12), end):
            before = best[start]
            if before is None:
                continue
            part = _part(word[start:end], known, following if end == len(word) else "")
            if part is not None and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, part]
    return best[len(word)]


def _part(word: str, known: Mapping[str, Expression], following: str) -> Token | None:
    called = following in ("(", "^", "{", "|")
    if word in known and not (called and word == "sigma" and following == "("):
        return Token("SYMBOL", word)
    lower = word.lower()
    name = ALIASES.get(lower, lower)
    if name in FUNCTIONS and (lower != "sigma" or called):
        return Token("FUNCTION", name, lower == "log")
    if word in CONSTANTS:
        return Token("SYMBOL", word)
    if word.isdigit():
        return Token("NUMBER", word)
    folded = [name for name in known if name.lower() == lower]
    return Token("SYMBOL", folded[0]) if len(folded) == 1 else None


def _joined(tokens: Iterator[Token]) -> Iterator[Token]:
    """Tokens of the grammar: products that are not written get a sign, functions their brackets."""
    row = [Token(t.type, {"**": "^", "{": "(", "}": ")"}.get(t.text, t.text), t.glued) for t in tokens]
    row = _bars(row)
    depth = 0
    out: list[Token] = []
    place = 0
    while place < len(row):
        token = row[place]
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth > MAX_DEPTH:
            raise Unreadable("the brackets are nested too deeply")
        if out and _ends(out[-1]) and _begins(token):
            out.append(Token("STAR", ""))
        if token.type == "FUNCTION":
            place = _call(row, place, out)
            continue
        out.append(Token(_TYPES.get(token.text, token.type), token.text))
        place += 1
    yield from out


def _ends(token: Token) -> bool:
    return token.type in ("NUMBER", "SYMBOL", "RPAR", "RSQB")


def _begins(token: Token) -> bool:
    return token.type in ("NUMBER", "SYMBOL", "FUNCTION") or token.text in ("(", "[")


def _bars(row: list[Token]) -> list[Token]:
    """Bars as brackets: one behind a value closes, any other opens."""
    out: list[Token] = []
    for token in row:
        if token.text == "|":
            value = bool(out) and (out[-1].type in ("NUMBER", "SYMBOL") or out[-1].text in (")", "]"))
            closes = value and sum((t.text == "[") - (t.text == "]") for t in out) > 0
            token = Token("SIGN", "]" if closes else "[")
        out.append(token)
    return out


def _call(row: list[Token], place: int, out: list[Token]) -> int:
    """Appends a function with its argument in brackets; sin^2 x is (sin x)^2."""
    name = row[place]
    place += 1
    power: list[Token] = []
    if place < len(row) and row[place].text == "^":
        power, place = _exponent(row, place + 1)
        if "".join(t.text for t in power).strip("()") == "-1" and "a" + name.text in FUNCTIONS:
            name, power = Token("FUNCTION", "a" + name.text), []
    out.append(Token("FUNCTION", name.text, name.text == "log" and name.glued))
    if place < len(row) and row[place].text == "(":
        end = _closing(row, place)
        inner = row[place + 1:end]
    else:
        end = place
        while end < len(row) and (end == place or row[end].glued or row[end].text == "^"
                                  or row[end - 1].text == "^") \
                and (row[end].type in ("NUMBER", "SYMBOL") or row[end].text == "^"):
            end += 1
        inner, end = row[place:end], end - 1
        if not inner and place < len(row) and row[place].type == "FUNCTION":
            nested: list[Token] = []
            after = _call(row, place, nested)
            out += [Token("LPAR", "("), *nested, Token("RPAR", ")")]
            return after
    if not inner:
        raise Unreadable(f"the function {name.text} needs an argument in brackets")
    out += [Token("LPAR", "("), *_joined(iter(inner)), Token("RPAR", ")")]
    if power:
        out += [Token("CIRCUMFLEX", "^"), Token("LPAR", "("), *_joined(iter(power)),
                Token("RPAR", ")")]
    return end + 1


def _exponent(row: list[Token], place: int) -> tuple[list[Token], int]:
    if place < len(row) and row[place].text == "(":
        end = _closing(row, place)
        return row[place:end + 1], end + 1
    end = place + 1 + (place < len(row) and row[place].text == "-")
    return row[place:end], end


def _closing(row: list[Token], place: int) -> int:
    depth = 0
    for end in range(place, len(row)):
        depth += (row[end].text == "(") - (row[end].text == ")")
        if depth == 0:
            return end
    raise Unreadable("the brackets do not match")
