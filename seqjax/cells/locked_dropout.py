"""Dropout with one mask for a whole sequence."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Cell, Gated, Noise, gated
from seqjax.basics.types import Array, Carry, Params, Tree

MASK = "locked"
"""The parameter that holds the mask of what is fed back, during a pass with noise."""


def _mask(key: Array, rate: float, shape: tuple[int, ...], dtype: jnp.dtype) -> Array:
    """0 with probability ``rate``, else 1 / (1 - rate)."""
    return jax.random.bernoulli(key, 1 - rate, shape).astype(dtype) / (1 - rate)


def _has_mask(cell: Cell) -> bool:
    """Whether the noise of a cell masks what is fed back already."""
    if cell.noise is None:
        return False

    def after_noise(key: Array) -> Params:
        params = cell.init(key, cell.width)
        return cell.noise(params, jnp.zeros((1, 1, cell.width)), key)[0] if cell.noise else params

    return MASK in jax.eval_shape(after_noise, jax.random.key(0))


def locked_dropout(cell: Cell, *, inputs: float = 0.1, hidden: float = 0.1) -> Cell:
    """The cell with x_t ⊙ m_x and (h_{t-1} ⊙ m_h) . w_h, the same masks at every step of a row.

    Variational dropout (Gal and Ghahramani 2016, with one mask for all gates); m = 0 with
    probability ``inputs`` or ``hidden``, else 1 / (1 - rate). What others read is not masked, nor
    is what a GRU hands on past its gates. Without noise the cell is unchanged.

    Raises:
      ValueError: for a rate outside [0, 1), ``hidden`` on a cell without a gate, or on one that has
        such a mask already.

    >>> import jax, jax.numpy as jnp
    >>> from seqjax.cells import lstm
    >>> cell = locked_dropout(lstm(4), inputs=0.5, hidden=0.5)
    >>> noisy, xs = cell.noise(
    ...     cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3)), jax.random.key(1)
    ... )
    >>> noisy["locked"].shape, bool((xs[0] == xs[-1]).all())
    ((2, 4), True)
    """
    checks.cell(cell)
    inputs, hidden = checks.fraction("inputs", inputs), checks.fraction("hidden", hidden)
    if not hidden:
        return cell._replace(name=f"locked_dropout({cell.name})", noise=_noise(cell, inputs, 0))
    feed, gate = gated(cell, "hidden: locked_dropout", "; want hidden=0")
    if _has_mask(cell):
        raise ValueError(f"cell: got {cell.name}, want a cell without locked_dropout")

    def masked(params: Params, carry: Carry) -> Array:
        h = feed(params, carry)
        return h * params[MASK] if MASK in params else h

    return cell._replace(
        name=f"locked_dropout({cell.name})",
        recurrence=Gated(masked, gate),
        noise=_noise(cell, inputs, hidden),
    )


def _noise(cell: Cell, inputs: float, hidden: float) -> Noise:
    def noise(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        checks.key(key)
        first, second, others = jax.random.split(key, 3)
        xs = xs * _mask(first, inputs, xs.shape[1:], xs.dtype)
        if hidden:
            feed = gated(cell, "locked_dropout").hidden
            h = jax.eval_shape(lambda: feed(params, cell.start(params, xs.shape[1:2])))
            params = {**params, MASK: _mask(second, hidden, h.shape, h.dtype)}
        return cell.noise(params, xs, others) if cell.noise else (params, xs)

    return noise
