"""``auto``: chooses a driver by cell and shape, and says which one and why."""

from __future__ import annotations

import logging
from typing import Any

import jax

from seqjax.basics import checks
from seqjax.basics.build import fused
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers.chunked import chunked
from seqjax.drivers.cudnn import cudnn, platform, walk_fused
from seqjax.drivers.cudnn import refusal as cudnn_refusal
from seqjax.drivers.cudnn_check import fault
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.native import WANTED, native, wanted
from seqjax.drivers.native import refusal as native_refusal
from seqjax.drivers.sequential import sequential

LIMIT = 4 << 30
"""Bytes that a backward pass may keep before memory counts for more than time."""

_said: set[tuple[str, str]] = set()


def choose(
    cell: Cell,
    params: Params,
    steps: int,
    batch: int,
    *,
    where: str = "cpu",
    resets: Array | None = None,
    states: bool = False,
) -> tuple[Any, str]:
    """(driver, why) for a walk on the platform ``where``, as ``cudnn.platform`` names it."""
    carry = jax.eval_shape(lambda: cell.start(params, (batch,)))
    size = sum(leaf.size for leaf in jax.tree.leaves(carry))
    kept = 4 * steps * (batch * params["w_x"].shape[-1] + 2 * size) if "w_x" in params else 0
    if kept > LIMIT:
        return chunked, f"a backward pass over T={steps} would keep {kept / 2**30:.1f} GiB"
    if cell.gate is None:
        return sequential, "the cell gives step alone"
    mark = fused(cell)
    if where == "cuda" and mark is not None and mark.kind == "lstm":
        reason = cudnn_refusal(params, resets, states)
        return (hoisted, reason) if reason else (cudnn, "an LSTM on an NVIDIA GPU")
    if where == "cpu" and wanted() and not native_refusal(cell, params, states):
        return native, f"{WANTED}=1"
    return hoisted, "the cell has a gate"


def auto(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
) -> Any:
    """Walks ``cell`` over xs with the driver that suits it. Arguments and results: ``sequential``.

    ``chunked`` where a backward pass would keep more than ``LIMIT`` bytes, else on an NVIDIA GPU
    ``cudnn`` where it serves the walk and agrees with ``sequential``, else on CPU ``native`` where
    it serves the walk and SEQJAX_NATIVE=1 is in the environment, else ``hoisted`` where the cell
    has a gate, else ``sequential``. That ``cudnn`` is the fastest there is not measured. The choice
    is logged once for each cell. Forward mode (jvp) needs ``sequential`` by name, and on an
    NVIDIA GPU a gradient of the gradient needs ``hoisted`` or ``sequential``.
    """
    size = checks.sequence(params, xs)
    driver, why = choose(cell, params, *size, where=platform(), resets=resets, states=states)
    if driver is cudnn and (wrong := fault(walk_fused, cell, params["w_x"].shape[0], False)):
        driver, why = hoisted, wrong
    if (cell.name, driver.__name__) not in _said:
        _said.add((cell.name, driver.__name__))
        logging.getLogger("seqjax").info("driver %s for %s: %s", driver.__name__, cell.name, why)
    return driver(cell, params, xs, lengths, carry, resets=resets, reverse=reverse, states=states)
