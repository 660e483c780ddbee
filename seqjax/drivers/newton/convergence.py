"""How ``newton`` solves the rows of a walk."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers import call_checks
from seqjax.drivers.inputs import prepare
from seqjax.drivers.newton.run import run, solved
from seqjax.drivers.newton.support import unsupported


class Convergence(NamedTuple):
    """How ``newton`` solved each row of a walk, [B] each."""

    iterations: Array
    """int; 0 for rows that were too unstable to be tried"""
    residual: Array
    """largest |s_t - f(s_{t-1}, x_t)| when the iteration ended, relative to states above 1"""
    converged: Array
    """bool; other rows were walked step by step"""
    exponent: Array
    """the largest Lyapunov exponent over the first steps, in nats a step; 0 for short rows"""


def newton_convergence(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    **options: Any,
) -> Convergence:
    """How ``newton`` solves the rows of the same call, of which it takes all arguments but states.

    Raises:
      TypeError: for an option that it has not.
      ValueError: as ``newton``.

    >>> import jax
    >>> from seqjax.cells import gru
    >>> cell = gru(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> xs = jax.random.normal(jax.random.key(1), (50, 2, 3))
    >>> jax.jit(newton_convergence, static_argnums=0)(cell, params, xs).converged.tolist()
    [True, True]
    """
    call_checks.options("newton", run, options)
    inputs = prepare(cell, params, xs, lengths, carry, resets=resets, reverse=reverse)
    if reason := unsupported(cell, inputs):
        raise ValueError(reason)
    _, report = solved(cell, inputs, **options)
    return Convergence(
        report.iterations.astype(jnp.int32),
        report.residual,
        report.converged > 0,
        report.exponent,
    )
