r"""Terms written out as LaTeX: the formula in symbols, and the same with the numbers put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from softmark.worksheet.notation import number_tex
from softmark.worksheet.terms import Term, leaves

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

#: how a function is written: (with symbols, with numbers); %s stands for the argument
WRITTEN = {
    "exp": (r"e^{%s}", r"e^{%s}"),
    "log": (r"\ln %s", r"\ln %s"),
    "log2": (r"\log_2 %s", r"\log_2 %s"),
    "log10": (r"\log_{10} %s", r"\log_{10} %s"),
    "sqrt": (r"\sqrt{%s}", r"\sqrt{%s}"),
    "tanh": (r"\tanh %s", r"\tanh %s"),
    "sigmoid": (r"\sigma%s", r"\frac{1}{1+e^{%s}}"),
    "softplus": (r"\ln(1+e^{%s})", r"\ln(1+e^{%s})"),
    "relu": (r"\max(0,\,%s)", r"\max(0,\,%s)"),
    "absolute": (r"\left|%s\right|", r"\left|%s\right|"),
    "ceil": (r"\left\lceil %s\right\rceil", r"\left\lceil %s\right\rceil"),
}
#: a letter with its subscript: Δw² could be read as a change of w², and h⁽¹⁾ has its superscript already
_LETTER = re.compile(r"(?:\\[a-z]+|[A-Za-z])'?(?:_[^\s^]+)?")
#: functions whose argument stands in no brackets of its own
_ENCLOSED = {"exp", "sqrt", "softplus", "relu", "absolute", "ceil"}


def formula(term: Term) -> str:
    """The term in symbols, as LaTeX."""
    return _write(term, numbers=False)[0]


def numbers_put_in(term: Term) -> str:
    """The term with every symbol replaced by its number, as LaTeX."""
    return _write(term, numbers=True)[0]


def factor(term: Term, numbers: bool) -> str:
    """The term as it stands beside a sign of multiplication: a sum is bracketed."""
    return _wrap(_write(term, numbers), PRODUCT)


def _leaf(term: Term, numbers: bool) -> tuple[str, int]:
    if term.symbol and not numbers:
        return term.symbol, ATOM
    text = number_tex(term.text)
    return text, (SUM if text.startswith("-") else ATOM)


def _wrap(written: tuple[str, int], least: int) -> str:
    text, strength = written
    return text if strength >= least else rf"\left({text}\right)" if r"\frac" in text \
        else f"({text})"


def _write(term: Term, numbers: bool) -> tuple[str, int]:
    """LaTeX of a term and how strongly it holds together (SUM .. ATOM)."""
    if term.is_leaf:
        return _leaf(term, numbers)
    op, args = term.op, term.args
    if op in ("+", "-"):
        return _write_sum(term, numbers), SUM
    if op == "neg":
        return _minus(args[0], numbers), SUM
    if op == "*":
        return _write_product(term, numbers), PRODUCT
    if op == "/":
        over, under = (_write(arg, numbers)[0] for arg in args)
        return rf"\frac{{{over}}}{{{under}}}", PRODUCT
    if op == "//":
        over, under = (_write(arg, numbers)[0] for arg in args)
        return rf"\left\lfloor\frac{{{over}}}{{{under}}}\right\rfloor", ATOM
    if op == "mod":
        over, under = (_wrap(_write(arg, numbers), ATOM) for arg in args)
        return rf"{over} \bmod {under}", SUM
    if op == "**":
        base = _wrap(_write(args[0], numbers), ATOM)
        return f"{base}^{{{_write(args[1], numbers)[0]}}}", POWER
    if op == "max":
        inner = r",\; ".join(_write(arg, numbers)[0] for arg in args)
        return rf"\max({inner})", ATOM
    return _write_function(op, args[0], numbers), ATOM


def _write_function(op: str, arg: Term, numbers: bool) -> str:
    pattern = WRITTEN[op][1 if numbers else 0]
    inner = _write(arg, numbers)
    # a sum would be too small to read in the exponent of 1/(1 + e^{-z})
    if op == "sigmoid" and (not numbers or arg.op in ("+", "-")):
        return WRITTEN[op][0] % f"({inner[0]})"
    if op == "sigmoid":
        return pattern % _negated_exponent(arg, numbers)
    if op in ("exp", "softplus"):
        return pattern % _exponent(arg, numbers)
    return pattern % (inner[0] if op in _ENCLOSED else _wrap(inner, ATOM))


def _exponent(arg: Term, numbers: bool) -> str:
    """A fraction is written a/b, since one above another would be too small to read up there."""
    if arg.op == "neg":
        return _negated_exponent(arg.args[0], numbers)
    if arg.op != "/":
        return _write(arg, numbers)[0]
    over, under = (_write(side, numbers) for side in arg.args)
    return f"{_wrap(over, PRODUCT)}/{_wrap(under, POWER)}"


def _negated_exponent(arg: Term, numbers: bool) -> str:
    """The term behind a minus sign in an exponent: a hand writes e^{0.7}, not e^{-(-0.7)}."""
    if arg.is_leaf:
        return ("-" + _leaf(arg, numbers)[0]).removeprefix("--")
    return "-" + _exponent(arg, numbers) if arg.op == "/" else _minus(arg, numbers)


def _minus(term: Term, numbers: bool) -> str:
    """The term behind a minus sign."""
    text, strength = _write(term, numbers)
    if strength > SUM and text.startswith("-"):
        return "-" + _bracket_first_factor(term, numbers)
    return "-" + _wrap((text, strength), PRODUCT)


def _addends(term: Term, sign: int = 1) -> Iterator[tuple[int, Term]]:
    if term.op == "+":
        yield from _addends(term.args[0], sign)
        yield from _addends(term.args[1], sign)
    elif term.op == "-":
        yield from _addends(term.args[0], sign)
        last = term.args[1]
        yield -sign, last
    else:
        yield sign, term


def _write_sum(term: Term, numbers: bool) -> str:
    out = ""
    for place, (sign, addend) in enumerate(_addends(term)):
        text, strength = _write(addend, numbers)
        if addend.op in ("+", "-"):
            text = f"({text})"
        elif place and sign > 0 and text.startswith("-") and (addend.is_leaf or not numbers):
            sign, text = -sign, text[1:]
        elif place and strength == SUM:
            text = f"({text})"
        elif text.startswith("-") and place:
            text = _bracket_first_factor(addend, numbers)
        out += (" + " if sign > 0 else " - ") if place else ("" if sign > 0 else "-")
        out += text
    return out


def _bracket_first_factor(term: Term, numbers: bool) -> str:
    """A product behind a sign: its negative first factor stands in brackets."""
    if term.op != "*":
        return f"({_write(term, numbers)[0]})"
    return _write_product(term, numbers, bracket_first=True)


def _factors(term: Term) -> Iterator[Term]:
    if term.op == "*":
        yield from _factors(term.args[0])
        yield from _factors(term.args[1])
    else:
        yield term


def _powers(term: Term) -> Iterator[tuple[Term, int]]:
    """The factors, and how often a named one stands beside itself: W · W · K is W² K."""
    for _, same in groupby(_factors(term), key=_named):
        factors = list(same)
        yield factors[0], len(factors)


def _named(factor: Term) -> object:
    named = factor.is_leaf and _LETTER.fullmatch(factor.symbol)
    return (factor.symbol, factor.text) if named else object()


def _raised(factor: Term, times: int, numbers: bool) -> tuple[str, int]:
    written = _write(factor, numbers)
    return written if times == 1 else (f"{_wrap(written, ATOM)}^{{{times}}}", POWER)


def _write_product(term: Term, numbers: bool, bracket_first: bool = False) -> str:
    out, before = "", None
    for place, (factor, times) in enumerate(_powers(term)):
        written = _raised(factor, times, numbers)
        lone_minus = factor.is_leaf and times == 1 and place == 0 and not bracket_first
        text = written[0] if lone_minus else _wrap(written, PRODUCT)
        if text == "-1" and not numbers:
            text = "-"
        if place and out != "-":
            juxtaposed = not numbers and _is_symbolic(factor) and not text[0].isdigit()
            out += _between(before, text) if juxtaposed else r" \cdot "
        out += text
        before = text
    return out


def _between(before: str | None, text: str) -> str:
    # \alpha x needs its space; x y reads better with a thin one
    return r"\," if before and (before[-1].isalnum() or text[0] == "\\") else " "


def _is_symbolic(term: Term) -> bool:
    return any(leaf.symbol for leaf in leaves(term))
