"""Text features and recurrent networks."""
