"""Each driver beside float64 on the CPU: outputs and gradients, with lengths and resets.

All drivers of a cell are in one program, without autotuning of its products: that is what takes
long to compile, and chooses among products that are all right.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.benchmark.log import FAILED, MEASURED, Job, Line
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.drivers.inputs import prepare

CHECKED = ("lstm", "gru", "rnn", "min_gru")
"""Cells that among them every driver serves."""
WIDE = ("lstm", "gru")
LIMITS = {"float32": 1e-4, "bfloat16": 5e-2}
"""The largest difference that is rounding, over the largest entry of its array; float32 products
are whole ones here, not TF32."""
UNTUNED: dict[str, Any] = {"xla_gpu_autotune_level": 0}

Size = tuple[int, int, int, int]


def correctness_jobs(size: Size, wide: Size) -> list[Job]:
    """A job for each cell and dtype; those that are walked by a whole GPU, in bfloat16, too."""

    def job(title: str, cell: str, dtype: str, size: Size) -> Job:
        settings = {"size": size, "limits": LIMITS}
        return Job("correctness", title, settings, functools.partial(check, cell, dtype, size))

    narrow = [job(f"{cell} {dtype}", cell, dtype, size) for cell in CHECKED for dtype in LIMITS]
    return narrow + [job(f"{cell} wide", cell, "bfloat16", wide) for cell in WIDE]


def check(name: str, dtype: str, size: Size) -> list[Line]:
    """A line for each driver that serves the cell on this device."""
    params, xs, *rest = problem(name, size)
    cell = CELLS[name](size[-1])
    cast = jax.tree.map(lambda a: jnp.asarray(a, dtype), (params, xs))
    inputs = prepare(cell, cast[0], cast[1])
    drivers = [driver for driver in DRIVERS if not DRIVERS[driver].unsupported(cell, inputs)]
    want = reference(name, size)
    with jax.default_matmul_precision("highest"):
        program = jax.jit(walks(name, size[-1], drivers)).lower(*cast, *rest)
        got = program.compile(compiler_options=UNTUNED)(*cast, *rest)
    return [_line(name, dtype, driver, got[driver], want) for driver in drivers]


def problem(name: str, size: Size) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray]:
    """(params, xs [T, B, D], lengths [B], resets [T, B]), seeded, in NumPy."""
    steps, batch, inputs, hidden = size
    draw, cell = np.random.default_rng(0), CELLS[name](hidden)
    like = jax.eval_shape(lambda: cell.init(jax.random.key(0), inputs))
    bound = hidden**-0.5
    params = jax.tree.map(lambda a: draw.uniform(-bound, bound, a.shape).astype(np.float32), like)
    xs = draw.normal(size=(steps, batch, inputs)).astype(np.float32)
    lengths = np.linspace(steps, 0, batch).astype(np.int32)
    return params, xs, lengths, draw.random((steps, batch)) < 0.2


def walks(name: str, hidden: int, drivers: Sequence[str]) -> Callable[..., dict[str, Any]]:
    """(params, xs, lengths, resets) -> by driver (hs, gradients of sum hs^2 for params and xs)."""
    cell = CELLS[name](hidden)

    def function(params: Any, xs: Any, lengths: Any, resets: Any) -> dict[str, Any]:
        def walk(driver: str) -> tuple[Any, Any]:
            def loss(params: Any, xs: Any) -> tuple[Any, Any]:
                hs = DRIVERS[driver](cell, params, xs, lengths, resets=resets).hs
                return jnp.sum(jnp.square(hs)), hs

            gradients, hs = jax.grad(loss, (0, 1), has_aux=True)(params, xs)
            return hs, gradients

        return {driver: walk(driver) for driver in drivers}

    return function


@functools.cache
def reference(name: str, size: Size) -> Any:
    """The walk of ``sequential`` in float64, on the CPU wherever JAX is."""
    with jax.enable_x64(True), jax.default_device(jax.local_devices(backend="cpu")[0]):
        params, xs, *rest = problem(name, size)
        wide = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), (params, xs))
        return jax.tree.map(
            np.asarray, jax.jit(walks(name, size[-1], ["sequential"]))(*wide, *rest)["sequential"]
        )


def _line(name: str, dtype: str, driver: str, got: Any, want: Any) -> Line:
    def difference(got: Any, want: np.ndarray) -> float:
        error = np.abs(np.asarray(got, np.float64) - want).max() / (np.abs(want).max() or 1.0)
        return float(np.nan_to_num(error, nan=np.inf))

    outputs = difference(got[0], want[0])
    gradients = max(jax.tree.leaves(jax.tree.map(difference, got[1], want[1])))
    wrong = max(outputs, gradients) > LIMITS[dtype]
    note = f"differs from float64 by {max(outputs, gradients):.2g}, want {LIMITS[dtype]}"
    # What is not finite JSON cannot say.
    shown = [f"{error:.1e}" for error in (outputs, gradients)]
    return {
        "status": FAILED if wrong else MEASURED, "note": note if wrong else "", "cell": name,
        "dtype": dtype, "driver": driver, "outputs": shown[0], "gradients": shown[1],
    }  # fmt: skip
