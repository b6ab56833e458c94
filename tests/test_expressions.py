"""Formulas as students type them: how they are read, and which are the same function."""

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from softmark.grader.checking import check
from softmark.grader.reading import read
from softmark.worksheet.expressions import Expression, as_expression, plain, same, symbols, tex

NAMES = {name: symbols(name)[0] for name in (*"abxyzmt", "w1", "w2", "w11", "x1", "x2", "eta", "alpha", "mu")}


def formula(text, locale="en", **more):
    return read(text, "expression", symbols={**NAMES, **more}, locale=locale)


# what is typed -> the same, written without any doubt
READ = {
    "2x": "2*x", "2 x": "2*x", "xy": "x*y", "x y": "x*y", "x(y+1)": "x*(y+1)", "(x+1)(y+1)": "(x+1)*(y+1)",
    "(x+1)2": "2*(x+1)", "3(x)": "3*x", "x·y": "x*y", "x × y": "x*y", "x⋅y": "x*y", "x∗y": "x*y", "x ÷ y": "x/y",
    r"x\cdot y": "x*y", r"x\times y": "x*y", r"x\,y": "x*y", r"x\quad y": "x*y", r"x\ast y": "x*y",
    r"\frac{x}{y}": "x/y", r"\frac xy": "x/y", r"\frac12x": "x/2", r"\frac12": "1/2", r"\frac1{2x}": "1/(2*x)",
    r"\frac{x+1}2": "(x+1)/2", r"\dfrac{x}{y}": "x/y", r"\tfrac{1}{2} x": "x/2", r"\cfrac{x}{1+\cfrac{1}{y}}": "x/(1+1/y)",
    r"\frac\alpha2": "alpha/2", r"x^\frac12": "x**(1/2)", r"x^{\frac{1}{2}}": "x**(1/2)", r"-\frac{x}{y}": "-x/y",
    r"\sqrt{x}": "sqrt(x)", r"\sqrt x": "sqrt(x)", r"\sqrt2x": "sqrt(2*x)", r"\sqrt[3]{x}": "root(x,3)",
    r"\sqrt[3]x": "root(x,3)", r"\sqrt [3] {x+1}": "root(x+1,3)", "√x": "sqrt(x)", "√(x+1)y": "sqrt(x+1)*y",
    r"\left(x+1\right)^2": "(x+1)**2", r"\left[x+1\right]y": "(x+1)*y", r"\bigl(x\bigr)y": "x*y", r"\Big(x+1\Big)y": "(x+1)*y",
    r"\{x+1\}y": "(x+1)*y", "[(x+1)y]^2": "((x+1)*y)**2", r"$x+1$": "x+1", r"\(x+1\)": "x+1", r"\[x+1\]": "x+1",
    "x^2^3": "x**(2**3)", "2^3^2": "512", "x^y^2": "x**(y**2)", "-x^2": "-(x**2)", "(-x)^2": "x**2", "x^-1": "1/x",
    "x^{2y}": "x**(2*y)", "x^2y": "(x**2)*y", "x**-2": "1/x**2", "x²y": "(x**2)*y", "x³": "x**3", "x⁻¹": "1/x", "x¹²": "x**12",
    "x^½": "sqrt(x)", "½x": "x/2", "x½": "x/2", "2½x": "5*x/2", "x^1/2": "(x**1)/2", "2^-x": "1/2**x", "e^-x": "exp(-x)",
    "e^{-x}": "exp(-x)", "eˣ": "exp(x)", "e^(-x^2/2)": "exp(-(x**2)/2)", r"\exp\left(-\frac{x^2}{2}\right)": "exp(-(x**2)/2)",
    "sin^2 x": "(sin(x))**2", "sin²x": "(sin(x))**2", "sin^2(x)": "(sin(x))**2", "sin x^2": "sin(x**2)", r"\sin x^{2}": "sin(x**2)",
    "sin⁻¹(x)": "asin(x)", r"\tan^{-1} x": "atan(x)", "tanh²(x)": "(tanh(x))**2", r"\tanh^{2}{\left(x \right)}": "(tanh(x))**2",
    "sin 2x": "sin(2*x)", "sin2x": "sin(2*x)", "sin 2 x": "sin(2*x)", "cos 2π": "cos(2*pi)", r"\cos 2\pi t": "cos(2*pi*t)",
    "sinx": "sin(x)", "sin x cos y": "sin(x)*cos(y)", "2 sin x cos x": "2*sin(x)*cos(x)", "sin cos x": "sin(cos(x))",
    "exp x": "exp(x)", "exp{-x}": "exp(-x)", r"\ln x": "ln(x)", "lnx": "ln(x)", "x ln y": "x*ln(y)", "xlny": "x*ln(y)",
    "ln|x|": "ln(abs(x))", r"\ln\left|x\right|": "ln(abs(x))", "sin |x|": "sin(abs(x))", "ln ln x": "ln(ln(x))",
    "-y*ln(x)-(1-y)*ln(1-x)": "-(y*ln(x)) - ((1-y)*ln(1-x))", "ln(x)/ln(2)": "(ln(x))/(ln(2))",
    "log_2 x": "log2(x)", "log_{10}(x)": "log10(x)", r"\log_2 x": "log2(x)", r"\log_{3} x": "(ln(x))/(ln(3))", "log_3(x)": "(ln(x))/(ln(3))",
    "log3(x)": "(ln(x))/(ln(3))", "log_b(x)": "(ln(x))/(ln(b))", "log(x,2)": "log2(x)", "lg x": "log10(x)", "ld x": "log2(x)", "lb(x)": "log2(x)",
    "-x log2 x": "-(x*log2(x))", "|x|": "abs(x)", "|x||y|": "abs(x)*abs(y)", "2|x|y": "2*abs(x)*y", "|x-|y||": "abs(x-abs(y))",
    "|x|/|y|": "abs(x)/abs(y)", r"\lvert x\rvert": "abs(x)", "|sin x|": "abs(sin(x))",
    "σ(x)(1-σ(x))": "sigmoid(x)*(1-sigmoid(x))", r"\sigma(x)": "sigmoid(x)", "sigma(x)": "sigmoid(x)", "ReLU(x)": "max(0,x)",
    r"\operatorname{ReLU}(x)": "max(0,x)", r"\mathrm{ReLU}(x)": "max(0,x)", r"\max\{0,x\}": "max(0,x)", "max{0,x}": "max(0,x)",
    "w_1x_1+w_2x_2": "w1*x1 + w2*x2", "w1x1+w2x2": "w1*x1 + w2*x2", "w_{1}x_{1}": "w1*x1", "w₁x₁": "w1*x1", "w_{11} x_1": "w11*x1",
    "x_1^2": "x1**2", "x_{1}^{2}": "x1**2", "W_1": "w1", "abx": "a*b*x", "XY": "x*y", "ηx": "eta*x", r"\eta x": "eta*x", "2η": "2*eta",
    "η": "eta", "αμ": "alpha*mu", "etax": "eta*x", "2πx": "2*pi*x", "3pi": "3*pi", "2ex": "2*exp(1)*x", "2e3x": "2000*x",
    "1e-3x": "x/1000", ".5x": "x/2", "5.x": "5*x", "1/2/x": "1/(2*x)", "1/2*x": "x/2", "a/b*m": "a*m/b", "--x": "x", "x--y": "x+y", "x*-y": "-(x*y)",
    "x−y": "x-y", "x–y": "x-y", "（x＋１）": "x+1", "𝑥+1": "x+1", "x\u200by": "x*y",
    "y = x+1": "x+1", "f(x) = x+1": "x+1", "= x": "x", "dL/dw = x": "x", "∂L/∂w = x": "x", r"\frac{\partial L}{\partial w} = x": "x", "y := x": "x",
    "L ≈ 2x": "2*x",
}


