"""Word vectors in NumPy's .npz: the exact numbers, and counts.

    word_bytes      uint8: the words in UTF-8, one behind the other
    word_ends       int64 [V]: where each ends
    matrix          float [V, D]
    counts          int64 [V], if they are known

Words as an array of strings, as older files have them, would each take as much as the longest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.basics.whole_file import whole_file
from seqjax.data.formats.arrays import open_archive
from seqjax.data.formats.vector_words import check_reading

FLOATS = (np.float16, np.float32, np.float64)
ARRAYS = ("words", "word_bytes", "word_ends", "matrix", "counts")
UTF8 = ("utf-8", "surrogatepass")
"""Any word of Python comes back."""


def write_numpy(
    path: str | Path, words: Sequence[str], matrix: np.ndarray, counts: np.ndarray | None = None
) -> None:
    """Writes words, vectors [V, D] and counts [V], or None, to a file that ``read_numpy`` reads."""
    encoded = [word.encode(*UTF8) for word in words]
    arrays: dict[str, Any] = {
        "word_bytes": np.frombuffer(b"".join(encoded), np.uint8),
        "word_ends": np.cumsum([*map(len, encoded)], dtype=np.int64),
        "matrix": matrix,
    }
    if counts is not None:
        arrays["counts"] = counts
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_numpy(
    path: str | Path, *, limit: int | None = None, keep: Container[str] | None = None
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray | None]:
    """(words, matrix [N, D], counts int64 [N] or None) of the first rows, of wanted words alone.

    Raises:
      ValueError: names the file: no such file, or one without these arrays; a word twice, numbers
        that are not finite.
    """
    check_reading(limit, "strict")
    try:
        names, read = open_archive(path)
        arrays = {name: read(name) for name in names if name in ARRAYS}
        words, matrix = _words(arrays), arrays["matrix"]
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: got no file with arrays words and matrix ({error})") from error
    matrix = matrix.astype(matrix.dtype.newbyteorder("="), copy=False)
    counts = arrays.get("counts")
    _check(path, words, matrix, counts)
    kept = [n for n, word in enumerate(words[:limit]) if keep is None or word in keep]
    return tuple(words[n] for n in kept), matrix[kept], None if counts is None else counts[kept]


def _check(
    path: str | Path, words: Sequence[str], matrix: np.ndarray, counts: np.ndarray | None
) -> None:
    """Raises a ValueError for arrays that are no vectors of these words."""
    for name, array in (("matrix", matrix), ("counts", counts)):
        if array is not None and array.shape[:1] != (len(words),):
            raise ValueError(f"{path}: got {name} of shape {array.shape} for {len(words)} words")
    if matrix.dtype not in FLOATS or matrix.ndim != 2 or not matrix.shape[1]:
        raise ValueError(
            f"{path}: got matrix of {matrix.dtype} and shape {matrix.shape}, want floats [V, D]"
        )
    if counts is not None and (counts.dtype.kind not in "iu" or counts.ndim != 1):
        raise ValueError(f"{path}: got counts of {counts.dtype}, want integers [V]")
    if counts is not None and (counts.astype(np.int64) < 0).any():
        raise ValueError(f"{path}: got counts below 0, or of 2^63 or more")
    if len(set(words)) < len(words):
        twice = Counter(words).most_common(1)[0][0]
        raise ValueError(f"{path}: got the word {twice!r} twice, want each once")
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite)) + 1
        raise ValueError(f"{path}, row {row}: got numbers that are not finite")


def _words(arrays: Mapping[str, np.ndarray]) -> list[str]:
    if "words" in arrays:
        strings = arrays["words"]
        if strings.dtype.kind != "U" or strings.ndim != 1:
            raise ValueError(f"words of {strings.dtype} and shape {strings.shape}, want text [V]")
        words: list[str] = strings.tolist()
        return words
    letters, ends = arrays["word_bytes"], arrays["word_ends"]
    if letters.dtype != np.uint8 or ends.dtype.kind != "i" or letters.ndim != 1 or ends.ndim != 1:
        raise ValueError(f"word_bytes of {letters.dtype} and word_ends of {ends.dtype}, want uint8"
                         " and int64")  # fmt: skip
    begins = np.append(0, ends)[:-1]
    if (begins > ends).any() or (ends[-1:] != len(letters)).any():
        raise ValueError("word_ends that do not rise to the length of word_bytes")
    data = letters.tobytes()
    pairs = zip(begins.tolist(), ends.tolist(), strict=True)
    return [data[begin:end].decode(*UTF8) for begin, end in pairs]
