"""The Jacobians of all steps at given states, by blocks."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import gates, masks, products, varying
from seqjax.basics.cell import Gated, split_side
from seqjax.basics.flat_state import flat_state
from seqjax.basics.trees import merge, over_steps
from seqjax.basics.types import Array, Tree
from seqjax.drivers.newton.blocks import Blocks, largest
from seqjax.drivers.newton.system import Args, Fixed, System, entered_states, next_states

Columns = Callable[[Array], Array]
"""unit [N] -> J_t unit of all steps, [T, B, N]"""


def jacobians(system: System, args: Args, fixed: Fixed, earlier: Array) -> tuple[Array, ...]:
    """The blocks of J_t = ∂f/∂s_{t-1} at states s_{t-1}, [T, B, n, k, k] a size.

    As many products J_t v as the largest block has columns: one gives a column of every block.
    """
    of_gate = isinstance(system.cell.recurrence, Gated)
    columns = (_of_gate if of_gate else _of_step)(system, args, fixed, earlier)
    size, axes = earlier.shape[-1], varying.axes(earlier)
    if not system.exact:
        units = varying.over(axes, jnp.eye(size, dtype=earlier.dtype))
        return (_diagonal(columns, units, earlier)[..., None, None],)
    units = varying.over(axes, _units(system.blocks, size).astype(earlier.dtype))
    found = lax.map(columns, units)
    return tuple(
        jnp.moveaxis(found[: block.shape[1]][..., block], 0, -1) for block in system.blocks
    )


def _of_step(system: System, args: Args, fixed: Fixed, earlier: Array) -> Columns:
    """By the derivative of the whole step."""
    _, push = jax.linearize(lambda s: next_states(system, args, fixed, s), earlier)
    return lambda unit: push(jnp.broadcast_to(unit, earlier.shape))


def _of_gate(system: System, args: Args, fixed: Fixed, earlier: Array) -> Columns:
    """The same for carry' = gate(z, hidden(carry) . w_h, carry).

    What a unit makes of the product is a row of w_h, the same at all steps; only the derivative of
    the gate, which is pointwise in most cells, is taken step by step.
    """
    recurrence = system.cell.recurrence
    assert isinstance(recurrence, Gated)
    flat, params = flat_state(system.cell, args.params), args.params
    zs, entered = merge(args.zs, fixed.zs), entered_states(system, args, fixed, earlier)

    def product(s: Array) -> Array:
        return products.recur(recurrence.hidden(params, flat.unravel(s)), params["w_h"])

    def gate(u: Array, s: Array) -> Array:
        def of_rows(z: Tree, u: Array, s: Array) -> Array:
            z, side = split_side(z)
            return flat.ravel(gates.apply(recurrence.gate, params, z, u, flat.unravel(s), side))

        after: Array = over_steps(of_rows, zs, u, s)
        return after

    u = over_steps(product, entered)
    _, push = jax.linearize(gate, u, entered)

    def column(unit: Array) -> Array:
        rows = jnp.broadcast_to(unit, earlier.shape[1:])
        du = jnp.broadcast_to(product(rows), u.shape)
        still = jnp.broadcast_to(unit, earlier.shape)
        moved = push(du, still)
        if fixed.restarts is not None:
            moved = masks.zero(~fixed.restarts, moved)
        chosen: Array = masks.choose(fixed.real, moved, still)
        return chosen

    return column


def _units(blocks: Blocks, size: int) -> Array:
    """[k, N]: 1 at entry p of every block that has one, 0 elsewhere."""
    units = jnp.zeros((largest(blocks), size))
    for block in blocks:
        for p in range(block.shape[1]):
            units = units.at[p, block[:, p]].set(1)
    return units


def _diagonal(columns: Columns, units: Array, like: Array) -> Array:
    """The diagonal of Jacobians that are dense: memory for one column."""

    def add(total: Array, unit: Array) -> tuple[Array, None]:
        return total + unit * columns(unit), None

    zeros = varying.over(varying.axes(like), jnp.zeros_like(like))
    return lax.scan(add, zeros, units)[0]
