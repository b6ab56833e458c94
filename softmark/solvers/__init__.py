"""Exact reference solvers: pure functions on numbers, arrays and terms."""
