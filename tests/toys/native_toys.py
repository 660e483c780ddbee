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
        "carry": random_like(cell.start(params, (batch,)), 3),
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

    def both(moving: dict, cotangents: Any) -> Any:
        out, pull = jax.vjp(of, moving)
        return out, pull(cotangents)

    cotangents = random_like(jax.eval_shape(of, moving), 9, 1.0)
    return quick(both)(moving, cotangents)


def doubled(tree: Any) -> Any:
    """The same numbers in float64."""
    floating = jnp.floating
    return jax.tree.map(lambda a: a.astype(float) if jnp.issubdtype(a.dtype, floating) else a, tree)
