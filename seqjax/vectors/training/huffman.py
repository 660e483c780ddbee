"""The Huffman tree of a vocabulary: short ways to frequent words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Paths(NamedTuple):
    """The way from the root to each word, filled up to the longest one, P."""

    nodes: np.ndarray
    """int32 [V, P], inner nodes, 0 to V - 2, of which V - 2 is the root"""
    codes: np.ndarray
    """float32 [V, P], 0 or 1: which way the word lies"""
    lengths: np.ndarray
    """int32 [V]"""


def huffman(counts: np.ndarray) -> Paths:
    """The tree of the smallest Σ count · length (Huffman 1952); ties are broken as word2vec does.

    Args:
      counts: [V], falling: the commonest word first.

    Raises:
      ValueError: for fewer than two words, or counts that rise.
    """
    size = len(counts)
    if size < 2:
        raise ValueError(f"counts: got {size} words, want two or more")
    if np.any(np.diff(counts) > 0):
        raise ValueError("counts: got a word after a rarer one, want falling counts")
    parents, sides = map(np.array, _merged(counts))
    at, ways, turns = np.arange(size), [], []
    while np.any(at != 2 * size - 2):  # all words climb a step
        turns.append(sides[at])
        at = parents[at]
        ways.append(at)
    # A word that is at the root stays there: its steps are those before.
    lengths = 1 + np.argmax(np.stack(ways) == 2 * size - 2, axis=0)
    steps = np.arange(len(ways))
    back = np.maximum(lengths[:, None] - 1 - steps, 0), np.arange(size)[:, None]
    filled = steps < lengths[:, None]
    nodes = np.where(filled, np.stack(ways)[back] - size, 0)
    codes = np.where(filled, np.stack(turns)[back], 0)
    return Paths(nodes.astype(np.int32), codes.astype(np.float32), lengths.astype(np.int32))


def _merged(counts: np.ndarray) -> tuple[list[int], list[int]]:
    """(parent, side) of words 0 .. V - 1 and inner nodes V .. 2V - 2, by two pointers."""
    size = len(counts)
    weights = [*counts.tolist(), *[0] * (size - 1)]
    parents, sides = [2 * size - 2] * (2 * size - 1), [0] * (2 * size - 1)
    rare, made = size - 1, size  # the rarest word left, the first inner node left

    def smallest(last: int) -> int:
        nonlocal rare, made
        if rare >= 0 and (made >= last or weights[rare] < weights[made]):
            rare -= 1
            return rare + 1
        made += 1
        return made - 1

    for node in range(size, 2 * size - 1):
        first = smallest(node)
        second = smallest(node)
        weights[node] = weights[first] + weights[second]
        parents[first] = parents[second] = node
        sides[second] = 1
    return parents, sides
