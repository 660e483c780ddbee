"""Arrays of T slots, one a step, read and written inside a loop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import varying
from seqjax.basics.types import Array, Tree


def get(tree: Tree, t: Array | int) -> Tree:
    """Slot t of every leaf."""
    # t is never negative: saying so saves a comparison and a select at every step.
    return jax.tree.map(
        lambda a: lax.dynamic_index_in_dim(a, t, 0, False, allow_negative_indices=False), tree
    )


def put(tree: Tree, t: Array | int, value: Tree) -> Tree:
    """The tree with ``value`` in slot t."""
    return jax.tree.map(
        lambda a, x: lax.dynamic_update_index_in_dim(
            a, x.astype(a.dtype), t, 0, allow_negative_indices=False
        ),
        tree,
        value,
    )


def empty(slot: Tree, steps: int) -> Tree:
    """Room for ``steps`` values like ``slot``."""
    room = jax.tree.map(lambda s: jnp.zeros((steps, *s.shape), s.dtype), slot)
    return varying.over(varying.axes(slot), room)
