"""A cell and a driver as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Cell, Layer, Params
from seqjax.drivers import DRIVERS, cudnn, hoisted, native
from seqjax.drivers.cudnn import serves as cudnn_serves
from seqjax.drivers.hoisted import serves as hoisted_serves
from seqjax.drivers.native import serves as native_serves


def recurrent(
    cell: Cell, driver: str | Callable[..., Any] = "auto", *, reverse: bool = False
) -> Layer:
    """The layer that walks ``cell`` over its inputs, xs [T, B, D] -> hs [T, B, cell.width].

    Parameters: the cell's. Noise, if the cell has any, is drawn from ``key`` once, before the walk.

    Args:
      driver: a name in ``DRIVERS`` or a function like them.
      reverse: walk from each row's last real step to its first; such a layer has no ``step``.

    Raises:
      ValueError: for an unknown driver, or one that the cell cannot serve.
    """
    drive = checks.lookup("driver", DRIVERS, driver) if isinstance(driver, str) else driver
    # Whether there is a GPU is asked at the walk: one step at a time needs none.
    if drive is hoisted:
        hoisted_serves(cell)
    if drive is cudnn:
        cudnn_serves(cell)
    if drive is native:
        native_serves(cell)

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        if key is not None and cell.perturb is not None:
            params, xs = cell.perturb(params, xs, key)
        return drive(cell, params, xs, lengths, carry, resets=resets, reverse=reverse)

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        carry = cell.step(params, carry, cell.project(params, x))
        return carry, cell.read(carry).astype(x.dtype)

    return Layer(cell.init, lambda d: cell.width, cell.start, apply, None if reverse else step)
