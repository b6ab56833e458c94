"""softmark: exercise generator and grader for courses on neural networks."""

__version__ = "0.1.0"