@pytest.mark.parametrize("text", READ)
def test_reading(text):
    reading = formula(text)
    assert reading.status == "one", (reading.value, reading.other, reading.message)
    assert same(reading.value, formula(READ[text]).value), reading.value


@pytest.mark.parametrize(("text", "first", "second"), [
    ("1/2x", "x/2", "1/(2*x)"), ("1/2 x", "x/2", "1/(2*x)"), ("x/2y", "x*y/2", "x/(2*y)"), ("1/2(x+1)", "(x+1)/2", "1/(2*(x+1))"),
    ("a/bm", "a*m/b", "a/(b*m)"), ("log x", "ln(x)", "log10(x)"), ("log(x)+log_2(y)", "ln(x)+log2(y)", "log10(x)+log2(y)"),
    ("x*log(y)", "x*ln(y)", "x*log10(y)"), ("ln 1/x", "0*x", "ln(1/x)"), ("ln x/y", "ln(x)/y", "ln(x/y)"), ("sin x y", "sin(x)*y", "sin(x*y)"),
    ("sin x/2", "sin(x)/2", "sin(x/2)"), ("sin x(y+1)", "sin(x)*(y+1)", "sin(x*(y+1))")])
def test_two_readings(text, first, second):
    reading = formula(text)
    assert reading.status == "ambiguous"
    assert same(reading.value, formula(first).value)
    assert same(reading.other, formula(second).value)


