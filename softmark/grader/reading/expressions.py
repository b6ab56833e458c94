"""Formulas that a student typed, over declared names only.

A text is cut into tokens by one scan, products that are not written get their sign, and a small
LALR grammar builds the tree. Nothing is evaluated here; length, tokens and depth are limited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from softmark.grader.reading.numbers import Unreadable
from softmark.grader.reading.tokens import ALIASES, CONSTANTS, MAX_DEPTH, Token, latin, tokens_of
from softmark.worksheet.expressions import (
    FUNCTIONS,
    Expression,
    as_expression,
    evaluate,
    free_symbols,
    same,
)
from softmark.worksheet.records import Reading

MAX_LENGTH = 1_000

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
        known = {latin(name): symbol for name, symbol in names.items()}
        tokens = tokens_of(text, known, locale)
        if not tokens:
            return Reading("blank")
        first = _parsed(tokens, known)
        if not free_symbols(first) and constant_value(first) is None:
            raise Unreadable("the formula has no value: a division by 0, a root or logarithm of a "
                             "negative number, or a number that is too large")
        other = _second(tokens, text, known, locale, first)
    except Unreadable as error:
        return Reading("invalid", message=str(error))
    if other is None:
        return Reading("one", first)
    return Reading("ambiguous", first, other, message=f"it could be {first} or {other}")


def constant_value(formula: Expression) -> Fraction | None:
    """The value of a formula without letters; None if it is not finite."""
    value = float(np.real(evaluate(formula, {})[0]))
    return Fraction(value) if math.isfinite(value) else None


def names_in(text: str) -> list[str]:
    """The names that a trusted formula uses: its words less the functions and constants."""
    words = re.findall(r"\\?[A-Za-zα-ωΑ-Ω]+(?:_\{?\w{1,6}\}?|\d+)*'?", text)
    found = dict.fromkeys(latin(word) for word in words)
    return [name for name in found if name not in CONSTANTS and name.lower() not in FUNCTIONS
            and name.lower() not in ALIASES]


def _second(tokens: list[Token], text: str, known: Mapping[str, Expression], locale: str,
            first: Expression) -> Expression | None:
    """The other usual reading, if it is another function."""
    called = any(t.type == "FUNCTION" for t in tokens)
    for changed in (_tightened(tokens), _common_log(tokens),
                    tokens_of(text, known, locale, wide=True) if called else None):
        if changed is not None and changed != tokens:
            other = _parsed(changed, known)
            if not same(other, first):
                return other
    return None


def _tightened(tokens: list[Token]) -> list[Token] | None:
    """Products without a sign bind tighter than a division before them."""
    if not any(t.type == "SLASH" for t in tokens):
        return None
    return [Token("TIGHT", "") if t.type == "STAR" and not t.text else t for t in tokens]


def _common_log(tokens: list[Token]) -> list[Token] | None:
    """Where log without a base may be the natural or the common one, the common one."""
    if not any(t.common for t in tokens):
        return None
    return [Token("FUNCTION", "log10") if t.common else t for t in tokens]


def _parsed(tokens: list[Token], known: Mapping[str, Expression]) -> Expression:
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(tokens)
    except UnexpectedInput:
        raise Unreadable(_where(tokens)) from None
    return _built(tree, known, 0)


def _where(tokens: list[Token]) -> str:
    opened = sum((t.text == "(") - (t.text == ")") for t in tokens)
    if opened:
        return "the brackets do not match"
    if tokens[-1].text in ("+", "-", "*", "/", "^", ","):
        return f"something is missing behind {tokens[-1].text!r}"
    if any(t.text == "," for t in tokens):
        return "a comma stands where none belongs; decimals are written with a point here"
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
        return known[name] if name in known else CONSTANTS[name]
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
    if len(mantissa) > 60:
        raise Unreadable("a number in the formula has too many digits")
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
