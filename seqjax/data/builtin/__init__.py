"""Data sets that need no file: from what every Python carries, or made from a seed."""

__all__ = [
    "adding",
    "beeps",
    "catalogue",
    "dates",
    "docstrings",
    "documentation",
    "identifiers",
    "motifs",
    "progressions",
    "python_tokens",
    "show",
    "topics",
    "waves",
]
