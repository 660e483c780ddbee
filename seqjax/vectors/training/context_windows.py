"""A piece of text in chunks and blocks, so that all its windows become a few matrix products.

A step of training takes one chunk of L words, cut into B = L / T blocks. A word's window reaches w
words out of its block:

    text of a block     w . . | t t t t t t t t | . . w      W = T + 2 w contexts, T targets
    band [W, T]         1 where the context belongs to the target's window

Each word's row is read once a block, not once a pair, and all pairs are in [W, D] x [D, T].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.types import Array

SLOTS = 4096
"""Counters of the words of a chunk."""
Batch = dict[str, Array]
"""An item of ``seqjax.data.words.corpus_pieces``."""


class Geometry(NamedTuple):
    """How a text is cut."""

    window: int
    """w, the largest radius"""
    chunk: int
    """L, words whose rows change together: many more than a few hundred, and training diverges"""
    block: int
    """T"""
    full_count: float = float("inf")
    """occurrences of a word in a chunk whose updates are not scaled down"""


class Chunk(NamedTuple):
    """What one step of training sees."""

    targets: Array
    """ids [B, T]"""
    text: Array
    """ids [L + 2w]"""
    context_positions: np.ndarray
    """int [B, W], where in the text the contexts are"""
    band: Array
    """bool [B, W, T]"""
    band_transposed: Array
    """[B, T, W], the same"""
    context_counts: Array
    """int [B, T], how many contexts are in the target's window"""
    update_scale: tuple[Array, Array]
    """[B, T] and [B, W]: 1, or less for a target or context that is in the chunk too often"""

    @property
    def contexts(self) -> Array:
        """Ids [B, W]."""
        return self.text[self.context_positions]


def chunk_reader(batch: Batch, geometry: Geometry) -> Callable[[Array], Chunk]:
    """(number of a chunk) -> that chunk; past the end of the text all bands are empty.

    Updates of one row add up within a chunk. A word that occurs n > ``full_count`` times there, as
    in a list or a table, counts only full_count / n times, lest its row be thrown far off. Words
    whose ids are equal modulo 4096, all but one of them rare, are counted together.

    Args:
      batch: ids, left and right int32 [N], as ``corpus_pieces`` has them.

    >>> import jax
    >>> ids = jnp.array([5, 6, 7, 8])
    >>> batch = {"ids": ids, "left": jnp.ones(4, int), "right": jnp.zeros(4, int)}
    >>> chunk = jax.jit(chunk_reader(batch, Geometry(window=1, chunk=4, block=2)))(0)
    >>> chunk.targets.tolist(), chunk.contexts.tolist()
    ([[5, 6], [7, 8]], [[0, 5, 6, 7], [6, 7, 8, 0]])
    """
    w, length, block = geometry[:3]
    total = -(-batch["ids"].shape[0] // length) * length
    fill = total - batch["ids"].shape[0]
    ids = jnp.pad(batch["ids"], (w, fill + w))
    left, right = (jnp.pad(batch[side], (0, fill)) for side in ("left", "right"))
    blocks = length // block
    context_positions = np.arange(blocks)[:, None] * block + np.arange(block + 2 * w)
    # How far right of its target a context is, [W, T]; a word is no context of itself.
    distances = np.arange(block + 2 * w)[:, None] - w - np.arange(block)
    offsets = jnp.asarray(np.where(distances == 0, 2 * w, distances))

    def chunk(number: Array) -> Chunk:
        start = number * length
        text = lax.dynamic_slice(ids, (start,), (length + 2 * w,))
        radii = [
            lax.dynamic_slice(side, (start,), (length,)).reshape(blocks, 1, block)
            for side in (left, right)
        ]
        band = (offsets >= -radii[0]) & (offsets <= radii[1])
        # Computed anew, not transposed: within the loop that uses it, it costs nothing.
        before, after = (side.swapaxes(1, 2) for side in radii)
        band_transposed = (-before <= offsets.T) & (after >= offsets.T)
        chunk_ids = text[w : w + length]
        counts = jnp.zeros(SLOTS, jnp.int32).at[chunk_ids % SLOTS].add(1)[text % SLOTS]
        scale = jnp.minimum(1, geometry.full_count / jnp.maximum(counts, 1)).astype(jnp.float32)
        scales = scale[w : w + length].reshape(blocks, block), scale[context_positions]
        context_counts = (radii[0] + radii[1])[:, 0]
        targets = chunk_ids.reshape(blocks, block)
        return Chunk(
            targets, text, context_positions, band, band_transposed, context_counts, scales
        )

    return chunk


def count_chunks(batch: Batch, geometry: Geometry) -> int:
    """How many chunks a piece has room for.

    >>> count_chunks({"ids": jnp.zeros(10, int)}, Geometry(window=2, chunk=4, block=2))
    3
    """
    return -(-len(batch["ids"]) // geometry.chunk)
