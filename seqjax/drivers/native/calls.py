"""Calls of the kernels, and weights in the order in which those read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import varying
from seqjax.basics.types import Array
from seqjax.drivers.native.build import panel


def nothing() -> Array:
    """In the place of an array that there is not."""
    return jnp.zeros((0,), jnp.float32)


def marks(mask: Array | None) -> Array:
    """A mask, or an empty one where there is none."""
    return jnp.zeros((0,), bool) if mask is None else mask


def call(
    name: str,
    shapes: list[tuple[int, ...]],
    *args: Array,
    in_place: bool = False,
    **options: Any,
) -> Sequence[Array]:
    """Calls a kernel; ``in_place``: its first result may take the memory of its first argument."""
    axes = varying.axes(args)
    results = varying.shapes(axes, [jax.ShapeDtypeStruct(s, jnp.float32) for s in shapes])
    aliases = {0: 0} if in_place else None
    kernel = jax.ffi.ffi_call(
        f"seqjax_{name}", results, vmap_method="sequential", input_output_aliases=aliases
    )
    called: Sequence[Array] = kernel(*varying.over(axes, args), **options)
    return called


def _span(units: int, head: int) -> int:
    """Rows of w_h that a panel of units meets at most."""
    panels = ((i, min(i + panel(), units) - 1) for i in range(0, units, panel()))
    return max((last // head + 1) * head - first // head * head for first, last in panels)


def pack(w: Array, gates: int, units: int, transposed: bool = False) -> Array:
    """A weight in the order in which it is read: [panels, gates, rows of it, columns]."""
    panels = -(-units // panel())
    head = w.shape[1] if w.ndim == 3 else 0
    dense = w.shape[-1] if transposed else w.shape[0]
    rows = _span(units, head) if head else dense
    shape = (panels, gates if head or not transposed else 1, rows, panel())
    return call("pack", [shape], w, head=head, units=units, transposed=transposed)[0]
