"""Windows on one long text, for truncated backpropagation through time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import numpy as np


def windows(
    ids: np.ndarray,
    batch: int,
    steps: int,
    *,
    overlap: int = 0,
    random: Random | tuple[int, int, int] | None = None,
    rows: slice = slice(None),
) -> Windows:
    """The text ids [N] as ``batch`` rows walked side by side, ``steps`` at a time.

    Each of the N - 1 tokens after the first is predicted once, by the one before it. Row b
    predicts ids[1 + b n : 1 + (b + 1) n], n = ceil((N - 1) / batch); the carry after an item is
    the carry before the next. "a b c d e f g h" with batch 2, steps 3, so n = 4; a row is drawn
    as a line, though items are time first, [T, B]:

                   item 0    item 1
        inputs     a b c     d . .      row 0
                   e f g     . . .      row 1
        targets    b c d     e . .
                   f g h     . . .
        weights    1 1 1     1 0 0
                   1 1 1     0 0 0
        fresh      True      False

    An item is a dict: inputs and targets int32 [T, B] (padded with id 0), weights float32 [T, B]
    (1 counts, 0 does not) and fresh, a bool: the carry goes back to the start before this item. All
    items have the same shapes.

    Args:
      ids: integers [N], N of 2 or more.
      batch: rows.
      steps: T.
      overlap: each row begins up to this many predictions earlier, inside the rows before, with
        weight 0: they warm up its carry for evaluation.
      random: (seed, low, deviation) for lengths that differ from window to window and epoch to
        epoch around ``steps`` (see ``Random``). T is then steps + 2 deviations, and items also
        hold lengths int32 [B]: the steps of each row that are not padding.
      rows: of the batch, for this process; the others' items are shaped alike.

    Raises:
      ValueError: names sizes that are not positive, a text too short, rows outside the batch.

    >>> source = windows(np.arange(8), 2, 3)
    >>> [item["inputs"].T.tolist() for item in source]
    [[[0, 1, 2], [4, 5, 6]], [[3, 0, 0], [0, 0, 0]]]
    >>> [item["targets"].T.tolist() for item in source]
    [[[1, 2, 3], [5, 6, 7]], [[4, 0, 0], [0, 0, 0]]]
    """
    ids = np.asarray(ids)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"ids: got {ids.dtype}{list(ids.shape)}, want integers of shape [N]")
    for name, value, lowest in [("batch", batch, 1), ("steps", steps, 1), ("overlap", overlap, 0)]:
        if not isinstance(value, int | np.integer) or value < lowest:
            raise ValueError(f"{name}: got {value!r}, want an integer of {lowest} or more")
    if len(ids) - 1 < batch:
        raise ValueError(
            f"ids: got a split of {len(ids)} tokens, too short for one window of batch {batch} and"
            f" steps {steps}; want {batch + 1} tokens or more"
        )
    if not range(batch)[rows]:
        raise ValueError(f"rows: got {rows}, want a part of the {batch} rows of the batch")
    if random is not None:
        random = Random(*random)
        if not (1 <= random.low <= steps and random.deviation >= 0):
            raise ValueError(
                f"random: got {random}, want low from 1 to steps ({steps}), deviation of 0 or more"
            )
    return Windows(ids, batch, steps, overlap, random, rows)


@dataclass(frozen=True, eq=False)
class Windows:
    """A random-access source, made by ``windows``. ``at`` gives the items of later epochs."""

    ids: np.ndarray
    batch: int
    steps: int
    overlap: int
    random: Random | None
    rows: slice

    @property
    def row_axes(self) -> dict[str, int]:
        """The axis of the rows of each array that has some."""
        return {"inputs": 1, "targets": 1, "weights": 1, "lengths": 0}

    def only(self, rows: slice) -> Windows:
        """The same windows of some of the rows."""
        return replace(self, rows=rows)

    @cached_property
    def _edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """int [batch] each: where a row begins, begins to count, and ends."""
        total = len(self.ids) - 1
        counted = np.minimum(np.arange(self.batch) * -(-total // self.batch), total)
        end = np.append(counted[1:], total)
        return np.maximum(counted - self.overlap, 0), counted, end

    @cached_property
    def _total(self) -> int:
        """The steps of the longest row, also of rows that other processes have."""
        begin, _, end = self._edges
        return int((end - begin).max())

    @cached_property
    def _cuts(self) -> Callable[[int], np.ndarray]:
        """Of an epoch; the newest ones are kept here, as many sources may be read by turns."""
        assert self.random is not None
        return lru_cache(maxsize=2)(partial(cuts, self._total, self.steps, self.random))

    @cached_property
    def _length(self) -> int:
        if self.random is None:
            return -(-self._total // self.steps)
        return len(self._cuts(0)) - 1

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, k: int) -> dict[str, Any]:
        return self.at(0, k)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.at(0, k) for k in range(len(self)))

    def at(self, epoch: int, k: int) -> dict[str, Any]:
        """Item k of an epoch, see ``windows``; epochs differ where lengths are random.

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(f"item {k} of {len(self)}")
        if self.random is None:
            first, last, span = k * self.steps, (k + 1) * self.steps, self.steps
        else:
            first, last = map(int, self._cuts(epoch)[k : k + 2])
            span = widest(self.steps, self.random)
        begin, counted, end = (edge[self.rows] for edge in self._edges)
        end = np.minimum(end, begin + last)
        positions = begin + np.arange(first, first + span)[:, None]
        real = positions < end
        item = {
            "inputs": np.where(real, self._token(positions), 0),
            "targets": np.where(real, self._token(positions + 1), 0),
            "weights": (real & (positions >= counted)).astype(np.float32),
            "fresh": np.bool_(k == 0),
        }
        if self.random is not None:
            item["lengths"] = np.maximum(end - begin - first, 0).astype(np.int32)
        return item

    def _token(self, positions: np.ndarray) -> np.ndarray:
        return self.ids.take(positions, mode="clip").astype(np.int32)


