"""word2vec: predictors compared with candidates, trained by plain gradient descent in place.

    s = x · u of each predictor x and each candidate u
    g = w (label - σ(s))            minus the gradient of the loss with respect to s
    u ← u + rate Σ g x,   a ← a + rate · backward(Σ g u)

Differs from word2vec.c: there one pair is updated after the other; here the pairs of a chunk see
the same tables, and negatives are shared by a block.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array, Params
from seqjax.vectors.training.candidates import (
    Candidates,
    ChooseCandidates,
    losses,
    score_updates,
    scores,
    vector_updates,
)
from seqjax.vectors.training.chunk_loops import evaluate_chunks, update_chunks
from seqjax.vectors.training.context_windows import Batch, Chunk, Geometry, count_chunks
from seqjax.vectors.training.embedding_ops import add_rows, rows
from seqjax.vectors.training.input_embedding import InputEmbedding
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.predictors import Predictor

LOSS_EVERY = 8
"""Of so many chunks one has its loss computed: that of all would make a step a fifth longer."""
Noise = Callable[[Array, int], Any]
"""(key, C) -> what is drawn for C chunks, leaves [C, ...]"""


def word2vec(
    embedding: InputEmbedding,
    predictor: Predictor,
    choose: ChooseCandidates,
    noise: Noise,
    init: Callable[[Array], Params],
    geometry: Geometry,
    *,
    unit: str,
    clip: str = "none",
    trainable: Array | None = None,
    vectors: Callable[[Params], Array] = lambda tables: tables["input"],
    updates_per_row: float = 0.0,
    bound: float = float("inf"),
) -> Objective:
    """The objective of a predictor and the candidates it is compared with.

    Args:
      embedding: where vectors of context words come from.
      choose: negative sampling or the nodes of a tree.
      noise: for ``choose``.
      clip: see ``score_updates``.
      trainable: [V] 1 for words whose vector is trained, 0 for frozen ones; None where all are.
      vectors: of words, from the tables.
    """

    def update(tables: Params, batch: Batch, rates: Array, key: Array) -> tuple:
        drawn = noise(key, count_chunks(batch, geometry))
        return update_chunks(step, tables, batch, drawn, rates, geometry, LOSS_EVERY)

    def step(tables: Params, chunk: Chunk, own: Any, rate: Array) -> tuple:
        x, mask = predictor.predict(embedding.read(tables, chunk), chunk)
        parts = choose(chunk, mask, own)
        ids = lax.optimization_barrier([part.ids for part in parts])
        # Between barriers nothing is computed twice, and no product is made part of a loop.
        x, u = lax.optimization_barrier((x, [rows(tables["output"], part) for part in ids]))
        s = lax.optimization_barrier(_scores(x, u, parts))
        g = lax.optimization_barrier(
            [rate * score_updates(each, part, clip) for each, part in zip(s, parts, strict=True)]
        )
        sums = [
            vector_updates(each, x, vectors, part.paired)
            for each, vectors, part in zip(g, u, parts, strict=True)
        ]
        da = predictor.backward(functools.reduce(jnp.add, [dx for dx, _ in sums]), chunk)
        du = jnp.concatenate([du for _, du in sums], axis=1)
        if trainable is not None:
            da = da * trainable[chunk.contexts][..., None]
        da, du = lax.optimization_barrier((da, du))
        output = add_rows(tables["output"], jnp.concatenate(ids, axis=1), du)
        tables = {**embedding.add(tables, chunk, da), "output": output}
        return tables, lambda: _losses(s, parts).sum(), mask.sum()

    def evaluate(tables: Params, batch: Batch) -> tuple[Array, Array]:
        def chunk_losses(chunk: Chunk, own: Any) -> tuple[Array, Array]:
            x, mask = predictor.predict(embedding.read(tables, chunk), chunk)
            parts = choose(chunk, mask, own)
            s = _scores(x, [rows(tables["output"], part.ids) for part in parts], parts)
            weights = mask.sum(axis=2)
            return _losses(s, parts) / jnp.maximum(weights, 1), weights

        drawn = noise(jax.random.key(0), count_chunks(batch, geometry))
        return evaluate_chunks(chunk_losses, batch, drawn, geometry)

    return Objective(unit, init, update, evaluate, vectors, updates_per_row, bound)


def _scores(x: Array, u: list[Array], parts: tuple[Candidates, ...]) -> list[Array]:
    return [scores(x, each, part.paired) for each, part in zip(u, parts, strict=True)]


def _losses(s: list[Array], parts: tuple[Candidates, ...]) -> Array:
    """Of each predictor, [B, X]."""
    sums = [losses(each, part).sum(axis=2) for each, part in zip(s, parts, strict=True)]
    return functools.reduce(jnp.add, sums)
