"""Trees of arrays: sums, and their floating leaves apart from the others."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Tree


def add(a: Tree, b: Tree) -> Tree:
    """a + b, leaf by leaf."""
    return jax.tree.map(jnp.add, a, b)


def join_steps(tree: Tree) -> Tree:
    """[T, B, ...] -> [T * B, ...]: all steps as one batch, which functions of a step serve."""
    return jax.tree.map(lambda a: a.reshape(a.shape[0] * a.shape[1], *a.shape[2:]), tree)


def split_steps(tree: Tree, steps: int) -> Tree:
    """[T * B, ...] -> [T, B, ...]."""
    return jax.tree.map(lambda a: a.reshape(steps, a.shape[0] // steps, *a.shape[1:]), tree)


def over_steps(function: Callable[..., Tree], *trees: Tree) -> Tree:
    """function(*trees), a function of one step's rows [B, ...], for trees of [T, B, ...].

    Steps are rows of one batch, which makes one product of many; where the function does not take
    another number of rows, as with a parameter a row, steps are an axis of their own.
    """
    joined = join_steps(trees)
    try:
        jax.eval_shape(function, *joined)
    except (TypeError, ValueError):
        return jax.vmap(function)(*trees)
    return split_steps(function(*joined), len(jax.tree.leaves(trees)[0]))


def widened(tree: Tree) -> Tree:
    """Floating leaves in float32, others as they are."""

    def widen(leaf: Array) -> Array:
        return leaf.astype(jnp.float32) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

    return jax.tree.map(widen, tree)


def floats(tree: Tree) -> tuple[Tree, Tree]:
    """The tree cut in two: floating leaves and the others, None in the place of what is left out.

    Only floating leaves have derivatives; masks and ids go the other way.
    """
    leaves, structure = jax.tree.flatten(tree)
    floating = [jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in leaves]
    return (
        structure.unflatten([a if f else None for a, f in zip(leaves, floating, strict=True)]),
        structure.unflatten([None if f else a for a, f in zip(leaves, floating, strict=True)]),
    )


def merge(some: Tree, others: Tree) -> Tree:
    """Puts together what ``floats`` cut."""
    return jax.tree.map(
        lambda a, b: b if a is None else a, some, others, is_leaf=lambda a: a is None
    )
