"""Problems, papers and marks as terminal text, HTML and PDF."""
