"""Builders of the drawings that several families share."""
