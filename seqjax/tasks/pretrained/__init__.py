"""Word vectors of a file as the beginning of an embedding: settings, rows, rates, words."""
