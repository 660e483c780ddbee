"""The neural language model of Bengio et al. 2003: a fixed window, a tanh layer, a softmax."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks, mesh
from seqjax.basics.rounded_products import product
from seqjax.basics.types import Array, Params
from seqjax.vectors.training.chunk_loops import evaluate_chunks, update_chunks
from seqjax.vectors.training.context_windows import Batch, Chunk, Geometry, count_chunks
from seqjax.vectors.training.embedding_ops import rows, uniform
from seqjax.vectors.training.objective import Objective

CONTEXTS = ("last", "both", "previous", "nearby")


def neural_lm(
    words: int,
    width: int,
    hidden: int,
    geometry: Geometry,
    *,
    context: str = "last",
    direct: bool = False,
) -> Objective:
    """p(w_t | context) = softmax(b + U tanh(d + H x) [+ W x]), x = the context's vectors in a row.

    Equations 1 and 2 of the paper; plain gradient descent on the mean loss of a chunk. The loss is
    in nats a word, of which exp is the perplexity. A word without its whole context is not
    predicted.

    Args:
      geometry: its window is n; its chunk is the size of a minibatch, its block as large.
      context: last: the n words before; both: n words on both sides; previous: the word before;
        nearby: one word of the 2n around, drawn anew each time.
      direct: connections W from the context to the output.

    Raises:
      ValueError: for an unknown context or a size below 1.

    >>> model = neural_lm(words=7, width=3, hidden=4, geometry=Geometry(2, 8, 8))
    >>> model.init(jax.random.key(0))["hidden"].shape  # of two vectors to the left
    (6, 4)
    """
    checks.lookup("context", dict.fromkeys(CONTEXTS), context)
    for name, size in (("words", words), ("width", width), ("hidden", hidden)):
        checks.positive(name, size)
    n = geometry.window
    offsets = {
        "last": range(-n, 0), "both": [*range(-n, 0), *range(1, n + 1)], "previous": [-1],
        "nearby": [0],
    }[context]  # fmt: skip
    geometry = geometry._replace(block=geometry.chunk)
    size = width * len(offsets)

    def init(key: Array) -> Params:
        checks.key(key)
        table, first, last = jax.random.split(key, 3)
        params = {
            "input": uniform(table, words, width, width * 0.1),
            "hidden": uniform(first, size, hidden, hidden / size**0.5),
            "hidden_bias": jnp.zeros(hidden),
            "output": uniform(last, words, hidden, hidden**0.5),
            "output_bias": jnp.zeros(words),
        }
        return {**params, "direct": jnp.zeros((words, size))} if direct else params

    def windows(chunk: Chunk, key: Array) -> tuple[Array, Array]:
        """(positions of the contexts of each target [T, n], whether all are there [T])."""
        band = chunk.band[0].T  # [T, W]
        targets = jnp.arange(geometry.chunk)
        if context == "nearby":
            chances = jax.random.uniform(key, band.shape)
            return jnp.argmax(jnp.where(band, chances, -1), axis=1)[:, None], band.any(axis=1)
        positions = targets[:, None] + n + jnp.array([*offsets])
        return positions, jnp.take_along_axis(band, positions, axis=1).all(axis=1)

    def cross_entropy(params: Params, chunk: Chunk, key: Array) -> tuple[Array, Array]:
        """(-log p of each target [T], its weight)."""
        positions, complete = windows(chunk, key)
        x = mesh.split(rows(params["input"], chunk.contexts[0][positions]).reshape(-1, size))
        # Biases as products: their gradients are then products too, which come out the same on any
        # number of cores, as sums over so many words do not.
        ones = jnp.ones((x.shape[0], 1), x.dtype)
        y = jnp.tanh(product(x, params["hidden"]) + ones @ params["hidden_bias"][None])
        logits = product(y, params["output"].T) + ones @ params["output_bias"][None]
        if direct:
            logits = logits + product(x, params["direct"].T)
        target_logits = jnp.take_along_axis(logits, chunk.targets[0][:, None], axis=1)[:, 0]
        return jax.nn.logsumexp(logits, axis=1) - target_logits, complete.astype(logits.dtype)

    def update(
        params: Params, batch: Batch, rates: Array, key: Array
    ) -> tuple[Params, Array, Array]:
        return update_chunks(step, params, batch, _keys(key, batch), rates, geometry)

    def step(
        params: Params, chunk: Chunk, key: Array, rate: Array
    ) -> tuple[Params, Callable[[], Array], Array]:
        def mean(params: Params) -> tuple[Array, tuple[Array, Array]]:
            losses, weights = cross_entropy(params, chunk, key)
            total, count = jnp.sum(losses * weights), jnp.sum(weights)
            return total / jnp.maximum(count, 1), (total, count)

        gradients, (total, count) = jax.grad(mean, has_aux=True)(params)
        params = jax.tree.map(lambda p, g: p - rate * g, params, gradients)
        return params, lambda: total, count

    def evaluate(params: Params, batch: Batch) -> tuple[Array, Array]:
        def chunk_losses(chunk: Chunk, key: Array) -> tuple[Array, Array]:
            return cross_entropy(params, chunk, key)

        return evaluate_chunks(chunk_losses, batch, _keys(jax.random.key(0), batch), geometry)

    def _keys(key: Array, batch: Batch) -> Array:
        return jax.random.split(key, count_chunks(batch, geometry))

    return Objective(
        "words", init, update, evaluate, lambda params: params["input"], rows=geometry.chunk
    )
