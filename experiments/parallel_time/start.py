"""Iterations and residual of ``newton`` at initial weights."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import numpy as np

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params
from seqjax.cells import CELLS
from seqjax.drivers import Convergence, newton, newton_convergence, sequential

INPUTS = 8
"""D of all rows; inputs are normal."""
USUAL = (16, 1000, 1.0)
"""H, T and scale where another of them varies."""
WIDTHS, STEPS, SCALES = (8, 32), (100, 10_000), (0.5, 1.5, 2.0, 3.0)
HEADING = (
    "cell", "H", "T", "scale of w_h", "exponent", "iterations", "most", "residual",
    "step by step", "difference",
)  # fmt: skip


class Line(NamedTuple):
    """What gives rows of a table."""

    title: str
    measure: Callable[[], list[list[str]]]


def cases(name: str) -> list[tuple[int, int, float]]:
    """(H, T, scale) of a cell: the usual ones, and each varied alone.

    >>> len(cases("gru")) == len(set(cases("gru"))) == 9
    True
    """
    hidden, steps, scale = USUAL
    return [
        USUAL,
        *((h, steps, scale) for h in WIDTHS),
        *((hidden, t, scale) for t in STEPS),
        *((hidden, steps, s) for s in SCALES),
    ]


def lines(names: Sequence[str], rows: int) -> list[Line]:
    """One for each cell and case."""
    return [
        Line(
            f"{name} H={hidden} T={steps} scale {scale}",
            functools.partial(measure, name, hidden, steps, scale, rows),
        )
        for name in names
        for hidden, steps, scale in cases(name)
    ]


def measure(name: str, hidden: int, steps: int, scale: float, rows: int) -> list[list[str]]:
    """The row of a case: how its batch is solved, and how far from ``sequential`` in float32."""
    cell = CELLS[name](hidden)
    params = cell.init(jax.random.key(0), INPUTS)
    params = {**params, "w_h": scale * params["w_h"]}
    xs = jax.random.normal(jax.random.key(1), (steps, rows, INPUTS))
    found = difference(*(_outputs(walk, cell, params, xs) for walk in (newton, sequential)))
    report = shown(convergence(cell, params, xs))
    return [[name, str(hidden), f"{steps:,}", f"{scale:g}", *report, found]]


def convergence(cell: Cell, params: Params, xs: Array) -> Convergence:
    """``newton_convergence``, compiled."""
    found: Convergence = jax.jit(functools.partial(newton_convergence, cell))(params, xs)
    return found


def difference(got: np.ndarray, want: np.ndarray) -> str:
    """The largest between finite outputs; how many others there are, which must be the same ones.

    >>> difference(np.array([1, 2, np.inf]), np.array([1.5, 2, np.inf]))
    '5.0e-01, 33 % not finite'
    >>> difference(np.array([1, 2, 3]), np.array([1.5, 2, np.inf]))
    'others are finite'
    """
    finite = np.isfinite(want)
    if not np.array_equal(np.isfinite(got), finite):
        return "others are finite"
    most = f"{np.abs(got[finite] - want[finite]).max(initial=0):.1e}"
    return most if finite.all() else f"{most}, {100 * (1 - finite.mean()):.0f} % not finite"


def _outputs(driver: Callable[..., tuple[object, Array]], cell: Cell, *args: object) -> np.ndarray:
    return np.asarray(jax.jit(functools.partial(driver, cell))(*args)[1])


def shown(report: Convergence) -> list[str]:
    """Cells of a table.

    The mean exponent; median and most iterations of rows that were tried; the largest residual of
    those that converged; how many were walked step by step.
    """
    converged, tried = np.asarray(report.converged), np.asarray(report.iterations) > 0
    iterations = np.asarray(report.iterations)[tried]
    residual = np.asarray(report.residual)[converged]
    return [
        f"{float(report.exponent.mean()):.2f}",
        f"{np.median(iterations):g}" if tried.any() else "-",
        str(iterations.max()) if tried.any() else "-",
        f"{residual.max():.0e}" if converged.any() else "-",
        f"{(~converged).sum()} of {len(converged)}",
    ]
