"""Perceptron and linear units."""
