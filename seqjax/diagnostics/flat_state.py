"""The state of a cell as one vector a row, whatever tree its carry is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from seqjax.basics.cell import Cell, advance
from seqjax.basics.types import Array, Carry, Params, Tree


class FlatState(NamedTuple):
    """Between the carry of B rows and s [B, N], its leaves one after the other."""

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
    vector, unravel_row = ravel_pytree(row)
    return FlatState(vector.size, jax.vmap(lambda row: ravel_pytree(row)[0]), jax.vmap(unravel_row))


def step_map(cell: Cell, params: Params, z: Tree) -> Callable[[Array], Array]:
    """s -> the state after one step of projected inputs z [B, ...], both [B, N]."""
    flat = flat_state(cell, params)
    return lambda s: flat.ravel(advance(cell, params, flat.unravel(s), z))


def push(function: Callable[[Array], Array], s: Array, tangents: Array) -> Array:
    """J v for tangents v [K, B, N] at s [B, N]: [K, B, N].

    The derivative is made by the reverse mode alone, twice: v -> J v is the transpose of w -> Jᵀ w.
    So it serves cells that have no forward mode, and where a cell clips what goes back, the second
    derivative is taken at zero, where nothing is clipped: J is that of the values.
    """
    value, pull = jax.vjp(function, s)
    _, transpose = jax.vjp(lambda cotangent: pull(cotangent)[0], jnp.zeros_like(value))
    pushed: Array = jax.vmap(lambda tangent: transpose(tangent)[0])(tangents)
    return pushed


def jacobian(function: Callable[[Array], Array], s: Array) -> Array:
    """J [B, N, N] of a map of rows at s [B, N]: J[b, i, j] = ∂ function(s)[b, i] / ∂ s[b, j]."""
    batch, size = s.shape
    units = jnp.broadcast_to(jnp.eye(size, dtype=s.dtype)[:, None], (size, batch, size))
    return jnp.moveaxis(push(function, s, units), 0, -1)
