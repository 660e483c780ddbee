"""What word vectors are measured by: similarity sets and analogy questions."""

__all__ = [
    "analogy_test",
    "report",
    "similarity_sets",
]
