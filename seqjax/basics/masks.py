"""Padding and resets: the only file that understands them.

Past its length a row's carry is frozen and its output is zero, so a row of length 0 gives its start
carry. ``resets[t, b]`` says that row b begins a new document at step t.
"""

from __future__ import annotations

from typing import TypeVar

import jax
import jax.numpy as jnp

Array = jax.Array
T = TypeVar("T")
"""A tree of arrays."""


def valid(lengths: Array | None, steps: int) -> Array | None:
    """bool [T, B]: which steps are real. None (no padding at all) stays None.

    >>> valid(jnp.array([2, 0]), 3).astype(int).tolist()
    [[1, 0], [1, 0], [0, 0]]
    """
    if lengths is None:
        return None
    return jnp.arange(steps, dtype=lengths.dtype)[:, None] < lengths[None, :]


def restarts(resets: Array | None, real: Array | None, *, reverse: bool) -> Array | None:
    """Before which steps, in the order of walking, a row goes back to the start carry.

    Walking backwards a document is entered at its last step, which is the one before the next
    document's first. Marks in the padding mean nothing.

    >>> marks = jnp.array([[True], [False], [True]])
    >>> restarts(marks, None, reverse=True).astype(int).T.tolist()
    [[0, 1, 0]]
    """
    if resets is None:
        return None
    if real is not None:
        resets = resets & real
    if reverse:
        resets = jnp.concatenate([resets[1:], jnp.zeros_like(resets[:1])])
    return resets


def _fit(mask: Array, like: Array) -> Array:
    return mask.reshape(mask.shape + (1,) * (like.ndim - mask.ndim))


def choose(mask: Array | None, yes: T, no: T) -> T:
    """``where(mask, yes, no)`` leaf by leaf; the mask covers the leading axes. No mask: yes."""
    if mask is None:
        return yes
    chosen: T = jax.tree.map(lambda a, b: jnp.where(_fit(mask, a), a, b), yes, no)
    return chosen


def zero(mask: Array | None, tree: T) -> T:
    """The tree where the mask holds, zero elsewhere, whatever stands there (NaN included)."""
    zeros: T = jax.tree.map(jnp.zeros_like, tree)
    return choose(mask, tree, zeros)


@jax.custom_vjp
def turn(xs: Array, lengths: Array) -> Array:
    """xs [T, B, ...] with the first lengths[b] steps of each row b in reverse order.

    >>> turn(jnp.array([[1], [2], [3]]), jnp.array([2])).T.tolist()
    [[2, 1, 3]]
    """
    t = jnp.arange(xs.shape[0], dtype=lengths.dtype)[:, None]
    order = jnp.where(t < lengths, lengths - 1 - t, t)
    return jnp.take_along_axis(xs, _fit(order, xs), 0)


# Turning is its own inverse, hence its own transpose: told so, JAX needs no scatter, slow on GPUs.
turn.defvjp(
    lambda xs, lengths: (turn(xs, lengths), lengths), lambda lengths, d: (turn(d, lengths), None)
)
