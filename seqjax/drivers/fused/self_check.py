"""One small walk on the device at hand against ``sequential``, before a kernel is trusted."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused.dense import host
from seqjax.drivers.fused.dense.layouts import ROWS
from seqjax.drivers.fused.dense.plan import Plan
from seqjax.drivers.fused.options import Options
from seqjax.drivers.inputs import ScanInputs, finish, prepare, width_of
from seqjax.drivers.sequential import sequential

STEPS, BATCH = 6, 18  # rows of two programs
DENSE_STEPS = 20
"""Of the dense kernels, whose blocks exchange through 8 slots by turns."""
LIMITS = {"bfloat16": 0.05, "float16": 0.02, "tf32": 0.02, "float32": 1e-3}
"""How far results may lie apart, of the largest entry of each array."""


class Trial(NamedTuple):
    """Of the walk that is compared."""

    dtype: str
    inputs: int
    """D"""
    steps: int
    batch: int


def disagreement(options: Options, cell: Cell, inputs: ScanInputs, plan: Plan | None = None) -> str:
    """What is wrong with values, gradients or repetition, "" where nothing is.

    Compiled and run once for each cell, width of inputs, dtype and precision, and for each layout
    of the dense kernels, whose ``plan`` it is.
    """
    dtype = inputs.params["w_h"].dtype.name
    d = width_of(inputs.xs)
    w_x: Any = inputs.params.get("w_x")
    d = w_x.shape[0] if getattr(w_x, "ndim", 0) == 2 else d or cell.width
    trial = Trial(dtype, d, STEPS, BATCH)
    if plan is not None:  # with fewer rows than its tiles have
        trial = Trial(dtype, d, DENSE_STEPS, ROWS * next(iter(plan.ways)).tiles - 1)
    try:
        return _checked(options, cell, trial)
    except TypeError:  # of parts that have no hash
        return _checked.__wrapped__(options, cell, trial)


@functools.lru_cache(1024)
def _checked(options: Options, cell: Cell, trial: Trial) -> str:
    # In a thread of its own, because the caller may be traced, and what a thread traces is its own.
    with ThreadPoolExecutor(1) as thread:
        reason = thread.submit(_compared, options, cell, trial).result()
    if reason:
        host.forget_fault()  # which is told here
    return f"driver: fused {reason}; use hoisted or auto" if reason else ""


def _compared(options: Options, cell: Cell, trial: Trial) -> str:
    limit = LIMITS[options.precision or trial.dtype]
    with jax.default_matmul_precision("highest"):
        problem = _problem(cell, trial)
        want = jax.jit(functools.partial(_answers, None, cell))(*problem)
        walk = jax.jit(functools.partial(_answers, options, cell))
        try:
            got, again = jax.block_until_ready((walk(*problem), walk(*problem)))
        except Exception as error:  # whatever a compiler may say
            line = str(error).strip().partition("\n")[0]
            return f"failed at its first use, for {cell.name}: {line}"
    apart = max(map(_difference, jax.tree.leaves(got), jax.tree.leaves(want)))
    if not apart <= limit:
        return (
            f"differs from sequential by {apart:.2g} on this device, where {limit} is the limit,"
            f" for {cell.name}"
        )
    same = jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), got, again))
    return "" if same else f"gave two results for one call of {cell.name}"


def _problem(cell: Cell, trial: Trial) -> tuple[Tree, Tree, Array, Array]:
    """(params, xs, lengths, resets): full rows, short ones and an empty one; with noise."""
    dtype, d, steps, batch = trial
    keys = jax.random.split(jax.random.key(0), 4)
    params = jax.tree.map(lambda a: a.astype(dtype), cell.init(keys[0], d))
    xs = jax.random.normal(keys[1], (steps, batch, d), dtype)
    if cell.noise:
        params, xs = cell.noise(params, xs, keys[2])
    lengths = jnp.arange(batch) % (steps + 1)
    return params, xs, lengths, jax.random.bernoulli(keys[3], 0.2, (steps, batch))


def _answers(options: Options | None, cell: Cell, params: Tree, xs: Tree, *marks: Array) -> Tree:
    """(outputs, gradient by params) of ``fused``, or without options of ``sequential``."""
    lengths, resets = marks

    def loss(params: Tree) -> tuple[Array, Tree]:
        if options is None:
            outputs: Tree = sequential(cell, params, xs, lengths, resets=resets)
        else:
            from seqjax.drivers.fused.run import run

            inputs = prepare(cell, params, xs, lengths, resets=resets)
            outputs = finish(inputs, run(options, cell, inputs))
        return jnp.sum(jnp.square(outputs.hs.astype(jnp.float32))), tuple(outputs)

    gradient, outputs = jax.grad(loss, has_aux=True)(params)
    return outputs, gradient


def _difference(got: Array, want: Array) -> float:
    got, want = got.astype(jnp.float32), want.astype(jnp.float32)
    return float(jnp.max(abs(got - want)) / jnp.maximum(jnp.max(abs(want)), 1e-6))
