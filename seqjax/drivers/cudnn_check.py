"""Whether a driver's walk agrees with ``sequential``, on a small problem of the same widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Cell, Tree
from seqjax.drivers import door
from seqjax.drivers.sequential import walk_steps

LENGTHS = (7, 0, 1, 4)
"""Of the rows of the small problem: full, empty, and between."""
BOUND = {False: 1e-4, True: 3e-2}
"""Largest difference without and with TF32, relative to the largest entry of each array. A wrong
layout, gate or length is far beyond it, rounding in sums over wide cells is not."""
ANSWERS = ("outputs", "last carry", "gradients of params", "of xs", "of carry")

Walk = Callable[..., door.Walked]

_found: dict[tuple[int, int, bool], str] = {}


def fault(walk: Walk, cell: Cell, d: int, tf32: bool) -> str:
    """What is wrong with ``walk(cell, params, walk, reverse, tf32)``, "" if nothing is.

    The answer is kept for each (width, input width, tf32). May be called while JAX traces: it
    works on numbers.
    """
    key = (cell.width, d, tf32)
    if key not in _found:
        with jax.ensure_compile_time_eval(), jax.default_matmul_precision("highest"):
            _found[key] = _compare(walk, cell, d, tf32)
    return _found[key]


def _compare(walk: Walk, cell: Cell, d: int, tf32: bool) -> str:
    where = f"width {cell.width}, input width {d}"
    try:
        # The key is an argument, lest XLA compute the whole problem while it compiles.
        found = jax.jit(lambda key: differences(walk, cell, d, tf32, key))(jax.random.key(0))
        worst = [float(value) for value in found]
    except jax.errors.JaxRuntimeError as error:
        return f"cudnn fails at {where}: {error}"
    if all(value <= BOUND[tf32] for value in worst):  # not for NaN
        return ""
    by = ", ".join(f"{name} {value:.2g}" for name, value in zip(ANSWERS, worst, strict=True))
    return f"cudnn and sequential differ at {where}: {by}"


def differences(walk: Walk, cell: Cell, d: int, tf32: bool, key: Array) -> list[Array]:
    """How far ``ANSWERS`` are apart on a random problem, relative to the largest entry of each."""
    steps, batch = max(LENGTHS), len(LENGTHS)
    lengths = jnp.array(LENGTHS, jnp.int32)
    params = jax.eval_shape(lambda: cell.init(key, d))
    carry = jax.eval_shape(lambda: cell.start(cell.init(key, d), (batch,)))
    xs, hs = (jax.ShapeDtypeStruct((steps, batch, n), jnp.float32) for n in (d, cell.width))
    params, xs, carry, cotangents = _random(key, (params, xs, carry, (carry, hs)))
    # As large as cells begin, so that the gates of wide ones are not saturated.
    params = jax.tree.map(lambda a: a * cell.width**-0.5, params)

    def answers(drive: Walk, *options: Any) -> tuple[Tree, ...]:
        def of(params: Tree, xs: Tree, carry: Tree) -> tuple:
            inside = door.enter(cell, params, xs, lengths, carry, None, False)
            return door.leave(inside, drive(cell, params, inside, False, *options), False)

        (last, hs), pull = jax.vjp(of, params, xs, carry)
        return hs, last, *pull(cotangents)

    pairs = zip(answers(walk, tf32), answers(walk_steps, False), strict=True)
    return [_difference(*pair) for pair in pairs]


def _random(key: Array, like: Tree) -> Tree:
    """Normal numbers in the shapes of ``like``, all drawn at once: quicker to compile."""
    leaves, shape = jax.tree.flatten(like)
    sizes = [leaf.size for leaf in leaves]
    draw = jax.random.normal(key, (sum(sizes),), jnp.float32)
    cut = jnp.split(draw, [sum(sizes[:n]) for n in range(1, len(sizes))])
    return shape.unflatten([a.reshape(leaf.shape) for a, leaf in zip(cut, leaves, strict=True)])


def _difference(got: Tree, want: Tree) -> Array:
    """The largest over the leaves of max |got - want| / max |want|; infinite for NaN."""

    def relative(a: Array, b: Array) -> Array:
        scale, apart = jnp.abs(b).max(), jnp.abs(a - b)
        # A maximum by XLA may pass over NaN.
        return jnp.where(jnp.isnan(apart), jnp.inf, apart).max() / jnp.where(scale > 0, scale, 1)

    return jnp.stack(jax.tree.leaves(jax.tree.map(relative, got, want))).max()
