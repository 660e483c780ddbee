"""Sentences on their own, padded at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from seqjax.data.vocabulary import NOTHING

SHORTEST = 8
"""The fewest steps of a batch, where the limit allows as many."""


def sentences(
    rows: Sequence[np.ndarray],
    batch: int,
    *,
    eos: int | None,
    first: int = NOTHING,
    limit: int,
    part: slice = slice(None),
) -> Sentences:
    """Batches of sentences, each sentence a row of its own.

    With first -1 and eos 9, the sentences "1 2 3" and "4", each drawn as a line:

        inputs    -1  1  2  3  .  .  .  .        targets    1  2  3  9  .  .  .  .
                  -1  4  .  .  .  .  .  .                   4  9  .  .  .  .  .  .
                  weights 1 where there is a target, else 0

    An item is a dict: inputs and targets int32 [T, B] (padded with id 0), weights float32 [T, B],
    fresh (always True: no carry is handed on). T is the longest sentence of the batch, rounded up
    to a power of two from 8, at most ``limit``, so that few shapes are compiled. The last batch is
    filled with empty rows.

    A sentence of more than ``limit`` targets is cut into pieces. Each is a row of its own that
    begins from ``first``, so its first token is predicted without the piece before; the last one
    alone ends in eos.

    Args:
      rows: the ids of each sentence, without marks of begin and end; may be empty.
      batch: rows of an item.
      eos: the id that ends a sentence, None for no end.
      first: the id of the first input; ``NOTHING``, -1, is the zero vector to a model.
      limit: the most steps of an item.
      part: of the rows of each batch, for this process; the others' items are shaped alike.

    Raises:
      ValueError: sizes that are not positive, no targets at all, a part outside the batch.

    >>> item = sentences([[1, 2, 3], [4]], 2, eos=9, limit=8)[0]
    >>> item["inputs"].T.tolist()
    [[-1, 1, 2, 3, 0, 0, 0, 0], [-1, 4, 0, 0, 0, 0, 0, 0]]
    >>> item["targets"].T.tolist()
    [[1, 2, 3, 9, 0, 0, 0, 0], [4, 9, 0, 0, 0, 0, 0, 0]]
    """
    for name, value in [("batch", batch), ("limit", limit)]:
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name}: got {value!r}, want an integer of 1 or more")
    if not range(batch)[part]:
        raise ValueError(f"part: got {part}, want a part of the {batch} rows of the batch")
    end = np.array([] if eos is None else [eos], np.int32)
    targets = [np.concatenate([np.asarray(row, np.int32), end]) for row in rows]
    sizes = np.array([len(row) for row in targets], np.int64)
    if not sizes.sum():
        raise ValueError(f"rows: got {len(rows)} sentences with nothing to predict, want tokens")
    return Sentences(np.concatenate(targets), _pieces(sizes, limit), batch, first, limit, part)


def _pieces(sizes: np.ndarray, limit: int) -> np.ndarray:
    """int [P, 2]: begin and end of each piece, for rows of these sizes one after another."""
    starts = np.cumsum(sizes) - sizes
    counts = -(-sizes // limit)
    rank = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    begin = np.repeat(starts, counts) + rank * limit
    return np.stack([begin, np.minimum(begin + limit, np.repeat(starts + sizes, counts))], 1)


def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)


@dataclass(frozen=True, eq=False)
class Sentences:
    """A random-access source, made by ``sentences``.

    ``shuffled(seed)`` is the same source with the sentences permuted before they are batched,
    anew in each epoch; ``at`` gives the items of later epochs.
    """

    targets: np.ndarray
    pieces: np.ndarray
    batch: int
    first: int
    limit: int
    part: slice
    seed: int | None = None

    @property
    def row_axes(self) -> dict[str, int]:
        """The axis of the rows of each array that has some."""
        return {"inputs": 1, "targets": 1, "weights": 1}

    def only(self, rows: slice) -> Sentences:
        """The same batches with some of their rows."""
        return replace(self, part=rows)

    def shuffled(self, seed: int) -> Sentences:
        """The same source with its sentences permuted anew in each epoch."""
        return replace(self, seed=seed)

    def __len__(self) -> int:
        return -(-len(self.pieces) // self.batch)

    def __getitem__(self, k: int) -> dict[str, Any]:
        return self.at(0, k)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.at(0, k) for k in range(len(self)))

    def at(self, epoch: int, k: int) -> dict[str, Any]:
        """Item k of an epoch, see ``sentences``; epochs differ where the source is shuffled.

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(f"item {k} of {len(self)}")
        chosen = slice(k * self.batch, (k + 1) * self.batch)
        if self.seed is None:
            pieces = self.pieces[chosen]
        else:
            pieces = self.pieces[self._order(epoch)[chosen]]
        longest = (pieces[:, 1] - pieces[:, 0]).max()
        steps = self._shapes[np.searchsorted(self._shapes, longest)]
        return self._padded(pieces, steps)

    def _padded(self, pieces: np.ndarray, steps: int) -> dict[str, Any]:
        inputs = np.zeros((steps, self.batch), np.int32)
        targets, weights = np.zeros_like(inputs), np.zeros(inputs.shape, np.float32)
        for b, (begin, end) in enumerate(pieces):
            targets[: end - begin, b] = self.targets[begin:end]
            weights[: end - begin, b] = 1
            inputs[0, b] = self.first
            inputs[1 : end - begin, b] = self.targets[begin : end - 1]
        return {
            "inputs": inputs[:, self.part],
            "targets": targets[:, self.part],
            "weights": weights[:, self.part],
            "fresh": np.bool_(True),
        }

    @cached_property
    def _order(self) -> Callable[[int], np.ndarray]:
        """Of an epoch; the newest ones are kept here, as many sources may be read by turns."""
        assert self.seed is not None
        return lru_cache(maxsize=2)(partial(_order, len(self.pieces), self.seed))

    @cached_property
    def _shapes(self) -> list[int]:
        """The numbers of steps that items can have, rising."""
        powers = [2**n for n in range(self.limit.bit_length()) if SHORTEST <= 2**n < self.limit]
        return [*powers, self.limit]
