"""Convolution, pooling, image filters."""
