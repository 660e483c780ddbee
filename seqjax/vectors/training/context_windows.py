"""A piece of text in chunks and blocks, so that all its windows become a few matrix products.

A step of training takes one chunk of L words, cut into B = L / T blocks. A word's window reaches w
words out of its block:

    text of a block     w . . | t t t t t t t t | . . w      W = T + 2 w contexts, T targets
    band [W, T]         1 where the context belongs to the target's window

Each word's row is read once a block, not once a pair, and all pairs are in [W, D] x [D, T].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.types import Array, Tree

SLOTS = 4096
"""Counters of the words of a chunk."""
Batch = Any
"""An item of ``seqjax.data.words.corpus_pieces``."""


class Geometry(NamedTuple):
    """How a text is cut."""

    window: int
    """w, the largest radius"""
    chunk: int
    """L, words whose rows change together: many more than a few hundred, and training diverges"""
    block: int
    """T"""
    most: float = float("inf")
    """occurrences of a word in a chunk that count in full"""


class Chunk(NamedTuple):
    """What one step of training sees."""

    targets: Array
    """ids [B, T]"""
    text: Array
    """ids [L + 2w]"""
    places: np.ndarray
    """int [B, W], where in the text the contexts are"""
    band: Array
    """bool [B, W, T]"""
    turned: Array
    """[B, T, W], the same"""
    near: Array
    """int [B, T], how many contexts are in the target's window"""
    calm: tuple[Array, Array]
    """[B, T] and [B, W], 1, or less for a target or context that is in the chunk too often"""

    @property
    def contexts(self) -> Array:
        """Ids [B, W]."""
        return self.text[self.places]


def cut(batch: Batch, geometry: Geometry) -> Callable[[Array], Chunk]:
    """(number of a chunk) -> that chunk; past the end of the text all bands are empty.

    Updates of one row add up within a chunk. A word that occurs n > ``most`` times there, as in a
    list or a table, counts only most / n times, lest its row be thrown far off. Words whose ids are
    equal modulo 4096, all but one of them rare, are counted together.
    """
    w, length, block = geometry[:3]
    total = -(-batch["ids"].shape[0] // length) * length
    fill = total - batch["ids"].shape[0]
    ids = jnp.pad(batch["ids"], (w, fill + w))
    left, right = (jnp.pad(batch[side], (0, fill)) for side in ("left", "right"))
    blocks = length // block
    places = np.arange(blocks)[:, None] * block + np.arange(block + 2 * w)
    # How far right of its target a context is, [W, T]; a word is no context of itself.
    right_of = np.arange(block + 2 * w)[:, None] - w - np.arange(block)
    offsets = jnp.asarray(np.where(right_of == 0, 2 * w, right_of))

    def chunk(number: Array) -> Chunk:
        start = number * length
        text = lax.dynamic_slice(ids, (start,), (length + 2 * w,))
        reach = [
            lax.dynamic_slice(side, (start,), (length,)).reshape(blocks, 1, block)
            for side in (left, right)
        ]
        band = (offsets >= -reach[0]) & (offsets <= reach[1])
        # Computed anew, not transposed: within the loop that uses it, it costs nothing.
        before, after = (side.swapaxes(1, 2) for side in reach)
        turned = (-before <= offsets.T) & (after >= offsets.T)
        own = text[w : w + length]
        often = jnp.zeros(SLOTS, jnp.int32).at[own % SLOTS].add(1)[text % SLOTS]
        calm = jnp.minimum(1, geometry.most / jnp.maximum(often, 1)).astype(jnp.float32)
        halves = calm[w : w + length].reshape(blocks, block), calm[places]
        near = (reach[0] + reach[1])[:, 0]
        return Chunk(own.reshape(blocks, block), text, places, band, turned, near, halves)

    return chunk


def chunks(batch: Batch, geometry: Geometry) -> int:
    """How many chunks a piece has room for."""
    return -(-batch["ids"].shape[0] // geometry.chunk)


Update = Callable[[Tree, Chunk, Tree, Array], tuple[Tree, Callable[[], Array], Array]]
"""(tables, chunk, its noise, rate) -> (tables, what computes the sum of losses, count of
predictions)"""


def walk(
    update: Update,
    tables: Tree,
    batch: Batch,
    noise: Tree,
    rates: Array,
    geometry: Geometry,
    every: int = 1,
) -> tuple[Tree, Array, Array]:
    """Updates with one chunk after another, as many as the piece has words for.

    Args:
      noise: leaves [C, ...], the n-th entry for the n-th chunk.
      rates: [2], the rate of the first chunk, and of the one after the last.
      every: of so many chunks one has its loss computed, the first of all that has predictions
        among them; the sum returned is their mean times all predictions. For updates that do not
        need the loss.
    """
    number = -(-batch["count"] // geometry.chunk)
    take = cut(batch, geometry)
    zero = jnp.zeros((), jnp.result_type(rates))

    def body(c: Array, state: tuple) -> tuple:
        tables, total, seen, count = state
        rate = rates[0] + (rates[1] - rates[0]) * c / number
        own = jax.tree.map(lambda leaf: lax.dynamic_index_in_dim(leaf, c, keepdims=False), noise)
        tables, loss, predictions = update(tables, take(c), own, rate)
        now = (c % every == 0) | (seen == 0)
        total = total + lax.cond(now, lambda: loss().astype(zero.dtype), lambda: zero)
        return tables, total, seen + jnp.where(now, predictions, 0), count + predictions

    tables, total, seen, count = lax.fori_loop(0, number, body, (tables, zero, zero, zero))
    return tables, total * (count / jnp.where(seen > 0, seen, 1)), count


def look(
    losses: Callable[[Chunk, Tree], tuple[Array, Array]],
    batch: Batch,
    noise: Tree,
    geometry: Geometry,
) -> tuple[Array, Array]:
    """(losses, weights) of all chunks, each [C, ...], with nothing changed; all words in full."""
    take = cut(batch, geometry._replace(most=float("inf")))
    numbers = jnp.arange(chunks(batch, geometry))
    return lax.map(lambda each: losses(take(each[0]), each[1]), (numbers, noise))
