"""Training: optimizers, epochs, losses."""
