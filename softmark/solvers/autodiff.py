"""Reverse-mode differentiation of small programs, one primitive operation a line.

A line is `v2 = v1 * x3`, `v3 = exp(v2)`, `v4 = v3 ^ 2`; x1, x2, … are the inputs, v1, v2, … the
results in order, as in Baydin et al., Automatic Differentiation in Machine Learning, JMLR 2018.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from softmark.solvers import functions

FUNCTIONS = ("exp", "log", "sqrt", "tanh", "sigmoid", "relu")
_OPERAND = r"[xv][1-9]\d?|\d{1,4}(?:\.\d{1,4})?"
_BINARY = re.compile(rf"({_OPERAND})\s*([-+*/])\s*({_OPERAND})")
_SQUARE = re.compile(r"([xv][1-9]\d?)\s*\^\s*2")
_CALL = re.compile(rf"({'|'.join(FUNCTIONS)})\(\s*([xv][1-9]\d?)\s*\)")


@dataclass(frozen=True, slots=True)
class Operation:
    """One line: `name` is the result, `args` are names of values or numbers as written."""

    name: str
    op: str
    args: tuple[str, ...]


def parsed(lines: Sequence[str]) -> list[Operation]:
    """The operations of a program; ValueError in one sentence for a line that is none."""
    known: set[str] = set()
    found = []
    for number, line in enumerate(lines, 1):
        name, _, body = (part.strip() for part in line.partition("="))
        if name != f"v{number}":
            raise ValueError(f"line {number} must begin with v{number} =")
        operation = _operation(name, body)
        for arg in operation.args:
            if arg[0] == "v" and arg not in known:
                raise ValueError(f"line {number} uses {arg} before it is computed")
        if len(set(operation.args)) < len(operation.args):
            raise ValueError(f"line {number} uses {operation.args[0]} twice: write a square as ^ 2")
        known.add(name)
        found.append(operation)
    return found


def written(operation: Operation, names: Mapping[str, str] | None = None) -> str:
    """The right side of a line as LaTeX; `names` gives the inputs other names."""
    args = [tex_name(arg, names) if arg[0] in "xv" else arg for arg in operation.args]
    if operation.op == "/":
        return rf"\frac{{{args[0]}}}{{{args[1]}}}"
    if operation.op in ("+", "-"):
        return f"{args[0]} {operation.op} {args[1]}"
    if operation.op == "*":
        return rf"{args[0]} \cdot {args[1]}"
    if operation.op == "^":
        return f"{args[0]}^2"
    if operation.op == "sqrt":
        return rf"\sqrt{{{args[0]}}}"
    name = {"log": r"\ln", "sigmoid": r"\sigma", "relu": r"\operatorname{ReLU}"}.get(
        operation.op, rf"\{operation.op}")
    return rf"{name}({args[0]})"


def tex_name(name: str, names: Mapping[str, str] | None = None) -> str:
    """x1 as x_1, or as the letter that `names` gives it."""
    return (names or {}).get(name) or (f"{name[0]}_{name[1:]}" if len(name) == 2
                                       else f"{name[0]}_{{{name[1:]}}}")


def _operation(name: str, body: str) -> Operation:
    if match := _BINARY.fullmatch(body):
        return Operation(name, match[2], (match[1], match[3]))
    if match := _SQUARE.fullmatch(body):
        return Operation(name, "^", (match[1],))
    if match := _CALL.fullmatch(body):
        return Operation(name, match[1], (match[2],))
    raise ValueError(f"{body!r} is none of a + b, a - b, a * b, a / b, a ^ 2, "
                     f"{', '.join(f + '(a)' for f in FUNCTIONS)}")


def operand(arg: str, values: Mapping[str, Any]) -> Any:
    """The value behind a name, or the number written there (a whole one or a fraction)."""
    if arg in values:
        return values[arg]
    number = Fraction(arg)
    return number.numerator if number.denominator == 1 else float(number)


def computed(operation: Operation, values: Mapping[str, Any]) -> Any:
    """The result of one operation, from the values of what it uses."""
    args = [operand(arg, values) for arg in operation.args]
    if operation.op == "+":
        return args[0] + args[1]
    if operation.op == "-":
        return args[0] - args[1]
    if operation.op == "*":
        return args[0] * args[1]
    if operation.op == "/":
        return args[0] / args[1]
    if operation.op == "^":
        return args[0] ** 2
    return functions.apply(operation.op, args[0])


def local_derivative(operation: Operation, place: int, values: Mapping[str, Any]) -> Any:
    """The derivative of the result by its operand number `place`; a plain 1 or −1 of sums."""
    args = [operand(arg, values) for arg in operation.args]
    op, result = operation.op, values[operation.name]
    if op in ("+", "-"):
        return -1 if op == "-" and place else 1
    if op == "*":
        return args[1 - place]
    if op == "/":
        return -result / args[1] if place else 1 / args[1]
    if op == "^":
        return 2 * args[0]
    if op == "exp":
        return result
    if op == "log":
        return 1 / args[0]
    if op == "sqrt":
        return 1 / (2 * result)
    if op == "tanh":
        return 1 - result ** 2
    if op == "sigmoid":
        return result * (1 - result)
    return 1 if args[0] > 0 else 0


def uses(program: Sequence[Operation], name: str) -> list[tuple[Operation, int]]:
    """Where a value is used: the operations, and at which place."""
    return [(operation, place) for operation in program
            for place, arg in enumerate(operation.args) if arg == name]


def times(adjoint: Any, local: Any) -> Any:
    """The part of a derivative that comes along one edge; factors 1 and −1 are not written."""
    for factor, other in ((local, adjoint), (adjoint, local)):
        if isinstance(factor, int) and factor in (1, -1):
            return other if factor == 1 else -other
    return adjoint * local


def collected(edges: Sequence[tuple[Any, Any]]) -> Any:
    """The sum of what comes along the edges (derivative above, local derivative); −1 subtracts."""
    total = times(*edges[0])
    for adjoint, local in edges[1:]:
        minus = isinstance(local, int) and local == -1
        total = total - adjoint if minus else total + times(adjoint, local)
    return total


def summed(parts: Sequence[Any]) -> Any:
    """The sum of the parts, without a 0 in front."""
    return sum(parts[1:], parts[0])


def gradients(program: Sequence[Operation], inputs: Mapping[str, Any],
              along: Callable[[Any, Any], Any] = times,
              joined: Callable[[Sequence[Any]], Any] = summed) -> dict[str, Any]:
    """Values and derivatives of the last result by everything, in one sweep forward and one back.

    The derivative by x1 is under "dx1", and so on. `along` an edge and what several edges give
    `joined` are the chain rule, unless a misconception is to be followed.
    """
    values = dict(inputs)
    for operation in program:
        values[operation.name] = computed(operation, values)
    adjoint: dict[str, Any] = {program[-1].name: 1}
    for name in [*(operation.name for operation in reversed(program[:-1])), *inputs]:
        adjoint[name] = joined([
            along(adjoint[operation.name], local_derivative(operation, place, values))
            for operation, place in uses(program, name)])
    return values | {f"d{name}": value for name, value in adjoint.items()}
