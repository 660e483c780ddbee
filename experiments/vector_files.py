"""Word vectors by a name on the command line: a file of them, or the folder of a run."""

from __future__ import annotations

import sys
from pathlib import Path

from seqjax import runs, vectors
from seqjax.basics import checks


def open_vectors(
    path: str, limit: int = 0, encoding_errors: str = "strict"
) -> vectors.KeyedVectors:
    """The vectors, the first ``limit`` of them, which are of the commonest words; 0: all.

    How many of them are zero is said on standard error.

    Raises:
      ValueError: for no name, or what is neither a file of vectors nor a run that trained some.
    """
    checks.natural("limit", limit)
    if not path:
        raise ValueError("vectors: got no file, want --vectors=FILE, or the folder of a run")
    if Path(path).is_dir():
        keyed = runs.load(path, task="word_vectors").vectors()
        keyed = keyed.first(limit) if limit else keyed
    else:
        keyed = vectors.load(path, limit=limit or None, encoding_errors=encoding_errors)
    if keyed.about_zeros:
        print(f"{path}: {keyed.about_zeros}", file=sys.stderr)
    return keyed
