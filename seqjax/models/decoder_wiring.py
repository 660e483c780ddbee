"""Where attention enters a decoder: after the recurrent step, before it, or fed to the next one.

A wiring is (bound, carry, xs [T, B, E]) -> (carry, (readouts [T, B, R], weights [T, S, B])). The
carry is (that of the layers, what one step feeds to the next); where something is fed, T is 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers.attention import Attention, Memory


class Bound(NamedTuple):
    """The parts of a decoder, bound to their parameters, a memory and a key."""

    layers: Callable[[Array, Carry], tuple[Carry, Array]]
    """(inputs [T, B, ...], state) -> (state, hs [T, B, H])"""
    context: Callable[[Array], tuple[Array, Array]]
    """queries [T, B, H] -> (contexts [T, B, D], weights [T, S, B])"""
    readout: Callable[..., Array]
    """(hs, contexts, xs) -> readouts [T, B, R]"""


Wiring = Callable[[Bound, Carry, Array], tuple[Carry, tuple[Array, Array]]]


def after(bound: Bound, carry: Carry, xs: Array) -> tuple[Carry, tuple[Array, Array]]:
    """h_t = layers(x_t), c_t = attention(h_t): all steps are one call of the layers."""
    state, _ = carry
    state, hs = bound.layers(xs, state)
    contexts, weights = bound.context(hs)
    return (state, ()), (bound.readout(hs, contexts, xs), weights)


def before(bound: Bound, carry: Carry, xs: Array) -> tuple[Carry, tuple[Array, Array]]:
    """c_t = attention(h_{t-1}), h_t = layers([x_t, c_t]) (Bahdanau et al. 2015)."""
    state, previous_h = carry
    contexts, weights = bound.context(previous_h[None])
    state, hs = bound.layers(jnp.concatenate([xs, contexts], -1), state)
    return (state, hs[-1]), (bound.readout(hs, contexts, xs), weights)


def feed(bound: Bound, carry: Carry, xs: Array) -> tuple[Carry, tuple[Array, Array]]:
    """h_t = layers([x_t, r_{t-1}]), c_t = attention(h_t): input feeding (Luong et al. 2015)."""
    state, previous_readout = carry
    state, hs = bound.layers(jnp.concatenate([xs, previous_readout[None]], -1), state)
    contexts, weights = bound.context(hs)
    readouts = bound.readout(hs, contexts, xs)
    return (state, readouts[-1]), (readouts, weights)


WIRINGS: dict[str, Wiring] = {"after": after, "before": before, "feed": feed}


def tanh_dense(params: Params, xs: Array) -> Array:
    """tanh(x w + b), xs [..., D] -> [..., features], for w [D, features] and b [features].

    >>> tanh_dense({"w": jnp.zeros((3, 2)), "b": jnp.ones(2)}, jnp.ones((1, 3))).round(3)
    Array([[0.762, 0.762]], dtype=float32)
    """
    return jnp.tanh(matmul(xs, params["w"]) + params["b"])


def attend_memory(
    attention: Attention | None, params: Params, queries: Array, memory: Memory | None
) -> tuple[Array, Array]:
    """Contexts [T, N, D] and weights [T, S, N] of queries [T, N, Q]; without attention D = S = 0.

    N is B K: K hypotheses side by side share a row of memory.
    """
    if attention is None or memory is None:
        return queries[..., :0], jnp.zeros((len(queries), 0, queries.shape[1]))
    steps, rows, width = queries.shape
    batch = memory.real.shape[0]
    if rows == batch:
        return attention.attend(params, queries, memory)
    # The hypotheses of a row become steps of it: attention sees no order of queries.
    beam = rows // batch
    queries = jnp.swapaxes(queries.reshape(steps, batch, beam, width), 1, 2)
    contexts, weights = attention.attend(params, queries.reshape(-1, batch, width), memory)
    contexts = jnp.swapaxes(contexts.reshape(steps, beam, batch, -1), 1, 2)
    weights = weights.reshape(steps, beam, -1, batch).transpose(0, 2, 3, 1)
    return contexts.reshape(steps, rows, -1), weights.reshape(steps, -1, rows)
