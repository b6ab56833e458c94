"""A formula cut into tokens: names resolved, products that are not written given their sign."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from softmark.grader.reading.numbers import SUPER, VULGAR, Unreadable, clean
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
          "⁄": "/", "√": " sqrt ", "’": "'", "′": "'", "[": "(", "]": ")"}
_RAISED = re.compile(f"[{''.join(SUPER)}ⁿˣ]+")
_RAISED_AS = str.maketrans({**SUPER, "ⁿ": "n", "ˣ": "x"})
_HALVES = re.compile(rf"(?:(?<![\w.])(\d{{1,9}})\s?)?([{''.join(VULGAR)}])")
ALIASES = {"ln": "log", "lg": "log10", "arctan": "atan", "arcsin": "asin", "arccos": "acos",
            "abs": "absolute", "logistic": "sigmoid", "sgn": "sign", "sigma": "sigmoid",
            "maximum": "max", "minimum": "min", "cosec": "csc", "cotan": "cot",
            "ld": "log2", "lb": "log2", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
            "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
_LATEX = (("\\left", ""), ("\\right", ""), ("\\cdot", "*"), ("\\times", "*"), ("\\div", "/"),
          ("\\ast", "*"), ("\\,", " "), ("\\;", " "), ("\\:", " "), ("\\!", ""), ("\\ ", " "),
          ("\\qquad", " "), ("\\quad", " "), ("~", " "), ("\\lvert", "|"), ("\\rvert", "|"),
          ("\\vert", "|"), ("\\mid", "|"), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"),
          ("\\cfrac", "\\frac"), ("\\{", "("), ("\\}", ")"), ("\\(", " "), ("\\)", " "), ("$", ""))
_BIG = re.compile(r"\\[bB]igg?[lr]?(?![A-Za-z])")
_NTH_ROOT = re.compile(r"\\sqrt\s{0,3}\[")
_WRAPPED = re.compile(r"\\(?:mathrm|operatorname|text|mathit|mathbf)\s*\{([A-Za-z0-9 ]{1,20})\}")
_LABEL = re.compile(
    r"\s*(?:\\frac\s?\{[^{}=]{1,20}\}\s?\{[^{}=]{1,20}\}"
    r"|∂?\s?\\?[A-Za-z][\w'{}^]{0,20}(?:\([A-Za-z0-9_, ]{0,30}\))?(?:\s?/\s?[d∂]\s?\w[\w{}]{0,20})?)?"
    r"\s*:?(?:=|≈)(?!=)")
_TOKEN = re.compile(
    r"\s*(?:(?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.]))?)"
    r"|(?P<WORD>\\(?:frac|nthroot)"
    r"|(?:\\[A-Za-z]+|[A-Za-z]+)(?:_?[A-Za-z0-9])*(?:_\{[A-Za-z0-9, ]{1,12}\})?'{0,3})"
    r"|(?P<SIGN>\*\*|[-+*/^(){}|,]))")
_TYPES = {"+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "^": "CIRCUMFLEX", "(": "LPAR",
          ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", "tight": "TIGHT"}


_BASED = re.compile(r"\\?log(?:_\{\s*([A-Za-z]|\d{1,6})\s*\}|_([A-Za-z]|\d{1,6})(.*)|(\d{1,6}))")


@dataclass(slots=True)
class Token:
    """Its type in the grammar, its text, and whether it stands close to the one before.

    A logarithm is `common` if it may be meant to base 10, and can have a `base` of its own.
    """

    type: str
    text: str
    glued: bool = False
    common: bool = False
    base: Token | None = None


def tokens_of(text: str, known: Mapping[str, Expression], locale: str, wide: bool = False) -> list[Token]:
    """The tokens of the grammar that a text holds; Unreadable says what is amiss.

    Without brackets a function takes what stands close behind it; `wide`, the rest of the product.
    """
    words = list(_resolved(_scanned(_cleaned(text, locale)), known))
    depth = nested = 0
    for token in words:
        depth += (token.text in ("(", "{")) - (token.text in (")", "}"))
        nested = nested + 1 if token.type == "FUNCTION" else 0
        if max(depth, nested) > MAX_DEPTH:
            raise Unreadable("the brackets are nested too deeply")
    found = list(_joined(words, wide))
    if len(found) > MAX_TOKENS:
        raise Unreadable("the formula is too long")
    return found


def latin(name: str) -> str:
    """A name in Latin letters without signs of subscripts: w_{12} is w12, α is alpha."""
    name = "".join(_GREEK.get(char, char) for char in name.replace("\\", ""))
    return re.sub(r"[_{}, ]", "", name)


def _cleaned(text: str, locale: str) -> str:
    text = _NTH_ROOT.sub(r"\\nthroot[", text)
    text = _RAISED.sub(lambda m: f"^({m[0].translate(_RAISED_AS)}) ", text)
    text = _HALVES.sub(_half, text)
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = "".join(f" {_GREEK[c]}" if c in _GREEK else c for c in text)
    if "\\" in text or "$" in text:
        text = _BIG.sub("", _WRAPPED.sub(r" \1", text))
        for latex, plain in _LATEX:
            text = text.replace(latex, plain)
    text = clean(text, latex=False)
    label = _LABEL.match(text)
    if label and "=" not in text[label.end():]:
        text = text[label.end():]
    if locale != "en":
        text = re.sub(r"(?<=\d),(?=\d)", ".", text).replace(";", ",")
    return text


def _half(found: re.Match[str]) -> str:
    """½ as (1/2), and 2½ as (2+1/2)."""
    over, under = VULGAR[found[2]]
    return f"({found[1]}+{over}/{under})" if found[1] else f"({over}/{under})"


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
        elif token.text == "\\nthroot":
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
    under, after = _argument(text, after)
    found += [Token("WORD", "root"), Token("SIGN", "("), *_scanned(under, depth + 1),
              Token("SIGN", ","), *_scanned(inside, depth + 1), Token("SIGN", ")")]
    return after


_SINGLE = re.compile(r"\\[A-Za-z]+|[^\\]")


def _argument(text: str, place: int, brackets: str = "{}") -> tuple[str, int]:
    """The next group in brackets, or the next sign; and where it ends."""
    while text[place:place + 1].isspace():
        place += 1
    if text[place:place + 1] != brackets[0]:
        single = _SINGLE.match(text, place)
        if not single:
            raise Unreadable("a fraction is not complete")
        return single[0], single.end()
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
        parts = _logarithm(token.text, known, following) or \
            _parts(latin(token.text), known, following)
        if parts is None:
            raise Unreadable(_unknown(token.text, known))
        for number, part in enumerate(parts):
            part.glued = token.glued if number == 0 else True
        yield from parts


def _logarithm(word: str, known: Mapping[str, Expression], following: str) -> list[Token] | None:
    """log_3 x, \\log_{b}(x) and log3(x): a logarithm with its base; None for other words."""
    found = _BASED.fullmatch(word)
    if not found or latin(word) in known or (found[4] and following != "("):
        return None
    base = str(found[1] or found[2] or found[4])
    rest = _parts(latin(found[3]), known, following) if found[3] else []
    if rest is None or not (base.isdigit() or base in known or base in CONSTANTS):
        return None
    if base in ("2", "10"):
        return [Token("FUNCTION", "log" + base), *rest]
    return [Token("FUNCTION", "log", base=Token("NUMBER" if base.isdigit() else "SYMBOL", base)), *rest]


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
            if part is not None and part.type == "NUMBER" and \
                    (not before or before[-1].type != "FUNCTION"):
                # x3 is another name than x, not three times it
                continue
            if part is not None and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, part]
    return best[len(word)]


def _part(word: str, known: Mapping[str, Expression], following: str) -> Token | None:
    called = following in ("(", "^", "{", "|")
    if word in known and not (called and word == "sigma" and following == "("):
        return Token("SYMBOL", word)
    lower = word.lower()
    name = ALIASES.get(lower, lower)
    spelled = len(lower) == 2 and not called and set(word) <= set(known)
    if name in FUNCTIONS and not spelled and (lower != "sigma" or called):
        return Token("FUNCTION", name, common=lower == "log")
    if word in CONSTANTS or lower == "pi":
        return Token("SYMBOL", word if word in CONSTANTS else lower)
    if word.isdigit():
        return Token("NUMBER", word)
    folded = [name for name in known if name.lower() == lower]
    return Token("SYMBOL", folded[0]) if len(folded) == 1 else None


def _joined(tokens: Sequence[Token], wide: bool = False) -> Iterator[Token]:
    """Tokens of the grammar: products that are not written get a sign, functions their brackets."""
    row = list(tokens)
    for token in row:
        token.text = {"**": "^", "{": "(", "}": ")"}.get(token.text, token.text)
    row = _bars(row)
    out: list[Token] = []
    place = 0
    while place < len(row):
        token = row[place]
        if out and _ends(out[-1]) and _begins(token):
            out.append(Token("STAR", ""))
        if token.type == "FUNCTION":
            place = _call(row, place, out, wide)
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


def _call(row: list[Token], place: int, out: list[Token], wide: bool) -> int:
    """Appends a function with its argument in brackets; sin^2 x is (sin x)^2."""
    name = row[place]
    place += 1
    power: list[Token] = []
    if place < len(row) and row[place].text == "^":
        power, place = _exponent(row, place + 1)
        if "".join(t.text for t in power).strip("()") == "-1" and "a" + name.text in FUNCTIONS:
            name, power = Token("FUNCTION", "a" + name.text), []
    if place < len(row) and row[place].type == "FUNCTION":
        inner: list[Token] = []
        end = _call(row, place, inner, wide)
    elif place < len(row) and row[place].text == "(":
        end = _closing(row, place) + 1
        inner = list(_joined(row[place + 1:end - 1], wide))
    else:
        end = _reach(row, place, wide)
        inner = list(_joined(row[place:end], wide))
    if not inner:
        raise Unreadable(f"the function {name.text} needs an argument in brackets")
    alone = not any(t.type == "COMMA" for t in inner)
    out.append(Token("FUNCTION", name.text, common=name.common and alone))
    out += [Token("LPAR", "("), *inner]
    if name.base:
        out += [Token("COMMA", ","), name.base]
    out.append(Token("RPAR", ")"))
    if power:
        out += [Token("CIRCUMFLEX", "^"), Token("LPAR", "("), *_joined(power),
                Token("RPAR", ")")]
    return end


def _reach(row: list[Token], place: int, wide: bool) -> int:
    """Where the argument of a function without brackets ends: sin 2x, ln |x|, cos 2 pi t."""
    end = place
    plain = True
    while end < len(row):
        token = row[end]
        raised = end > place and row[end - 1].text == "^"
        if token.text in ("(", "[") and (raised or end == place or wide):
            end = _closing(row, end) + 1
            continue
        if token.type in ("NUMBER", "SYMBOL") and (token.glued or raised or plain or wide):
            plain = plain and (token.type == "NUMBER" or token.text == "pi")
        elif token.text != "^" and (token.text, True) not in (("/", wide), ("-", raised)):
            break
        end += 1
    return end


def _exponent(row: list[Token], place: int) -> tuple[list[Token], int]:
    if place < len(row) and row[place].text == "(":
        end = _closing(row, place)
        return row[place:end + 1], end + 1
    end = place + 1 + (place < len(row) and row[place].text == "-")
    return row[place:end], end


def _closing(row: list[Token], place: int) -> int:
    opened, closed = row[place].text, ")" if row[place].text == "(" else "]"
    depth = 0
    for end in range(place, len(row)):
        depth += (row[end].text == opened) - (row[end].text == closed)
        if depth == 0:
            return end
    raise Unreadable("the brackets do not match")
