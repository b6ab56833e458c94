"""Boolean functions: minterms, minimal sums of products, and how they are written.

A product of n variables is a string over "0", "1", "-": negated, plain, absent. Rows are numbered
in counting order, the first variable being the highest bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations


def minterms(outputs: Sequence[int]) -> list[str]:
    """The rows where the function is 1, as products of all n variables: outputs (2^n)."""
    n = len(outputs).bit_length() - 1
    return [format(row, f"0{n}b") for row, value in enumerate(outputs) if value]


def covers(product: str, row: str) -> bool:
    """Is the product 1 in this row?"""
    return all(p in ("-", r) for p, r in zip(product, row, strict=True))


def outputs_of(products: Iterable[str], n: int) -> tuple[int, ...]:
    """The truth table (2^n) of a sum of products."""
    products = list(products)
    rows = (format(row, f"0{n}b") for row in range(2 ** n))
    return tuple(int(any(covers(p, row) for p in products)) for row in rows)


def prime_implicants(outputs: Sequence[int]) -> list[str]:
    """Products that cannot lose a variable (Quine, 1952; McCluskey, 1956)."""
    found: set[str] = set()
    level = set(minterms(outputs))
    while level:
        merged, used = set(), set()
        for a, b in combinations(sorted(level), 2):
            apart = [i for i, (p, q) in enumerate(zip(a, b, strict=True)) if p != q]
            if len(apart) == 1 and "-" not in (a[apart[0]], b[apart[0]]):
                merged.add(a[:apart[0]] + "-" + a[apart[0] + 1:])
                used |= {a, b}
        found |= level - used
        level = merged
    return sorted(found)


@lru_cache(maxsize=1024)
def minimal_sum(outputs: tuple[int, ...]) -> tuple[str, ...]:
    """Fewest products, then fewest variables, that make the function; () for constant 0.

    By trying all sets of prime implicants: n at most 4.
    """
    rows, primes = minterms(outputs), prime_implicants(outputs)
    for size in range(len(rows) + 1):
        fitting = [chosen for chosen in combinations(primes, size)
                   if all(any(covers(p, row) for p in chosen) for row in rows)]
        if fitting:
            return min(fitting, key=lambda chosen: (
                sum(p.count("0") + p.count("1") for p in chosen), chosen))
    return ()


def dual(products: Sequence[str]) -> tuple[str, ...]:
    """AND and OR exchanged: the product of sums with the same variables, as a minimal sum."""
    n = len(products[0])
    rows = (format(row, f"0{n}b") for row in range(2 ** n))
    table = tuple(int(all(any(p == r for p, r in zip(term, row, strict=True)) for term in products))
                  for row in rows)
    return minimal_sum(table)


def written(products: Sequence[str], names: Sequence[str]) -> str:
    """A sum of products: variables side by side are joined by AND, + is OR, ' negates."""
    if not products:
        return "0"
    terms = [" ".join(name + ("'" if sign == "0" else "")
                      for name, sign in zip(names, product, strict=True) if sign != "-") or "1"
             for product in sorted(products, reverse=True)]
    return " + ".join(terms)
