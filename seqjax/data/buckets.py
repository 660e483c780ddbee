"""Batches of examples of like length: little padding, and few shapes to compile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

Example = Mapping[str, Any]
Sides = Mapping[str, Sequence[str]]


def buckets(examples: Sequence[Example], batch: int, *, sides: Sides, shapes: int = 8) -> Buckets:
    """Batches of ``batch`` examples, grouped so that a batch holds examples of like length.

    Two examples with sides {"": ["words"]}, three rows in the batch:

        words    7  2  .        lengths  3  1  0       index  5  0 -1
                 4  .  .        rows     1  1  0
                 9  .  .

    An item is a dict. Fields that run along time are [T, B, ...], zero behind the end of each row;
    all others [B, ...]. Beside them ``lengths`` int32 [B] (of the side "s": ``s_lengths``),
    ``rows`` float32 [B], 0 for a row that only fills up the batch (its lengths are 0), and
    ``index`` int32 [B], the place of the row's example in the list, -1 for none.

    T of each side takes at most ``shapes`` values, in at most ``shapes`` combinations; the groups
    are those with the least padding (dynamic programming over the lengths of the longest side).

    Args:
      examples: dicts with the same fields, arrays or what NumPy makes of them.
      batch: rows of an item.
      sides: name -> its fields, which run along time (axis 0) and are equally long; "" for the
        only side.
      shapes: most shapes of an item.

    Raises:
      ValueError: no examples, sizes that are not positive, a side without fields, fields of a side
        that differ in length or are missing; it names the example.

    >>> examples = [{"words": [7, 4, 9]}, {"words": [2]}]
    >>> item = buckets(examples, 3, sides={"": ["words"]}, shapes=1)[0]
    >>> item["words"].tolist(), item["lengths"].tolist()
    ([[7, 2, 0], [4, 0, 0], [9, 0, 0]], [3, 1, 0])
    """
    for name, value in (("batch", batch), ("shapes", shapes)):
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name}: got {value!r}, want an integer of 1 or more")
    if not sides or not all(sides.values()):
        raise ValueError(f"sides: got {dict(sides)!r}, want one field or more for each side")
    if not len(examples):
        raise ValueError("examples: got none, want one or more")
    lengths = np.array([_lengths(n, example, sides) for n, example in enumerate(examples)])
    groups = like_lengths(lengths, shapes)
    return Buckets(tuple(examples), batch, {k: tuple(v) for k, v in sides.items()}, lengths, groups)


def _lengths(n: int, example: Example, sides: Sides) -> list[int]:
    """The length of each side of an example."""
    lengths = []
    for fields in sides.values():
        missing = [field for field in fields if field not in example]
        if missing:
            raise ValueError(f"examples: number {n} has no {missing[0]!r}, only {list(example)}")
        sizes = {field: len(example[field]) for field in fields}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"examples: number {n} has fields of unequal length, {sizes}")
        lengths.append(next(iter(sizes.values())))
    return lengths


def _order(
    sizes: tuple[int, ...], batch: int, seed: int, epoch: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Permutations of the examples of each group, and of all batches."""
    random = np.random.default_rng([seed, epoch])
    inside = [random.permutation(size) for size in sizes]
    return inside, random.permutation(sum(-(-size // batch) for size in sizes))


@dataclass(frozen=True, eq=False)
class Buckets:
    """A random-access source, made by ``buckets``.

    ``shuffled(seed)`` is the same source with the examples of each group, and all batches, in
    another order in each epoch; ``at`` gives the items of later epochs.
    """

    examples: tuple[Example, ...]
    batch: int
    sides: Mapping[str, tuple[str, ...]]
    lengths: np.ndarray
    groups: list[np.ndarray]
    seed: int | None = None
    part: slice = field(default_factory=lambda: slice(None))
    """of the rows of each batch"""

    @property
    def row_axes(self) -> dict[str, int]:
        """The axis of the rows of each array that has some."""
        axes = dict.fromkeys(self[0], 0)
        return axes | {field: 1 for fields in self.sides.values() for field in fields}

    def only(self, rows: slice) -> Buckets:
        """The same batches with some of their rows."""
        return replace(self, part=rows)

    def shuffled(self, seed: int) -> Buckets:
        """The same source with its examples and batches in another order in each epoch."""
        return replace(self, seed=seed)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, k: int) -> dict[str, np.ndarray]:
        return self.at(0, k)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        return (self.at(0, k) for k in range(len(self)))

    def at(self, epoch: int, k: int) -> dict[str, np.ndarray]:
        """Item k of an epoch, see ``buckets``; epochs differ where the source is shuffled.

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(f"item {k} of {len(self)}")
        if self.seed is None:
            group, begin = self._batches[k]
            members = self.groups[group]
        else:
            inside, order = self._order(epoch)
            group, begin = self._batches[order[k]]
            members = self.groups[group][inside[group]]
        chosen = members[begin : begin + self.batch][self.part]
        return self._padded(chosen, self.widths[group])

    def _padded(self, chosen: np.ndarray, widths: tuple[int, ...]) -> dict[str, np.ndarray]:
        index = np.full(len(range(self.batch)[self.part]), -1, np.int32)
        index[: len(chosen)] = chosen
        item = {"index": index, "rows": (index >= 0).astype(np.float32)}
        timed: dict[str, int] = {}
        for s, (side, fields) in enumerate(self.sides.items()):
            timed |= dict.fromkeys(fields, widths[s])
            lengths = np.where(index >= 0, self.lengths[index, s], 0).astype(np.int32)
            item[f"{side}_lengths" if side else "lengths"] = lengths
        for name in self.examples[0]:
            item[name] = self._field(name, chosen, len(index), timed.get(name))
        return item

    def _field(self, name: str, chosen: np.ndarray, batch: int, steps: int | None) -> np.ndarray:
        rows = [np.asarray(self.examples[n][name]) for n in chosen]
        like = np.asarray(self.examples[0][name])
        if steps is None:
            padded = np.zeros((batch, *like.shape), like.dtype)
            padded[: len(rows)] = rows or padded[:0]
            return padded
        padded = np.zeros((steps, batch, *like.shape[1:]), like.dtype)
        for b, row in enumerate(rows):
            padded[: len(row), b] = row
        return padded

    @cached_property
    def _order(self) -> Callable[[int], tuple[list[np.ndarray], np.ndarray]]:
        """Of an epoch; the newest ones are kept here, as many sources may be read by turns."""
        sizes = tuple(map(len, self.groups))
        assert self.seed is not None
        return lru_cache(maxsize=2)(partial(_order, sizes, self.batch, self.seed))

    @cached_property
    def _batches(self) -> list[tuple[int, int]]:
        """Group and first member of each batch."""
        return [
            (g, begin)
            for g, members in enumerate(self.groups)
            for begin in range(0, len(members), self.batch)
        ]

    @cached_property
    def widths(self) -> list[tuple[int, ...]]:
        """T of each side in each group, at least 1."""
        return [tuple(np.maximum(self.lengths[m].max(0), 1).tolist()) for m in self.groups]

    @property
    def padding(self) -> float:
        """The share of the cells along time that hold nothing real, all batches of an epoch.

        >>> examples = [{"words": [7, 4, 9]}, {"words": [2]}]
        >>> buckets(examples, 2, sides={"": ["words"]}, shapes=1).padding  # 2 of 6 cells
        0.33333333333333337
        """
        cells = sum(sum(self.widths[group]) * self.batch for group, _ in self._batches)
        return 1 - float(self.lengths.sum()) / cells


MOST_LEVELS = 256
"""Lengths told apart when groups are made; more would make that slow."""


def like_lengths(lengths: np.ndarray, shapes: int) -> list[np.ndarray]:
    """The examples of each group, int [n], for lengths [N, sides].

    Groups are intervals of the length relative to the longest of its side, so that both sides of a
    pair count; where they are cut, the padded cells are fewest.

    >>> [group.tolist() for group in like_lengths(np.array([[3], [20], [4], [19]]), 2)]
    [[0, 2], [1, 3]]
    """
    relative = (lengths / np.maximum(lengths.max(0), 1)).max(1)
    levels, level = np.unique(relative, return_inverse=True)
    if len(levels) > MOST_LEVELS:
        steps = np.linspace(0, len(levels) - 1, MOST_LEVELS).astype(int)
        levels = levels[steps]
        level = np.searchsorted(levels, relative)
    counts = np.bincount(level, minlength=len(levels))
    ends = _group_ends(levels, counts, shapes)
    group = np.searchsorted(ends, level)
    return [np.flatnonzero(group == k) for k in range(len(ends)) if (group == k).any()]


def _group_ends(levels: np.ndarray, counts: np.ndarray, shapes: int) -> np.ndarray:
    """The last level of each group, rising: Σ counts · (highest level of the group) is least."""
    below = np.concatenate([[0], np.cumsum(counts)])
    number = len(levels)
    # cost[j]: of the levels before j, in as many groups as rounds so far.
    cost = np.concatenate([[0.0], np.full(number, np.inf)])
    choices = []
    for _ in range(min(shapes, number)):
        costs = cost[None, :-1] + (below[1:, None] - below[None, :-1]) * levels[:, None]
        costs = np.where(np.tri(number, dtype=bool), costs, np.inf)
        choices.append(costs.argmin(1))
        cost = np.concatenate([[np.inf], costs.min(1)])
    ends, end = [], number
    for choice in reversed(choices):
        ends.append(end - 1)
        end = int(choice[end - 1])
    return np.array(ends[::-1])
