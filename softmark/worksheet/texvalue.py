"""The value of a printed line: reads back the LaTeX that terms write, numbers only.

An independent check on the sheet: what stands on the page is computed again from the page.
"""

from __future__ import annotations

import math
import re

_TOKEN = re.compile(r"\\[a-zA-Z]+|\d+(?:\{,\}\d{3})*(?:\.\d+)?|[-+/^_{}(),e]")
_CLOSING = {"(": ")", r"\lvert": r"\rvert", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
_SKIPPED = {r"\left", r"\right", r"\quad"}


def tex_value(latex: str) -> float:
    """The number that a formula without symbols stands for; ValueError if it is not one."""
    cleaned = re.sub(r"\\[,;! ]", " ", latex)
    cleaned = cleaned.replace(r"\left|", r"\lvert ").replace(r"\right|", r"\rvert ")
    tokens = [t for t in _TOKEN.findall(cleaned) if t not in _SKIPPED]
    reader = _Reader(tokens)
    value = reader.sum()
    if reader.rest():
        raise ValueError(f"cannot read {latex!r} from {reader.rest()}")
    return value


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0

    def rest(self) -> list[str]:
        return self.tokens[self.place:]

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if wanted and token != wanted:
            raise ValueError(f"{wanted!r} expected before {self.rest()[:5]}")
        self.place += 1
        return token

    def sum(self) -> float:
        sign = -1.0 if self.peek() == "-" and self.take() else 1.0
        total = sign * self.product()
        while self.peek() in ("+", "-"):
            total += self.product() if self.take() == "+" else -self.product()
        if self.peek() == r"\bmod":
            self.take()
            return math.fmod(total, self.product())
        return total

    def product(self) -> float:
        value = self.power()
        while True:
            if self.peek() == r"\cdot":
                self.take()
                value *= self.power()
            elif self.peek() == "/":
                self.take()
                value /= self.power()
            elif self.peek() and (self.peek()[0] in "\\(" or self.peek() == "e") \
                    and self.peek() not in (r"\bmod", r"\rfloor", r"\rceil", r"\rvert"):
                value *= self.power()
            else:
                return value

    def power(self) -> float:
        base = self.atom()
        while self.peek() == "^":
            self.take()
            base = base ** self.group()
        return base

    def group(self) -> float:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self) -> float:
        token = self.take()
        if token and token[0].isdigit():
            return float(token.replace("{,}", ""))
        if token == "e":
            return math.e
        if token in _CLOSING:
            value = self.sum()
            self.take(_CLOSING[token])
            return {"(": value, r"\lvert": abs(value), r"\lfloor": math.floor(value + 1e-9),
                    r"\lceil": math.ceil(value - 1e-9)}[token]
        if token == "-":
            return -self.atom()
        if token == r"\frac":
            over = self.group()
            return over / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token == r"\max":
            self.take("(")
            values = [self.sum()]
            while self.peek() == ",":
                self.take()
                values.append(self.sum())
            self.take(")")
            return max(values)
        return self._function(token)

    def _function(self, token: str) -> float:
        if token == r"\ln":
            return math.log(self.atom())
        if token == r"\sigma":
            return 1 / (1 + math.exp(-self.atom()))
        if token == r"\tanh":
            return math.tanh(self.atom())
        if token == r"\log":
            self.take("_")
            base = self.group() if self.peek() == "{" else float(self.take())
            return math.log(self.atom(), base)
        raise ValueError(f"cannot read {token!r}")
