"""Claims about word vectors."""
