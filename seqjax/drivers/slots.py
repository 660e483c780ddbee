"""Arrays of T slots, one a step, read and written inside a loop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

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
    return jax.tree.map(lambda s: jnp.zeros((steps, *s.shape), s.dtype), slot)


def add(a: Tree, b: Tree) -> Tree:
    """a + b, leaf by leaf."""
    return jax.tree.map(jnp.add, a, b)


def floats(tree: Tree) -> tuple[Tree, Tree]:
    """The tree cut in two: floating leaves and the others, None at the other's places."""
    pick = [jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in jax.tree.leaves(tree)]
    leaves, shape = jax.tree.flatten(tree)
    return (
        shape.unflatten([a if p else None for a, p in zip(leaves, pick, strict=True)]),
        shape.unflatten([None if p else a for a, p in zip(leaves, pick, strict=True)]),
    )


def merge(some: Tree, others: Tree) -> Tree:
    """Puts together what ``floats`` cut."""
    return jax.tree.map(
        lambda a, b: b if a is None else a, some, others, is_leaf=lambda a: a is None
    )
