"""The step of a cell as a map of vectors, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell, advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params, Tree


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
