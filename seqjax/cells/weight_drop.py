"""Dropout of recurrent weights."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.types import Array, Params, Tree


def weight_drop(cell: Cell, rate: float) -> Cell:
    """The cell with w_h ⊙ m / (1 - rate), m ~ Bernoulli(1 - rate), one m for a whole pass.

    DropConnect on the hidden-to-hidden weights (Wan et al. 2013; Merity et al. 2018, section 2).
    Without noise the cell is unchanged.

    Raises:
      ValueError: for a rate outside [0, 1), or a cell without recurrent weights.

    >>> import jax, jax.numpy as jnp
    >>> from seqjax.cells import gru
    >>> cell = weight_drop(gru(50), 0.5)
    >>> params = cell.init(jax.random.key(0), 10)
    >>> noisy, xs = jax.jit(cell.noise)(params, jnp.ones((5, 2, 10)), jax.random.key(1))
    >>> bool(0.4 < (noisy["w_h"] == 0).mean() < 0.6)
    True
    """
    checks.cell(cell)
    rate = checks.fraction("rate", rate)
    if isinstance(cell.recurrence, Affine):
        raise ValueError(f"cell: weight_drop cannot serve {cell.name}, which has no w_h")

    def noise(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        checks.key(key)
        mine, others = jax.random.split(key)
        if "w_h" not in params:
            raise ValueError(f"cell: weight_drop cannot serve {cell.name}, which has no w_h")
        w = params["w_h"]
        keep = jax.random.bernoulli(mine, 1 - rate, w.shape)
        params = {**params, "w_h": jnp.where(keep, w / (1 - rate), 0).astype(w.dtype)}
        return cell.noise(params, xs, others) if cell.noise else (params, xs)

    return cell._replace(name=f"weight_drop({cell.name})", noise=noise)
