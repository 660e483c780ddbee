"""Hierarchical softmax: a word is the answer to a question at each node on the way to it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.training.candidates import Ask, Questions
from seqjax.vectors.training.context_windows import Chunk
from seqjax.vectors.training.huffman import Paths


def asks(paths: Paths, *, own: bool) -> Ask:
    """p(word | x) = Π_k σ((1 - 2 code_k) x · node_k) (Morin and Bengio 2005, Mikolov et al. 2013).

    The probabilities of all words sum to 1, so exp of the mean loss is a perplexity.

    Args:
      own: each predictor predicts the target at its own place alone, and ``mask`` is [B, T, 1].
    """
    nodes, codes, lengths = map(jnp.asarray, paths)
    steps = np.arange(paths.nodes.shape[1])

    def ask(chunk: Chunk, mask: Array, noise: Array) -> tuple[Questions, ...]:
        del noise
        blocks, block = chunk.targets.shape
        mask = mask * jnp.eye(block, dtype=mask.dtype) if own else mask
        ids = nodes[chunk.targets].reshape(blocks, -1)
        signs = 1 - codes[chunk.targets].reshape(blocks, 1, -1)
        there = steps < lengths[chunk.targets][..., None]  # [B, T, P]
        weights = mask[..., None] * there[:, None]
        weights = weights.reshape(blocks, mask.shape[1], block * len(steps))
        return (Questions(ids, signs, weights),)

    return ask
