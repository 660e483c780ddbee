"""Several short sequences in one row, one after another: hardly any padding, and a single shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np


def packed(
    examples: Sequence[Mapping[str, Any]], batch: int, steps: int, *, fields: Sequence[str]
) -> Packed:
    """Batches of ``batch`` rows of ``steps`` steps, which hold whole sequences behind each other.

    Sequences a b c, d e and f in two rows of four steps:

        words    a  d       resets  1  1       weights  1  1       index  0  1
                 b  e               0  0                1  1              0  1
                 c  .               0  0                1  0              0 -1
                 f  .               1  0                1  0              2 -1

    An item is a dict of the fields [T, B, ...], ``resets`` bool [T, B], True at the first step of
    each sequence, ``weights`` float32 [T, B], ``index`` int32 [T, B], the place of the sequence in
    the list, and ``lengths`` int32 [B], the steps that are filled. A layer that is given resets and
    lengths computes for each sequence what it computes for it alone.

    Each sequence, the longest first, goes to the row that it leaves the least room in (best fit
    decreasing; at most 11/9 of the rows that are needed, and two).

    Args:
      examples: dicts of arrays; of each, the fields are equally long.
      fields: those that run along time; others are left out.

    Raises:
      ValueError: for no examples or fields, sizes that are not positive, or an example that is
        empty, longer than a row, without a field or with fields of unequal length; names it.

    >>> examples = [{"words": [1, 2, 3]}, {"words": [4, 5]}, {"words": [6]}]
    >>> item = packed(examples, 2, 4, fields=["words"])[0]
    >>> item["words"].T.tolist()
    [[1, 2, 3, 6], [4, 5, 0, 0]]
    >>> item["resets"].T.astype(int).tolist()
    [[1, 0, 0, 1], [1, 0, 0, 0]]
    """
    for name, value in (("batch", batch), ("steps", steps)):
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name}: got {value!r}, want an integer of 1 or more")
    if not len(examples) or not fields:
        raise ValueError("examples, fields: got none, want one or more of each")
    lengths = [_length(n, example, fields, steps) for n, example in enumerate(examples)]
    return Packed(tuple(examples), batch, steps, tuple(fields), _rows(lengths, steps))


def _length(n: int, example: Mapping[str, Any], fields: Sequence[str], steps: int) -> int:
    missing = [field for field in fields if field not in example]
    if missing:
        raise ValueError(f"examples: number {n} has no {missing[0]!r}, only {list(example)}")
    sizes = {field: len(example[field]) for field in fields}
    length = min(sizes.values())
    if len(set(sizes.values())) > 1:
        raise ValueError(f"examples: number {n} has fields of unequal length, {sizes}")
    if not 1 <= length <= steps:
        raise ValueError(f"examples: number {n} has {length} steps, want 1 to {steps}, a row")
    return length


def _rows(lengths: Sequence[int], steps: int) -> list[list[int]]:
    """The examples of each row."""
    rows: list[list[int]] = []
    rows_by_room: list[list[int]] = [
        [] for _ in range(steps + 1)
    ]  # rows by the steps they have left
    for n in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        left = next((k for k in range(lengths[n], steps + 1) if rows_by_room[k]), None)
        if left is None:
            left, row = steps, len(rows)
            rows.append([])
        else:
            row = rows_by_room[left].pop()
        rows[row].append(n)
        rows_by_room[left - lengths[n]].append(row)
    return rows


def _order(rows: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(rows)


@dataclass(frozen=True, eq=False)
class Packed:
    """A random-access source, made by ``packed``.

    ``shuffled(seed)`` is the same source with its rows in another order in each epoch; what shares
    a row stays together.
    """

    examples: tuple[Mapping[str, Any], ...]
    batch: int
    steps: int
    fields: tuple[str, ...]
    rows: list[list[int]]
    seed: int | None = None
    part: slice = field(default_factory=lambda: slice(None))
    """of the rows of each batch"""

    @property
    def row_axes(self) -> dict[str, int]:
        """The axis of the rows of each array that has some."""
        timed = dict.fromkeys([*self.fields, "resets", "weights", "index"], 1)
        return {**timed, "lengths": 0}

    def only(self, rows: slice) -> Packed:
        """The same batches with some of their rows."""
        return replace(self, part=rows)

    def shuffled(self, seed: int) -> Packed:
        """The same source with its rows in another order in each epoch."""
        return replace(self, seed=seed)

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch)

    def __getitem__(self, k: int) -> dict[str, np.ndarray]:
        return self.at(0, k)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        return (self.at(0, k) for k in range(len(self)))

    def at(self, epoch: int, k: int) -> dict[str, np.ndarray]:
        """Item k of an epoch, see ``packed``; epochs differ where the source is shuffled.

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(f"item {k} of {len(self)}")
        chosen = range(k * self.batch, min((k + 1) * self.batch, len(self.rows)))
        if self.seed is None:
            return self._batch([self.rows[row] for row in chosen])
        order = self._order(epoch)
        return self._batch([self.rows[order[row]] for row in chosen])

    def _batch(self, rows: list[list[int]]) -> dict[str, np.ndarray]:
        rows = rows[self.part]
        shape = (self.steps, len(range(self.batch)[self.part]))
        item = {
            name: np.zeros(shape + tail, dtype) for name, (tail, dtype) in self._field_types.items()
        }
        item["resets"], item["index"] = np.zeros(shape, bool), np.full(shape, -1, np.int32)
        for b, row in enumerate(rows):
            begin = 0
            for n in row:
                end = begin + len(self.examples[n][self.fields[0]])
                for name in self.fields:
                    item[name][begin:end, b] = self.examples[n][name]
                item["resets"][begin, b], item["index"][begin:end, b] = True, n
                begin = end
        item["weights"] = (item["index"] >= 0).astype(np.float32)
        item["lengths"] = (item["index"] >= 0).sum(0, dtype=np.int32)
        return item

    @cached_property
    def _order(self) -> Callable[[int], np.ndarray]:
        """Of an epoch; the newest ones are kept here, as many sources may be read by turns."""
        assert self.seed is not None
        return lru_cache(maxsize=2)(partial(_order, len(self.rows), self.seed))

    @cached_property
    def _field_types(self) -> dict[str, tuple[tuple[int, ...], Any]]:
        """Shape behind time, and dtype, of each field."""
        arrays = {name: np.asarray(self.examples[0][name]) for name in self.fields}
        return {name: (a.shape[1:], a.dtype) for name, a in arrays.items()}

    @property
    def padding(self) -> float:
        """The share of the steps of all rows, in all batches of an epoch, that hold nothing.

        >>> packed([{"words": [1, 2, 3]}], 1, 4, fields=["words"]).padding
        0.25
        """
        filled = sum(len(example[self.fields[0]]) for example in self.examples)
        return 1 - filled / (len(self) * self.batch * self.steps)
