"""What draws of several families see to."""

from __future__ import annotations

import numpy as np

from softmark.worksheet import Template
from softmark.worksheet.runs import solve


def has_no_tiny_value(problem: Template, least: float = 0.03) -> bool:
    """Is every number of the solution 0 or of a size that its decimals show well?

    A difference that nearly vanishes cannot be told from rounding, and marks nothing.
    """
    return all(abs(float(value)) >= least for done in solve(problem).values()
               if not isinstance(done.value, str)
               for value in np.ravel(done.value) if value)