HALVED = 0.05
"""How often the base length is halved."""
WIDEST = 2
"""A window is at most this many deviations longer than the base length."""


class Random(NamedTuple):
    """How lengths are drawn: max(low, Normal(base, deviation)), base steps, or steps / 2 at 5 %.

    Merity et al. 2017, section 5. Differs from it: a length is at most steps + 2 deviations, so
    that few steps are padding; and lengths are corrected, mostly by 0 or 1, so that each epoch has
    the same number of windows and no rest.
    """

    seed: int
    low: int = 5
    deviation: int = 5


def cuts(total: int, steps: int, random: Random, epoch: int) -> np.ndarray:
    """int [K + 1], from 0 to ``total``: where the windows of one epoch begin and end.

    K depends on total, steps and low alone: total over the mean length, rounded up.

    >>> cuts(20, 5, Random(seed=0, low=2, deviation=1), epoch=0).tolist()
    [0, 5, 11, 14, 16, 20]
    """
    generator = np.random.default_rng([random.seed, epoch])
    half = max(random.low, steps / 2)
    count = -(-total // max(1, int((1 - HALVED) * steps + HALVED * half)))
    centre = np.where(generator.random(count) < HALVED, half, steps)
    low, high = min(random.low, total // count), widest(steps, random)
    drawn = np.rint(generator.normal(centre, random.deviation)).astype(np.int64)
    lengths = np.clip(drawn, low, high)
    while missing := total - int(lengths.sum()):
        # One more or one less for windows chosen at random among those within the bounds.
        room = np.flatnonzero(lengths < high if missing > 0 else lengths > low)
        chosen = generator.choice(room, min(abs(missing), len(room)), replace=False)
        lengths[chosen] += np.sign(missing)
    return np.concatenate([[0], np.cumsum(lengths)])


def widest(steps: int, random: Random) -> int:
    """The most steps that a window can have.

    >>> widest(35, Random(seed=0, deviation=5))
    45
    """
    return steps + WIDEST * random.deviation
