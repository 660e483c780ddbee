"""What the gradient of one walk takes of a process of its own."""

from __future__ import annotations

import ctypes
import json
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.cells import CELLS
from seqjax.layers import recurrent
from seqjax.training.memory_budget import program_bytes

STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def held(field: str) -> int:
    """Bytes of a field of the process's status."""
    line = next(line for line in STATUS.read_text("ascii").splitlines() if line.startswith(field))
    return 1024 * int(line.split()[1])


def measure(cell_name: str, driver: str, steps: int, hidden: int, batch: int) -> None:
    """One row, as JSON on standard output."""
    layer = recurrent(CELLS[cell_name](hidden), driver)
    params = layer.init(jax.random.key(0), hidden)
    xs = jax.ShapeDtypeStruct((steps, batch, hidden), jnp.float32)
    gradient: Any = jax.jit(jax.grad(lambda params, xs: jnp.sum(layer.apply(params, xs)[1] ** 2)))
    program = gradient.lower(params, xs).compile()
    ones = jax.jit(lambda: jnp.ones(xs.shape, xs.dtype)).lower().compile()
    ctypes.CDLL(None).malloc_trim(0)
    before = held("VmRSS")
    REFERENCES.write_text("5")  # VmHWM begins anew
    given = ones()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        jax.block_until_ready(program(params, given))
        seconds.append(time.perf_counter() - start)
    measured = held("VmHWM") - before
    print(json.dumps([program_bytes(program), measured, held("VmHWM"), min(seconds)]))
