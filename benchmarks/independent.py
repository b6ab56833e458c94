"""Scripts that code outside the project computed, marked by it: `python -m benchmarks.independent`.

The honest ones come from PyTorch (autograd, convolution) and scikit-learn (word counts); slips,
misconceptions and the rest from a plain calculator written here from the textbook's formulas, which
shares nothing with the solvers. Of each kind there are at least thirty.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from softmark.grader.marking import QuestionMarks, mark
from softmark.grader.verdicts import CARRIED, REPEATED, RIGHT
from softmark.templates.backprop.backprop_numeric import BackpropNumeric
from softmark.templates.convolution.conv_numeric import ConvNumeric
from softmark.templates.sequences.tfidf import Tfidf
from softmark.worksheet.asks import asks_of
from softmark.worksheet.certificate import certified_draw
from softmark.worksheet.draws import Rng

SCRIPTS = 36
#: misconceptions as the calculator knows them -> their names in the family
LISTED = {"no biases": "left out the biases", "sign": "took a − y for y − a",
          "no slope": "left out the slope a(1−a)", "subtracts": "subtracted the step",
          "updated": "used the updated weights for the hidden errors"}
UNLISTED = ("tanh", "no rate", "double error", "bias twice", "target as output")
Script = dict[str, str]


def text(value: float, decimals: int = 4) -> str:
    """A number with at least so many decimals and three significant digits."""
    size = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{max(decimals, 2 - size)}f}"


def calculator(given: dict[str, Any], wrong: str = "", slip: str = "", rng: Rng | None = None) -> Script:
    """One step of backpropagation as a student computes it, rounding every result to 4 decimals.

    wrong   a misconception, held throughout
    slip    the cell where a number goes astray; the student goes on with it
    """
    sheet: Script = {}
    inputs, hidden, outputs = len(given["x"]), len(given["b"]), len(given["c"])
    x, W, V = ([float(v) for v in given["x"]], [[float(v) for v in row] for row in given["W"]],
               [[float(v) for v in row] for row in given["V"]])
    b, c, y = ([float(v) for v in given[name]] for name in "bcy")
    eta = float(given["eta"])

    def put(name: str, value: float) -> float:
        if name == slip:
            assert rng is not None
            value += rng.choice((-1, 1)) * rng.integer(20, 60) * 10.0 ** -4
        sheet[name] = text(value)
        return float(sheet[name])

    def squash(value: float) -> float:
        return math.tanh(value) if wrong == "tanh" else 1 / (1 + math.exp(-value))

    bias = {"no biases": 0.0, "bias twice": 2.0}.get(wrong, 1.0)
    h = [inputs + j + 1 for j in range(hidden)]
    k = [inputs + hidden + j + 1 for j in range(outputs)]
    z = [put(f"z[{h[j]}]", sum(w * v for w, v in zip(W[j], x, strict=True)) + bias * b[j])
         for j in range(hidden)]
    a = [put(f"a[{h[j]}]", squash(z[j])) for j in range(hidden)]
    n = [put(f"n[{k[j]}]", sum(w * v for w, v in zip(V[j], a, strict=True)) + bias * c[j])
         for j in range(outputs)]
    o = [put(f"o[{k[j]}]", squash(n[j])) for j in range(outputs)]
    d = []
    for j in range(outputs):
        error = o[j] - y[j] if wrong == "sign" else y[j] - o[j]
        error = y[j] if wrong == "target as output" else 2 * error if wrong == "double error" else error
        slope = 1.0 if wrong == "no slope" or given["loss"] == "cross_entropy" else o[j] * (1 - o[j])
        d.append(put(f"d[{k[j]}]", slope * error))
    rate = 1.0 if wrong == "no rate" else eta
    step = -rate if wrong == "subtracts" else rate
    seen = [[V[j][i] + rate * d[j] * a[i] for i in range(hidden)] for j in range(outputs)] \
        if wrong == "updated" else V
    e = [put(f"e[{h[i]}]", (1.0 if wrong == "no slope" else a[i] * (1 - a[i]))
             * sum(seen[j][i] * d[j] for j in range(outputs))) for i in range(hidden)]
    for j in range(outputs):
        for i in range(hidden):
            put(f"V[{h[i]}][{k[j]}]", V[j][i] + step * d[j] * a[i])
        put(f"c[{k[j]}]", c[j] + rate * d[j])
    for j in range(hidden):
        for i in range(inputs):
            put(f"W[{i + 1}][{h[j]}]", W[j][i] + step * e[j] * x[i])
        put(f"b[{h[j]}]", b[j] + rate * e[j])
    return sheet


def autograd(given: dict[str, Any]) -> Script:
    """The same step by PyTorch's automatic differentiation, in double precision."""
    import torch

    def tensor(name: str) -> Any:
        return torch.tensor([[float(v) for v in row] if isinstance(row, list) else float(row)
                             for row in given[name]], dtype=torch.float64, requires_grad=True)

    W, V, b, c = (tensor(name) for name in ("W", "V", "b", "c"))
    x, y = tensor("x").detach(), tensor("y").detach()
    z = W @ x + b
    a = torch.sigmoid(z)
    n = V @ a + c
    o = torch.sigmoid(n)
    for kept in (z, n):
        kept.retain_grad()
    loss = 0.5 * ((y - o) ** 2).sum() if given["loss"] == "squared" else \
        torch.nn.functional.binary_cross_entropy(o, y, reduction="sum")
    loss.backward()
    inputs, hidden = len(x), len(b)
    h = [inputs + j + 1 for j in range(hidden)]
    k = [inputs + hidden + j + 1 for j in range(len(c))]
    eta = float(given["eta"])
    sheet = {}
    for name, values, labels in (("z", z, h), ("a", a, h), ("n", n, k), ("o", o, k), ("d", -n.grad, k),
                                 ("e", -z.grad, h), ("c", c - eta * c.grad, k),
                                 ("b", b - eta * b.grad, h)):
        sheet.update({f"{name}[{label}]": text(v)
                      for label, v in zip(labels, values.tolist(), strict=True)})
    for name, new, rows, columns in (("V", V - eta * V.grad, k, h),
                                     ("W", W - eta * W.grad, h, range(1, inputs + 1))):
        sheet.update({f"{name}[{column}][{row}]": text(new[r, i].item())
                      for r, row in enumerate(rows) for i, column in enumerate(columns)})
    return sheet


