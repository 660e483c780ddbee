"""``native``: on CPU, all steps of a walk in one call of code compiled for this machine.

XLA packs the recurrent weight anew at every step, and between the operations of a step memory is
all that they share. The kernels in ``kernels/`` pack once, do without the projected inputs of all
steps where they can, keep pre-activations in the caches and use every core from the first step to
the last. Products over all steps are those of ``blas``.
"""

from __future__ import annotations

import os
from functools import partial

import jax
import jax.numpy as jnp

from seqjax.basics import precision, products
from seqjax.basics.cell import Cell, Gated
from seqjax.basics.types import Carry
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.driver import Driver
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.native import build, scan
from seqjax.drivers.platform import on_cpu
from seqjax.drivers.sequential import sequential

__all__ = ["native"]

WANTED = "SEQJAX_NATIVE"
"""The variable by which a user lets ``auto`` choose ``native``. It is not chosen unasked: it needs
a compiler, and its results differ from those of ``hoisted`` in the last bits."""


def wanted() -> bool:
    """Whether ``auto`` may choose ``native``."""
    return os.environ.get(WANTED, "") not in ("", "0")


def _reads_h(cell: Cell, carry: Carry) -> bool:
    """Whether outputs are what is fed back, h itself, as the kernels have it."""
    h = carry[0] if isinstance(carry, tuple) else carry
    return cell.read(carry) is h


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells and inputs the kernels cannot walk."""
    kernel = cell.recurrence.kernel if isinstance(cell.recurrence, Gated) else ""
    if kernel not in build.KERNELS or cell.project is not products.dense:
        return (
            f"driver: native cannot serve {cell.name} as it is, only lstm, gru and rnn with tanh,"
            " without heads, projection and wrappers that change their steps; use hoisted"
        )
    if precision.factor_dtype(jnp.float32) != jnp.float32:
        return f"precision: got {precision.current()}, but native has float32 alone; use hoisted"
    if inputs is None:
        return ""
    if not on_cpu():
        return f"driver: native wants a CPU, got {jax.devices()[0].platform}; use auto"
    if not _reads_h(cell, inputs.carry):
        return f"driver: native cannot serve {cell.name}, whose output is not h; use hoisted"
    if inputs.states:
        return "states: got True, but native gives the last carry alone; use hoisted"
    for name, leaf in inputs.params.items():
        if leaf.dtype != jnp.float32:
            return f"params: got {leaf.dtype} for {name}, but native wants float32; use hoisted"
    return ""


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Walks in compiled loops.

    Raises:
      ValueError: without a compiler.
    """
    assert isinstance(cell.recurrence, Gated)
    build.kernels()
    kernel, names = cell.recurrence.kernel, ("w_x", "w_h", "b", "b_n")
    params = inputs.params
    args = scan.Args(
        {name: params[name] for name in names if name in params},
        inputs.xs.astype(jnp.float32),
        inputs.carry,
        inputs.start,
    )
    fixed = scan.Fixed(inputs.real, inputs.restarts)

    def reference(args: scan.Args, fixed: scan.Fixed) -> ScanOutputs:
        return sequential.run(cell, inputs._replace(**args._asdict(), **fixed._asdict()))

    walk = custom_backward(
        "native",
        value=partial(scan.outputs, kernel, inputs.reverse),
        forward=partial(scan.forward, kernel, inputs.reverse),
        backward=partial(scan.backward, kernel, inputs.reverse),
        reference=reference,
    )
    outputs: ScanOutputs = walk(args, fixed)
    return outputs


native = Driver("native", unsupported, run)
"""Walks a cell in compiled loops, on CPU.

Serves ``lstm``, ``gru`` and ``rnn`` with tanh in float32, also as the precision of products. The
first walk on a machine compiles the kernels, which takes a C++ compiler and some ten seconds.
Reverse mode to any order; vmap walks one after the other. Activations are within 2e-7 of their
values.
"""
