"""word2vec: a predictor and questions to it, trained by plain gradient descent in place.

    s = x · u of each predictor x and each row u that it is asked about
    g = w (sign - σ(s))             minus the gradient of the loss with respect to s
    u ← u + rate Σ g x,   a ← a + rate · pull(Σ g u)

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
from seqjax.vectors.training.candidates import Ask, Questions, losses, pulls, scores, spread
from seqjax.vectors.training.context_windows import Batch, Chunk, Geometry, chunks, look, walk
from seqjax.vectors.training.embedding_ops import add_rows, rows
from seqjax.vectors.training.input_embedding import Lookup
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.predictors import Predictor

LOOK = 8
"""Of so many chunks one has its loss computed: that of all would make a step a fifth longer."""
Noise = Callable[[Array, int], Any]
"""(key, C) -> what is drawn for C chunks, leaves [C, ...]"""


def word2vec(
    lookup: Lookup,
    predictor: Predictor,
    ask: Ask,
    noise: Noise,
    init: Callable[[Array], Params],
    geometry: Geometry,
    *,
    unit: str,
    clip: str = "none",
    free: Array | None = None,
    vectors: Callable[[Params], Array] = lambda tables: tables["input"],
    load: float = 0.0,
    bound: float = float("inf"),
) -> Objective:
    """The objective of a predictor and the questions it is asked.

    Args:
      lookup: where vectors of context words come from.
      ask: negative sampling or the nodes of a tree.
      noise: for ``ask``.
      clip: see ``pulls``.
      free: [V] 1 for words whose vector is trained, 0 for frozen ones; None where all are trained.
      vectors: of words, from the tables.
    """

    def update(tables: Params, batch: Batch, rates: Array, key: Array) -> tuple:
        drawn = noise(key, chunks(batch, geometry))
        return walk(step, tables, batch, drawn, rates, geometry, LOOK)

    def step(tables: Params, chunk: Chunk, own: Any, rate: Array) -> tuple:
        x, mask = predictor.predict(lookup.read(tables, chunk), chunk)
        asked = ask(chunk, mask, own)
        ids = lax.optimization_barrier([part.ids for part in asked])
        # Between barriers nothing is computed twice, and no product is made part of a loop.
        x, u = lax.optimization_barrier((x, [rows(tables["output"], part) for part in ids]))
        s = lax.optimization_barrier(_scores(x, u, asked))
        g = lax.optimization_barrier(
            [rate * pulls(each, part, clip) for each, part in zip(s, asked, strict=True)]
        )
        spreads = [
            spread(each, x, read, part.own) for each, read, part in zip(g, u, asked, strict=True)
        ]
        da = predictor.pull(functools.reduce(jnp.add, [dx for dx, _ in spreads]), chunk)
        du = jnp.concatenate([du for _, du in spreads], axis=1)
        if free is not None:
            da = da * free[chunk.contexts][..., None]
        da, du = lax.optimization_barrier((da, du))
        output = add_rows(tables["output"], jnp.concatenate(ids, axis=1), du)
        tables = {**lookup.write(tables, chunk, da), "output": output}
        return tables, lambda: _losses(s, asked).sum(), mask.sum()

    def evaluate(tables: Params, batch: Batch) -> tuple[Array, Array]:
        def each(chunk: Chunk, own: Any) -> tuple[Array, Array]:
            x, mask = predictor.predict(lookup.read(tables, chunk), chunk)
            asked = ask(chunk, mask, own)
            s = _scores(x, [rows(tables["output"], part.ids) for part in asked], asked)
            weights = mask.sum(axis=2)
            return _losses(s, asked) / jnp.maximum(weights, 1), weights

        return look(each, batch, noise(jax.random.key(0), chunks(batch, geometry)), geometry)

    return Objective(unit, init, update, evaluate, vectors, load, bound)


def _scores(x: Array, u: list[Array], asked: tuple[Questions, ...]) -> list[Array]:
    return [scores(x, each, part.own) for each, part in zip(u, asked, strict=True)]


def _losses(s: list[Array], asked: tuple[Questions, ...]) -> Array:
    """Of each predictor, [B, X]."""
    found = [losses(each, part).sum(axis=2) for each, part in zip(s, asked, strict=True)]
    return functools.reduce(jnp.add, found)
