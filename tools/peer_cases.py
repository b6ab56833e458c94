"""Other systems' cases in the terms of our reader and checker: an adaptor for each kind of test."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from softmark.grader.checking import check, shown
from softmark.grader.reading import read
from softmark.grader.reading.expressions import constant_value, names_in, read_expression
from softmark.worksheet.errors import UserError
from softmark.worksheet.expressions import same, symbols
from softmark.worksheet.notation import rounded

Case = dict[str, Any]
CREDIT = {"correct": 1, "wrong": 0, "ambiguous": 0, "invalid": "invalid", "blank": "blank"}


def outcome(case: Case) -> Any:
    """What our reader and checker say of a case, in the terms of its `expected`."""
    test, options, answer, wanted = (case[k] for k in ("test", "options", "student_answer",
                                                       "reference_answer"))
    try:
        return ADAPTORS[test](options, answer, wanted, case["expected"])
    except UserError:
        return "invalid"


def _checked(kind: str, answer: Any, wanted: Any, opts: dict[str, Any]) -> Any:
    found = check(kind, _plain(answer), _plain(wanted), opts)
    return CREDIT[found.verdict]


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else \
        str(value) if isinstance(value, float) else value


def _tolerance(tol: Any, wanted: Any = None) -> dict[str, Any]:
    text = str(tol or 0)
    if text.endswith("%"):
        return {"rtol": Decimal(text[:-1]) / 100}
    reading = read(text, "number")
    if reading.status != "one":
        raise UserError("no tolerance")
    return {"tol": Decimal(str(float(reading.value)))}


def _locale(options: dict[str, Any]) -> str:
    if options.get("decimal") == ",":
        return "de"
    notation = [n for n in options.get("notation", []) if n not in ("plain", "scientific")]
    return "de" if notation and notation[0] in ("eu", "si-fr", "plain-eu") else "en"


def _number(tol: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Any]:
    def run(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
        kind = {"[": "vector", "{": "set"}.get(str(wanted)[:1], "number")
        return _checked(kind, answer, wanted, {"expr": True, "locale": _locale(options), **tol(options)})
    return run


def _moodle(options: dict[str, Any]) -> dict[str, Any]:
    kind = options["tolerance_type"]
    return {"tol" if kind == "nominal" else "rtol": options["tolerance"] or 0}


def _precision(options: dict[str, Any]) -> dict[str, Any]:
    if options.get("precision_type") == "sf":
        return {"rtol": Decimal(5) * Decimal(10) ** -int(options["precision"])}
    if "precision" in options:
        return {"dec": int(options["precision"])}
    return {"tol": options.get("tolerance") or 0}


def _parsed(options: dict[str, Any], answer: str, _: Any, expected: Any) -> Any:
    unit = next((u for u in sorted(options.get("units", ()), key=len, reverse=True)
                 if u.lower() in str(answer).lower()), None)
    reading = read(str(answer).replace(unit, "", 1) if unit and options.get("unit_first") else
                   str(answer), "number", locale=_locale(options), unit=unit)
    value = reading.value
    if reading.status == "invalid" and options.get("allow_expression"):
        formula = read_expression(str(answer), {}, _locale(options))
        value = constant_value(formula.value) if formula.value is not None else None
    if reading.status == "blank" or value is None:
        return "invalid"
    if not isinstance(expected, dict) or not isinstance(expected.get("value"), int | float):
        return "read"
    near = abs(float(value) - expected["value"]) <= 1e-9 * abs(expected["value"])
    return expected if near else {"value": float(value)}


def _array(options: dict[str, Any], answer: Any, wanted: Any, expected: Any) -> Any:
    opts = {"expr": True, **(_precision(options) if "max_array_dim" not in options else {}),
            **({"tol": options["atol"]} if options.get("atol") else {}),
            **({"rtol": Decimal(10) ** (1 - int(options["digits"])) / 2} if "digits" in options else {}),
            **(_tolerance(options["tolerance"]) if "max_array_dim" in options else {})}
    text = str(wanted)
    if isinstance(wanted, str) and not text.lstrip().startswith("["):
        return _checked("number", answer, wanted, opts)
    deep = (isinstance(wanted, list) and isinstance(wanted[0], list)) or text.lstrip().startswith("[[")
    if options.get("mark_per_cell") or "entry_partial_credit" in options:
        return _per_cell(answer, wanted, opts, bool(deep), expected)
    return _checked("matrix" if deep else "vector", answer, wanted, opts)


def _per_cell(answer: Any, wanted: Any, opts: dict[str, Any], deep: bool, expected: Any) -> Any:
    kind = "matrix" if deep else "vector"
    mine, theirs = (_flat(_cells(kind, value)) for value in (answer, wanted))
    if len(mine) != len(theirs) or not mine:
        return 0
    right = [check("number", str(a), str(b), opts).verdict == "correct"
             for a, b in zip(mine, theirs, strict=True)]
    share = Fraction(sum(right), len(right))
    return expected if isinstance(expected, int | float) and abs(float(share) - expected) < 0.006 \
        else float(share)


def _cells(kind: str, value: Any) -> Any:
    return value if isinstance(value, list) else read(str(value), kind).value or ()


def _flat(value: Any) -> list[Any]:
    return [c for row in value for c in (_flat(row) if isinstance(row, list | tuple) else [row])]


def _matrix_read(options: dict[str, Any], answer: str, _: Any, expected: Any) -> Any:
    reading = read(str(answer), "matrix")
    if reading.status != "one":
        return "invalid"
    if not isinstance(expected, dict):
        return "read"
    rows = [[float(v) for v in row] for row in reading.value]
    return expected if rows == expected["value"] else {"value": rows}


def _formula(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    both = f"{wanted} {answer}"
    return _checked("expression", answer, wanted, {"vars": names_in(both)})


def _formula_read(options: dict[str, Any], answer: str, _: Any, expected: Any) -> Any:
    known = {name: symbols(name)[0] for name in options["variables"]}
    known = {_latin(name): symbol for name, symbol in known.items()}
    reading = read_expression(str(answer), known)
    if reading.status not in ("one", "ambiguous"):
        return "invalid"
    if not isinstance(expected, dict):
        return "read"
    target = read_expression(expected["equals"].replace("**", "^"), known)
    return expected if target.value is not None and same(reading.value, target.value) \
        else {"equals": shown(reading.value)}


def _latin(name: str) -> str:
    return name.replace("μ", "mu").replace("Δ", "Delta")


def _compared(sign: str) -> Callable[..., Any]:
    def run(_: Any, answer: Any, wanted: Any, __: Any) -> Any:
        if read(str(answer), "number").status != "one":
            constant = read_expression(str(answer), {})
            if constant.value is None or constant_value(constant.value) is None:
                return "invalid"
            answer = float(constant_value(constant.value) or 0)
        return _checked("design", f"x={answer}", [f"x {sign} {wanted}"], {"labels": ["x"]})
    return run


def _typed_digits(answer: Any) -> tuple[int, int, int] | None:
    """Least and largest number of significant digits that a text may have, and its decimals."""
    reading = read(str(answer), "number")
    if reading.status != "one" or reading.digits is None:
        return None
    mantissa = re.split(r"[eE]|\*10|x10|×10", str(answer).strip("()+-− "))[0].replace(",", "")
    digits = mantissa.replace(".", "").strip()
    bare = digits.lstrip("0")
    if not bare:
        zeros = max(1, len(mantissa.partition(".")[2]))
        return 1, zeros if "." in mantissa else 1, reading.digits
    largest = len(bare)
    least = largest if "." in mantissa else len(bare.rstrip("0"))
    return least, largest, reading.digits


def _count(options: dict[str, Any], answer: Any, _: Any, expected: dict[str, Any]) -> Any:
    found = _typed_digits(answer)
    if found is None:
        return "invalid"
    least, largest, decimals = found
    mine = {"sf_min": least, "sf_max": largest, "decimal_places": max(0, decimals), "sf": least,
            "dp": max(0, decimals), "digits": max(0, decimals)}
    return {key: mine.get(key) for key in expected}


def _significant(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    digits = options.get("digits")
    accuracy = options.get("accuracy", digits)
    if not str(digits).isdigit() or (str(accuracy).lstrip("-").isdigit() is False):
        return "invalid"
    reading = read(str(answer), "number")
    typed = _typed_digits(answer)
    target = check("number", "1", wanted, {"tol": 1e30})
    if target.verdict != "correct":
        return "invalid"
    if reading.status != "one":
        formula = read_expression(str(answer), {})
        return 0 if formula.value is not None and constant_value(formula.value) is not None else 0 \
            if names_in(str(answer)) else "invalid"
    if typed is None or not typed[0] <= int(digits) <= typed[1]:
        return 0
    places = int(accuracy) if int(accuracy) > 0 else int(digits)
    power = math.floor(math.log10(abs(reading.value) or 1)) + 1
    room = Fraction(10) ** (power - places) / 2
    return _checked("number", answer, wanted, {"tol": Decimal(str(float(room)))})


def _whole(digits: Any, least: int = 0) -> int:
    if not str(digits).isdigit() or int(digits) < least:
        raise UserError("no number of digits")
    return int(digits)


def _significant_typed(options: dict[str, Any], answer: Any, _: Any, __: Any) -> Any:
    digits = _whole(options.get("digits", options.get("precision")), 1)
    typed = _typed_digits(answer)
    if typed is None:
        return 0 if names_in(str(answer)) else "invalid"
    return int(typed[0] <= digits <= typed[1])


def _places_typed(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    digits = _whole(options["digits"], 1)
    _checked("number", "1", wanted, {})
    typed = _typed_digits(answer)
    if typed is None:
        return 0 if names_in(str(answer)) else "invalid"
    near = check("number", answer, wanted, {"dec": digits, "expr": True}).verdict == "correct"
    return int(near and max(0, typed[2]) == digits)


def _given_to(options: dict[str, Any], answer: Any, wanted: Any, expected: Any) -> Any:
    if options["precision_type"] != "dp":
        return _significant_typed(options, answer, wanted, expected)
    typed = _typed_digits(answer)
    decimals = max(0, typed[2]) if typed else 0
    return int(decimals == options["precision"] or (not options["strict"]
                                                    and decimals < options["precision"]))


def _rounded(options: dict[str, Any], answer: Any, _: Any, expected: Any) -> Any:
    """A tie is right either way, so our rounding and theirs must lie within half a unit."""
    value = constant_value(read_expression(str(answer), {}).value)
    if value is None or options.get("floor") or options.get("scientific"):
        return "not rounded to nearest"
    digits = options.get("digits")
    if "sf" in options or options.get("precision_type") == "sigfig":
        size = options.get("sf", digits)
        digits = int(size) - (math.floor(math.log10(abs(value) or 1)) + 1)
    theirs = Fraction(str(next(iter(expected.values()))).replace("text", ""))
    mine = Fraction(rounded(value, int(digits)))
    tie = (value * Fraction(10) ** int(digits) - Fraction(1, 2)).denominator == 1
    off = abs(mine - theirs)
    return expected if off <= Fraction(1, 10**12) * abs(theirs) or (
        tie and off == Fraction(10) ** -int(digits)) else str(mine)


def _in_range(options: dict[str, Any], answer: Any, wanted: str, _: Any) -> Any:
    low, high = wanted.strip()[1:-1].split(",")
    signs = (">" if wanted.strip()[0] == "(" else ">=", "<" if wanted.strip()[-1] == ")" else "<=")
    value = read(str(answer), "number")
    if value.status != "one":
        formula = read_expression(str(answer), {}).value
        if formula is None:
            return "blank" if not str(answer).strip() else "invalid"
        answer = str(float(constant_value(formula) or 0))
    return _checked("design", f"x={answer}", [f"x {signs[0]} {low}", f"x {signs[1]} {high}"],
                    {"labels": ["x"]})


def _response(options: dict[str, Any], answer: Any, wanted: Any, expected: Any) -> Any:
    if options.get("kind") == "range":
        return _in_range(options, answer, str(wanted), expected)
    return _number(lambda o: _tolerance(o.get("tol")))(options, answer, wanted, expected)


def _power_of_ten(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    mine, theirs = (Fraction(read(str(v), "number").value) for v in (answer, wanted))
    return int(any(mine == theirs * Fraction(10) ** p for p in
                   range(-options["max_power"], options["max_power"] + 1) if p))


def _cut_off(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    mine, theirs = (Fraction(read(str(v), "number").value) for v in (answer, wanted))
    digits = _typed_digits(answer)
    unit = Fraction(10) ** -(digits[2] if digits else 0)
    off = abs(theirs) - abs(mine)
    return int(unit / 2 < off < unit)


def _graded(options: dict[str, Any], answer: Any, wanted: Any, expected: Any) -> Any:
    tol = options.get("allowed_error")
    opts = {"tol": tol and Decimal(str(tol))} if tol else {}
    if options.get("sigfigs"):
        opts = {"rtol": Decimal(5) * Decimal(10) ** -int(options["sigfigs"])}
    return _checked("number", answer, wanted, opts)


def _digits(options: dict[str, Any], answer: Any, wanted: Any, _: Any) -> Any:
    formula = read_expression(str(wanted), {}).value
    power = math.floor(math.log10(abs(constant_value(formula) or 1))) + 1
    return _checked("number", answer, wanted, {"dec": int(options["tolerance"]) - power})


def _precision_typed(_: Any, answer: Any, __: Any, expected: Any) -> Any:
    digits = read(str(answer), "number").digits
    return {"precision": 0.0 if digits is None else float(Fraction(10) ** -digits)}


def _absolute(options: dict[str, Any]) -> dict[str, Any]:
    names = (("tol", "atol"), ("rtol", "rtol"), ("tol", "abs_tol"), ("rtol", "rel_tol"))
    return {ours: Decimal(str(options[theirs])) for ours, theirs in names if theirs in options}


def _stack_tolerance(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def made(options: dict[str, Any]) -> dict[str, Any]:
        return {key: _tolerance(options.get("tol", "0.05"))["tol"]}
    return made


def _errors(options: dict[str, Any]) -> dict[str, Any]:
    return {"tol": Decimal(str(options["allowed_error"]))} if options.get("allowed_error") else {}


ADAPTORS: dict[str, Callable[..., Any]] = {
    "NumericalResponse": _response, "ParseNumber": _parsed,
    "NumericInputForms": _number(lambda o: {}), "IsSimilar": _number(_absolute), "ArrayEqual": _array,
    "AlgEquiv": _formula, "MatrixGrader": _array, "MoodleNumerical": _number(_moodle),
    "MatrixEntry": _array, "NumberEntry": _number(_precision), "IsClose": _number(_absolute),
    "WithinTolerance": _number(_absolute), "CountSigFigs": _count, "CountDecimalPlaces": _count,
    "ParseMatrix": _matrix_read, "MatrixSigFigs": _array, "MatrixDecDigits": _array,
    "ParseExpression": _formula_read, "RejectExpression": _formula_read, "CountDecimalSigDigits": _count,
    "SigFigCount": _count, "GT": _compared(">"), "GTE": _compared(">="), "NumSigFigs": _significant,
    "NumRelative": _number(_stack_tolerance("rtol")), "NumAbsolute": _number(_stack_tolerance("tol")),
    "GradeNumeric": _graded, "WithinAllowedError": _number(_errors), "WrongByPowerOfTen": _power_of_ten,
    "TruncatedInsteadOfRounded": _cut_off, "TolTypeDigits": _digits,
    "NumberPrecisionOfString": _precision_typed,
    "SigFigsStrict": _significant_typed, "HasSigFigs": _significant_typed, "NumDecPlaces": _places_typed,
    "GivenToPrecision": _given_to, "RoundTo": _rounded, "RoundDecimalPlaces": _rounded,
    "RealRelative": _number(lambda o: {"rtol": Decimal(str(o["tolerance"]))})}