def convolution(given: dict[str, Any]) -> Script:
    """A map by PyTorch's conv2d."""
    import torch

    image, kernel = (torch.tensor(given[name], dtype=torch.float64)[None, None]
                     for name in ("image", "kernel"))
    bias = torch.tensor([float(given["b"])], dtype=torch.float64)
    out = torch.nn.functional.conv2d(image, kernel, bias, stride=given["stride"],
                                     padding=given["padding"])[0, 0]
    return {f"y[{i + 1}][{j + 1}]": f"{v:.0f}"
            for i, row in enumerate(out.tolist()) for j, v in enumerate(row)}


def word_counts(given: dict[str, Any]) -> Script:
    """A TF-IDF table from scikit-learn's counts."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(token_pattern=r"(?u)\b\w+\b")
    counts = vectorizer.fit_transform(given["documents"]).toarray()
    log = {"10": math.log10, "e": math.log, "2": math.log2}[given["base"]]
    sheet = {}
    for place, word in enumerate(vectorizer.get_feature_names_out()):
        df = int((counts[:, place] > 0).sum())
        idf = log(len(counts) / df)
        sheet[f"df[{word}]"], sheet[f"idf[{word}]"] = str(df), text(idf)
        for document, row in enumerate(counts, 1):
            tf = row[place] / row.sum()
            sheet[f"tf[{word}][{document}]"] = text(tf)
            sheet[f"tfidf[{word}][{document}]"] = text(tf * idf)
    return sheet


def study() -> dict[str, Any]:
    """Every kind of script, counted as in the study of the families."""
    count: Counter[str] = Counter()
    _honest(count, BackpropNumeric, autograd)
    _honest(count, ConvNumeric, convolution)
    _honest(count, Tfidf, word_counts)
    shares = [Fraction(0), Fraction(0)]
    for seed in range(SCRIPTS):
        level = ("easy", "medium", "hard")[seed % 3]
        problem, other = (certified_draw(BackpropNumeric, Rng.of("apart", seed, n), level)
                          for n in range(2))
        _wrong_ways(count, problem, other, shares, Rng.of("apart", "scripts", seed))
    return {"count": {**count, "copied marks": float(shares[0]), "copied carried": float(shares[1])},
            "widths": []}


def _honest(count: Counter[str], cls: Any, compute: Callable[[dict[str, Any]], Script]) -> None:
    for seed in range(SCRIPTS):
        level = ("easy", "medium", "hard")[seed % 3]
        problem = certified_draw(cls, Rng.of("apart", "honest", seed), level)
        marks = mark(problem, asks_of(problem), compute(problem.to_json()))
        count["honest"] += 1
        count["honest lost"] += marks.marks < marks.out_of


def _wrong_ways(count: Counter[str], problem: BackpropNumeric, other: BackpropNumeric,
                shares: list[Fraction], rng: Rng) -> None:
    given, asks = problem.to_json(), asks_of(problem)

    def marked(script: Script) -> QuestionMarks:
        return mark(problem, asks, script)

    right = calculator(given)
    slip = rng.choice([name for name in right if name[0] in "zanode"])
    found = marked(calculator(given, slip=slip, rng=rng))
    lost = {c.verdict.answer.ask.name for c in found.cells if c.marks < c.out_of}
    count["slips"] += 1
    count["slip once"] += lost == {slip.partition("[")[0]}
    for wrong, name in LISTED.items():
        if calculator(given, wrong) == right or (wrong == "no slope" and given["loss"] != "squared"):
            continue
        mistakes = marked(calculator(given, wrong)).mistakes
        count["mistakes"] += 1
        count["named"] += name in mistakes
        count["misnamed"] += any(one != name for one in mistakes)
    for wrong in UNLISTED:
        count["unlisted"] += 1
        count["unlisted unnamed"] += not marked(calculator(given, wrong)).mistakes
    for script in ({n: text(float(v) * rng.choice((0.9, 1.1)) + 0.01) for n, v in right.items()},
                   {n: text(rng.integer(-2000, 2000) / 1000) for n in right}):
        whole = marked(script)
        count["wrong scripts"] += 1
        count["wrong full"] += whole.marks == whole.out_of
    theirs = marked(calculator(other.to_json()))
    count["copied"] += 1
    shares[0] += theirs.marks
    shares[1] += sum((c.marks for c in theirs.cells if c.verdict.verdict in (CARRIED, REPEATED)),
                     Fraction(0))
    _twice(count, problem, right)


def _twice(count: Counter[str], problem: BackpropNumeric, right: Script) -> None:
    """The last new bias, off by three units and more: twice what its rounding allows at most."""
    from softmark.worksheet.accepted import intervals

    asks = asks_of(problem)
    ask = asks[-1]
    cell = ask.cells[0]
    lo, hi = intervals(problem)[ask.name].at(cell.index)
    off = (float(hi) + float(lo)) / 2 + (float(hi) - float(lo))
    verdicts = {c.verdict.answer.cell.name: c.verdict.verdict
                for c in mark(problem, asks, {**right, cell.name: f"{off:.9f}"}).cells}
    count["twice"] += 1
    count["twice rejected"] += verdicts[cell.name] not in (RIGHT, CARRIED)


def main() -> None:
    """Prints the table."""
    from benchmarks.marking_study import lines

    print("\n".join(lines(study())))


if __name__ == "__main__":
    main()
