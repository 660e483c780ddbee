"""The two loops of ``native`` in the place of those of ``hoisted``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import build
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import native_products
from seqjax.drivers.door import Walked
from seqjax.drivers.hoisted_forward import Given, Saved, by_scan
from seqjax.drivers.native_build import panel

SMALL, MANY = 1 << 18, 32
"""The kernel projects inputs itself, step by step, where weights have at most so many entries or
batches at least so many rows. Else it would wait for weights, and they are projected for all steps,
as they are where ``native_products`` does that fastest."""


def _kind(cell: Cell) -> str:
    mark = build.fused(cell)
    assert mark is not None  # the driver has asked
    return mark.kind


def _pack(w: Array, gates: int, turned: bool = False) -> Array:
    """w [k, gates * H], or w.T where ``turned``, as it is read: [panels, gates, k, columns]."""
    width, k = w.shape if turned else w.shape[::-1]
    columns = panel()
    return _call(
        "seqjax_pack", [(-(-width // gates // columns), gates, k, columns)], w, turned=turned
    )[0]


def _call(
    name: str, shapes: list[tuple[int, ...]], *args: Array, over: bool = False, **options: Any
) -> Sequence[Array]:
    """Calls a kernel; ``over``: its first result may take the place of its first argument."""
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    places = {0: 0} if over else None
    call = jax.ffi.ffi_call(name, results, vmap_method="sequential", input_output_aliases=places)
    return call(*args, **options)


def _pair(carry: Carry) -> tuple[Array, Array]:
    """(h, c); c is empty where a cell has none."""
    return carry if isinstance(carry, tuple) else (carry, jnp.zeros((0,), jnp.float32))


def _like(carry: Carry, h: Array, c: Array) -> Carry:
    return (h, c) if isinstance(carry, tuple) else h


def _marks(mask: Array | None) -> Array:
    return jnp.zeros((0,), bool) if mask is None else mask


def _walk(cell: Cell, reverse: bool, given: Given, keep: bool) -> tuple[Walked, Saved]:
    """``given`` holds parameters and inputs as they are."""
    params, xs, none = given.params, given.zs, jnp.zeros((0,), jnp.float32)
    (steps, batch, _), width = xs.shape, params["b"].shape[0]
    alone = params["w_x"].size <= SMALL or batch >= MANY
    alone = alone and not native_products.served(*xs.shape, width)
    (h, c), (h_start, c_start) = _pair(given.carry), _pair(given.start)
    units = h.shape[-1]
    slots = (steps if keep else 2, batch, units)
    acts, extra, h_kept, c_kept, hs, h_end, c_end = _call(
        f"seqjax_{_kind(cell)}_forward",
        [
            (steps, batch, width) if keep else (0,),
            slots if keep and "b_n" in params else (0,),
            slots,
            slots if isinstance(given.carry, tuple) else (0,),
            (steps, batch, units),
            h.shape,
            c.shape,
        ],
        none if alone else native_products.matmul(xs, params["w_x"]),
        xs,
        _pack(params["w_x"], width // units) if alone else none,
        params["b"],
        _pack(params["w_h"], width // units),
        params.get("b_n", none),
        h,
        c,
        h_start,
        c_start,
        _marks(given.real),
        _marks(given.restarts),
        over=keep and not alone,
        reverse=reverse,
        keep=keep,
    )
    end, before = (_like(given.carry, *each) for each in ((h_end, c_end), (h_kept, c_kept)))
    return Walked(end, hs, None), Saved(acts, extra, before)


def walk(cell: Cell, reverse: bool, states: bool, given: Given) -> Walked:
    """The walk alone."""
    return _walk(cell, reverse, given, keep=False)[0]


def forward(cell: Cell, reverse: bool, states: bool, given: Given) -> tuple[Walked, Saved]:
    """The walk, and what its reverse loop needs.

    Its own derivative is taken only for derivatives of the gradient, which ask nothing of what is
    saved, and by autodiff of the same recurrence.
    """

    def whole(moving: tuple, still: tuple) -> Given:
        return Given(*moving, *still)

    @jax.custom_vjp
    def keep(moving: tuple, still: tuple) -> tuple[Walked, Saved]:
        return _walk(cell, reverse, whole(moving, still), keep=True)

    def keep_forward(moving: tuple, still: tuple) -> tuple:
        return keep(moving, still), (moving, still)

    def keep_backward(residuals: tuple, cotangents: tuple) -> tuple:
        moving, still = residuals

        def slowly(moving: tuple) -> Walked:
            return by_scan(cell, reverse, states, whole(moving, still), prepared=False)

        return jax.vjp(slowly, moving)[1](cotangents[0])[0], None

    keep.defvjp(keep_forward, keep_backward)
    return keep(tuple(given[:4]), tuple(given[4:]))


def backward(
    cell: Cell, reverse: bool, given: Given, saved: Saved, cotangents: Walked
) -> tuple[Params, Tree, Carry, Carry]:
    """Cotangents of (params, xs, carry, start); None for parameters that the walk does not see."""
    w, w_x, xs = given.params["w_h"], given.params["w_x"], given.zs
    (h, c), (dh, dc) = _pair(saved.before), _pair(cotangents.carry)
    apart = saved.kept.shape if "b_n" in given.params else (0,)
    dz, du, dh, dc, dh_start, dc_start = _call(
        f"seqjax_{_kind(cell)}_backward",
        [saved.kept.shape, apart, dh.shape, dc.shape, dh.shape, dc.shape],
        saved.kept,
        _pack(w, 1, turned=True),
        saved.extra,
        h,
        c,
        cotangents.hs,
        dh,
        dc,
        _marks(given.real),
        _marks(given.restarts),
        over=True,
        reverse=reverse,
    )
    du = du if du.size else dz
    grads: Params = dict.fromkeys(given.params)
    grads["w_h"] = native_products.recur_grad(h, du, w)
    grads["w_x"] = native_products.recur_grad(xs, dz, w_x)
    grads["b"] = dz.sum((0, 1))
    if "b_n" in grads:
        grads["b_n"] = du[..., -h.shape[-1] :].sum((0, 1))
    dcarry, dstart = (_like(given.carry, *each) for each in ((dh, dc), (dh_start, dc_start)))
    return grads, native_products.matmul_turned(dz, w_x), dcarry, dstart
