"""The state of a cell as one vector a row, whatever tree its carry is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.flatten_util import ravel_pytree

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params


class FlatState(NamedTuple):
    """Between the carry of B rows and s [B, N], its leaves one after the other.

    s is real: of a complex leaf come the real parts first, then the imaginary ones. So Jacobians,
    exponents and singular values are those of the map of real numbers, and each complex eigenvalue
    of a complex map is there with its conjugate.
    """

    size: int
    """N"""
    ravel: Callable[[Carry], Array]
    unravel: Callable[[Array], Carry]


def flat_state(cell: Cell, params: Params) -> FlatState:
    """How the carry of ``cell`` lies in a vector: of an LSTM h first, then c.

    >>> from seqjax.cells import lstm
    >>> cell = lstm(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> flat = flat_state(cell, params)
    >>> flat.size, flat.ravel(cell.start(params, (2,))).shape
    (8, (2, 8))
    """
    shapes = jax.eval_shape(lambda params: cell.start(params, (1,)), params)
    row = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape[1:], leaf.dtype), shapes)
    vector, unravel_parts = ravel_pytree(jax.tree.map(_real_parts, row))

    def unravel_row(s: Array) -> Carry:
        return jax.tree.map(_leaf_of, row, unravel_parts(s))

    def ravel_row(row: Carry) -> Array:
        return ravel_pytree(jax.tree.map(_real_parts, row))[0]

    return FlatState(vector.size, jax.vmap(ravel_row), jax.vmap(unravel_row))


def _real_parts(leaf: Array) -> Array:
    """Real numbers that hold a leaf: itself, or [2, ...] of a complex one."""
    return jnp.stack([leaf.real, leaf.imag]) if jnp.iscomplexobj(leaf) else leaf


def _leaf_of(like: Array, parts: Array) -> Array:
    """The leaf, built as ``like``, of what ``_real_parts`` made of it."""
    if not jnp.iscomplexobj(like):
        return parts
    leaf: Array = lax.complex(parts[0], parts[1])
    return leaf
