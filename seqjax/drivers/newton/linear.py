"""The system linearised at given states, solved in parallel or step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import varying
from seqjax.basics.types import Array
from seqjax.drivers.linear_scan import before, linear_scan
from seqjax.drivers.newton.blocks import Blocks
from seqjax.drivers.newton.jacobians import jacobians
from seqjax.drivers.newton.system import (
    Args,
    Fixed,
    System,
    gather,
    next_state,
    next_states,
    previous,
    scatter,
)


def solve_blocks(
    blocks: Blocks, jacobians: tuple[Array, ...], b: Array, *, transpose: bool = False
) -> Array:
    """v_t - J_t v_{t-1} = b_t for J of blocks, [T, B, N]; or the transpose of that."""
    # Blocks of one entry are numbers, not matrices.
    single = [block.shape[1] == 1 for block in blocks]
    a = [j[..., 0, 0] if one else j for j, one in zip(jacobians, single, strict=True)]
    parts = [p[..., 0] if one else p for p, one in zip(gather(blocks, b), single, strict=True)]
    if transpose:
        a = [before(j if j.ndim == 3 else jnp.swapaxes(j, -1, -2), True) for j in a]
    found = linear_scan(a, parts, reverse=transpose)
    whole = [p[..., None] if one else p for p, one in zip(found, single, strict=True)]
    return scatter(blocks, tuple(whole), b)


def solve_linearised(
    system: System, args: Args, fixed: Fixed, states: Array, parallel: Array, b: Array
) -> Array:
    """v with v_t - J_t v_{t-1} = b_t, J being the true derivative at ``states``.

    Linear in b, of which it has derivatives of both modes and any order, as of args and states.

    Args:
      parallel: bool; False: step by step, as where products of many J lose every digit.
    """
    earlier = previous(system, args, states)

    def derivative(v: Array) -> Array:
        pushed: Array = jax.jvp(lambda s: next_states(system, args, fixed, s), (earlier,), (v,))[1]
        return pushed

    def at_once(blocks: tuple[Array, ...], b: Array, transpose: bool) -> Array:
        return solve_blocks(system.blocks, blocks, b, transpose=transpose)

    def solve(step_by_step: Callable[..., Array], transpose: bool) -> Callable[..., Array]:
        def either(_: Any, b: Array) -> Array:
            if not system.exact:
                return step_by_step(system, args, fixed, earlier, b)

            def by_steps(b: Array) -> Array:
                return step_by_step(system, args, fixed, earlier, b)

            def by_blocks(b: Array) -> Array:
                blocks = jacobians(system, args, fixed, earlier)
                whole = complete(system.blocks, blocks, derivative, earlier)
                solved: Array = lax.cond(
                    whole, lambda b: at_once(blocks, b, transpose), by_steps, b
                )
                return solved

            found: Array = lax.cond(parallel, by_blocks, by_steps, b)
            return found

        return either

    solution: Array = lax.custom_linear_solve(
        lambda v: v - derivative(before(v, False)),
        b,
        solve(_forward, False),
        solve(_backward, True),
    )
    return solution


def complete(
    blocks: Blocks, parts: tuple[Array, ...], derivative: Callable[[Array], Array], like: Array
) -> Array:
    """Whether blocks are all there is of J_t, by one product with a vector that has no zero.

    What a step chooses by its state, as ``where(h > 1, ...)``, may hide entries from the search for
    blocks. They are no harm to the iteration, which is held to its residual; the gradient is.
    """
    v = 0.5 + jax.random.uniform(jax.random.key(0), like.shape, like.dtype)
    v = varying.over(varying.axes(like), v)
    pieces = tuple(
        jnp.einsum("...ij,...j->...i", part, piece, precision=lax.Precision.HIGHEST)
        for part, piece in zip(parts, gather(blocks, v), strict=True)
    )
    difference = jnp.abs(scatter(blocks, pieces, v) - derivative(v))
    size = jnp.maximum(1, scatter(blocks, jax.tree.map(jnp.abs, pieces), v))
    # Not <=, which rows that are not finite would fail: theirs is NaN either way.
    return ~jnp.any(difference > 1000 * jnp.finfo(like.dtype).eps * size)


def _forward(system: System, args: Args, fixed: Fixed, earlier: Array, b: Array) -> Array:
    """v_t = J_t v_{t-1} + b_t."""

    def body(v: Array, now: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        t, s, b = now
        pushed = jax.jvp(lambda s: next_state(system, args, fixed, s, t), (s,), (v,))[1]
        return pushed + b, pushed + b

    zero = varying.over(varying.axes(earlier, b), jnp.zeros_like(b[0]))
    return lax.scan(body, zero, (jnp.arange(len(b)), earlier, b))[1]


def _backward(system: System, args: Args, fixed: Fixed, earlier: Array, g: Array) -> Array:
    """λ_t = J_{t+1}ᵀ λ_{t+1} + g_t."""

    def body(pulled: Array, now: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        t, s, g = now
        adjoint = pulled + g
        pull = jax.vjp(lambda s: next_state(system, args, fixed, s, t), s)[1]
        return pull(adjoint)[0], adjoint

    steps = (jnp.arange(len(g)), earlier, g)
    zero = varying.over(varying.axes(earlier, g), jnp.zeros_like(g[0]))
    return lax.scan(body, zero, steps, reverse=True)[1]
