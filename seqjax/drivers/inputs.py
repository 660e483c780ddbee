"""What drivers get and give, and the common way in and out: checks, padding, the start carry."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters, checks, masks, varying
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers import call_checks


class ScanInputs(NamedTuple):
    """A checked call of a driver."""

    params: Params
    xs: Tree
    """[T, B, ...] with zeros in the padding, whatever stood there"""
    carry: Carry
    """before the first step"""
    start: Carry
    """where rows restart"""
    real: Array | None
    """bool [T, B], None without padding"""
    restarts: Array | None
    """bool [T, B] in the order of walking, None without resets"""
    reverse: bool
    states: bool
    """whether the carry after each step is asked for"""

    @property
    def steps(self) -> int:
        """T."""
        return len(jax.tree.leaves(self.xs)[0])


class ScanOutputs(NamedTuple):
    """What a driver makes of it, padding not yet zeroed."""

    carry: Carry
    """after the last step"""
    hs: Array
    states: Carry | None = None
    """the carry after each step, if asked for"""


class Outputs(NamedTuple):
    """The result of a driver."""

    carry: Carry
    """after each row's last step"""
    hs: Array
    """[T, B, width], zero in the padding"""


class OutputsWithStates(NamedTuple):
    """The result of a driver with ``states=True``."""

    carry: Carry
    hs: Array
    states: Carry
    """the carry after each step, [T, B, ...]"""


def width_of(xs: Tree) -> int | None:
    """D, where xs is one array."""
    leaves = jax.tree.leaves(xs)
    return leaves[0].shape[-1] if len(leaves) == 1 else None


def prepare(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
) -> ScanInputs:
    """Checks the arguments of a driver. Raises ValueError, as ``Driver`` says."""
    checks.cell(cell)
    reverse, states = checks.flag("reverse", reverse), checks.flag("states", states)
    checks.sequence({}, xs)
    cell_parameters.of_cell(cell, params, width_of(xs), noisy=True)
    steps, batch = checks.sequence(params, xs)
    lengths = checks.lengths(lengths, steps, batch)
    resets = checks.resets(resets, steps, batch)
    start = cell.start(params, (batch,))
    carry = start if carry is None else call_checks.carry(cell, carry, start)
    real = masks.valid(lengths, steps)
    xs = masks.zero(real, jax.tree.map(jnp.asarray, xs))
    restarts = masks.restarts(resets, real, reverse=reverse)
    # Nothing but arrays: where one differs from device to device, all that meets it in a loop does.
    arrays = varying.alike((params, xs, carry, start, real, restarts))
    return ScanInputs(*arrays, reverse, states)


def finish(inputs: ScanInputs, outputs: ScanOutputs) -> Outputs | OutputsWithStates:
    """The result: outputs in the dtype of the inputs, zero in the padding."""
    hs = outputs.hs
    leaves = jax.tree.leaves(inputs.xs)
    floats = [x.dtype for x in leaves if jnp.issubdtype(x.dtype, jnp.floating)]
    hs = masks.zero(inputs.real, hs.astype(floats[0]) if floats else hs)
    if inputs.states:
        return OutputsWithStates(outputs.carry, hs, outputs.states)
    return Outputs(outputs.carry, hs)
