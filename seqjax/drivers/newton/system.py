"""A walk as one system of equations: s_t - f(s_{t-1}, x_t) = 0 for all steps at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks
from seqjax.basics.cell import Cell, Gated, advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.trees import floats, merge, over_steps
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.inputs import ScanInputs
from seqjax.drivers.linear_scan import before
from seqjax.drivers.newton.blocks import Blocks


class Args(NamedTuple):
    """What the solution is differentiated by."""

    params: Params
    zs: Tree
    """[T, B, ...]: floating leaves of the projected inputs"""
    carry: Carry
    start: Carry


class Fixed(NamedTuple):
    """What it is not."""

    zs: Tree
    real: Array | None
    restarts: Array | None


class System(NamedTuple):
    """The equations of a cell. Steps are in the order of walking."""

    cell: Cell
    blocks: Blocks
    """of the Jacobian that the iteration uses"""
    exact: bool
    """whether the Jacobian has no entries outside of the blocks"""


def equations(cell: Cell, inputs: ScanInputs) -> tuple[Args, Fixed]:
    """What the system of a walk is a function of."""
    zs = cell.project(inputs.params, inputs.xs)
    steps = (zs, inputs.real, inputs.restarts)
    if inputs.reverse:
        steps = jax.tree.map(lambda a: a[::-1], steps)
    floating, others = floats(steps[0])
    return Args(inputs.params, floating, inputs.carry, inputs.start), Fixed(others, *steps[1:])


def previous(system: System, args: Args, states: Array) -> Array:
    """s_{t-1} [T, B, N] for states s_t, with the carry at the first step."""
    flat = flat_state(system.cell, args.params)
    earlier: Array = before(states, False, flat.ravel(args.carry))
    return earlier


def next_states(system: System, args: Args, fixed: Fixed, earlier: Array) -> Array:
    """f(s_{t-1}, x_t) of all steps, [T, B, N] -> [T, B, N], with resets and padding."""
    flat = flat_state(system.cell, args.params)

    def step(z: Tree, s: Array) -> Array:
        return flat.ravel(advance(system.cell, args.params, flat.unravel(s), z))

    entered = entered_states(system, args, fixed, earlier)
    # Rows of a gate do not see each other, so that steps may be rows of one batch; of a step of any
    # kind nothing is known.
    all_steps = over_steps if isinstance(system.cell.recurrence, Gated) else _each_step
    after = all_steps(step, merge(args.zs, fixed.zs), entered)
    chosen: Array = masks.choose(fixed.real, after, earlier)
    return chosen


def _each_step(step: Callable[[Tree, Array], Array], zs: Tree, states: Array) -> Array:
    after: Array = jax.vmap(step)(zs, states)
    return after


def entered_states(system: System, args: Args, fixed: Fixed, earlier: Array) -> Array:
    """s_{t-1} as a step sees it: the start where a row restarts.

    In the padding too, so that nothing of what stands there can overflow.
    """
    start = flat_state(system.cell, args.params).ravel(args.start)
    start = jnp.broadcast_to(start, earlier.shape)
    restarted = earlier if fixed.restarts is None else masks.choose(fixed.restarts, start, earlier)
    entered: Array = masks.choose(fixed.real, restarted, start)
    return entered


def next_state(system: System, args: Args, fixed: Fixed, earlier: Array, t: Any) -> Array:
    """The same of step t alone: [B, N] -> [B, N]."""

    def at(tree: Tree) -> Tree:
        return jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, t, 1), tree)

    one, other = args._replace(zs=at(args.zs)), Fixed(*map(at, fixed))
    return next_states(system, one, other, earlier[None])[0]


def gather(blocks: Blocks, s: Array) -> tuple[Array, ...]:
    """[..., N] -> [..., n, k] a size."""
    return tuple(s[..., block] for block in blocks)


def scatter(blocks: Blocks, parts: tuple[Array, ...], like: Array) -> Array:
    """What ``gather`` took apart."""
    joined = jnp.concatenate(
        [
            part.reshape(*part.shape[:-2], block.size)
            for part, block in zip(parts, blocks, strict=True)
        ],
        -1,
    )
    order = jnp.concatenate([jnp.asarray(block.reshape(-1)) for block in blocks])
    return joined[..., jnp.argsort(order)].astype(like.dtype)
