"""Which arrays differ from device to device, where ``jax.shard_map`` checks it.

Inside ``shard_map`` with ``check_vma`` the type of an array names the mesh axes over which it
varies: rows of a batch do over the axis that cuts the batch, weights that every device has do not.
A loop's carry must have one type from its first step to its last, so zeros that become rows, and
weights that meet them, are said to vary before the loop. The transpose of that is the sum over the
axis: the gradient of a weight is added up over the devices once, after the loop.

Outside of ``shard_map``, and without ``check_vma``, nothing varies and nothing is done.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import jax
from jax import lax

from seqjax.basics.types import Tree

T = TypeVar("T")


def axes(*trees: Tree) -> frozenset[Any]:
    """The mesh axes over which any leaf varies; leaves may be arrays or jax.ShapeDtypeStruct.

    >>> axes({"w": jax.numpy.ones(2)})
    frozenset()
    """
    found: frozenset[Any] = frozenset()
    for leaf in jax.tree.leaves(trees):
        shape = leaf if isinstance(leaf, jax.ShapeDtypeStruct) else jax.typeof(leaf)
        found |= getattr(shape.manual_axis_type, "varying", frozenset())
    return found


def over(names: frozenset[Any], tree: T) -> T:
    """``tree``, every leaf of which varies over the axes ``names``, and those it varied over.

    >>> over(frozenset(), {"w": 1.0})
    {'w': 1.0}
    """
    if not names:
        return tree

    def vary(leaf: Any) -> Any:
        missing = tuple(sorted(names - axes(leaf)))
        return lax.pcast(leaf, missing, to="varying") if missing else leaf

    varied: T = jax.tree.map(vary, tree)
    return varied


def shapes(names: frozenset[Any], tree: T) -> T:
    """jax.ShapeDtypeStruct of arrays that vary over ``names``, from such or from arrays."""
    if not names:
        return tree
    varied: T = jax.eval_shape(partial(over, names), tree)
    return varied


def alike(tree: T) -> T:
    """``tree``, every leaf of which varies wherever one of them does."""
    return over(axes(tree), tree)
