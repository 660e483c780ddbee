"""Character n-grams of words by fastText's hash (Bojanowski et al. 2017): rows of a shared table.

The n-grams of a word are those of "<word>", of ``shortest`` to ``longest`` characters, without the
marks alone. Each has the row hash(n-gram) mod B of a table of B buckets.

    hash   FNV-1a of 32 bits over the UTF-8 bytes, each taken as SIGNED, so that é differs
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SHORTEST, LONGEST = 3, 6
"""fastText's own."""
MOST = 64
"""N-grams of a word that count in training: all those of a word of 17 letters."""
NONE = -1
OFFSET, PRIME = np.uint32(2166136261), np.uint32(16777619)
GATHERED = 1 << 16
"""Rows of the table that are added up together, and held."""
BLOCK = 1 << 7
"""Words that are looked at together: what they need stays in the cache."""

Words = Sequence[str] | Sequence[bytes]


class NgramIds(NamedTuple):
    """All n-grams of some words."""

    words: np.ndarray
    """int64 [N], rising: the number of the word"""
    ids: np.ndarray
    """int64 [N], rows of the table; those of a word in fastText's order"""


def ngram_ids(
    words: Words,
    buckets: int,
    *,
    shortest: int = SHORTEST,
    longest: int = LONGEST,
    most: int | None = None,
) -> NgramIds:
    """The n-grams of all words, the first ``most`` of each; as in fastText, ``longest`` 0: none.

    Args:
      words: str, or their UTF-8 bytes.
      buckets: B, rows of the table that the n-grams share.

    Raises:
      ValueError: for fewer than one bucket.

    >>> numbers, ids = ngram_ids(["cat", "at"], 1000)
    >>> numbers.tolist()  # <ca cat at> <cat cat> <cat>, and <at at> <at>
    [0, 0, 0, 0, 0, 0, 1, 1, 1]
    """
    if buckets < 1:
        raise ValueError(f"buckets: got {buckets}, want 1 or more")
    numbers, hashes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    for at in range(0, len(words), BLOCK):
        block, values = _hashes(words[at : at + BLOCK], shortest, longest)
        kept = np.arange(len(block)) - np.searchsorted(block, block) < (most or len(block))
        numbers.append(at + block[kept])
        hashes.append(values[kept])
    return NgramIds(np.concatenate(numbers), np.concatenate(hashes).astype(np.int64) % buckets)


def _hashes(words: Words, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """(numbers of the words, hashes uint32) of all n-grams, a character more at a time for all."""
    marked = [b"<" + (w if isinstance(w, bytes) else w.encode()) + b">" for w in words]
    data = np.frombuffer(b"".join(marked), np.int8)
    signed = data.astype(np.int32).view(np.uint32)
    # Bytes 10xxxxxx go on with a character; all others begin one.
    starts = np.flatnonzero((data.view(np.uint8) & 0xC0) != 0x80)
    edges = np.append(starts, len(data))
    owners = np.repeat(np.arange(len(marked)), [*map(len, marked)])[starts]
    ends = np.searchsorted(owners, owners, side="right")  # of each character's word
    first = np.append(-1, owners[:-1]) != owners
    hashes = np.full(len(starts), OFFSET, np.uint32)
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for size in range(1, min(longest, int((ends - np.arange(len(ends))).max(initial=0))) + 1):
        begins = np.flatnonzero(np.arange(len(starts)) + size <= ends)
        low, high = edges[begins + size - 1], edges[begins + size]
        for byte in range(int((high - low).max(initial=0))):
            longer = low + byte < high
            chosen = begins[longer]
            hashes[chosen] = (hashes[chosen] ^ signed[low[longer] + byte]) * PRIME
        if size == 1:  # the marks alone are no n-grams
            begins = begins[~first[begins] & (begins + 1 < ends[begins])]
        if size >= shortest:
            parts.append((begins, hashes[begins]))
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.uint32)
    begins, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(begins, kind="stable")
    return owners[begins[order]], values[order]


def bucket_ids(words: Sequence[str], buckets: int) -> np.ndarray:
    """int32 [V, G]: rows of the first ``MOST`` n-grams of each word, then -1.

    Raises:
      ValueError: for fewer than one bucket.

    >>> bucket_ids(["at", "cat"], 1000).shape
    (2, 6)
    >>> (bucket_ids(["at", "cat"], 1000) >= 0).sum(axis=1).tolist()
    [3, 6]
    """
    numbers, ids = ngram_ids(words, buckets, most=MOST)
    columns = np.arange(len(numbers)) - np.searchsorted(numbers, numbers)
    table = np.full((len(words), int(columns.max(initial=0)) + 1), NONE, np.int32)
    table[numbers, columns] = ids
    return table


def mean_vectors(
    table: np.ndarray,
    words: Words,
    *,
    own: np.ndarray | None = None,
    shortest: int = SHORTEST,
    longest: int = LONGEST,
    most: int | None = None,
) -> np.ndarray:
    """Σ_g z_g / n over the n-grams g of each word, or (own + Σ_g z_g) / (1 + n); float32 [N, D].

    Args:
      table: z [B, D].
      own: [N, D], rows of the words themselves, if they have any.

    Raises:
      ValueError: for a word without an n-gram and without a row of its own; it names it.

    >>> table = np.arange(10.0).reshape(5, 2)
    >>> mean_vectors(table, ["cat"], longest=0, own=np.array([[4.0, 2.0]])).tolist()
    [[4.0, 2.0]]
    """
    vectors = np.empty((len(words), table.shape[1]), np.float32)
    for at in range(0, len(words), BLOCK):
        part = slice(at, at + BLOCK)
        block = words[part]
        sums, counts = np.zeros((len(block), table.shape[1])), np.zeros(len(block), np.int64)
        if longest:
            numbers, ids = ngram_ids(
                block, len(table), shortest=shortest, longest=longest, most=most
            )
            counts += np.bincount(numbers, minlength=len(block))
            for start in range(0, len(ids), GATHERED):
                part_ids, owners = ids[start : start + GATHERED], numbers[start : start + GATHERED]
                composed, begins = np.unique(owners, return_index=True)
                sums[composed] += np.add.reduceat(table[part_ids], begins, axis=0, dtype=np.float64)
        if own is not None:
            sums, counts = sums + own[part], counts + 1
        if not counts.all():
            word = block[int(np.argmin(counts))]
            raise ValueError(f"words: got {word!r}, which has no n-grams of {shortest} or more")
        vectors[part] = sums / counts[:, None]
    return vectors
