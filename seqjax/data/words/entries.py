"""Co-occurrence counts in random order, a part of them held out."""

from __future__ import annotations

import numpy as np

from seqjax.data.words.cooccurrence import Cooccurrences


class WordEntries:
    """A source for ``stream``: item k has ``length`` entries.

        rows, columns   int32 [length]
        values          float32 [length]
        count, read     int32, how many are real; zeros follow

    The order is drawn once, from the seed: neighbouring entries of X would all change one row.

    Raises:
      ValueError: for a count that is not a number above 0, a part without entries, a length
        below 1.

    >>> i, j = np.array([[0, 1], [1, 0]], np.int32)
    >>> counts = Cooccurrences(i, j, np.array([2.0, 2.0], np.float32))
    >>> WordEntries(counts, held_out=0)[0]["values"].tolist()
    [2.0, 2.0]
    """

    def __init__(
        self,
        counts: Cooccurrences,
        *,
        part: str = "train",
        held_out: float = 0.01,
        length: int = 1 << 15,
        seed: int = 0,
    ) -> None:
        wrong = np.flatnonzero(~((counts.values > 0) & np.isfinite(counts.values)))
        if len(wrong):
            k = wrong[0]
            raise ValueError(
                f"values: got {counts.values[k]} for words {counts.rows[k]} and"
                f" {counts.columns[k]}, want finite counts above 0"
            )
        order = np.random.default_rng(seed).permutation(len(counts.rows)).astype(np.int32)
        cut = int(len(order) * held_out)
        self._order = order[cut:] if part == "train" else order[:cut]
        if not len(self._order) or length < 1:
            raise ValueError(
                f"entries: got {len(self._order)} for {part} in pieces of {length}, want some"
            )
        self._counts, self.length = counts, min(length, self.entries)

    @property
    def entries(self) -> int:
        """In one epoch."""
        return len(self._order)

    def __len__(self) -> int:
        return -(-self.entries // self.length)

    def __getitem__(self, k: int) -> dict[str, np.ndarray]:
        if not 0 <= k < len(self):
            raise IndexError(k)
        chosen = self._order[k * self.length : (k + 1) * self.length]
        fill = (0, self.length - len(chosen))
        leaves = self._counts._asdict().items()
        entries = {name: np.pad(leaf[chosen], fill) for name, leaf in leaves}
        count = np.array(len(chosen), np.int32)
        return {**entries, "count": count, "read": count}
