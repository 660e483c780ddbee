"""A weighted sum over the rows that have a weight, at the cost of those rows alone.

Shapes are static under jit, but the number of turns of a loop is not: rows that count are put first
and walked in blocks, as many as there are. Such a loop has no reverse mode of its own. It needs
none: the gradient of a sum is known up to one factor when the sum is made, so the forward pass
makes both, and the backward pass multiplies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.products import wide
from seqjax.basics.types import Array, Tree

Elements = Callable[[Tree, Array, Array], Array]
"""(params, hs [N, D], targets [N]) -> values [N]"""


def blocks(weights: Array, size: int) -> tuple[Array, Array]:
    """The rows with a weight, then N, as int [N + size]; and how many blocks they fill."""
    n = len(weights)
    (order,) = jnp.nonzero(weights, size=n, fill_value=n)
    order = jnp.concatenate([order, jnp.full(size, n, order.dtype)])
    return order, -(-jnp.count_nonzero(weights) // size)


def rows_total(
    elements: Elements, params: Tree, hs: Array, targets: Array, weights: Array, *, size: int
) -> Array:
    """Σ_n w_n elements(params, hs, targets)_n over w_n ≠ 0; hs [N, D], targets and weights [N].

    Reverse mode, once, for params and hs; weights get no gradient.
    """

    def turn(params: Tree, hs: Array, targets: Array, weights: Array) -> Array:
        values = elements(params, hs, targets)
        return jnp.sum(jnp.where(weights != 0, values, 0) * weights)

    def walk(step: Callable, start: Any, *arrays: Array) -> Any:
        order, count = blocks(arrays[-1], size)

        def body(i: Array, so_far: Any) -> Any:
            rows = lax.dynamic_slice(order, (i * size,), (size,))
            return step(so_far, rows, [_take(array, rows) for array in arrays])

        return lax.fori_loop(0, count, body, start)

    zero = jnp.zeros((), wide(hs.dtype))

    @jax.custom_vjp
    def total(params: Tree, *arrays: Array) -> Array:
        def step(so_far: Array, rows: Array, block: list[Array]) -> Array:
            return so_far + turn(params, *block)

        return walk(step, zero, *arrays)

    def forward(params: Tree, *arrays: Array) -> tuple[Array, tuple[Tree, Array]]:
        def step(so_far: tuple, rows: Array, block: list[Array]) -> tuple:
            sum_, dparams, dhs = so_far
            value, (dp, dh) = jax.value_and_grad(turn, argnums=(0, 1))(params, *block)
            dparams = jax.tree.map(lambda a, b: a + b.astype(a.dtype), dparams, dp)
            return sum_ + value, dparams, dhs.at[rows].set(dh, mode="drop")

        wider = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, wide(leaf.dtype)), params)
        sum_, dparams, dhs = walk(step, (zero, wider, jnp.zeros_like(arrays[0])), *arrays)
        return sum_, (jax.tree.map(lambda d, leaf: d.astype(leaf.dtype), dparams, params), dhs)

    def backward(gradients: tuple[Tree, Array], scale: Array) -> tuple:
        dparams, dhs = jax.tree.map(lambda d: (d * scale).astype(d.dtype), gradients)
        return dparams, dhs, None, None

    total.defvjp(forward, backward)
    return total(params, hs, targets, weights)


def _take(array: Array, rows: Array) -> Array:
    """The rows, and zeros for rows beyond the last."""
    return jnp.take(array, rows, axis=0, mode="fill", fill_value=0)
