"""Lines as batches of evaluation: long ones go on from batch to batch, none is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from seqjax.data import Sentences, sentences

TIMED = ("inputs", "targets", "weights")
"""Fields that run along time."""


def whole_lines(
    lines: Sequence[np.ndarray], batch: int, *, eos: int | None, first: int, steps: int
) -> WholeLines:
    """Batches of lines, each a row of its own, walked ``steps`` at a time.

    With steps 2, the lines "1 2 3" and "4", first -1 and eos 9, each drawn as a line:

                   item 0    item 1
        inputs     -1  1      2  3
                   -1  4      .  .
        targets     1  2      3  9
                    4  9      .  .
        fresh      True      False

    As ``seqjax.data.sentences``, but a line of more than ``steps`` tokens goes on in the next item
    with the state that it has: what a model makes of it does not depend on ``steps``.

    Args:
      lines: the ids of each line; may be empty.
      batch: rows of an item.
      eos: the id that ends a line, None for no end.
      first: the id of the first input; -1 is the zero vector to a model.
      steps: the most steps of an item.

    Raises:
      ValueError: sizes that are not positive, or no targets at all.

    >>> source = whole_lines([[1, 2, 3], [4]], 2, eos=9, first=-1, steps=2)
    >>> [(item["inputs"].T.tolist(), bool(item["fresh"])) for item in source]
    [([[-1, 1], [-1, 4]], True), ([[2, 3], [0, 0]], False)]
    """
    longest = max((len(line) for line in lines), default=0) + (eos is not None)
    return WholeLines(sentences(lines, batch, eos=eos, first=first, limit=max(longest, 1)), steps)


@dataclass(frozen=True, eq=False)
class WholeLines:
    """A random-access source, made by ``whole_lines``."""

    source: Sentences
    steps: int

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for item in self.source:
            for begin in range(0, _real_steps(item), self.steps):
                yield self._stretch(item, begin)

    def __getitem__(self, k: int) -> dict[str, Any]:
        number, begin = self._places[k]
        return self._stretch(self.source[number], begin)

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """For each item, the batch of lines and the step that it begins with."""
        return [
            (number, begin)
            for number, item in enumerate(self.source)
            for begin in range(0, _real_steps(item), self.steps)
        ]

    def _stretch(self, item: dict[str, Any], begin: int) -> dict[str, Any]:
        size = min(len(item["inputs"]), self.steps)  # of all items of these lines: few shapes
        cut = {name: item[name][begin : begin + size] for name in TIMED}
        missing = ((0, size - len(cut["inputs"])), (0, 0))
        padded = {name: np.pad(values, missing) for name, values in cut.items()}
        return {**padded, "fresh": np.bool_(begin == 0)}


def _real_steps(item: dict[str, Any]) -> int:
    """Steps up to the end of the longest line; 1 at least."""
    return max(1, int(np.flatnonzero(item["weights"].any(1)).max(initial=0)) + 1)
