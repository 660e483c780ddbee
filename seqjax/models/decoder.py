"""A recurrent decoder: walks over the words of one sequence while it looks at another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dense
from seqjax.layers.attention import Attention, Memory
from seqjax.models.body import BodyConfig, body

WHY = "a decoder cannot see the words that it has not written yet"


class Decoder(NamedTuple):
    """What stands between embedded words and the output layer.

    The carry is (that of the layers, what is fed back: [B, ...] or ()).
    """

    init: Callable[[Array, int, int], Params]
    """(key, width of words E, width of the encoder's outputs D) -> params"""
    begin: Callable[[Params, Array, Array, Array], tuple[Memory | None, Carry]]
    """(params, encoded [S, B, D], summary [B, D], lengths) -> (memory, carry)"""
    advance: Callable[..., tuple[Carry, tuple[Array, Array]]]
    """(params, memory, carry, xs [T, B, E], *, key) -> (carry, (readouts [T, B, R], weights
    [T, S, B])); for one step alone where something is fed back"""
    walk: Callable[..., tuple[Carry, tuple[Array, Array]]]
    """``advance`` for any number of steps"""


def decoder(config: BodyConfig, attention: Attention | None, attend: str, readout: int) -> Decoder:
    """Layers of ``config`` with attention, and a readout of width R = ``readout``.

        after    h_t = layers(x_t),            c_t = attention(h_t)
        before   h_t = layers([x_t, c_t]),     c_t = attention(h_{t-1})    (Bahdanau et al. 2015)
        feed     h_t = layers([x_t, r_{t-1}]), c_t = attention(h_t)        (Luong et al. 2015)
        r_t = tanh([h_t, c_t, x_t] w + b)

    With ``after``, all steps are one call of the driver; the others are a scan. The carry before
    the first step is start + tanh(summary w + b), with a w and b of its own for each of its parts,
    whatever the cell; what is fed back (h_0 or r_0) is one of them.

    Parameters: {"body", "bridge": {"0": first part, ...}, "readout", "attention"}.

    Raises:
      ValueError: for layers in both directions.
    """
    layers = body(config, why=WHY)
    out = dense(readout)

    fed_width = {"before": config.hidden, "feed": readout}.get(attend, 0)

    def start(params: Params, batch: int) -> Carry:
        fed = jnp.zeros((batch, fed_width)) if fed_width else ()
        return layers.start(params["body"], (batch,)), fed

    def init(key: Array, words: int, encoded: int) -> Params:
        first, second, third, fourth = jax.random.split(key, 4)
        contexts = 0 if attention is None else encoded
        inputs = words + {"before": contexts, "feed": readout}.get(attend, 0)
        params: Params = {"body": layers.init(first, inputs)}
        parts = jax.tree.leaves(jax.eval_shape(lambda: start(params, 1)))
        params["bridge"] = {
            str(i): dense(part.size).init(jax.random.fold_in(second, i), encoded)
            for i, part in enumerate(parts)
        }
        params["readout"] = out.init(third, layers.width(inputs) + contexts + words)
        params["attention"] = (
            {} if attention is None else attention.init(fourth, layers.width(inputs), encoded)
        )
        return params

    def begin(
        params: Params, encoded: Array, summary: Array, lengths: Array
    ) -> tuple[Memory | None, Carry]:
        plain, tree = jax.tree.flatten(start(params, summary.shape[0]))
        parts = [
            part + _apply(params["bridge"][str(i)], summary).reshape(part.shape).astype(part.dtype)
            for i, part in enumerate(plain)
        ]
        memory = None
        if attention is not None:
            memory = attention.remember(params["attention"], encoded, lengths)
        return memory, jax.tree.unflatten(tree, parts)

    def look(params: Params, queries: Array, memory: Memory | None) -> tuple[Array, Array]:
        if attention is None or memory is None:
            return queries[..., :0], jnp.zeros((len(queries), 0, queries.shape[1]))
        return _by_row(attention, params["attention"], queries, memory)

    def advance(
        params: Params,
        memory: Memory | None,
        carry: Carry,
        xs: Array,
        *,
        key: Array | None = None,
    ) -> tuple[Carry, tuple[Array, Array]]:
        state, fed = carry
        inputs = xs
        if attend == "before":
            contexts, weights = look(params, fed[None], memory)
            inputs = jnp.concatenate([xs, contexts], -1)
        elif attend == "feed":
            inputs = jnp.concatenate([xs, fed[None]], -1)
        state, hs = layers.apply(params["body"], inputs, None, state, key=key)
        if attend != "before":
            contexts, weights = look(params, hs, memory)
        readouts = _apply(params["readout"], jnp.concatenate([hs, contexts, xs], -1))
        fed = {"before": hs[-1], "feed": readouts[-1]}.get(attend, ())
        return (state, fed), (readouts, weights)

    def walk(
        params: Params,
        memory: Memory | None,
        carry: Carry,
        xs: Array,
        *,
        key: Array | None = None,
    ) -> tuple[Carry, tuple[Array, Array]]:
        if attend == "after":
            return advance(params, memory, carry, xs, key=key)

        def one(carry: Carry, given: tuple) -> tuple[Carry, tuple[Array, Array]]:
            x, each = given
            carry, found = advance(params, memory, carry, x[None], key=each)
            return carry, jax.tree.map(lambda a: a[0], found)

        return lax.scan(one, carry, (xs, noise(config, key, len(xs))))

    return Decoder(init, begin, advance, walk)


def noise(config: BodyConfig, key: Array | None, steps: int) -> Array | None:
    """A key for each step; where dropout is locked they are all the same."""
    if key is None:
        return None
    return jnp.broadcast_to(key, (steps,)) if config.locked else jax.random.split(key, steps)


def _apply(params: Params, x: Array) -> Array:
    return jnp.tanh(matmul(x, params["w"]) + params["b"])


def _by_row(
    attention: Attention, params: Params, queries: Array, memory: Memory
) -> tuple[Array, Array]:
    """``attend`` for queries [T, N, Q], N = B K, of which K side by side share a row of memory."""
    batch = memory.real.shape[0]
    steps, rows, width = queries.shape
    if rows == batch:
        return attention.attend(params, queries, memory)
    each = rows // batch
    apart = jnp.swapaxes(queries.reshape(steps, batch, each, width), 1, 2)
    contexts, weights = attention.attend(params, apart.reshape(-1, batch, width), memory)
    contexts = jnp.swapaxes(contexts.reshape(steps, each, batch, -1), 1, 2)
    weights = weights.reshape(steps, each, -1, batch).transpose(0, 2, 3, 1)
    return contexts.reshape(steps, rows, -1), weights.reshape(steps, -1, rows)
