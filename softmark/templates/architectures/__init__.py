"""Shapes, parameter counts, memory, cost."""
