"""Claims about reading and writing sequences."""
