"""Reading answers, marking, diagnosis, feedback."""
