"""Words with a vector each: what every question about word vectors is put to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from seqjax.basics.unicode_form import composed
from seqjax.vectors.known_words import unknown_words
from seqjax.vectors.unit_rows import BLOCK, unit_rows

CASES = ("exact", "fold")
"""How words of a test set are looked up: as they stand, or whatever their case."""
Number = TypeVar("Number", bound=np.number)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class KeyedVectors:
    """Words and their vectors [V, D], the commonest word first, as files have them. Frozen.

    ``vectors[word]`` is a row of the matrix, ``vectors.unit`` holds all rows at length 1.

    Raises:
      ValueError: for no words, a word twice, another number of words than rows or counts, a number
        that is not finite, a count that is not a whole number of 0 or more; it names the word.

    >>> vectors = KeyedVectors(("cat", "dog"), np.array([[3.0, 4.0], [0.0, 2.0]]))
    >>> vectors["cat"].tolist(), vectors.unit.tolist(), "cow" in vectors
    ([3.0, 4.0], [[0.6, 0.8], [0.0, 1.0]], False)
    """

    words: tuple[str, ...]
    matrix: NDArray[np.floating]
    """float32 or float64, read-only"""
    counts: NDArray[np.int64] | None = None
    """int64 [V], how often each word occurred where the vectors are from, or None; read-only"""

    def __post_init__(self) -> None:
        words, matrix = tuple(self.words), np.asarray(self.matrix)
        if matrix.dtype not in (np.float32, np.float64):
            matrix = matrix.astype(np.float32)
        if matrix.ndim != 2 or len(words) != len(matrix) or not matrix.size:
            raise ValueError(
                f"matrix: got shape {matrix.shape} for {len(words)} words, want [V, D]"
            )
        for start in range(0, len(words), BLOCK):
            finite = np.isfinite(matrix[start : start + BLOCK]).all(axis=1)
            if not finite.all():
                word = words[start + int(np.argmin(finite))]
                raise ValueError(f"matrix: got numbers for {word!r} that are not finite")
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "matrix", _frozen(matrix))
        object.__setattr__(self, "counts", _counts(self.counts, words))
        if len(self.index) < len(words):
            twice = next(word for row, word in enumerate(words) if self.index[word] != row)
            raise ValueError(f"words: got {twice!r} twice, want each word once")

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.words[:3]))
        return f"KeyedVectors({len(self):,} words of {self.width} numbers: {first}, ...)"

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> NDArray[np.floating]:
        row: NDArray[np.floating] = self.matrix[self.row(word)]
        return row

    @property
    def width(self) -> int:
        """D, the numbers of a vector."""
        return int(self.matrix.shape[1])

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The row of each word."""
        return {word: row for row, word in reversed(list(enumerate(self.words)))}

    @cached_property
    def folded(self) -> Mapping[str, int]:
        """The first row, that of the commonest spelling, of each word in capitals and NFC."""
        return {composed(word).upper(): row for row, word in reversed(list(enumerate(self.words)))}

    @cached_property
    def unit(self) -> NDArray[np.floating]:
        """x / ‖x‖ of each row, [V, D], read-only; a row of zeros stays as it is."""
        return _frozen(unit_rows(self.matrix))

    @cached_property
    def directed(self) -> NDArray[np.bool_]:
        """bool [V]: rows that are not zero. A cosine with a row of zeros is not defined."""
        return np.asarray(self.unit.any(axis=1))

    @property
    def about_zeros(self) -> str:
        """How many vectors are zero, and what that means; "" if none is.

        >>> KeyedVectors(("cat", "dog"), np.array([[0.0, 0.0], [1.0, 0.0]])).about_zeros
        '1 of 2 vectors is zero, so that its cosines are not defined: no neighbour, not covered'
        """
        count = int((~self.directed).sum())
        if not count:
            return ""
        verb, whose = ("is", "its") if count == 1 else ("are", "their")
        return (
            f"{count:,} of {len(self):,} vectors {verb} zero, so that {whose} cosines are not"
            " defined: no neighbour, not covered"
        )

    @cached_property
    def device_unit(self) -> jax.Array:
        """``unit`` [V, D] as JAX has it."""
        return jnp.asarray(self.unit)

    @cached_property
    def device_matrix(self) -> jax.Array:
        """``matrix`` [V, D] as JAX has it."""
        return jnp.asarray(self.matrix)

    def row(self, word: str) -> int:
        """The row of a word.

        Raises:
          ValueError: for a word without a vector; names a word that is spelled alike.

        >>> KeyedVectors(("cat", "dog"), np.eye(2)).row("Cat")
        Traceback (most recent call last):
            ...
        ValueError: word: got 'Cat', which has no vector; did you mean 'cat'?
        """
        if word in self.index:
            return self.index[word]
        raise ValueError(unknown_words([word], self.words, self.folded))

    def check_known(self, words: Sequence[str]) -> None:
        """Raises a ValueError that names all of the words that have no vector, if there are some.

        >>> KeyedVectors(("cat", "dog"), np.eye(2)).check_known(["Cat", "dog", "cow"])
        Traceback (most recent call last):
            ...
        ValueError: words: got 'Cat', 'cow', which have no vectors; did you mean 'cat' for 'Cat'?
        """
        unknown = [word for word in dict.fromkeys(words) if word not in self.index]
        if unknown:
            raise ValueError(unknown_words(unknown, self.words, self.folded))

    def rows(self, words: Sequence[str], *, case: str = "exact") -> NDArray[np.int64]:
        """The rows of words as int64 [N]; -1 for a word without a vector.

        Args:
          case: exact, or fold: the commonest spelling of a word, whatever its case and its form
            in Unicode.

        Raises:
          ValueError: for another case.

        >>> KeyedVectors(("cat", "dog"), np.eye(2)).rows(["Dog", "cow"], case="fold").tolist()
        [1, -1]
        """
        if case not in CASES:
            raise ValueError(f"case: got {case!r}, want one of {', '.join(CASES)}")
        if case == "exact":
            return np.array([self.index.get(word, -1) for word in words], np.int64)
        return np.array([self.folded.get(composed(word).upper(), -1) for word in words], np.int64)

    def covered(self, words: Sequence[str]) -> list[str]:
        """Those of the words that have a vector, in the given order.

        >>> KeyedVectors(("cat", "dog"), np.eye(2)).covered(["cow", "dog"])
        ['dog']
        """
        return [word for word in words if word in self.index]

    def directed_words(self, words: Sequence[str]) -> list[str]:
        """Those of the words that have a vector that is not zero, in the given order.

        Measures that are made of cosines cover these alone.

        >>> vectors = KeyedVectors(("cat", "dog"), np.array([[0.0, 0.0], [1.0, 0.0]]))
        >>> vectors.directed_words(["cow", "cat", "dog"])
        ['dog']
        """
        return [word for word in self.covered(words) if self.directed[self.index[word]]]

    def units(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The unit vectors of words as float64 [N, D], for sums that should be exact.

        Raises:
          ValueError: for a word without a vector, or with a vector of zeros, which points nowhere.

        >>> KeyedVectors(("cat",), np.array([[3.0, 4.0]])).units(["cat"]).tolist()
        [[0.6, 0.8]]
        """
        rows = self.matrix[[self.row(word) for word in words]].astype(np.float64)
        zero = ~rows.any(axis=1)
        if zero.any():
            word = words[int(np.argmax(zero))]
            raise ValueError(f"word: got {word!r}, whose vector is zero and has no direction")
        return unit_rows(rows)

    def first(self, count: int) -> KeyedVectors:
        """The ``count`` first words, which are the commonest; all if there are fewer.

        Raises:
          ValueError: for a count below 1.
        """
        if count < 1:
            raise ValueError(f"count: got {count}, want 1 or more")
        counts = None if self.counts is None else self.counts[:count]
        return KeyedVectors(self.words[:count], self.matrix[:count], counts)

    def replaced(self, matrix: NDArray[np.floating]) -> KeyedVectors:
        """The same words, and their counts, with other vectors [V, D].

        Raises:
          ValueError: for another number of rows, or numbers that are not finite.
        """
        return KeyedVectors(self.words, matrix, self.counts)


def _counts(counts: NDArray[np.int64] | None, words: tuple[str, ...]) -> NDArray[np.int64] | None:
    """The counts as int64, read-only; raises a ValueError for what is none."""
    if counts is None:
        return None
    values = np.asarray(counts)
    if values.shape != (len(words),):
        raise ValueError(f"counts: got shape {values.shape}, want ({len(words)},), one a word")
    integers = np.asarray(values, np.int64)
    wrong = np.flatnonzero((integers != values) | (integers < 0))
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(f"counts: got {values[row]} for {words[row]!r}, want 0, 1, 2, ...")
    return _frozen(integers)


def _frozen(array: NDArray[Number]) -> NDArray[Number]:
    view = array.view()
    view.flags.writeable = False
    return view