@pytest.mark.parametrize(("text", "said"), [
    ("q", "'q' is not known here; the names here are a, b"), ("x3", "'x3' is not known"), ("x_3", "'x_3' is not known"),
    ("w13", "'w13' is not known"), ("2x3", "'x3'"), ("foo(x)", "'foo'"), ("x'", "'"), ("σ'(x)", "sigma'"), ("f(x)", "'f'"),
    ("x+", "missing behind '+'"), ("x^", "missing behind '^'"), ("(x", "brackets"), ("x)", "brackets"), ("(x]]", "brackets"),
    ("()", "not complete"), ("^x", "not complete"), ("x,y", "point"), ("0,5x", "point"), ("max(x)", "takes 2 arguments"),
    ("sin(x,y)", "takes 1 argument"), ("sin", "argument"), ("exp -x", "needs an argument"), ("x = y = z", "="), ("x==y", "="),
    ("x>0", ">"), ("x!", "!"), ("50%", "%"), ("x:y", ":"), ("1/0", "no value"), ("ln(-1)", "no value"), ("1e99", "too large"),
    (r"\frac{x}", "fraction"), (r"\frac{x", "brackets"), (r"\sqrt[3]", "fraction"), ("(" * 45 + "x" + ")" * 45, "deep"),
    ("sin" * 60 + "x", "deep"), ("x+" * 200 + "x", "too long"), ("x" * 1001, "too long"), ("9" * 400, "too many digits")])
def test_what_is_no_formula_is_told_so(text, said):
    reading = formula(text)
    assert reading.status == "invalid"
    assert said in reading.message
    assert 10 < len(reading.message) < 160


@pytest.mark.parametrize(("text", "meant"), [
    ("0,5x", "0.5*x"), ("1,5x^2,5", "1.5*x^2.5"), ("max(0,5;x)", "max(0.5,x)"), ("max(0; x)", "max(0,x)"), ("max(x, 1)", "max(x,1)"), ("1.5x", "1.5*x")])
def test_the_decimal_comma(text, meant):
    assert same(formula(text, "de").value, formula(meant).value)


def test_a_declared_name_goes_before_a_function():
    sigma = symbols("sigma")[0]
    assert same(formula("2σ", sigma=sigma).value, formula("2*sigma", sigma=sigma).value)
    assert formula("ld", **{n: symbols(n)[0] for n in "ld"}).value.op == "*"
    assert formula("e", e=symbols("e")[0]).value.op == "symbol"


X = [symbols(name)[0] for name in ("x", "y", "w11")]


def _trees(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        *(pair.map(lambda p, op=op: Expression(op, p)) for op in "+-*/"),
        inner.map(lambda e: Expression("neg", (e,))),
        st.tuples(inner, st.integers(-2, 3)).map(lambda p: Expression("**", (p[0], as_expression(p[1])))),
        st.tuples(st.sampled_from(("exp", "tanh", "sigmoid", "relu", "absolute", "sqrt", "softplus", "sin")), inner)
        .map(lambda p: Expression(p[0], (p[1],))),
        pair.map(lambda p: Expression("max", p)))


TREES = st.recursive(st.sampled_from(X) | st.fractions(-9, 9, max_denominator=9).map(as_expression), _trees, max_leaves=7)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_what_is_printed_is_read_back(tree):
    if not same(tree, tree):
        return
    known = {symbol.name: symbol for symbol in X}
    for text in (plain(tree), tex(tree)):
        reading = read(text, "expression", symbols=known)
        assert reading.status in ("one", "ambiguous"), (text, reading.message)
        assert same(reading.value, tree), text


x, y, w, b = sp.symbols("x y w b")
p = sp.symbols("p", positive=True)


def _sigmoid(z):
    return 1 / (1 + sp.exp(-z))


FORMULAS = [
    (x + y)**5, (x - 1) * (x + 2) * (x - 3), (2 * x - 3 * y)**4, (x**2 - 1) / (x - 1), x * (y + 3) - w * (b - x), sp.exp(x + y),
    sp.sin(x)**2 + sp.cos(x)**2 + x, 2 * sp.log(p) + x, sp.diff(_sigmoid(w * x + b), w), sp.diff(_sigmoid(x), x),
    sp.diff(sp.tanh(w * x + b), x), sp.diff(sp.log(1 + sp.exp(x)), x), sp.diff((y - _sigmoid(w * x + b))**2 / 2, w),
    sp.diff(-(y * sp.log(p) + (1 - y) * sp.log(1 - p)), p), sp.diff(sp.exp(-x**2 / 2), x, 2), sp.diff(x**2 * sp.sin(x), x),
    sp.diff(sp.tanh(x), x, 2), sp.diff(x / (1 + x**2), x), sp.diff(sp.sqrt(1 + x**2), x), sp.diff(_sigmoid(_sigmoid(x)), x),
    sp.diff(p**x, x), sp.diff((x - y)**2 * (w - b)**3, x)]
