"""GloVe: vectors whose products are the logarithms of co-occurrence counts."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks, mesh
from seqjax.basics.types import Array, Params
from seqjax.vectors.training.embedding_ops import add_rows, rows, uniform
from seqjax.vectors.training.objective import Objective

Batch = dict[str, Array]
"""Entries of X: rows and columns int32 [N], values float32 [N], count of those that are real."""
RULES = ("glove", "glove_2014", "adagrad", "sgd")
CLIP = 100.0
"""Of each component of a vector's gradient, as in the C tool since 2019."""


def glove(
    words: int,
    width: int,
    *,
    x_max: float = 100.0,
    alpha: float = 0.75,
    rule: str = "glove",
    chunk: int = 512,
) -> Objective:
    """Weighted least squares on log X (Pennington et al. 2014), entries in chunks.

        J = Σ_ij ½ f(X_ij) (w_i · w̃_j + b_i + b̃_j - log X_ij)²,   f = min(1, (X / x_max)^alpha)

    The table "input" holds, one row a word and then one row a context word, the vector, its bias,
    and the sums of squared gradients of both, so that an entry reads and writes two rows.

    Args:
      rule: with gradient g, sum G that begins at 1, and G as it was before this entry:
        glove: θ -= ηg / √G, G += (ηg)², and for biases θ -= g / √G, G += g², as the C tool has it
        since 2019 (components of g are clipped at ±100, those of biases are not); glove_2014: as
        for vectors, also for biases; adagrad: θ -= ηg / √G, G += g²; sgd: θ -= ηg.
      chunk: entries that see the same table.

    Raises:
      ValueError: for an unknown rule, or sizes and numbers out of range.

    >>> objective = glove(words=5, width=3)
    >>> tables = objective.init(jax.random.key(0))
    >>> tables["input"].shape, objective.vectors(tables).shape
    ((10, 8), (5, 3))
    """
    checks.lookup("rule", dict.fromkeys(RULES), rule)
    for name, size in (("words", words), ("width", width), ("chunk", chunk)):
        checks.positive(name, size)
    if not (x_max > 0 and alpha >= 0):
        raise ValueError(f"x_max, alpha: got {x_max}, {alpha}, want x_max > 0 and alpha >= 0")
    half = width + 1  # a vector and its bias

    def init(key: Array) -> Params:
        checks.key(key)
        start = uniform(key, 2 * words, half, 0.5)  # of D + 1, as the C tool has it
        return {"input": jnp.concatenate([start, jnp.ones_like(start)], axis=1)}

    def gather(table: Array, entries: Batch) -> tuple[Array, Array]:
        """(ids [2, E], rows [2, E, 2 (D + 1)])."""
        ids = jnp.stack([entries["rows"], entries["columns"] + words])
        return ids, rows(table, ids)

    def errors(pair_rows: Array, entries: Batch) -> tuple[Array, Array]:
        """(w·w̃ + b + b̃ - log X, f(X)) of each entry; f is 0 for those that are not real."""
        (w, b), (c, d) = ((side[:, :width], side[:, width]) for side in pair_rows[..., :half])
        values = jnp.where(entries["real"], entries["values"], 1)
        weights = jnp.minimum(1.0, (values / x_max) ** alpha) * entries["real"]
        return jnp.sum(w * c, axis=1) + b + d - jnp.log(values), weights

    def row_updates(pair_rows: Array, scaled: Array, rate: Array) -> Array:
        """What is added to the rows of both words, for scaled = f · error."""
        g = scaled[None, :, None] * pair_rows[::-1, :, :width]
        b = jnp.broadcast_to(scaled[None, :, None], (*pair_rows.shape[:2], 1))
        sums = pair_rows[..., half:]
        if rule == "glove":
            g = jnp.concatenate([rate * jnp.clip(g, -CLIP, CLIP), b], 2)
            return jnp.concatenate([-g / jnp.sqrt(sums), g * g], 2)
        g = jnp.concatenate([g, b], 2)
        if rule == "glove_2014":
            return jnp.concatenate([-rate * g / jnp.sqrt(sums), (rate * g) ** 2], 2)
        if rule == "adagrad":
            return jnp.concatenate([-rate * g / jnp.sqrt(sums), g * g], 2)
        return jnp.concatenate([-rate * g, jnp.zeros_like(g)], 2)

    def update(
        tables: Params, batch: Batch, rates: Array, key: Array
    ) -> tuple[Params, Array, Array]:
        del key
        read, number = _chunk_reader(batch, chunk), -(-batch["count"] // chunk)

        def body(c: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
            table, total = state
            entries = read(c)
            ids, pair_rows = gather(table, entries)
            pair_rows = lax.optimization_barrier(pair_rows)
            error, weights = errors(pair_rows, entries)
            rate = rates[0] + (rates[1] - rates[0]) * c / number
            updates = lax.optimization_barrier(row_updates(pair_rows, weights * error, rate))
            ids, updates = mesh.gathered((ids, updates))
            return add_rows(table, ids, updates), total + jnp.sum(0.5 * weights * error**2)

        table, total = lax.fori_loop(
            0, number, body, (tables["input"], jnp.zeros((), jnp.result_type(rates)))
        )
        return {"input": table}, total, batch["count"].astype(jnp.float32)

    def evaluate(tables: Params, batch: Batch) -> tuple[Array, Array]:
        entries = {**batch, "real": jnp.arange(batch["rows"].shape[0]) < batch["count"]}
        error, weights = errors(gather(tables["input"], entries)[1], entries)
        return 0.5 * weights * error**2, entries["real"].astype(jnp.float32)

    def vectors(tables: Params) -> Array:
        table: Array = tables["input"]
        return table[:words, :width] + table[words:, :width]

    return Objective("entries", init, update, evaluate, vectors, rows=chunk)


def _chunk_reader(batch: Batch, chunk: int) -> Callable[[Array], Batch]:
    """(number of a chunk) -> its entries, with "real" for those before the count."""
    fill = -batch["rows"].shape[0] % chunk
    padded = {name: jnp.pad(batch[name], (0, fill)) for name in ("rows", "columns", "values")}

    def read(number: Array) -> Batch:
        entries = jax.tree.map(
            lambda leaf: lax.dynamic_slice(leaf, (number * chunk,), (chunk,)), padded
        )
        real = jnp.arange(chunk) + number * chunk < batch["count"]
        return mesh.split({**entries, "real": real})

    return read
