"""Makes a Layer of a function that looks at one step alone."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from seqjax.basics import masks
from seqjax.basics.types import Array, Carry, Layer, Params


def stateless(
    init: Callable[[Array, int], Params],
    width: Callable[[int], int],
    function: Callable[[Params, Array, Array | None], Array],
) -> Layer:
    """The layer y_t = function(params, x_t, key), with an empty carry and zeros in the padding."""

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        real = masks.valid(None if lengths is None else jnp.asarray(lengths), xs.shape[0])
        return (), masks.zero(real, function(params, masks.zero(real, xs), key))

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        return (), function(params, x, None)

    return Layer(init, width, lambda params, batch_shape: (), apply, step)
