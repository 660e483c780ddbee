"""A call of a kernel: arrays, and where in them lies what it reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array
from seqjax.drivers.fused.dense.layouts import ROW_WORDS, ROWS, Layout, Sizes

TARGET = "seqjax_fused_dense"
SLOTS = 8
"""Of the ring, as in kernels/ring.h."""


class Place(NamedTuple):
    """A block of H columns of an argument, or all of it; None in the place of what is not there."""

    array: Array | None
    block: int = 0
    shared: bool = False
    """whether it is a field of a gate, with strides of its own"""


class Result(NamedTuple):
    """Room for float32 numbers; None for what nobody asks for."""

    shape: tuple[int, ...] | None


class Walk(NamedTuple):
    """What a call is told besides its arrays."""

    name: str
    """of the source"""
    steps: int
    batch: int
    units: int
    reverse: bool


def call(
    walk: Walk, sizes: Sizes, layout: Layout, places: list[Place], results: list[Result]
) -> tuple[list[Array | None], Array]:
    """(results, whether a wait took too long), by the kernel ``forward`` or ``backward``.

    The ring and the fault come between the places and the results.
    """
    columns, groups = sizes.blocks(layout)
    words = SLOTS * groups * layout.tiles * sizes.k_blocks * ROWS * ROW_WORDS
    arrays: list[Array] = []
    rows: list[tuple[int, int, int, int]] = []
    known: dict[int, int] = {}
    for place in places:
        if place.array is None:
            rows.append((-1, 0, 0, 0))
            continue
        if id(place.array) not in known:
            known[id(place.array)] = len(arrays)
            arrays.append(place.array)
        rows.append((known[id(place.array)], *_strides(place, walk.units)))
    room = [jax.ShapeDtypeStruct((words,), jnp.uint32), jax.ShapeDtypeStruct((1,), jnp.int32)]
    rows += [(len(arrays), 0, 0, 0), (len(arrays) + 1, 0, 0, 0)]
    for result in results:
        if result.shape is None:
            rows.append((-1, 0, 0, 0))
            continue
        rows.append((len(arrays) + len(room), 0, 0, 0))
        room.append(jax.ShapeDtypeStruct(result.shape, jnp.float32))
    numbers = [walk.steps, walk.batch, walk.units, walk.reverse, columns, groups]
    numbers += [32 * layout.warps, layout.cluster, sizes.shared_bytes(layout), len(places), words]
    kernel: Any = jax.ffi.ffi_call(TARGET, room, vmap_method="sequential")
    _, fault, *made = kernel(
        *arrays,
        kernel=f"{walk.name}:{'backward' if sizes.backward else 'forward'}",
        sizes=np.array(numbers, np.int64),
        places=np.array(rows, np.int64).reshape(-1),
    )
    written = iter(made)
    return [None if r.shape is None else next(written) for r in results], fault[0] != 0


def _strides(place: Place, units: int) -> tuple[int, int, int]:
    """(first byte, stride of steps, stride of rows) of a field [mH], [B, mH] or [T, B, mH]."""
    array = place.array
    if array is None or not place.shared:
        return 0, 0, 0
    width = array.shape[-1]
    return (
        place.block * units * array.dtype.itemsize,
        array.shape[-2] * width if array.ndim > 2 else 0,
        width if array.ndim > 1 else 0,
    )
