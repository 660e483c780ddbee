"""``auto``: chooses a driver by cell and shape, and says which one and why."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import jax
import jax.numpy as jnp

from seqjax.basics import precision
from seqjax.basics.cell import Cell
from seqjax.drivers.associative import associative
from seqjax.drivers.chunked import chunked
from seqjax.drivers.driver import Driver
from seqjax.drivers.fused import fused
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.native import WANTED, native, wanted
from seqjax.drivers.platform import cuda_capability
from seqjax.drivers.sequential import sequential

LIMIT = 4 << 30
"""Bytes that a backward pass may keep before memory counts for more than time."""

_logged: set[tuple[str, str]] = set()


def _kept_bytes(inputs: ScanInputs) -> int:
    """About what a backward pass keeps: activations, and the carry before and after each step."""
    if "w_x" not in inputs.params:
        return 0
    leaves = jax.tree.leaves(inputs.carry)
    batch, width = leaves[0].shape[0], inputs.params["w_x"].shape[-1]
    state = sum(leaf.size for leaf in leaves)
    return int(4 * inputs.steps * (batch * width + 2 * state))


def _has_short_weights(inputs: ScanInputs) -> bool:
    """Whether recurrent weights have 16 bits as factors of products."""
    weight = inputs.params.get("w_h")
    if weight is None:
        return False
    return precision.factor_dtype(weight.dtype) in (jnp.bfloat16, jnp.float16)


def _candidates(inputs: ScanInputs) -> Iterator[tuple[Driver, str]]:
    """Drivers and reasons, the fastest first.

    As measured, in speed.md and parallel_time.md of experiments/results. That of
    ``fused`` was not measured in this project: on an H200 in bfloat16 studies of its loops took
    1.1 us a step with heads of 32, 2.7 with H = 128, and 1.4 with a dense H = 768, where
    ``hoisted`` took 9. With float32, and on a TPU, nothing is known.
    """
    if (kept := _kept_bytes(inputs)) > LIMIT:
        yield chunked, f"a backward pass over T={inputs.steps} would keep {kept / 2**30:.1f} GiB"
    if wanted():
        yield native, f"{WANTED}=1"
    if cuda_capability() >= 8 and _has_short_weights(inputs):
        yield fused, "w_h fits into registers, and weights have 16 bits"
    if jnp.ndim(inputs.params.get("w_h", 0)) != 1:
        yield hoisted, "the cell has a gate"
    yield associative, "the cell is linear in time"
    yield sequential, "the cell has no gate, or a diagonal w_h, of which no product is made"


def choose(cell: Cell, inputs: ScanInputs) -> tuple[Driver, str]:
    """(driver, why) for a walk: the first candidate that can."""
    for driver, why in _candidates(inputs):
        reason = driver.unsupported(cell, inputs)
        if not reason:
            return driver, why
        if driver in (native, fused):  # which was asked for, or is expected on such a GPU
            _log_once(cell.name, reason)
    raise AssertionError("sequential walks every cell")


def _log_once(name: str, text: str) -> None:
    if (name, text) not in _logged:
        _logged.add((name, text))
        logging.getLogger("seqjax").info(text)


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Chooses, says so once for each cell, and walks."""
    driver, why = choose(cell, inputs)
    _log_once(cell.name, f"driver {driver.name} for {cell.name}: {why}")
    return driver.run(cell, inputs)


auto = Driver("auto", lambda cell, inputs: "", run)
"""Walks a cell with the driver that suits it.

``chunked`` where a backward pass would keep more than ``LIMIT`` bytes, else on CPU ``native`` where
it serves the walk and can be compiled, and SEQJAX_NATIVE=1 is in the environment, else on an
NVIDIA GPU ``fused`` where it serves the walk and weights, or the factors of products, are bfloat16
or float16, else ``hoisted`` where the cell has a gate and more than a diagonal w_h, else
``associative`` where it is linear in time, else ``sequential``. The choice is logged once for each
cell, and why ``native`` was not taken where that was asked for, or ``fused`` where weights have 16
bits. Forward mode (jvp) needs ``sequential`` by name.

``newton`` is not taken unasked: on a CPU a walk step by step takes less time at every length that
was measured (experiments/results/parallel_time.md), and on other devices nothing is known.
"""
