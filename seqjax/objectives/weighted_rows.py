"""A weighted sum over the rows that have a weight, at the cost of those rows alone.

Shapes are static under jit, but the number of turns of a loop is not: rows that count are put first
and walked in blocks, as many as there are. Such a loop has no reverse mode of its own. It needs
none: the gradient of a sum is known up to one factor when the sum is made, so the forward pass
makes both, and the backward pass multiplies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.products import wide
from seqjax.basics.types import Array, Tree

Elements = Callable[[Tree, Array, Array], Array]
"""(params, hs [N, D], targets [N]) -> values [N]"""

Sum = TypeVar("Sum")


def blocks(weights: Array, size: int) -> tuple[Array, Array]:
    """The rows with a weight, then N, as int [N + size]; and how many blocks they fill.

    weights [N], ``size`` rows a block.

    >>> blocks(jnp.array([0.0, 1.0, 0.0, 2.0]), 2)
    (Array([1, 3, 4, 4, 4, 4], dtype=int32), Array(1, dtype=int32))
    """
    n = len(weights)
    (order,) = jnp.nonzero(weights, size=n, fill_value=n)
    order = jnp.concatenate([order, jnp.full(size, n, order.dtype)])
    return order, -(-jnp.count_nonzero(weights) // size)


def rows_total(
    elements: Elements, params: Tree, hs: Array, targets: Array, weights: Array, *, size: int
) -> Array:
    """Σ_n w_n elements(params, hs, targets)_n over w_n ≠ 0; hs [N, D], targets and weights [N].

    The sum is a scalar in float32 or wider; ``size`` rows are taken at a time. Reverse mode, once,
    for params and hs; weights get no gradient.

    >>> def squares(params, hs, targets):
    ...     return ((hs @ params)[:, 0] - targets) ** 2
    >>> hs, targets, weights = jnp.ones((3, 2)), jnp.arange(3.0), jnp.array([0.0, 0.5, 1.0])
    >>> rows_total(squares, jnp.ones((2, 1)), hs, targets, weights, size=2)  # 0.5 (2 - 1)^2
    Array(0.5, dtype=float32)
    """
    zero = jnp.zeros((), wide(hs.dtype))

    def block_total(params: Tree, hs: Array, targets: Array, weights: Array) -> Array:
        values = elements(params, hs, targets)
        return jnp.sum(jnp.where(weights != 0, values, 0) * weights)

    @jax.custom_vjp
    def total(params: Tree, *arrays: Array) -> Array:
        def add(value: Array, rows: Array, block: Sequence[Array]) -> Array:
            return value + block_total(params, *block)

        return _over_blocks(add, zero, arrays, size)

    def forward(params: Tree, *arrays: Array) -> tuple[Array, tuple[Tree, Array]]:
        differentiate = jax.value_and_grad(block_total, argnums=(0, 1))

        def add(
            sums: tuple[Array, Tree, Array], rows: Array, block: Sequence[Array]
        ) -> tuple[Array, Tree, Array]:
            value, dparams, dhs = sums
            block_value, (block_dparams, block_dhs) = differentiate(params, *block)
            dparams = jax.tree.map(lambda a, b: a + b.astype(a.dtype), dparams, block_dparams)
            return value + block_value, dparams, dhs.at[rows].set(block_dhs, mode="drop")

        wider = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, wide(leaf.dtype)), params)
        start = (zero, wider, jnp.zeros_like(arrays[0]))
        value, dparams, dhs = _over_blocks(add, start, arrays, size)
        return value, (jax.tree.map(lambda d, leaf: d.astype(leaf.dtype), dparams, params), dhs)

    def backward(gradients: tuple[Tree, Array], scale: Array) -> tuple[Tree, Array, None, None]:
        dparams, dhs = jax.tree.map(lambda d: (d * scale).astype(d.dtype), gradients)
        return dparams, dhs, None, None

    total.defvjp(forward, backward)
    value: Array = total(params, hs, targets, weights)
    return value


def _over_blocks(
    add: Callable[[Sum, Array, Sequence[Array]], Sum],
    start: Sum,
    arrays: Sequence[Array],
    size: int,
) -> Sum:
    """``start`` and all blocks of rows whose weight, the last of ``arrays`` [N, ...], is not 0.

    ``add`` is given the sum so far, the numbers of the rows [size] and these rows of each array.
    """
    order, count = blocks(arrays[-1], size)

    def body(i: Array, total: Sum) -> Sum:
        rows = lax.dynamic_slice(order, (i * size,), (size,))
        return add(total, rows, [_take(array, rows) for array in arrays])

    result: Sum = lax.fori_loop(0, count, body, start)
    return result


def _take(array: Array, rows: Array) -> Array:
    """The rows, and zeros for rows beyond the last."""
    return jnp.take(array, rows, axis=0, mode="fill", fill_value=0)
