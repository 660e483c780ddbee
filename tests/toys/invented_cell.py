"""A cell that no library has."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell, Gated
from seqjax.cells import Gate, gated_cell


def invented(hidden: int) -> Cell:
    """A cell of no library: two memories, a rate of its own, and what is fed back is a mixture."""

    def combine(params: Any, blocks: Any, carry: Any, side: Any) -> Any:
        keep, (z, u) = blocks
        fast, slow = carry
        new = jnp.tanh(z + jax.nn.softplus(params["rate"]) * u)
        slow = slow + jax.nn.sigmoid(params["rate"]) * (fast - slow)
        return keep * fast + (1 - keep) * jnp.maximum(new, slow * new), slow

    def more(key: Any, h: int) -> Any:
        return {"rate": jnp.zeros(h), "share": jnp.float32(0.5)}

    cell = gated_cell("invented", hidden, Gate(combine, "s-"), memory=True, more=more)
    assert isinstance(cell.recurrence, Gated)

    def mixture(params: Any, carry: Any) -> Any:
        return params["share"] * carry[0] + params["rate"] * carry[1]

    return cell._replace(recurrence=cell.recurrence._replace(hidden=mixture))
