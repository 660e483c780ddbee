"""Pieces of a corpus for training word vectors: subsampled, each word with its window."""

from __future__ import annotations

import numpy as np

from seqjax.data.words.corpus import WordCorpus


class CorpusPieces:
    """A source for ``stream``: item k is a piece of ``length`` words of the corpus.

        ids      int32 [length]   the words that were kept, then zeros
        left     int32 [length]   words to the left that belong to its window, 0 behind the text
        right    int32 [length]   words to the right
        count    int32            how many words were kept
        read     int32            how many there were

    Frequent words are left out before windows are cut, so windows reach further. The radius of a
    window is drawn from 1 to ``window`` (``dynamic``) or is ``window``; it ends where a line or the
    piece does. What is drawn depends on the seed, the epoch and k alone.

    Raises:
      ValueError: for a part without words, a window or length below 1.

    >>> from seqjax.data.words.corpus import from_pieces
    >>> corpus = from_pieces(iter([["a", "b", "a", "b"]]), minimum=1)
    >>> item = CorpusPieces(corpus, np.ones(2), window=1)[0]
    >>> item["ids"].tolist(), item["left"].tolist(), item["right"].tolist()
    ([0, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0])
    """

    def __init__(
        self,
        corpus: WordCorpus,
        keep: np.ndarray,
        *,
        part: str = "train",
        window: int = 5,
        dynamic: bool = True,
        length: int = 1 << 15,
        seed: int = 0,
    ) -> None:
        if window < 1 or length < 1:
            raise ValueError(f"window, length: got {window} and {length}, want 1 or more")
        self.ids, self.starts, self.keep = corpus.ids, corpus.starts, keep
        bounds = {"train": (0, corpus.train), "valid": (corpus.train, len(corpus.ids))}
        self.first, self.last = bounds[part]
        if self.first == self.last:
            raise ValueError(f"corpus: got no words for {part}, want some")
        self.window, self.dynamic, self.length = window, dynamic, min(length, self.words)
        self.seed = seed

    @property
    def words(self) -> int:
        """In one epoch, before any are left out."""
        return self.last - self.first

    def __len__(self) -> int:
        return -(-self.words // self.length)

    def __getitem__(self, k: int) -> dict[str, np.ndarray]:
        return self.at(0, k)

    def at(self, epoch: int, k: int) -> dict[str, np.ndarray]:
        """Item k of an epoch: ids, left and right [length], count and read.

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(k)
        begin = self.first + k * self.length
        ids = np.asarray(self.ids[begin : min(begin + self.length, self.last)])
        draw = np.random.default_rng([self.seed, epoch, k])
        kept = draw.random(len(ids), np.float32) < self.keep[ids]
        left, right = self._windows(draw, begin, len(ids), kept)
        fill = (0, self.length - int(kept.sum()))
        return {
            "ids": np.pad(ids[kept], fill),
            "left": np.pad(left, fill),
            "right": np.pad(right, fill),
            "count": np.array(kept.sum(), np.int32),
            "read": np.array(len(ids), np.int32),
        }

    def _windows(
        self, draw: np.random.Generator, begin: int, length: int, kept: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Radius to the left and to the right of each word kept, int32."""
        count = int(kept.sum())
        least = 1 if self.dynamic else self.window
        radius = draw.integers(least, self.window + 1, count, np.int32)
        low, high = np.searchsorted(self.starts, [begin + 1, begin + length])
        # Lines by the positions among the kept words at which they begin, with both ends.
        kept_before = np.concatenate([[0], np.cumsum(kept)])
        edges = np.concatenate([[0], kept_before[self.starts[low:high] - begin], [count]])
        line = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        position = np.arange(count)
        left = np.minimum(radius, position - edges[line])
        right = np.minimum(radius, edges[line + 1] - 1 - position)
        return left.astype(np.int32), right.astype(np.int32)
