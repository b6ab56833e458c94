"""Autoencoders, up-sampling, style transfer, graph networks."""
