"""What word vectors are measured by: similarity sets and analogy questions."""
