"""Our reader and checker on other systems' answer-checking cases: what agrees, and what does not.

    make conformance PEERS=folder-of-jsonl-files

A line of a file is a case: options, student_answer, reference_answer, expected. Where we differ on
purpose a policy says so, by option or kind, never by single case. The headline is what agreed.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer_cases import ADAPTORS, Case, outcome

#: name -> (which cases by test, options or kind of reference, why we do otherwise)
POLICIES: dict[str, tuple[Callable[[Case], bool], str]] = {
    "no credit for nearness": (
        lambda c: "credit_type" in c["options"],
        "marks follow from steps; a value near the right one earns nothing by being near"),
    "no matrices of letters": (
        lambda c: c["test"] == "MatrixGrader" and "variables" in c["options"],
        "expressions are scalar; a matrix holds one in each cell"),
    "no nested lists of parts": (
        lambda c: c["test"] == "ListGrader",
        "parts are steps of a run, and follow-through is derived from it"),
    "no lists, sets, equations or logic as formulas": (
        lambda c: c["test"] == "AlgEquiv" and bool(_NO_FORMULA.search(
            f"{c['reference_answer']} {c['student_answer']}")),
        "an expression is a formula with a value; sets and vectors are kinds of their own"),
    "letters as declared, real numbers only": (
        lambda c: c["test"] in ("AlgEquiv", "ParseExpression") and bool(_NO_REAL.search(
            f"{c['reference_answer']} {c['student_answer']}")),
        "complex numbers, factorials, integrals and functions of no name have no place in the decks"),
    "no compound units": (
        lambda c: c["test"].startswith("Units"),
        "bytes, times and counts are converted; physics is not taught here"),
    "no penalty for digits beyond those asked": (
        lambda c: any(c["options"].get(k) for k in ("strict", "wrong_sf_penalty", "strict_style",
                                                    "precision_partial_credit"))
        or c["test"] in ("SigFigsStrict", "GivenToPrecision", "HasSigFigs", "HasTooManySigFigs",
                         "NumDecPlaces", "NumDecPlacesWrong"),
        "at least d decimals are asked; who gives more is right"),
    "fractions and decimals are always welcome": (
        lambda c: any(k in c["options"] for k in ("simplify", "must_be_reduced", "allow_floats"))
        or c["options"].get("allow_fractions") is False or c["options"].get("notation") == ["scientific"],
        "1/3, 2/6 and 0.5 are numbers, and so is 123 for 1.23e2"),
    "nothing is printed for the student": (
        lambda c: c["test"] in ("FormatToPrecision", "RoundTo", "RoundDecimalPlaces"),
        "how a number is formatted is no question of marking"),
    "radians, no factorials": (
        lambda c: "angle" in c["options"] or "factorial" in c["options"],
        "neither degrees nor factorials occur in the decks"),
    "no nan and inf": (
        lambda c: bool(re.search(r"\b(inf|nan)\b", str(c["student_answer"]))),
        "nan and inf never pass"),
}
_NO_FORMULA = re.compile(r"[\[\]{}=<>#]|\b(and|or|not|true|false|null|matrix|union|cc|oo|co|oc|all|none"
                         r"|nounor|nounand|set|list|%or|%and)\b|\b(and|or)\b", re.I)
_NO_REAL = re.compile(r"%?\bi\b|!|\b(int|diff|sum|product|conjugate|realpart|stackeq|nounint|noundiff|lg"
                      r"|binomial|integrate|Re|Im|arg|oo|infinity|infty|inf|E|I|j)\b|'")


def agreed(case: Case, found: Any) -> bool:
    """Does our outcome say what the case expects?"""
    expected = case["expected"]
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) < 1e-9
    return bool(expected == found or (found == "blank" and expected in (0, "invalid")))


def policy_of(case: Case) -> str:
    """The first policy that rules on a case, or ""."""
    return next((name for name, (rules, _) in POLICIES.items() if rules(case)), "")


def main(folder: Path, show: str = "") -> int:
    """Prints the table; returns 1 if there are no cases."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    used: Counter[str] = Counter()
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            found = outcome(case) if case["test"] in ADAPTORS else "no adaptor"
            state = "agreed"
            if not agreed(case, found):
                policy = policy_of(case)
                state = "on purpose" if policy else "differed"
                used[policy or "none"] += 1
                if show and show in path.name and not policy:
                    print(case["id"], case["test"], case["options"], repr(case["student_answer"]),
                          "against", repr(case["reference_answer"]), "expected", case["expected"],
                          "found", found)
            table[path.stem][state] += 1
    if not table:
        print(f"{folder}: holds no .jsonl files of cases; give their folder as PEERS=…", file=sys.stderr)
        return 1
    _print(table, used)
    return 0


def _print(table: dict[str, Counter[str]], used: Counter[str]) -> None:
    heads = ("agreed", "on purpose", "differed")
    print(f"{'':26}" + "".join(f"{head:>12}" for head in heads) + f"{'agreed':>10}")
    total: Counter[str] = Counter()
    for name, counts in table.items():
        total += counts
        print(f"{name:26}" + "".join(f"{counts[head]:12}" for head in heads)
              + f"{counts['agreed'] / sum(counts.values()):10.1%}")
    print(f"{'all':26}" + "".join(f"{total[head]:12}" for head in heads)
          + f"{total['agreed'] / sum(total.values()):10.1%}")
    print("\npolicies (cases that they explain):")
    for name, (_, why) in POLICIES.items():
        print(f"  {used[name]:4}  {name}: {why}")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "peer_cases"),
                          sys.argv[2] if len(sys.argv) > 2 else ""))
