"""Makes a Layer of a function that looks at one step alone."""

from __future__ import annotations

from collections.abc import Callable

import jax

from seqjax.basics import checks, masks
from seqjax.basics.types import Array, Carry, Layer, Params


def stateless(
    init: Callable[[Array, int], Params],
    width: Callable[[int], int],
    function: Callable[[Params, Array, Array | None], Array],
) -> Layer:
    """The layer y_t = function(params, x_t, key), with an empty carry and zeros in the padding.

    Raises:
      ValueError: from ``apply``, for lengths or resets that do not fit xs, a key that is none, or a
        carry.
    """

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        xs = checks.array("xs", xs, "an array [T, B, ...], time first")
        if key is not None:
            checks.key(key)
        no_state(carry)
        if lengths is None and resets is None:
            return (), function(params, xs, key)
        if xs.ndim < 2:
            raise ValueError(f"xs: got shape {xs.shape}, want [T, B, ...], time first")
        steps, batch = xs.shape[:2]
        checks.resets(resets, steps, batch)
        real = masks.valid(checks.lengths(lengths, steps, batch), steps)
        return (), masks.zero(real, function(params, masks.zero(real, xs), key))

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        no_state(carry)
        return (), function(params, checks.array("x", x, "an array [B, ...]"), None)

    def no_state(carry: Carry) -> None:
        if carry is not None and jax.tree.leaves(carry):
            raise ValueError("carry: got a state, want () or None: the layer has none")

    return Layer(init, width, lambda params, batch_shape: (), apply, step)
