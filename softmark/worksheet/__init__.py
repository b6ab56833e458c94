"""The heart: templates, steps, and the runs that solve, typeset, follow, bound and diagnose them."""

from softmark.worksheet.draws import Rng
from softmark.worksheet.errors import NotAssessable, UserError
from softmark.worksheet.expressions import symbols
from softmark.worksheet.fields import (
    Integer,
    IntMatrix,
    IntVector,
    Matrix,
    Number,
    Shape,
    Tensor,
    Vector,
    given,
)
from softmark.worksheet.step import Step, Steps
from softmark.worksheet.template import Template

__all__ = [
    "IntMatrix",
    "IntVector",
    "Integer",
    "Matrix",
    "NotAssessable",
    "Number",
    "Rng",
    "Shape",
    "Step",
    "Steps",
    "Template",
    "Tensor",
    "UserError",
    "Vector",
    "given",
    "symbols",
]
