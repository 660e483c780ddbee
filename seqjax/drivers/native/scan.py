"""The forward and the reverse loop of ``native``: one call of a kernel each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Params
from seqjax.drivers.inputs import ScanOutputs
from seqjax.drivers.native import blas
from seqjax.drivers.native.build import panel

SMALL, MANY = 1 << 18, 32
"""The kernel projects inputs itself, step by step, where weights have at most so many entries or
batches at least so many rows. Else it would wait for weights, and they are projected for all steps,
as they are where ``blas`` does that fastest."""


class Args(NamedTuple):
    """What is differentiated; the fields of ``ScanInputs``."""

    params: Params
    """w_x, w_h, b, and b_n where the cell has it"""
    xs: Array
    carry: Carry
    start: Carry


class Fixed(NamedTuple):
    """What is not."""

    real: Array | None
    restarts: Array | None


class Residuals(NamedTuple):
    """What the reverse loop needs, [T, B, ...] each; empty where a cell has none."""

    acts: Array
    u: Array
    """of the block that is not activated"""
    h: Array
    """before each step, as is c"""
    c: Array


def _pack(w: Array, gates: int, transposed: bool = False) -> Array:
    """w [k, gates * H], or w.T, in the order in which it is read: [panels, gates, k, columns]."""
    width, k = w.shape if transposed else w.shape[::-1]
    panels = -(-width // gates // panel())
    shape = (panels, gates, k, panel())
    return _call("seqjax_pack", [shape], w, transposed=transposed)[0]


def _call(
    name: str,
    shapes: list[tuple[int, ...]],
    *args: Array,
    in_place: bool = False,
    **options: Any,
) -> Sequence[Array]:
    """Calls a kernel; ``in_place``: its first result may take the memory of its first argument."""
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    aliases = {0: 0} if in_place else None
    call = jax.ffi.ffi_call(name, results, vmap_method="sequential", input_output_aliases=aliases)
    called: Sequence[Array] = call(*args, **options)
    return called


def _none() -> Array:
    return jnp.zeros((0,), jnp.float32)


def _h_and_c(carry: Carry) -> tuple[Array, Array]:
    """(h, c); c is empty where a cell has none."""
    return carry if isinstance(carry, tuple) else (carry, _none())


def _carry(like: Carry, h: Array, c: Array) -> Carry:
    return (h, c) if isinstance(like, tuple) else h


def _mask(mask: Array | None) -> Array:
    return jnp.zeros((0,), bool) if mask is None else mask


def _run(
    kernel: str, reverse: bool, args: Args, fixed: Fixed, keep: bool
) -> tuple[ScanOutputs, Residuals]:
    """The outputs; with ``keep`` what the reverse loop needs, too."""
    params, xs = args.params, args.xs
    (steps, batch, _), columns = xs.shape, params["b"].shape[0]
    in_kernel = params["w_x"].size <= SMALL or batch >= MANY
    in_kernel = in_kernel and not blas.is_served(*xs.shape, columns)
    (h, c), (h_start, c_start) = _h_and_c(args.carry), _h_and_c(args.start)
    units, has_memory, has_u = h.shape[-1], isinstance(args.carry, tuple), "b_n" in params
    slots = (steps if keep else 2, batch, units)  # two by turns if nothing is kept
    acts, u, h_before, c_before, hs, h_last, c_last = _call(
        f"seqjax_{kernel}_forward",
        [
            (steps, batch, columns) if keep else (0,),
            slots if keep and has_u else (0,),
            slots,
            slots if has_memory else (0,),
            (steps, batch, units),
            h.shape,
            c.shape,
        ],
        _none() if in_kernel else blas.matmul(xs, params["w_x"]),
        xs,
        _pack(params["w_x"], columns // units) if in_kernel else _none(),
        params["b"],
        _pack(params["w_h"], columns // units),
        params.get("b_n", _none()),
        h,
        c,
        h_start,
        c_start,
        _mask(fixed.real),
        _mask(fixed.restarts),
        in_place=keep and not in_kernel,
        reverse=reverse,
        keep=keep,
    )
    outputs = ScanOutputs(_carry(args.carry, h_last, c_last), hs)
    return outputs, Residuals(acts, u, h_before, c_before)


def outputs(kernel: str, reverse: bool, args: Args, fixed: Fixed) -> ScanOutputs:
    """The outputs alone."""
    return _run(kernel, reverse, args, fixed, keep=False)[0]


def forward(kernel: str, reverse: bool, args: Args, fixed: Fixed) -> tuple[ScanOutputs, Residuals]:
    """The outputs, and what the reverse loop needs."""
    return _run(kernel, reverse, args, fixed, keep=True)


def backward(
    kernel: str,
    reverse: bool,
    args: Args,
    fixed: Fixed,
    residuals: Residuals,
    cotangents: ScanOutputs,
) -> Args:
    """The cotangents of args."""
    params, (acts, u, h, c) = args.params, residuals
    dh, dc = _h_and_c(cotangents.carry)
    dz, du, dh, dc, dh_start, dc_start = _call(
        f"seqjax_{kernel}_backward",
        [acts.shape, acts.shape if u.size else (0,), dh.shape, dc.shape, dh.shape, dc.shape],
        acts,
        _pack(params["w_h"], 1, transposed=True),
        u,
        h,
        c,
        cotangents.hs,
        dh,
        dc,
        _mask(fixed.real),
        _mask(fixed.restarts),
        in_place=True,
        reverse=reverse,
    )
    du = du if du.size else dz
    dparams = {
        "w_x": blas.recur_grad(args.xs, dz, params["w_x"]),
        "w_h": blas.recur_grad(h, du, params["w_h"]),
        "b": dz.sum((0, 1)),
    }
    if "b_n" in params:
        dparams["b_n"] = du[..., -h.shape[-1] :].sum((0, 1))
    dxs = blas.matmul_transposed(dz, params["w_x"])
    dcarry, dstart = (_carry(args.carry, *d) for d in ((dh, dc), (dh_start, dc_start)))
    return Args(dparams, dxs, dcarry, dstart)
