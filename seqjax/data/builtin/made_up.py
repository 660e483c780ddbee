"""What grammars of made-up sentences share: words are drawn, and no sentence is in two parts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

PARTS = ("train", "test")
SHARE = 5
"""One sentence in so many is of the test."""


def part_of(words: Sequence[str]) -> str:
    """Which part a sentence is of: "test" for about a fifth of all, else "train".

    The CRC-32 of the words decides, so that parts drawn from any seeds, in any order and number,
    have no sentence in common.

    >>> part_of(["the", "cat", "was", "full"]), part_of(["the", "dog", "was", "full"])
    ('train', 'test')
    """
    return PARTS[zlib.crc32(" ".join(words).encode()) % SHARE == 0]


def drawing(part: str, count: int, *, seed: int) -> np.random.Generator:
    """What draws ``count`` sentences of a part; of one seed, another for each part.

    With the same draws, sentences of the test would be those of training but for a word.

    Raises:
      ValueError: for a part that is not in ``PARTS``, or a count below 1.
    """
    if part not in PARTS:
        raise ValueError(f"part: got {part!r}, want {' or '.join(PARTS)}")
    if count < 1:
        raise ValueError(f"count: got {count}, want 1 or more")
    return np.random.default_rng(seed if part == PARTS[0] else [seed, PARTS.index(part)])


def pick(draw: np.random.Generator, options: Sequence[T]) -> T:
    """One of the options, all equally likely; many times as fast as ``draw.choice`` of strings.

    >>> pick(np.random.default_rng(0), ("cat", "dog"))
    'dog'
    """
    return options[int(draw.integers(len(options)))]
