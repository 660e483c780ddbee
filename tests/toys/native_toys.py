"""What tests of the driver native share: problems, and all that a driver answers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from walking import quick, random_like

from seqjax.basics.cell import Cell


def problem(cell: Cell, steps: int, batch: int, d: int = 3) -> dict[str, Any]:
    """Random parameters, inputs, state, ragged lengths and documents; one row is empty."""
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), d))
    params = random_like(shapes, 0, min(0.4, 0.8 / cell.width**0.5))  # no chaos
    draw = np.random.default_rng(1)
    lengths = draw.integers(1, steps + 1, batch)
    lengths[0], lengths[-1] = steps, 0
    return {
        "params": params,
        "xs": random_like(jax.ShapeDtypeStruct((steps, batch, d), np.float32), 2, 1.0),
        "carry": random_like(jax.eval_shape(lambda p: cell.start(p, (batch,)), params), 3),
        "lengths": jnp.asarray(lengths),
        "resets": jnp.asarray(draw.random((steps, batch)) < 0.2),
    }


def answers(cell: Cell, drive: Any, given: dict, reverse: bool, marks: bool) -> Any:
    """(carry, hs) and the gradients by params, xs and carry for random cotangents."""
    moving = {name: given[name] for name in ("params", "xs", "carry")}
    still = {name: given[name] for name in ("lengths", "resets")} if marks else {}

    def of(moving: dict) -> Any:
        rest = {**moving, **still}
        return drive(cell, rest.pop("params"), rest.pop("xs"), **rest, reverse=reverse)

    def both(moving: dict) -> Any:
        out, pull = jax.vjp(of, moving)
        return out, pull(random_like(out, 9, 1.0))

    return quick(both)(moving)


def doubled(tree: Any) -> Any:
    """The same numbers in float64, of NumPy."""
    floating = jnp.floating
    return jax.tree.map(
        lambda a: np.asarray(a, float) if jnp.issubdtype(a.dtype, floating) else a, tree
    )
