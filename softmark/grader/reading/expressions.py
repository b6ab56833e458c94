"""Formulas that a student typed, over declared names only.

A text is cut into tokens by one scan, products that are not written get their sign, and a small
LALR grammar builds the tree. Nothing is evaluated here; length, tokens and depth are limited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from softmark.grader.reading.numbers import Unreadable, clean
from softmark.worksheet.expressions import FUNCTIONS, Expression, as_expression, same
from softmark.worksheet.records import Reading

MAX_LENGTH = 1_000
MAX_TOKENS = 300
MAX_DEPTH = 40

_LETTERS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
            "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
            "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "phi", "epsilon", "mu")
_GREEK = dict(zip("αβγδεζηθικλμνξπρστφχψωΓΔΘΛΣΦΨΩϕϵµ", _LETTERS, strict=True))
_SIGNS = {"×": "*", "✕": "*", "⋅": "*", "·": "*", "∙": "*", "•": "*", "∗": "*", "÷": "/", "∕": "/",
          "⁄": "/", "√": " sqrt ", "’": "'", "[": "(", "]": ")", "²": "^2", "³": "^3"}
_ALIASES = {"ln": "log", "lg": "log10", "arctan": "atan", "arcsin": "asin", "arccos": "acos",
            "abs": "absolute", "logistic": "sigmoid", "sgn": "sign", "sigma": "sigmoid",
            "maximum": "max", "minimum": "min"}
_CONSTANTS = {"e": Expression("number", number=math.e, name="e", latex="e"),
              "pi": Expression("number", number=math.pi, name="pi", latex=r"\pi")}
_LATEX = (("\\left", ""), ("\\right", ""), ("\\cdot", "*"), ("\\times", "*"), ("\\div", "/"),
          ("\\,", " "), ("\\;", " "), ("\\!", ""), ("\\ ", " "), ("\\lvert", "|"), ("\\rvert", "|"),
          ("\\vert", "|"), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("$", ""))
_WRAPPED = re.compile(r"\\(?:mathrm|operatorname|text|mathit|mathbf)\s*\{([A-Za-z0-9 ]{1,20})\}")
_LABEL = re.compile(r"\s*\\?[A-Za-z][\w'{}^]{0,20}(?:\([A-Za-z0-9_, ]{0,30}\))?\s*(?:=|≈)(?!=)")
_TOKEN = re.compile(
    r"\s*(?:(?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.]))?)"
    r"|(?P<WORD>(?:\\[A-Za-z]+|[A-Za-z]+)(?:_\{[A-Za-z0-9, ]{1,12}\}|(?<!frac)_?[A-Za-z0-9]*)'?)"
    r"|(?P<SIGN>\*\*|[-+*/^(){}|,]))")
_GRAMMAR = r"""
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> sub
    ?product: tight | product "*" tight -> mul | product "/" tight -> div
    ?tight: signed | tight TIGHT power -> times
    ?signed: power | "-" signed -> neg | "+" signed
    ?power: atom | atom "^" exponent -> power
    ?exponent: power | "-" exponent -> neg | "+" exponent
    ?atom: NUMBER -> number | SYMBOL -> symbol | "(" sum ")" | "[" sum "]" -> absolute
        | FUNCTION "(" sum ("," sum)* ")" -> call
    %declare NUMBER SYMBOL FUNCTION TIGHT PLUS MINUS STAR SLASH CIRCUMFLEX LPAR RPAR LSQB RSQB COMMA
