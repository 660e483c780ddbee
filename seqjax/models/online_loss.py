"""The loss of a language model whose gradient is made while walking, by a method of ``online``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import trees
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.online import Online, OnlineState

Batch = dict[str, Array]
LAYER = "1"
"""Where the parameters of the one recurrent layer are in those of the body, and its state."""
TABLE = "table"
"""The parameter of ``tabled``: for each id what the cell projects its embedding to."""


def tabled(cell: Cell) -> Cell:
    """The cell over ids [..., 1] whose z is a row of params["table"], [ids, kH].

    What a model makes of an id before the recurrence is one row of numbers, whatever parameters are
    behind it. The influence of these rows stays within the columns that they stand in, and one
    product after the walk turns their gradient into that of embedding, w_x and b.
    """

    def project(params: Params, ids: Array) -> Tree:
        def rows(table: Array) -> Array:
            ones = jax.nn.one_hot(ids[..., 0], len(table), dtype=table.dtype)
            return jnp.matmul(ones, table, precision="highest")

        return jax.tree.map(rows, params[TABLE])

    return cell._replace(name=f"tabled({cell.name})", project=project, noise=None)


def online_loss(
    method: Online,
    cell: Cell,
    *,
    vocabulary: int,
    look_up: Callable[[Params, Array], Array],
    start: Callable[[Params, int], Carry],
    forward: Callable[[Params, Carry, Batch, Array | None], tuple[Carry, Array]],
    score: Callable[[Params, Array, Batch, Any], tuple[Array, Tree]],
) -> tuple[Callable[..., Any], Callable[[Params, int], OnlineState]]:
    """(loss, training_start) of a model of one recurrent layer; the loss as ``LanguageModel.loss``.

    Its carry is an ``OnlineState`` of the body's carry and the influence of the parameters on it,
    so that the gradient of a window reaches back over its border. The influence moves on where the
    gradient is asked for; the value alone leaves it behind.

    Args:
      look_up: (params, ids) -> their embeddings; -1 is the zero vector.
      start: (params, batch) -> the body's carry before the first word.
      forward: (params, carry, batch, key) -> (carry, outputs of the layer [T, B, H]).
      score: (params, these outputs, batch, two keys or None twice) -> (loss, metrics).
    """
    walked = tabled(cell)

    def table(params: Params) -> Tree:
        ids = jnp.append(jnp.arange(vocabulary), -1)
        return cell.project(params["body"][LAYER], look_up(params, ids))

    def own_params(params: Params, table: Tree) -> Params:
        return {**params["body"][LAYER], TABLE: table}

    def training_start(params: Params, batch: int) -> OnlineState:
        ids, own = jnp.zeros((batch, 1), jnp.int32), own_params(params, table(params))
        begun = method.start(walked, own, ids, key=jax.random.key(0))
        return OnlineState(start(params, batch), begun.influence)

    def value_of(params: Params, state: OnlineState, batch: Batch, key: Array | None) -> Any:
        carry, raw = forward(params, state.carry, batch, None)
        value, metrics = score(params, raw, batch, _keys(key)[1:])
        return value, (state._replace(carry=carry), metrics)

    def with_gradient(params: Params, state: OnlineState, batch: Batch, key: Array | None) -> Any:
        keys = _keys(key)
        if "fresh" in batch:
            fresh = training_start(params, batch["inputs"].shape[1])
            state = jax.tree.map(lambda s, c: jnp.where(batch["fresh"], s, c), fresh, state)
        carry, raw = forward(params, state.carry, batch, None)
        value, pull, metrics = jax.vjp(
            lambda params, raw: score(params, raw, batch, keys[1:]), params, raw, has_aux=True
        )
        gradient, draw = pull(jnp.ones_like(value))
        rows, pull_table = jax.vjp(table, params)
        inputs = batch["inputs"]
        ids = jnp.where(inputs == -1, vocabulary, inputs)[..., None]
        before = OnlineState(state.carry[int(LAYER)], state.influence)
        found, after = method.pull(
            walked, own_params(params, rows), ids, draw, batch.get("lengths"), before,
            resets=batch.get("resets"), key=keys[0],
        )  # fmt: skip
        (through_table,) = pull_table(found.pop(TABLE))
        gradient = trees.add(gradient, through_table)
        gradient["body"][LAYER] = trees.add(gradient["body"][LAYER], found)
        return (value, (OnlineState(carry, after.influence), metrics)), gradient

    def scale(gradient: Params, cotangents: Any) -> tuple[Params, None, None, None]:
        factor = cotangents[0]
        return jax.tree.map(lambda g: g * factor.astype(g.dtype), gradient), None, None, None

    credited = jax.custom_vjp(value_of)
    credited.defvjp(with_gradient, scale)

    def loss(params: Params, carry: OnlineState, batch: Batch, *, key: Array | None = None) -> Any:
        return credited(params, carry, batch, key)

    return loss, training_start


def _keys(key: Array | None) -> Any:
    """Of the method, and the two of ``score``: as a model by bptt has them, but for the first."""
    return (None,) * 3 if key is None else jax.random.split(key, 3)
