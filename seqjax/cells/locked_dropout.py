"""Dropout with one mask for a whole sequence."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.build import gated, gated_step
from seqjax.basics.types import Array, Carry, Cell, Params, Tree


def _mask(key: Array, rate: float, shape: tuple[int, ...], dtype: jnp.dtype) -> Array:
    """0 with probability ``rate``, else 1 / (1 - rate)."""
    return jax.random.bernoulli(key, 1 - rate, shape).astype(dtype) / (1 - rate)


def locked_dropout(cell: Cell, *, inputs: float = 0.1, hidden: float = 0.1) -> Cell:
    """The cell with x_t ⊙ m_x and (h_{t-1} ⊙ m_h) . w_h, the same masks at every step of a row.

    Variational dropout (Gal and Ghahramani 2016, with one mask for all gates); m = 0 with
    probability ``inputs`` or ``hidden``, else 1 / (1 - rate). What others read is not masked, nor
    is what a GRU hands on past its gates. Without noise the cell is unchanged.

    Raises:
      ValueError: for a rate outside [0, 1), ``hidden`` on a cell that gives ``step`` alone, or a
        cell that has locked dropout already.
    """
    inputs, hidden = checks.fraction("inputs", inputs), checks.fraction("hidden", hidden)
    if "locked_dropout(" in cell.name:  # there is one place for the mask of what is fed back
        raise ValueError(f"cell: got {cell.name}, want a cell without locked_dropout")
    feed = cell.hidden

    def perturb(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        first, second, others = jax.random.split(key, 3)
        xs = xs * _mask(first, inputs, xs.shape[1:], xs.dtype)
        if hidden and feed is not None:
            h = jax.eval_shape(lambda: feed(params, cell.start(params, xs.shape[1:2])))
            params = {**params, "locked": _mask(second, hidden, h.shape, h.dtype)}
        return cell.perturb(params, xs, others) if cell.perturb else (params, xs)

    noisy = cell._replace(name=f"locked_dropout({cell.name})", perturb=perturb)
    if not hidden:
        return noisy
    inner, gate = gated(cell, "hidden: locked_dropout", "; want hidden=0")

    def masked(params: Params, carry: Carry) -> Array:
        h = inner(params, carry)
        return h * params["locked"] if "locked" in params else h

    return noisy._replace(hidden=masked, step=gated_step(masked, gate))
