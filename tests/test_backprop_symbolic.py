"""Backpropagation against derivatives that sympy takes of the loss itself."""

import numpy as np
import pytest
import sympy

from softmark.templates.backprop.backprop_chain import BackpropChain
from softmark.templates.backprop.backprop_numeric import BackpropNumeric
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng
from softmark.worksheet.runs import solve


def symbolic_step(problem):
    """New weights and biases after one step of descent, from the loss written out."""
    symbols, values = [], {}

    def table(name, array):
        out = np.empty(array.shape, dtype=object)
        for index in np.ndindex(array.shape):
            out[index] = sympy.Symbol(f"{name}{''.join(map(str, index))}")
            symbols.append(out[index])
            values[out[index]] = sympy.Rational(str(array[index]))
        return out

    given = {name: np.array(getattr(problem, name), dtype=object) for name in "WbVcxy"}
    parameters = {name: table(name, given[name]) for name in "WbVc"}
    exact = {name: np.array([sympy.Rational(str(v)) for v in given[name]]) for name in "xy"}

    def squash(z):
        return np.array([1 / (1 + sympy.exp(-v)) for v in z])

    a = squash(parameters["W"] @ exact["x"] + parameters["b"])
    o = squash(parameters["V"] @ a + parameters["c"])
    if problem.loss == "squared":
        loss = sum((y - p) ** 2 for y, p in zip(exact["y"], o, strict=True)) / 2
    else:
        loss = -sum(y * sympy.log(p) + (1 - y) * sympy.log(1 - p)
                    for y, p in zip(exact["y"], o, strict=True))
    eta = sympy.Rational(str(problem.eta))
    return {name: np.array([float((s - eta * sympy.diff(loss, s)).subs(values).evalf(30))
                            for s in array.ravel()]).reshape(array.shape)
            for name, array in parameters.items()}


@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
def test_one_step_of_a_network(level):
    problem = certified_draw(BackpropNumeric, Rng.of("symbolic"), level)
    run = solve(problem)
    for name, expected in symbolic_step(problem).items():
        assert run[name].value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("half", [True, False])
def test_the_linear_chain(half):
    problem = certified_draw(BackpropChain, Rng.of("symbolic"), "hard").replace(half=half)
    w = sympy.symbols(f"w0:{len(problem.w)}")
    a = sympy.Rational(str(problem.x))
    for symbol in reversed(w):
        a = symbol * a
    cost = (a - sympy.Rational(str(problem.y))) ** 2 / (2 if half else 1)
    at = dict(zip(w, (sympy.Rational(str(v)) for v in problem.w), strict=True))
    run = solve(problem)
    for i, symbol in enumerate(w):
        assert run[f"g[{i}]"].value == pytest.approx(float(sympy.diff(cost, symbol).subs(at)))
