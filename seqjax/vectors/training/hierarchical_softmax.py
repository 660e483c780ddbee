"""Hierarchical softmax: a word is reached by a turn at each node of a Huffman tree."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.training.candidates import Candidates, ChooseCandidates
from seqjax.vectors.training.context_windows import Chunk


class Paths(NamedTuple):
    """The way from the root to each word, filled up to the longest one, P."""

    nodes: np.ndarray
    """int32 [V, P], inner nodes, 0 to V - 2, of which V - 2 is the root"""
    codes: np.ndarray
    """float32 [V, P], 0 or 1: which way the word lies"""
    lengths: np.ndarray
    """int32 [V]"""


def tree_candidates(paths: Paths, *, paired: bool) -> ChooseCandidates:
    """p(word | x) = Π_k σ((1 - 2 code_k) x · node_k) (Morin and Bengio 2005, Mikolov et al. 2013).

    The probabilities of all words sum to 1, so exp of the mean loss is a perplexity.

    Args:
      paired: each predictor predicts the target at its own place alone, and ``mask`` is [B, T, 1].
    """
    nodes, codes, lengths = map(jnp.asarray, paths)
    steps = np.arange(paths.nodes.shape[1])

    def choose(chunk: Chunk, mask: Array, noise: Array) -> tuple[Candidates, ...]:
        del noise
        blocks, block = chunk.targets.shape
        mask = mask * jnp.eye(block, dtype=mask.dtype) if paired else mask
        ids = nodes[chunk.targets].reshape(blocks, -1)
        labels = 1 - codes[chunk.targets].reshape(blocks, 1, -1)
        on_path = steps < lengths[chunk.targets][..., None]  # [B, T, P]
        weights = mask[..., None] * on_path[:, None]
        weights = weights.reshape(blocks, mask.shape[1], block * len(steps))
        return (Candidates(ids, labels, weights),)

    return choose


def huffman(counts: np.ndarray) -> Paths:
    """The tree of the smallest Σ count · length (Huffman 1952); ties are broken as word2vec does.

    Args:
      counts: [V], falling: the commonest word first.

    Raises:
      ValueError: for fewer than two words, or counts that rise.

    >>> huffman(np.array([5, 2, 1, 1])).lengths.tolist()
    [1, 2, 3, 3]
    """
    size = len(counts)
    if size < 2:
        raise ValueError(f"counts: got {size} words, want two or more")
    if np.any(np.diff(counts) > 0):
        raise ValueError("counts: got a word after a rarer one, want falling counts")
    parents, sides = map(np.array, _merged(counts))
    root = 2 * size - 2
    at, visited, turns = np.arange(size), [], []
    while np.any(at != root):  # all words climb a step
        turns.append(sides[at])
        at = parents[at]
        visited.append(at)
    # A word that is at the root stays there: its steps are those before.
    lengths = 1 + np.argmax(np.stack(visited) == root, axis=0)
    steps = np.arange(len(visited))
    from_root = np.maximum(lengths[:, None] - 1 - steps, 0), np.arange(size)[:, None]
    on_path = steps < lengths[:, None]
    nodes = np.where(on_path, np.stack(visited)[from_root] - size, 0)
    codes = np.where(on_path, np.stack(turns)[from_root], 0)
    return Paths(nodes.astype(np.int32), codes.astype(np.float32), lengths.astype(np.int32))


def _merged(counts: np.ndarray) -> tuple[list[int], list[int]]:
    """(parent, side) of words 0 .. V - 1 and inner nodes V .. 2V - 2, by two pointers."""
    size = len(counts)
    weights = [*counts.tolist(), *[0] * (size - 1)]
    parents, sides = [2 * size - 2] * (2 * size - 1), [0] * (2 * size - 1)
    word, inner = size - 1, size  # the rarest word left, the first inner node left

    def smallest(last: int) -> int:
        nonlocal word, inner
        if word >= 0 and (inner >= last or weights[word] < weights[inner]):
            word -= 1
            return word + 1
        inner += 1
        return inner - 1

    for node in range(size, 2 * size - 1):
        first = smallest(node)
        second = smallest(node)
        weights[node] = weights[first] + weights[second]
        parents[first] = parents[second] = node
        sides[second] = 1
    return parents, sides
