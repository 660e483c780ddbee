"""The adding problem: two marked numbers of a long sequence, and their sum to be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

VARIANCE = 1 / 6
"""Of the sum of two numbers uniform in [0, 1): the mean squared error of always guessing 1."""


@dataclass(frozen=True)
class Adding:
    """Batches of the adding problem (Hochreiter and Schmidhuber 1997, experiment 4), a source.

    inputs float32 [T, B, 2]: in column 0 values uniform in [0, 1), in column 1 two marks of 1, one
    in the first half of the row and one in the second, else 0. targets float32 [B, 1]: the sum of
    the two marked values. As in Le et al. 2015, all rows have T steps; the original has values in
    [-1, 1), lengths that vary by a tenth, and both marks in the first half.

    Examples are drawn as they are asked for, from ``seed``, epoch and item, so that none comes
    twice; [k] and iteration are those of epoch 0.

    Raises:
      ValueError: for fewer than 2 steps, no rows or no batches.

    >>> item = Adding(steps=6, batch=2)[0]
    >>> item["inputs"].shape, item["targets"].shape
    ((6, 2, 2), (2, 1))
    >>> marked = item["inputs"][..., 1] == 1
    >>> np.allclose(item["inputs"][..., 0][marked].sum(), item["targets"].sum())
    True
    """

    steps: int = 200
    batch: int = 64
    batches: int = 250
    """items of an epoch"""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("steps", 2), ("batch", 1), ("batches", 1)):
            if (value := getattr(self, name)) < least:
                raise ValueError(f"{name}: got {value}, want {least} or more")

    def shuffled(self, seed: int) -> Adding:
        """The same source: its order is one of chance, and its seed the one it was made with."""
        return self

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, k: int) -> dict[str, np.ndarray]:
        return self.at(0, k)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        return (self.at(0, k) for k in range(len(self)))

    def at(self, epoch: int, k: int) -> dict[str, np.ndarray]:
        """Item k of an epoch: inputs [T, B, 2], targets [B, 1], lengths, rows and index [B].

        Raises:
          IndexError: for a k outside [0, len(self)).
        """
        if not 0 <= k < len(self):
            raise IndexError(f"item {k} of {len(self)}")
        random = np.random.default_rng([self.seed, epoch, k])
        rows, half = np.arange(self.batch), self.steps // 2
        first = random.integers(0, half, self.batch)
        second = random.integers(half, self.steps, self.batch)
        inputs = np.zeros((self.steps, self.batch, 2), np.float32)
        inputs[..., 0] = random.random((self.steps, self.batch), np.float32)
        inputs[first, rows, 1] = inputs[second, rows, 1] = 1
        return {
            "inputs": inputs,
            "targets": (inputs[first, rows, :1] + inputs[second, rows, :1]),
            "lengths": np.full(self.batch, self.steps, np.int32),
            "rows": np.ones(self.batch, np.float32),
            "index": (k * self.batch + rows).astype(np.int32),
        }


def adding_parts() -> dict[str, list[Adding]]:
    """Sources for training, validation and test, each of a seed of its own, as lists of one."""
    held_out = replace(Adding(), batches=40)
    return {
        "train": [Adding()],
        "valid": [replace(held_out, seed=1)],
        "test": [replace(held_out, seed=2)],
    }
