"""Forward pass and backpropagation."""
