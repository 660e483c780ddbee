"""word2vec: context words predict center words, by plain gradient descent in place.

    s = x · u            of each predictor x and each candidate u: the center word, or a negative
    g = label - σ(s)     minus the gradient of the loss with respect to s; label 1 or 0
    u ← u + rate Σ g x
    a ← a + rate · backward(Σ g u)     of the contexts' vectors a, which the predictors come from

x is the vector of one context word (skip-gram) or the mean of all of them (CBOW); see
``predictors``. With hierarchical softmax the candidates are nodes of a tree; see ``candidates``.

Differs from word2vec.c: there one pair is updated after the other; here the pairs of a chunk see
the same tables, and negatives are shared by a block.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import mesh
from seqjax.basics.types import Array, Params, Tree
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
Noise = Callable[[Array, int], Tree]
"""(key, C) -> what is drawn for C chunks, leaves [C, ...]"""


class Comparison(NamedTuple):
    """The predictors of a chunk and their candidates; lists have an entry for each group of these.

    The groups are one, or with CBOW two: the center words, and the negatives.
    """

    predictors: Array
    """x [B, X, D]"""
    predictions: Array
    """[B, X, T], how much it counts that x predicts the center t; see ``Predictor.predict``"""
    candidates: tuple[Candidates, ...]
    ids: list[Array]
    """[B, C], rows of the output table"""
    outputs: list[Array]
    """u [B, C, D], what these rows hold"""
    scores: list[Array]
    """s [B, X, Q]"""


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

        J = -Σ w (label log σ(x·u) + (1 - label) log σ(-x·u))     (Mikolov et al. 2013, equation 4)

    Args:
      embedding: where vectors of context words come from.
      choose: negative sampling or the nodes of a tree.
      noise: for ``choose``: the negatives.
      init: key -> tables "input" [V, D] and "output" [V or V - 1, D].
      clip: see ``score_updates``.
      trainable: [V] 1 for words whose vector is trained, 0 for frozen ones; None where all are.
      vectors: of words [V, D], from the tables.
    """

    def update(
        tables: Params, batch: Batch, rates: Array, key: Array
    ) -> tuple[Params, Array, Array]:
        negatives = noise(key, count_chunks(batch, geometry))
        return update_chunks(step, tables, batch, negatives, rates, geometry, LOSS_EVERY)

    def step(
        tables: Params, chunk: Chunk, negatives: Tree, rate: Array
    ) -> tuple[Params, Callable[[], Array], Array]:
        compared = compare(tables, chunk, negatives)
        input_updates, output_updates = updates(compared, chunk, rate)
        output_ids = mesh.gathered(jnp.concatenate(compared.ids, axis=1))
        output = add_rows(tables["output"], output_ids, output_updates)
        tables = {**embedding.add(tables, chunk, input_updates), "output": output}

        def loss() -> Array:
            return _losses(compared.scores, compared.candidates).sum()

        return tables, loss, compared.predictions.sum()

    def compare(tables: Params, chunk: Chunk, negatives: Tree) -> Comparison:
        contexts = mesh.split(embedding.read(tables, chunk))
        predictors, predictions = predictor.predict(contexts, chunk)
        candidates = choose(chunk, predictions, negatives)
        ids = mesh.split(lax.optimization_barrier([group.ids for group in candidates]))
        # Between barriers nothing is computed twice, and no product is made part of a loop.
        predictors, outputs = lax.optimization_barrier(
            (predictors, [rows(tables["output"], group_ids) for group_ids in ids])
        )
        s = lax.optimization_barrier(_scores(predictors, outputs, candidates))
        return Comparison(predictors, predictions, candidates, ids, outputs, s)

    def updates(compared: Comparison, chunk: Chunk, rate: Array) -> tuple[Array, Array]:
        """What is added to the contexts' vectors [B, W, D] and to the output rows [B, Σ C, D]."""
        pairs = zip(compared.scores, compared.candidates, strict=True)
        gs = lax.optimization_barrier([rate * score_updates(s, group, clip) for s, group in pairs])
        groups = zip(gs, compared.outputs, compared.candidates, strict=True)
        sums = [vector_updates(g, compared.predictors, u, group.paired) for g, u, group in groups]
        predictor_updates = functools.reduce(jnp.add, [of_predictors for of_predictors, _ in sums])
        input_updates = predictor.backward(predictor_updates, chunk)
        output_updates = jnp.concatenate([of_outputs for _, of_outputs in sums], axis=1)
        if trainable is not None:
            input_updates = input_updates * trainable[chunk.contexts][..., None]
        # Blocks lie over devices; each device adds the updates of all of them to its tables.
        both: tuple[Array, Array] = lax.optimization_barrier((input_updates, output_updates))
        return mesh.gathered(both)

    def evaluate(tables: Params, batch: Batch) -> tuple[Array, Array]:
        def chunk_losses(chunk: Chunk, negatives: Tree) -> tuple[Array, Array]:
            contexts = embedding.read(tables, chunk)
            predictors, predictions = predictor.predict(contexts, chunk)
            candidates = choose(chunk, predictions, negatives)
            outputs = [rows(tables["output"], group.ids) for group in candidates]
            s = _scores(predictors, outputs, candidates)
            weights = predictions.sum(axis=2)
            return _losses(s, candidates) / jnp.maximum(weights, 1), weights

        negatives = noise(jax.random.key(0), count_chunks(batch, geometry))
        return evaluate_chunks(chunk_losses, batch, negatives, geometry)

    blocks = geometry.chunk // geometry.block
    return Objective(
        unit, init, update, evaluate, vectors, rows=blocks, rows_of="chunk / block",
        updates_per_row=updates_per_row, bound=bound,
    )  # fmt: skip


def _scores(
    predictors: Array, outputs: Sequence[Array], candidates: Sequence[Candidates]
) -> list[Array]:
    pairs = zip(outputs, candidates, strict=True)
    return [scores(predictors, u, group.paired) for u, group in pairs]


def _losses(group_scores: Sequence[Array], candidates: Sequence[Candidates]) -> Array:
    """Of each predictor, [B, X]."""
    pairs = zip(group_scores, candidates, strict=True)
    return functools.reduce(jnp.add, [losses(s, group).sum(axis=2) for s, group in pairs])
