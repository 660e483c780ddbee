"""Full softmax over the vocabulary, for small ones: what the cheaper objectives stand in for."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import mesh
from seqjax.basics.rounded_products import einsum
from seqjax.basics.types import Array, Params
from seqjax.vectors.training.chunk_loops import evaluate_chunks, update_chunks
from seqjax.vectors.training.context_windows import Batch, Chunk, Geometry
from seqjax.vectors.training.embedding_ops import add_rows, rows
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.predictors import Predictor


def full_softmax(
    predictor: Predictor,
    init: Callable[[Array], Params],
    geometry: Geometry,
    *,
    unit: str,
    trainable: Array | None = None,
) -> Objective:
    """-log p(word | x), p = softmax(U x) over all words; plain gradient descent.

    A step costs O(V) for each predictor and writes the whole output table. exp of the mean loss is
    a perplexity.

    Args:
      init: key -> tables "input" and "output", [V, D] each.
      unit: what a loss counts, in print.
      trainable: [V] 1 for words whose vector is trained, 0 for frozen ones; None where all are.
    """

    def cross_entropy(x: Array, mask: Array, output: Array, targets: Array) -> Array:
        """Sum over the words that each x predicts, [B, X]."""
        normaliser = jax.nn.logsumexp(einsum("bxd,vd->bxv", x, output), axis=2)
        pattern = "btd,btd->bt" if predictor.paired else "bxd,btd->bxt"
        target_scores = einsum(pattern, x, rows(output, targets)).reshape(mask.shape)
        return (mask * (normaliser[..., None] - target_scores)).sum(axis=2)

    def update(
        tables: Params, batch: Batch, rates: Array, key: Array
    ) -> tuple[Params, Array, Array]:
        del key
        return update_chunks(step, tables, batch, (), rates, geometry)

    def step(
        tables: Params, chunk: Chunk, noise: tuple[()], rate: Array
    ) -> tuple[Params, Callable[[], Array], Array]:
        contexts = mesh.split(rows(tables["input"], chunk.contexts))
        x, mask = predictor.predict(contexts, chunk)

        def total(x: Array, output: Array) -> Array:
            return cross_entropy(x, mask, output, chunk.targets).sum()

        loss, (dx, du) = jax.value_and_grad(total, (0, 1))(x, tables["output"])
        da = predictor.backward(-rate * dx, chunk)
        if trainable is not None:
            da = da * trainable[chunk.contexts][..., None]
        tables = {
            "input": add_rows(tables["input"], chunk.contexts, mesh.gathered(da)),
            "output": tables["output"] - rate * du,
        }
        return tables, lambda: loss, mask.sum()

    def evaluate(tables: Params, batch: Batch) -> tuple[Array, Array]:
        def chunk_losses(chunk: Chunk, noise: tuple[()]) -> tuple[Array, Array]:
            x, mask = predictor.predict(rows(tables["input"], chunk.contexts), chunk)
            weights = mask.sum(axis=2)
            total = cross_entropy(x, mask, tables["output"], chunk.targets)
            return total / jnp.maximum(weights, 1), weights

        return evaluate_chunks(chunk_losses, batch, (), geometry)

    blocks = geometry.chunk // geometry.block
    return Objective(
        unit, init, update, evaluate, lambda tables: tables["input"], rows=blocks,
        rows_of="chunk / block",
    )  # fmt: skip
