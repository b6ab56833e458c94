"""What the commands do; `softmark.cli` only says how they are called."""
