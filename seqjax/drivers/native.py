"""``native``: on CPU, all steps of a walk in one call of code compiled for this machine.

XLA packs the recurrent weight anew at every step, and between the operations of a step memory is
all that they share. The kernels in ``kernels/`` pack once, do without the projected inputs of all
steps where they can, keep pre-activations in the caches and use every core from the first step to
the last. Products over all steps are those of ``native_products``.
"""

from __future__ import annotations

import os
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import build
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import door, native_loops
from seqjax.drivers.hoisted import Loops, walk_fast
from seqjax.drivers.native_build import KINDS, panel

WANTED = "SEQJAX_NATIVE"
"""The variable by which a user lets ``auto`` choose ``native``. It is not chosen unasked: it needs
a compiler, and its results differ from those of ``hoisted`` in the last bits."""

LOOPS = Loops(native_loops.walk, native_loops.forward, native_loops.backward)


def wanted() -> bool:
    """Whether ``auto`` may choose ``native``."""
    return os.environ.get(WANTED, "") not in ("", "0")


def _stranger(cell: Cell) -> str:
    """What the kernels miss in a cell, "" if they know it."""
    mark = build.fused(cell)
    if mark is not None and mark.kind in KINDS:
        return ""
    return (
        f"driver: native cannot serve {cell.name} as it is, only lstm, gru and rnn with tanh,"
        " without heads, projection and wrappers that change their steps"
    )


def serves(cell: Cell) -> None:
    """Raises ValueError if the kernels do not know the cell."""
    if reason := _stranger(cell):
        raise ValueError(f"{reason}; use hoisted")


def refusal(cell: Cell, params: Params, states: bool) -> str:
    """Why the kernels cannot walk a cell, "" if they can."""
    if reason := _stranger(cell):
        return reason
    if states:
        return "states: got True, but native gives the last carry alone"
    for name, leaf in params.items():
        if leaf.dtype != jnp.float32:
            return f"params: got {leaf.dtype} for {name}, but native wants float32"
    return ""


def native(
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
    """Walks ``cell`` over xs in compiled loops, on CPU. Arguments and results: ``sequential``.

    Serves ``lstm``, ``gru`` and ``rnn`` with tanh in float32. The first walk on a machine compiles
    the kernels, which takes a C++ compiler and some ten seconds. Reverse mode to any order; vmap
    walks one after the other. Activations are within 2e-7 of their values.

    Raises:
      ValueError: without a compiler or on other devices, and for what the kernels cannot walk.
    """
    walk = door.enter(cell, params, xs, lengths, carry, resets, reverse)
    if jax.default_backend() != "cpu":
        raise ValueError(f"driver: native wants a CPU, got {jax.default_backend()}; use auto")
    if reason := refusal(cell, params, states):
        raise ValueError(f"{reason}; use hoisted")
    panel()
    floats = walk._replace(xs=walk.xs.astype(jnp.float32))
    return door.leave(walk, walk_fast(cell, params, floats, reverse, states, LOOPS), states)
