"""Words of a text as numbers in a file, so that only the vocabulary is in memory."""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

BLOCK = 1 << 22
"""Numbers that are looked at at once."""


class WordNumbers:
    """Words by numbers, in the order in which they first occur; forgets the rarest of too many.

    >>> numbers = WordNumbers(["known"], limit=10)
    >>> numbers.of(["a", "b", "a"]).tolist(), numbers.names().tolist()
    ([1, 2, 1], ['known', 'a', 'b'])
    """

    def __init__(self, known: Sequence[str], limit: int) -> None:
        self._next = itertools.count()
        self._numbers: dict[str, int] = defaultdict(self._next.__next__)
        for word in known:
            self._numbers[word]
        self._known, self._limit, self._floor = len(self._numbers), limit, 0
        self._counts = np.zeros(0, np.int64)

    def of(self, tokens: list[str]) -> np.ndarray:
        """The number of each token, int32 [N]; a word keeps its number until it is forgotten."""
        numbers = np.fromiter(map(self._numbers.__getitem__, tokens), np.int32, len(tokens))
        counts = np.bincount(numbers, minlength=len(self._counts))
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        while len(self._numbers) - self._known > self._limit:
            self._floor += 1
            rare = [
                w for w, n in self._numbers.items() if self._known <= n and counts[n] <= self._floor
            ]
            for word in rare:
                del self._numbers[word]
        return numbers

    def names(self) -> np.ndarray:
        """The word of each number, object [numbers]; "" of those that were forgotten."""
        names = np.full(next(self._next), "", object)
        names[[*self._numbers.values()]] = [*self._numbers]
        return names


def vocabulary_rows(
    names: np.ndarray, counts: np.ndarray, minimum: int, size: int | None, known: int
) -> np.ndarray:
    """Numbers of the words of the vocabulary, int64 [V]: by falling count, equal ones by name.

    Args:
      names: the word of each number, "" for none.
      counts: of each number.
      minimum: how often a word must occur.
      size: of the vocabulary, at most.
      known: words numbered 1 to ``known`` are in it, however rare.

    >>> names = np.array(["", "a", "b", "c"], object)
    >>> vocabulary_rows(names, np.array([9, 1, 3, 2]), 2, None, known=0).tolist()
    [2, 3]
    """
    by_count = functools.partial(sorted, key=lambda k: (-counts[k], names[k]))
    frequent = np.flatnonzero((counts >= minimum) & (names != ""))
    rest = by_count(frequent[frequent > known].tolist())
    return np.array(by_count([*range(1, known + 1), *rest][:size]), np.int64)


def encoded(
    numbers: np.ndarray, ids: np.ndarray, train: int, lines: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """(ids of the words of the vocabulary, where lines begin, how many of them are for training).

    Args:
      numbers: [N], of the words of the text, 0 a line end.
      ids: of each number, -1 for a word that is not in the vocabulary.
      train: numbers before this one are for training.
    """
    starts = [np.zeros(1, np.int64)]
    written = cut = at = 0

    def encoded_blocks() -> Iterator[np.ndarray]:
        nonlocal written, cut, at
        for block in blocks(numbers):
            block_ids = ids[block]
            known = block_ids >= 0
            if lines:
                starts.append(written + np.cumsum(known)[block == 0])
            cut += int(np.count_nonzero(known[: max(0, train - at)]))
            at += len(block)
            written += int(np.count_nonzero(known))
            yield block_ids[known]

    text = on_disk(encoded_blocks())
    begins = np.unique(np.concatenate([*starts, [cut]]))  # no window reaches the held-out part
    return text, begins[begins < max(1, len(text))], cut


def count(numbers: np.ndarray, types: int) -> np.ndarray:
    """int64 [types], how often each number occurs.

    >>> count(np.array([0, 2, 2]), 4).tolist()
    [1, 0, 2, 0]
    """
    counts = np.zeros(types, np.int64)
    for block in blocks(numbers):
        counts += np.bincount(block, minlength=types)
    return counts


def blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Parts [``BLOCK``, ...] of an array that may be larger than memory.

    >>> [len(block) for block in blocks(np.zeros(5_000_000, np.int8))]
    [4194304, 805696]
    """
    return (array[at : at + BLOCK] for at in range(0, len(array), BLOCK))


def on_disk(arrays: Iterator[np.ndarray]) -> np.ndarray:
    """The arrays one after another as int32 [N] in a file without a name.

    >>> on_disk(iter([np.array([1, 2]), np.array([3])])).tolist()
    [1, 2, 3]
    """
    size = 0
    with tempfile.TemporaryFile() as file:  # what is mapped stays when it is closed
        for array in arrays:
            file.write(array.astype(np.int32, copy=False).data)
            size += len(array)
        file.flush()
        return np.memmap(file, np.int32, "r", shape=(size,)) if size else np.zeros(0, np.int32)
