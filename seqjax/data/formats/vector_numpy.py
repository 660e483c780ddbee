"""Word vectors in NumPy's .npz: the exact numbers, and counts.

    word_bytes      uint8: the words in UTF-8, one behind the other
    word_ends       int64 [V]: where each ends
    matrix          float [V, D]
    counts          int64 [V], if they are known

Words as an array of strings, as older files have them, would each take as much as the longest.
"""

from __future__ import annotations

import zipfile
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np

from seqjax.data.formats.vector_words import check_reading

UTF8 = ("utf-8", "surrogatepass")
"""Any word of Python comes back."""


def write_numpy(
    path: str | Path, words: Sequence[str], matrix: np.ndarray, counts: np.ndarray | None = None
) -> None:
    """Writes words, vectors [V, D] and counts [V], or None, to a file that ``read_numpy`` reads."""
    encoded = [word.encode(*UTF8) for word in words]
    arrays = {
        "word_bytes": np.frombuffer(b"".join(encoded), np.uint8),
        "word_ends": np.cumsum([*map(len, encoded)], dtype=np.int64),
        "matrix": matrix,
    }
    np.savez(path, **arrays if counts is None else {**arrays, "counts": counts})  # type: ignore[arg-type]


def read_numpy(
    path: str | Path, *, limit: int | None = None, keep: Container[str] | None = None
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray | None]:
    """(words, matrix [N, D], counts int64 [N] or None) of the first rows, of wanted words alone.

    Raises:
      ValueError: names the file: no such file, or one without these arrays.
    """
    check_reading(limit, "strict")
    try:
        # numpy leaves a file open that it cannot read, unless it is given open.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            words, matrix = _words(arrays), arrays["matrix"]
            counts = arrays.get("counts")
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: got no file with arrays words and matrix ({error})") from error
    for name, array in (("matrix", matrix), ("counts", counts)):
        if array is not None and array.shape[:1] != (len(words),):
            raise ValueError(f"{path}: got {name} of shape {array.shape} for {len(words)} words")
    kept = [n for n, word in enumerate(words[:limit]) if keep is None or word in keep]
    return tuple(words[n] for n in kept), matrix[kept], None if counts is None else counts[kept]


def _words(arrays: np.lib.npyio.NpzFile) -> list[str]:
    if "words" in arrays:
        words: list[str] = arrays["words"].tolist()
        return words
    data, ends = arrays["word_bytes"].tobytes(), arrays["word_ends"].tolist()
    return [data[begin:end].decode(*UTF8) for begin, end in zip([0, *ends], ends, strict=False)]
