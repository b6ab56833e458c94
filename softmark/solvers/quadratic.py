"""Quadratic surfaces, on which optimizers are tried by hand.

J(θ) = a θ² + d θ of one parameter; J(w, u) = a w² + b u² + c w u + d w + e u of two, θ = (w, u).
Terms whose coefficient is 0 and factors of 1 are left out, as a hand leaves them out.
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

import numpy as np


def _times(coefficient: Any, *factors: Any) -> Any:
    if coefficient == 0:
        return 0
    parts = [*factors] if coefficient == 1 and factors else [coefficient, *factors]
    return reduce(mul, parts)


def _twice(two: Any, coefficient: Any) -> Any:
    return two if coefficient == 1 else two * coefficient


def quadratic(theta: Any, a: Any, b: Any = 0, c: Any = 0, d: Any = 0, e: Any = 0) -> Any:
    """J at theta, a number or an array of two."""
    if np.ndim(theta) == 0:
        return _times(a, theta ** 2) + _times(d, theta)
    w, u = theta
    return _times(a, w ** 2) + _times(b, u ** 2) + _times(c, w, u) + _times(d, w) + _times(e, u)


def quadratic_gradient(theta: Any, a: Any, b: Any = 0, c: Any = 0, d: Any = 0, e: Any = 0,
                       two: Any = 2) -> Any:
    """∇J at theta, in its shape; `two` is the factor from deriving a square."""
    if np.ndim(theta) == 0:
        return _times(_twice(two, a), theta) + _times(d)
    w, u = theta
    return np.array([_times(_twice(two, a), w) + _times(c, u) + _times(d),
                     _times(_twice(two, b), u) + _times(c, w) + _times(e)])
