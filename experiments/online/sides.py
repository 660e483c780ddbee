"""One problem, and the gradient of each side as a compiled program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax import online
from seqjax.basics.types import Array, Params
from seqjax.cells import CELLS, Cell
from seqjax.drivers import DRIVERS

BPTT = "bptt"
SIDES = (BPTT, *online.METHODS)
BATCH, WIDTH = 4, 16
DELAY = 4
"""The targets are a linear map of the inputs so many steps before: there is something to keep."""
KEYS = 8
"""Draws of a method with chance, whose angles and norms are averaged."""


class Shape(NamedTuple):
    """H units, T steps."""

    hidden: int
    steps: int


class Side(NamedTuple):
    """A way to the gradient."""

    name: str
    call: Callable[[Array], Params]
    """key -> the gradient"""
    temporary_bytes: int


def problem(cell: Cell, shape: Shape) -> tuple[Params, Array, Array]:
    """(parameters as they begin, inputs, targets), the same at every call."""
    params = cell.init(jax.random.key(0), WIDTH)
    keys = jax.random.split(jax.random.key(1))
    xs = jax.random.normal(keys[0], (shape.steps, BATCH, WIDTH))
    w = jax.random.normal(keys[1], (WIDTH, cell.width)) / WIDTH**0.5
    return params, xs, jnp.roll(xs, DELAY, 0).at[:DELAY].set(0) @ w


def loss(y: Array, target: Array) -> Array:
    """Squares of a row."""
    return ((y - target) ** 2).sum(-1)


def sides(name: str, shape: Shape, driver: str) -> list[Side]:
    """Those that serve the cell, compiled.

    Args:
      driver: that of backpropagation.
    """
    cell = CELLS[name](shape.hidden)
    params, xs, targets = problem(cell, shape)

    def total(params: Params, xs: Array, targets: Array) -> Array:
        hs = DRIVERS[driver](cell, params, xs).hs
        return jax.vmap(loss)(hs, targets).sum()

    def gradient(side: str) -> Callable[..., Params]:
        def of(params: Params, xs: Array, targets: Array, key: Array) -> Params:
            if side == BPTT:
                return jax.grad(total)(params, xs, targets)
            method = online.METHODS[side]
            return method(cell, params, xs, loss, targets, key=key).gradient

        return of

    served = [s for s in SIDES if s == BPTT or not online.METHODS[s].unsupported(cell)]
    return [_compiled(side, gradient(side), params, xs, targets) for side in served]


def _compiled(name: str, gradient: Callable[..., Params], *args: Any) -> Side:
    program = jax.jit(gradient).lower(*args, jax.random.key(0)).compile()
    memory = program.memory_analysis()
    assert memory is not None
    return Side(name, lambda key: program(*args, key), memory.temp_size_in_bytes)
