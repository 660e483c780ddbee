"""Layer normalisation of the two sums that enter a cell."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks, gates, products
from seqjax.basics.cell import Cell, Gated, gated
from seqjax.basics.gates import Gate
from seqjax.basics.types import Array, Carry, Params, Tree


def normalised(x: Array, scale: Array, epsilon: float) -> Array:
    """scale ⊙ (x - mean) / sqrt(variance + epsilon) over the last axis."""
    x = x - x.mean(-1, keepdims=True)
    y: Array = x * lax.rsqrt((x * x).mean(-1, keepdims=True) + epsilon) * scale.astype(x.dtype)
    return y


def layer_norm(cell: Cell, *, epsilon: float = 1e-5) -> Cell:
    """The cell with z = LN(x w_x; s_x) + b and u = LN(h w_h; s_h) (Ba et al. 2016, equation 20).

    LN(a; s) = s ⊙ (a - mean(a)) / sqrt(var(a) + ε), over the columns of all gates together. Adds
    the parameters scale_x [kH] and scale_h [kH], which begin at one. Differs from the paper's LSTM
    in that the memory is not normalised again before its tanh. Wrap this first, other wrappers
    around it.

    Raises:
      ValueError: if the cell has no gate, its inputs are not projected by x w_x + b alone, or
        epsilon is not above 0.

    >>> import jax
    >>> from seqjax.cells import lstm
    >>> sorted(layer_norm(lstm(4)).init(jax.random.key(0), 3))
    ['b', 'scale_h', 'scale_x', 'w_h', 'w_x']
    """
    checks.cell(cell)
    checks.number("epsilon", epsilon, above=0)
    hidden, gate = gated(cell, "cell: layer_norm")
    if cell.project is not products.dense:
        raise ValueError(f"cell: got {cell.name}, want layer_norm inside the other wrappers")

    def init(key: Array, d: int) -> Params:
        params = cell.init(key, d)
        ones = jnp.ones(params["w_x"].shape[-1])
        return {**params, "scale_x": ones, "scale_h": ones}

    def project(params: Params, xs: Array) -> Array:
        z = normalised(products.matmul(xs, params["w_x"]), params["scale_x"], epsilon)
        shifted: Array = z + params["b"].astype(z.dtype)
        return shifted

    def combine(params: Params, blocks: list[Any], carry: Carry, side: Tree) -> Carry:
        ((z, u),) = blocks
        return gates.apply(gate, params, z, normalised(u, params["scale_h"], epsilon), carry, side)

    return cell._replace(
        name=f"layer_norm({cell.name})",
        init=init,
        project=project,
        recurrence=Gated(hidden, Gate(combine, "-")),
    )