"""
_TYPES = {"+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "^": "CIRCUMFLEX", "(": "LPAR",
          ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", "tight": "TIGHT"}


@dataclass(slots=True)
class _Token:
    type: str
    text: str
    glued: bool = False


def read_expression(text: str, names: Mapping[str, Expression], locale: str = "en") -> Reading:
    """An expression over `names` (name -> symbol), e and pi, and the usual functions.

    `1/2x` is read from left to right, log as the natural one; where the other usual reading is
    another function, the reading is ambiguous.
    """
    if not text.strip():
        return Reading("blank")
    if len(text) > MAX_LENGTH:
        return Reading("invalid", message="the answer is too long for a formula")
    try:
        known = {_latin(name): symbol for name, symbol in names.items()}
        tokens = list(_joined(_resolved(_scanned(_cleaned(text, locale)), known)))
        if not tokens:
            return Reading("blank")
        if len(tokens) > MAX_TOKENS:
            raise Unreadable("the formula is too long")
        first = _parsed(tokens, known)
        other = _second(tokens, known, first)
    except Unreadable as error:
        return Reading("invalid", message=str(error))
    if other is None:
        return Reading("one", first)
    return Reading("ambiguous", first, other, message=f"it could be {first} or {other}")


def _second(tokens: list[_Token], known: Mapping[str, Expression],
            first: Expression) -> Expression | None:
    """The other usual reading, if it is another function."""
    for changed in (_tightened(tokens), _common_log(tokens)):
        if changed is not None:
            other = _parsed(changed, known)
            if not same(other, first):
                return other
    return None


def _tightened(tokens: list[_Token]) -> list[_Token] | None:
    """Products without a sign bind tighter than a division before them."""
    if not any(t.type == "SLASH" for t in tokens):
        return None
    return [_Token("TIGHT", "") if t.type == "STAR" and not t.text else t for t in tokens]


def _common_log(tokens: list[_Token]) -> list[_Token] | None:
    if not any(t.type == "FUNCTION" and t.text == "log" and t.glued for t in tokens):
        return None
    return [_Token("FUNCTION", "log10") if t.type == "FUNCTION" and t.glued else t for t in tokens]


# -- from text to tokens


def _latin(name: str) -> str:
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


def _scanned(text: str, depth: int = 0) -> list[_Token]:
    """The tokens of a text, LaTeX fractions and roots spelled out."""
    found: list[_Token] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match or depth > MAX_DEPTH:
            raise Unreadable(f"{text[place:].strip()[:20]!r} cannot be read in a formula")
        kind = str(match.lastgroup)
        token = _Token(kind, match[kind], match.start(kind) == place and bool(found))
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


def _fraction(text: str, place: int, depth: int, found: list[_Token]) -> int:
    """Appends ((a)/(b)) for what stands behind \\frac; where to go on."""
    over, place = _argument(text, place)
    under, place = _argument(text, place)
    found += [_Token("SIGN", "("), _Token("SIGN", "("), *_scanned(over, depth + 1),
              _Token("SIGN", ")"), _Token("SIGN", "/"), _Token("SIGN", "("),
              *_scanned(under, depth + 1), _Token("SIGN", ")"), _Token("SIGN", ")")]
    return place


def _root(text: str, place: int, depth: int, found: list[_Token]) -> int:
    """Appends root(x, n) for what stands behind \\sqrt[n] (its brackets are round by now)."""
    inside, after = _argument(text, place, "()")
    if not text[after:].lstrip().startswith("{"):
        found.append(_Token("WORD", "sqrt"))
        return place
    under, after = _argument(text, after)
    found += [_Token("WORD", "root"), _Token("SIGN", "("), *_scanned(under, depth + 1),
              _Token("SIGN", ","), *_scanned(inside, depth + 1), _Token("SIGN", ")")]
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


def _resolved(tokens: list[_Token], known: Mapping[str, Expression]) -> Iterator[_Token]:
    """Words as symbols, functions and constants; run-together ones taken apart."""
    for place, token in enumerate(tokens):
        if token.type != "WORD":
            yield token
            continue
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        parts = _parts(_latin(token.text).rstrip("'") if _latin(token.text) not in known
                       else _latin(token.text), known, following)
        if parts is None:
            raise Unreadable(_unknown(token.text, known))
        for number, part in enumerate(parts):
            part.glued = part.glued or (token.glued if number == 0 else True)
        yield from parts


def _unknown(word: str, known: Mapping[str, Expression]) -> str:
    there = f"the names here are {', '.join(known)}" if known else "there are no letters in it"
    return f"{word.strip()[:20]!r} is not known here; {there}"


def _parts(word: str, known: Mapping[str, Expression], following: str) -> list[_Token] | None:
    """The fewest known names, functions, constants and numbers that make up the word."""
    best: list[list[_Token] | None] = [[], *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 12), end):
            before = best[start]
            if before is None:
                continue
            part = _part(word[start:end], known, following if end == len(word) else "")
            if part is not None and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, part]
    return best[len(word)]


def _part(word: str, known: Mapping[str, Expression], following: str) -> _Token | None:
    called = following in ("(", "^", "{", "|")
    if word in known and not (called and word == "sigma" and following == "("):
        return _Token("SYMBOL", word)
    lower = word.lower()
    name = _ALIASES.get(lower, lower)
    if name in FUNCTIONS and (lower != "sigma" or called):
        return _Token("FUNCTION", name, lower == "log")
    if word in _CONSTANTS:
        return _Token("SYMBOL", word)
    if word.isdigit():
        return _Token("NUMBER", word)
    folded = [name for name in known if name.lower() == lower]
    return _Token("SYMBOL", folded[0]) if len(folded) == 1 else None


def _joined(tokens: Iterator[_Token]) -> Iterator[_Token]:
    """Tokens of the grammar: products that are not written get a sign, functions their brackets."""
    row = [_Token(t.type, {"**": "^", "{": "(", "}": ")"}.get(t.text, t.text), t.glued) for t in tokens]
    row = _bars(row)
    depth = 0
    out: list[_Token] = []
    place = 0
    while place < len(row):
        token = row[place]
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth > MAX_DEPTH:
            raise Unreadable("the brackets are nested too deeply")
        if out and _ends(out[-1]) and _begins(token):
            out.append(_Token("STAR", ""))
        if token.type == "FUNCTION":
            place = _call(row, place, out)
            continue
        out.append(_Token(_TYPES.get(token.text, token.type), token.text))
        place += 1
    yield from out


def _ends(token: _Token) -> bool:
    return token.type in ("NUMBER", "SYMBOL", "RPAR", "RSQB")


def _begins(token: _Token) -> bool:
    return token.type in ("NUMBER", "SYMBOL", "FUNCTION") or token.text in ("(", "[")


def _bars(row: list[_Token]) -> list[_Token]:
    """Bars as brackets: one behind a value closes, any other opens."""
    out: list[_Token] = []
    for token in row:
        if token.text == "|":
            value = bool(out) and (out[-1].type in ("NUMBER", "SYMBOL") or out[-1].text in (")", "]"))
            closes = value and sum((t.text == "[") - (t.text == "]") for t in out) > 0
            token = _Token("SIGN", "]" if closes else "[")
        out.append(token)
    return out


def _call(row: list[_Token], place: int, out: list[_Token]) -> int:
    """Appends a function with its argument in brackets; sin^2 x is (sin x)^2."""
    name = row[place]
    place += 1
    power: list[_Token] = []
    if place < len(row) and row[place].text == "^":
        power, place = _exponent(row, place + 1)
        if "".join(t.text for t in power).strip("()") == "-1" and "a" + name.text in FUNCTIONS:
            name, power = _Token("FUNCTION", "a" + name.text), []
    out.append(_Token("FUNCTION", name.text, name.text == "log" and name.glued))
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
            nested: list[_Token] = []
            after = _call(row, place, nested)
            out += [_Token("LPAR", "("), *nested, _Token("RPAR", ")")]
            return after
    if not inner:
        raise Unreadable(f"the function {name.text} needs an argument in brackets")
    out += [_Token("LPAR", "("), *_joined(iter(inner)), _Token("RPAR", ")")]
    if power:
        out += [_Token("CIRCUMFLEX", "^"), _Token("LPAR", "("), *_joined(iter(power)),
                _Token("RPAR", ")")]
    return end + 1


def _exponent(row: list[_Token], place: int) -> tuple[list[_Token], int]:
    if place < len(row) and row[place].text == "(":
        end = _closing(row, place)
        return row[place:end + 1], end + 1
    end = place + 1 + (place < len(row) and row[place].text == "-")
    return row[place:end], end


def _closing(row: list[_Token], place: int) -> int:
    depth = 0
    for end in range(place, len(row)):
        depth += (row[end].text == "(") - (row[end].text == ")")
        if depth == 0:
            return end
    raise Unreadable("the brackets do not match")


# -- from tokens to a tree


def _parsed(tokens: list[_Token], known: Mapping[str, Expression]) -> Expression:
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(tokens)
    except UnexpectedInput:
        raise Unreadable(_where(tokens)) from None
    return _built(tree, known, 0)


def _where(tokens: list[_Token]) -> str:
    opened = sum((t.text == "(") - (t.text == ")") for t in tokens)
    if opened:
        return "the brackets do not match"
    if tokens[-1].text in ("+", "-", "*", "/", "^", ","):
        return f"something is missing behind {tokens[-1].text!r}"
    return "the formula is not complete or its signs are in the wrong order"


@cache
def _parser() -> Any:
    from lark import Lark, Token
    from lark.lexer import Lexer

    class Given(Lexer):
        """Hands the tokens on that were made here."""

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
            for place, token in enumerate(lexer_state):
                yield Token(token.type, token.text, place)

    return Lark(_GRAMMAR, parser="lalr", lexer=Given)


def _built(tree: Any, known: Mapping[str, Expression], depth: int) -> Expression:
    if depth > 3 * MAX_DEPTH:
        raise Unreadable("the formula is nested too deeply")
    kind, children = str(tree.data), tree.children
    if kind == "number":
        return as_expression(_number(str(children[0])))
    if kind == "symbol":
        name = str(children[0])
        return known[name] if name in known else _CONSTANTS[name]
    if kind == "call":
        arguments = [_built(child, known, depth + 1) for child in children[1:]]
        return _called(str(children[0]), arguments)
    parts = [_built(child, known, depth + 1) for child in children
             if not hasattr(child, "type")]
    if kind == "signed" or kind == "exponent":
        return parts[0]
    return Expression(_OPERATORS[kind], tuple(parts))


_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "times": "*", "div": "/", "neg": "neg",
              "power": "**", "absolute": "absolute"}


def _number(text: str) -> Fraction:
    mantissa, _, power = text.lower().partition("e")
    if abs(int(power or 0)) > 60:
        raise Unreadable("the exponent is too large")
    return Fraction(mantissa.rstrip(".") or "0") * Fraction(10) ** int(power or 0)


def _called(name: str, arguments: list[Expression]) -> Expression:
    if name == "log" and len(arguments) == 2:
        return Expression("/", (Expression("log", (arguments[0],)), Expression("log", (arguments[1],))))
    wanted = 2 if name == "root" else 1
    if name in ("max", "min"):
        wanted = max(2, len(arguments))
    if len(arguments) != wanted:
        raise Unreadable(f"the function {name} takes {wanted} argument{'s' * (wanted > 1)}, "
                         f"not {len(arguments)}")
    return Expression(name, tuple(arguments))
