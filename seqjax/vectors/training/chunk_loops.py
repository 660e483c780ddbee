"""One chunk of a text after another: with updates, and with losses alone."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array, Tree
from seqjax.vectors.training.context_windows import (
    Batch,
    Chunk,
    Geometry,
    chunk_reader,
    count_chunks,
)

Update = Callable[[Tree, Chunk, Tree, Array], tuple[Tree, Callable[[], Array], Array]]
"""(tables, chunk, its noise, rate) -> (tables, what computes the sum of losses, count of
predictions)"""


def update_chunks(
    update: Update,
    tables: Tree,
    batch: Batch,
    noise: Tree,
    rates: Array,
    geometry: Geometry,
    loss_every: int = 1,
) -> tuple[Tree, Array, Array]:
    """Updates with one chunk after another, as many as the piece has words for.

    Args:
      noise: leaves [C, ...], the n-th entry for the n-th chunk.
      rates: [2], the rate of the first chunk, and of the one after the last.
      loss_every: of so many chunks one has its loss computed, the first of all that has predictions
        among them; the sum returned is their mean times all predictions. For updates that do not
        need the loss.
    """
    number = -(-batch["count"] // geometry.chunk)
    chunk = chunk_reader(batch, geometry)
    zero = jnp.zeros((), jnp.result_type(rates))

    def body(c: Array, state: tuple[Tree, Array, Array, Array]) -> tuple[Tree, Array, Array, Array]:
        tables, total, measured, count = state
        rate = rates[0] + (rates[1] - rates[0]) * c / number
        chunk_noise = _entry(noise, c)
        tables, loss, predictions = update(tables, chunk(c), chunk_noise, rate)
        measures_loss = (c % loss_every == 0) | (measured == 0)
        total = total + lax.cond(measures_loss, lambda: loss().astype(zero.dtype), lambda: zero)
        measured = measured + jnp.where(measures_loss, predictions, 0)
        return tables, total, measured, count + predictions

    tables, total, measured, count = lax.fori_loop(0, number, body, (tables, zero, zero, zero))
    return tables, total * (count / jnp.where(measured > 0, measured, 1)), count


def _entry(noise: Tree, number: Array) -> Tree:
    """That of one chunk, of leaves [C, ...]."""
    return jax.tree.map(lambda leaf: lax.dynamic_index_in_dim(leaf, number, keepdims=False), noise)


def evaluate_chunks(
    losses: Callable[[Chunk, Tree], tuple[Array, Array]],
    batch: Batch,
    noise: Tree,
    geometry: Geometry,
) -> tuple[Array, Array]:
    """(losses, weights) of all chunks, each [C, ...], with nothing changed; all words in full."""
    chunk = chunk_reader(batch, geometry._replace(full_count=float("inf")))
    numbers = jnp.arange(count_chunks(batch, geometry))
    elements: tuple[Array, Array] = lax.map(
        lambda each: losses(chunk(each[0]), each[1]), (numbers, noise)
    )
    return elements