REWRITTEN = (sp.expand, sp.factor, sp.together, sp.simplify)
WRITTEN = [(one, write(rewrite(one))) for one in FORMULAS for rewrite in REWRITTEN for write in (str, sp.latex)]
NEAR = [(one, str(off)) for one in FORMULAS for off in
        (one + sp.Float("1e-6"), one * (1 + sp.Rational(1, 10**6)), -one, one + 1)]


def verdict(wanted, given, **opts):
    return check("expression", given, wanted, {"vars": "x y w b p", **opts}).verdict


@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_whatever_sympy_makes_of_a_formula_is_the_same(number):
    """176 pairs that are equal and 88 that are not, by a program that knows nothing of ours."""
    wanted = FORMULAS[number]
    for one, text in WRITTEN:
        if one is wanted:
            assert verdict(str(one), text) == "correct", text
            assert verdict(text, str(one)) == "correct", text
    for one, text in NEAR:
        if one is wanted:
            assert verdict(str(one), text) == "wrong", text


@pytest.mark.parametrize(("wanted", "given", "opts", "found"), [
    ("sqrt(x^2)", "|x|", {}, "correct"), ("x", "sqrt(x^2)", {}, "wrong"), ("x", "sqrt(x^2)", {"positive": True}, "correct"),
    ("x", "sqrt(x^2)", {"positive": ["x"]}, "correct"), ("x", "sqrt(x^2)", {"positive": ["y"]}, "wrong"),
    ("ln(x^2)", "2ln(x)", {}, "wrong"), ("ln(x^2)", "2ln(x)", {"positive": True}, "correct"), ("ln(x^2)", "2ln|x|", {}, "correct"),
    ("ln(x*y)", "ln(x)+ln(y)", {"positive": True}, "correct"), ("ln(x/(1-x))", "ln(x)-ln(1-x)", {"unit_interval": True}, "correct"),
    ("asin(x)", "pi/2-acos(x)", {"unit_interval": True}, "correct"), ("x+1", "(x^2-1)/(x-1)", {}, "correct"),
    ("(x^2-1)/(x-1)", "x+1", {}, "correct"), ("1", "x/x", {}, "correct"), ("x", "exp(ln(x))", {}, "correct"), ("x", "ln(x)", {}, "wrong"),
    ("sigmoid(x)", "e^x/(1+e^x)", {}, "correct"), ("sigmoid(x)", "0.5(1+tanh(x/2))", {}, "correct"), ("1-sigmoid(x)", "σ(-x)", {}, "correct"),
    ("tanh(x)", "(e^x-e^-x)/(e^x+e^-x)", {}, "correct"), ("tanh(x)", "1", {}, "wrong"), ("relu(x)", "(x+|x|)/2", {}, "correct"),
    ("relu(x)", "x", {}, "wrong"), ("relu(x)", "x", {"positive": True}, "correct"), ("softplus(x)", "ln(1+e^x)", {}, "correct"),
    ("x", "x+1e-6", {}, "wrong"), ("x", "x+1e-9", {}, "wrong"), ("x", "x*(1+1e-7)", {}, "wrong"), ("x^2", "x^2.0000001", {}, "wrong"),
    ("x", "(x+1e10)-1e10", {}, "correct"), ("x", "(x+1000000)^2-(x+1000000)^2+x", {}, "correct"),
    ("sqrt(x+1)-sqrt(x)", "1/(sqrt(x+1)+sqrt(x))", {}, "correct"), ("0", "sin(x)^2+cos(x)^2-1", {}, "correct"), ("0", "1e-12", {}, "wrong"),
    ("x", "1e30-1e30", {}, "wrong"), ("5", "1e30-1e30", {}, "wrong"), ("x", "(x+1e15)-1e15+0.1", {}, "wrong"),
    ("x^500", "x^501", {}, "wrong"), ("exp(exp(x))", "exp(exp(x))+1", {}, "wrong"), ("1/x", "1/x+0*y", {}, "correct"),
    ("x/3", "0.333x", {}, "wrong"), ("x/3", "0.333x", {"rtol": 0.01}, "correct"), ("x", "x+0.005", {"dec": 2}, "correct"),
    ("x", "x+0.0051", {"dec": 2}, "wrong"), ("x", "x+0.005", {"tol": 0.005}, "correct"), ("pi", "22/7", {}, "wrong"),
    ("log10(x)", "log(x)", {"positive": True}, "ambiguous"), ("ln(x)", "log(x)", {"positive": True}, "correct"),
    ("1/(2x)", "1/2x", {}, "ambiguous"), ("x/2", "1/2x", {}, "correct"), ("x", "", {}, "blank"), ("x", "q", {}, "invalid"),
    ("2^x", "e^(x ln 2)", {}, "correct"), ("sign(x)", "x/|x|", {}, "correct"), ("w*x+b", "b+xw", {}, "correct")])
def test_the_same_function_on_its_domain(wanted, given, opts, found):
    assert verdict(wanted, given, **opts) == found
