"""What the tests of ``newton`` share: problems, and the walk beside ``sequential``."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from walking import quick

from seqjax.cells import (
    Cell,
    Step,
    rnn,
)
from seqjax.drivers import newton, newton_convergence, sequential

D, H = 3, 4


@cache
def begun(cell: Cell) -> Any:
    """What the parameters begin with, made by one program."""
    return quick(lambda key: cell.init(key, D))(jax.random.key(0))


def problem(cell: Cell, steps: int, batch: int = 2, scale: float = 1.0) -> tuple[Any, Any]:
    """(params, xs) of NumPy, with recurrent weights ``scale`` times what they begin with."""
    dtype = np.float64 if jax.config.jax_enable_x64 else np.float32
    params = jax.tree.map(lambda a: np.asarray(a, dtype), begun(cell))
    xs = np.random.default_rng(1).normal(size=(steps, batch, D)).astype(dtype)
    return {**params, "w_h": params["w_h"] * dtype(scale)}, xs


def convergence(cell: Cell, params: Any, xs: Any, *args: Any, **options: Any) -> Any:
    """``newton_convergence``, compiled."""
    walk = quick(lambda params, xs: newton_convergence(cell, params, xs, *args, **options))
    return walk(params, xs)


def elementwise(cell: Cell) -> Cell:
    """Its recurrent weights lie on the diagonal."""

    def init(key: Any, d: int) -> Any:
        params = cell.init(key, d)
        blocks = params["w_h"].reshape(H, -1, H)
        return {**params, "w_h": jnp.diagonal(blocks, axis1=0, axis2=2).reshape(-1)}

    return cell._replace(init=init)


def both(cell: Cell, params: Any, xs: Any, **options: Any) -> tuple[Any, Any]:
    """(values, gradients) by newton and by sequential."""

    def of(driver: Any, options: Any, params: Any, xs: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            carry, hs = driver(cell, params, xs, **options)
            return sum(jnp.sum(jnp.sin(leaf).real) for leaf in jax.tree.leaves((carry, hs))), hs

        (_, hs), gradients = jax.value_and_grad(loss, (0, 1), has_aux=True)(params, xs)
        return hs, gradients

    return quick(lambda *given: (of(newton, options, *given), of(sequential, {}, *given)))(
        params, xs
    )


def chaotic_and_calm(steps: int) -> tuple[Cell, Any, Any]:
    """Row 0 without inputs is chaotic, row 1 is held by inputs that saturate every unit."""
    cell = rnn(16)
    params, xs = problem(cell, steps, scale=4.0)
    xs[:, 0] *= 0.1
    xs[:, 1] *= 20
    return cell, params, xs


def of_step(step: Any) -> Cell:
    """A cell of any kind of 4 units, with a matrix w."""

    def init(key: Any, d: int) -> Any:
        first, second = jax.random.split(key)
        return {"w_x": jax.random.normal(first, (d, 4)), "w": jax.random.normal(second, (4, 4))}

    return Cell(
        name="mine",
        width=4,
        init=init,
        start=lambda params, shape: jnp.zeros((*shape, 4), params["w"].dtype),
        project=lambda params, xs: xs @ params["w_x"],
        read=lambda carry: carry,
        recurrence=Step(step),
    )
