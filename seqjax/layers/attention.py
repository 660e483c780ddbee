"""Attention: what a query reads out of a memory, a weighted mean over its steps.

    a_ts = softmax over s of score(q_t, m_s),    c_t = Σ_s a_ts m_s

    name         score                              parameters                            source
    additive     v · tanh(q w_q + m w_k + b)        w_q [Q, A], w_k [D, A], b, v [A]      1
    dot          q · (m w_k)                        w_k [D, Q]                            2
    scaled_dot   (q w_q) · (m w_k) / sqrt(A)        w_q [Q, A], w_k [D, A]                3

1 Bahdanau et al. 2015; 2 Luong et al. 2015, "general" (his "dot" is w_k = 1); 3 Vaswani et al.
2017.
S is the number of steps of the memory, A the width in which queries and keys meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.nn import initializers

from seqjax.basics import checks, masks, mesh
from seqjax.basics.products import matmul
from seqjax.basics.rounded_products import product
from seqjax.basics.types import Array, Params


class Memory(NamedTuple):
    """What is attended to, rows first: so the products of all rows are one call."""

    values: Array
    """[B, S, D], zero in the padding"""
    keys: Array
    """[B, S, A], made once for all queries"""
    real: Array
    """bool [B, S]"""


class Attention(NamedTuple):
    """One way to attend."""

    init: Callable[[Array, int, int], Params]
    """(key, width of queries Q, width of values D) -> params"""
    remember: Callable[[Params, Array, Array | None], Memory]
    """(params, values [S, B, D], lengths int [B] or None) -> Memory"""
    attend: Callable[[Params, Array, Memory], tuple[Array, Array]]
    """(params, queries [T, B, Q], memory) -> (contexts [T, B, D], weights [T, S, B]).

    Weights are 0 in the padding and add up to 1 over S; both are 0 for a row of length 0."""


def additive(width: int) -> Attention:
    """v · tanh(q w_q + m w_k + b), with A = ``width``."""
    checks.positive("width", width)

    def init(key: Array, queries: int, values: int) -> Params:
        checks.key(key)
        first, second, third = jax.random.split(key, 3)
        return {
            "w_q": _glorot(first, queries, width),
            "w_k": _glorot(second, values, width),
            "b": jnp.zeros(width),
            "v": _glorot(third, width, 1)[:, 0],
        }

    def score(params: Params, queries: Array, keys: Array) -> Array:
        # One query at a time, and once more in the backward pass: [T, B, S, A] is too much to keep.
        @jax.checkpoint
        def one(query: Array) -> Array:
            return matmul(jnp.tanh(query[:, None] + keys), params["v"][:, None])[..., 0]

        return jnp.swapaxes(lax.map(one, matmul(queries, params["w_q"]) + params["b"]), 0, 1)

    return _attention(init, score)


def dot() -> Attention:
    """q · (m w_k), with A = Q."""

    def init(key: Array, queries: int, values: int) -> Params:
        checks.key(key)
        return {"w_k": _glorot(key, values, queries)}

    def score(params: Params, queries: Array, keys: Array) -> Array:
        return product(jnp.swapaxes(queries, 0, 1), jnp.swapaxes(keys, 1, 2))

    return _attention(init, score)


def scaled_dot(width: int) -> Attention:
    """(q w_q) · (m w_k) / sqrt(A), with A = ``width``."""
    checks.positive("width", width)
    plain = dot()

    def init(key: Array, queries: int, values: int) -> Params:
        checks.key(key)
        first, second = jax.random.split(key)
        return {"w_q": _glorot(first, queries, width), "w_k": _glorot(second, values, width)}

    def attend(params: Params, queries: Array, memory: Memory) -> tuple[Array, Array]:
        return plain.attend(params, matmul(queries, params["w_q"]) / width**0.5, memory)

    return plain._replace(init=init, attend=attend)


ATTENTIONS: dict[str, Callable[[int], Attention]] = {
    "additive": additive,
    "dot": lambda width: dot(),
    "scaled_dot": scaled_dot,
}
"""By name, from the width A; ``dot`` has that of its queries."""


def _attention(
    init: Callable[[Array, int, int], Params], score: Callable[[Params, Array, Array], Array]
) -> Attention:
    """From (params, queries [T, B, Q], keys [B, S, A]) -> scores [B, T, S]."""

    def remember(params: Params, values: Array, lengths: Array | None = None) -> Memory:
        steps, batch = checks.sequence({}, values)
        checks.width("values", values.shape, params["w_k"].shape[0])
        lengths = checks.lengths(lengths, steps, batch)
        real = masks.valid(lengths, steps)
        values = masks.zero(real, values)
        real = jnp.ones((steps, batch), bool) if real is None else real
        memory: Memory = mesh.over_rows(_remember, batch, (-1, 1, 1), 0)(params, values, real)
        return memory

    def attend(params: Params, queries: Array, memory: Memory) -> tuple[Array, Array]:
        # Rows do not see each other: each device has its own under a mesh.
        each = mesh.over_rows(attend_rows, len(memory.real), (-1, 1, 0), (1, 2))
        attended: tuple[Array, Array] = each(params, queries, memory)
        return attended

    def attend_rows(params: Params, queries: Array, memory: Memory) -> tuple[Array, Array]:
        scores = score(params, queries, memory.keys)
        # A row without a real step is given its first one here, and nothing in the end.
        first = jnp.arange(memory.real.shape[1]) == 0
        weights = jax.nn.softmax(scores, axis=-1, where=(memory.real | first)[:, None])
        weights = jnp.where(memory.real[:, None], weights, 0)
        contexts = product(weights, memory.values.astype(weights.dtype))
        return jnp.swapaxes(contexts, 0, 1), jnp.transpose(weights, (1, 2, 0))

    return Attention(init, remember, attend)


def _remember(params: Params, values: Array, real: Array) -> Memory:
    rows = jnp.swapaxes(values, 0, 1)
    return Memory(rows, matmul(rows, params["w_k"]), real.T)


def _glorot(key: Array, rows: int, columns: int) -> Array:
    return initializers.glorot_uniform()(key, (rows, columns), jnp.float32)
