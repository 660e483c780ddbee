"""``chunked``: memory of order sqrt(T), for long sequences."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.ad_checkpoint import checkpoint_name

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params
from seqjax.drivers.driver import Driver
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.sequential import sequential

CARRY = "chunk_carry"
"""What checkpoint policies know the carry before a chunk by."""
HOST = "host"
"""Ends the name of the driver where carries are kept in host memory."""


def root(steps: int) -> int:
    """The size of chunks about which memory is least: sqrt(T), rounded up.

    >>> root(1), root(16), root(17)
    (1, 4, 5)
    """
    return math.isqrt(steps - 1) + 1


def run(
    cell: Cell, inputs: ScanInputs, *, size: int | None = None, offload: bool = False
) -> ScanOutputs:
    """Walks chunk by chunk; ``size`` steps in each, None means about sqrt(T)."""
    steps = inputs.steps
    if size is None:
        size = root(steps)
    checks.positive("size", size)
    size = min(int(size), steps)
    policy = _offloading() if checks.flag("offload", offload) else None
    walk = sequential.run if hoisted.unsupported(cell, inputs) else hoisted.run

    # The start carry depends on the parameters, so it is handed to the checkpoint, not closed over.
    def chunk(params: Params, start: Carry, carry: Carry, steps: Any) -> ScanOutputs:
        xs, real, restarts = steps
        if offload:
            carry = jax.tree.map(lambda a: checkpoint_name(a, CARRY), carry)
        return walk(
            cell,
            inputs._replace(
                params=params, xs=xs, carry=carry, start=start, real=real, restarts=restarts
            ),
        )

    def body(carry: Carry, steps: Any) -> tuple[Carry, tuple[Array, Carry]]:
        remade = jax.checkpoint(chunk, prevent_cse=False, policy=policy)
        end = remade(inputs.params, inputs.start, carry, steps)
        return end.carry, (end.hs, end.states)

    count = steps // size
    cut = count * size
    masked = (inputs.xs, inputs.real, inputs.restarts)
    chunks = jax.tree.map(lambda a: a[:cut].reshape(count, size, *a.shape[1:]), masked)
    rest = jax.tree.map(lambda a: a[cut:], masked)
    carry = inputs.carry
    if inputs.reverse and cut < steps:
        carry, tail = body(carry, rest)
    carry, out = lax.scan(body, carry, chunks, reverse=inputs.reverse)
    out = jax.tree.map(lambda a: a.reshape(cut, *a.shape[2:]), out)
    if not inputs.reverse and cut < steps:
        carry, tail = body(carry, rest)
    if cut < steps:
        out = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), out, tail)
    return ScanOutputs(carry, *out)


def _offloading() -> Any:
    """The policy that keeps nothing but the carry before a chunk, and that in host memory."""
    return jax.checkpoint_policies.save_and_offload_only_these_names(
        names_which_can_be_saved=[],
        names_which_can_be_offloaded=[CARRY],
        offload_src="device",
        offload_dst="pinned_host",
    )


chunked = Driver("chunked", lambda cell, inputs: "", run)
"""Walks a cell chunk by chunk; the option ``size`` is the number of steps in each.

Of each chunk only the first carry is kept; the rest is made again on the way back (Chen et al.
2016). That takes one more forward pass, and memory for T/size carries and one chunk instead of T
steps. Within a chunk the cell is walked by ``hoisted`` if it has a gate, else by ``sequential``.

With ``offload=True`` those carries wait in pinned host memory; on a CPU, whose memory is the
host's, it changes nothing. It lowers for CUDA and TPU, where it has not been run. The names
``chunked:64`` and ``chunked:64:host`` mean these options where drivers are given by name.
"""


@functools.cache
def chunked_by_name(name: str) -> Driver | None:
    """The driver that a name such as ``chunked:64`` means, None for a name without a colon.

    Raises:
      ValueError: for another driver with a colon, or ``chunked:`` with anything else than a size.

    >>> chunked_by_name("chunked:64:host").name, chunked_by_name("hoisted")
    ('chunked:64:host', None)
    """
    first, *options = name.split(":")
    if not options:
        return None
    size, *place = options
    sized = size.isascii() and size.isdigit() and int(size)
    if first != chunked.name or not sized or place not in ([], [HOST]):
        raise ValueError(
            f"driver: got {name!r}, want chunked:SIZE, an integer of 1 or more, or"
            f" chunked:SIZE:{HOST}; other drivers take no size"
        )
    own = functools.partial(run, size=int(size), offload=bool(place))
    return dataclasses.replace(chunked, name=name, run=own)
