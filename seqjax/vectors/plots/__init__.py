"""Pictures of word vectors."""

__all__ = [
    "bias_picture",
    "labels",
    "options",
    "pictures",
]
