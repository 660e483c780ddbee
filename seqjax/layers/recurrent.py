"""A cell and a driver as a layer."""

from __future__ import annotations

from collections.abc import Callable

from seqjax.basics import cell_parameters, checks, states
from seqjax.basics import precision as precisions
from seqjax.basics.cell import Cell, advance
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.drivers import DRIVERS, Driver, Outputs
from seqjax.drivers.chunked import chunked_by_name


def recurrent(
    cell: Cell,
    driver: str | Callable[..., Outputs] = "auto",
    *,
    reverse: bool = False,
    precision: str | None = None,
) -> Layer:
    """The layer that walks ``cell`` over its inputs, xs [T, B, D] -> hs [T, B, cell.width].

    Parameters: the cell's. Noise, if the cell has any, is drawn from ``key`` once, before the walk.

    Args:
      driver: a name in ``DRIVERS``, or one such as ``chunked:64`` that says the size; a driver, or
        a function that is called like one.
      reverse: walk from each row's last real step to its first; such a layer has no ``step``.
      precision: of products, one of ``seqjax.basics.precision.PRECISIONS``; None leaves it to the
        surroundings, such as ``stack`` or the training.

    Raises:
      ValueError: for what is no cell, an unknown precision or driver, or one that cannot walk the
        cell at that precision. From ``apply`` and ``step``, for parameters, inputs or a carry that
        are not the cell's: it names the one that is wrong.

    >>> import jax, jax.numpy as jnp
    >>> from seqjax.cells import lstm
    >>> layer = recurrent(lstm(4))
    >>> params, xs = layer.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
    >>> carry, hs = jax.jit(layer.apply)(params, xs)
    >>> hs.shape
    (5, 2, 4)
    """
    checks.cell(cell)
    walk = _by_name(driver) if isinstance(driver, str) else driver
    if not callable(walk):
        raise ValueError(f"driver: got {walk!r}, want a name, one of {', '.join(sorted(DRIVERS))}")
    with precisions.using(precision or precisions.current()):
        if isinstance(walk, Driver) and (reason := walk.unsupported(cell, None)):
            raise ValueError(reason)
    checks.flag("reverse", reverse)

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        if key is not None:
            checks.key(key)
        if key is not None and cell.noise is not None:
            checks.sequence({}, xs)
            cell_parameters.of_cell(cell, params, xs.shape[-1])
            checks.sequence(params, xs)
            params, xs = cell.noise(params, xs, key)
        return walk(cell, params, xs, lengths, carry, resets=resets, reverse=reverse)

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        x = checks.array("x", x, "an array [B, D]")
        cell_parameters.of_cell(cell, params, x.shape[-1] if x.ndim else None)
        if "w_x" in params:
            checks.floating("x", x)
            checks.width("x", x.shape, params["w_x"].shape[0])
        states.of_rows(cell, params, carry, x.shape[:-1])
        carry = advance(cell, params, carry, cell.project(params, x))
        return carry, cell.read(carry).astype(x.dtype)

    layer = Layer(cell.init, lambda d: cell.width, cell.start, apply, None if reverse else step)
    return precisions.of_layer(layer, precision)


def _by_name(name: str) -> Driver:
    return chunked_by_name(name) or checks.lookup("driver", DRIVERS, name)
