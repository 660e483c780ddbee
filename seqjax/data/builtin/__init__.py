"""Data sets that need no file: from what every Python carries, or made from a seed."""
