"""The items of a source one after another: read ahead, shuffled, and continued where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import grain
import numpy as np


class Source(Protocol):
    """What ``stream`` reads: any sequence of items.

    It may also have ``at(epoch, k)``, which is then asked in place of [k], and ``shuffled(seed)``,
    a source that shuffles by itself, better than in whole items. Sources of batches say in
    ``row_axes`` which axis of an array has the ``batch`` rows, and give in ``only(rows)`` the same
    source with a part of them.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, k: int, /) -> Any: ...


def stream(
    source: Source,
    *,
    seed: int | None = None,
    epochs: int | None = None,
    prefetch: int = 4,
    shard: tuple[int, int] = (0, 1),
) -> grain.DatasetIterator:
    """An iterator over the items of ``source``, epoch after epoch.

    ``iterator.get_state()`` is a small dict for JSON, the position behind the last item given out,
    whatever was read ahead; ``set_state`` of it, in any iterator made with the same arguments,
    makes that one go on exactly there.

    Args:
      source: with ``windows`` as they come; with ``sentences`` or any other sequence.
      seed: None for the order of the source; else reshuffled in each epoch.
      epochs: None for no end.
      prefetch: how many items one background thread may hold ready; 0 for no thread.
      shard: (index, count): this process gets items index, index + count, ... of all epochs in a
        row, so that together the processes get each item once an epoch. Needs a seed. Where the
        processes must walk the same batches, give each its rows of them instead.

    Raises:
      ValueError: an empty source, arguments out of range, a shard without a seed.

    >>> iterator = stream([10, 20, 30], epochs=2, prefetch=0)
    >>> list(iterator)
    [10, 20, 30, 10, 20, 30]
    """
    index, count = shard
    if not len(source):
        raise ValueError("source: got no items, want 1 or more")
    if epochs is not None and epochs < 1:
        raise ValueError(f"epochs: got {epochs}, want 1 or more, or None for no end")
    if prefetch < 0:
        raise ValueError(f"prefetch: got {prefetch}, want 0 or more")
    if seed is not None and seed < 0:
        raise ValueError(f"seed: got {seed}, want 0 or more")
    if not 0 <= index < count:
        raise ValueError(f"shard: got {shard}, want (index, count) with index in [0, count)")
    if count > 1 and seed is None:
        raise ValueError(
            f"shard: got {shard} for items in order, want a seed; windows take rows= instead"
        )
    items = _shuffled(source, seed).repeat(epochs)
    if count > 1:
        items = items[index::count]
    options = grain.ReadOptions(num_threads=min(1, prefetch), prefetch_buffer_size=prefetch)
    return iter(items.to_iter_dataset(options))


def _shuffled(source: Source, seed: int | None) -> grain.MapDataset:
    if seed is None:
        return _Epochs(source)
    if hasattr(source, "shuffled"):
        return _Epochs(source.shuffled(seed))
    # grain shuffles epoch e with seed + e: without this, seed 1 would be seed 0 an epoch later.
    return _Epochs(source).shuffle(int(np.random.SeedSequence(seed).generate_state(1)[0]))


class _Epochs(grain.MapDataset):  # type: ignore[misc, unused-ignore]  # grain has no types
    """The items of all epochs in a row, as grain counts them: epoch * len + k."""

    def __init__(self, source: Source):
        super().__init__()
        self._length = len(source)
        self._at: Callable[[int, int], Any] = getattr(source, "at", lambda _, k: source[k])

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return (
            self.slice(index) if isinstance(index, slice) else self._at(*divmod(index, len(self)))
        )
