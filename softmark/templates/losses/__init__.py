"""Activations, softmax, losses, information, and the losses of generative models."""
