"""Layers on top of each other."""

from __future__ import annotations

from collections.abc import Sequence

import jax

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Layer, Params


def stack(layers: Sequence[Layer]) -> Layer:
    """The layers one after the other, the outputs of each being the inputs of the next.

    Parameters: {"0": of the first, "1": of the second, ...}. Carry: a tuple, one a layer. ``step``
    is None if any layer has none.

    Raises:
      ValueError: for no layers, what is no layer, or a carry that is not one a layer.

    >>> import jax
    >>> from seqjax.cells import gru
    >>> from seqjax.layers import dense, recurrent
    >>> network = stack([recurrent(gru(8)), dense(5)])
    >>> params = network.init(jax.random.key(0), 3)
    >>> params["1"]["w"].shape, network.width(3)
    ((8, 5), 5)
    """
    layers = checks.layers(layers)

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        params = {}
        for i, layer in enumerate(layers):
            params[str(i)] = layer.init(jax.random.fold_in(key, i), d)
            d = layer.width(d)
        return params

    def width(d: int) -> int:
        for layer in layers:
            d = layer.width(d)
        return d

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        # A layer without parameters may have been lost from a tree that was flattened.
        return tuple(
            layer.start(params.get(str(i), {}), batch_shape) for i, layer in enumerate(layers)
        )

    def check(carry: Carry) -> tuple[Carry, ...]:
        if not isinstance(carry, tuple) or len(carry) != len(layers):
            size = f" of {len(carry)}" if isinstance(carry, tuple | list) else ""
            raise ValueError(
                f"carry: got {type(carry).__name__}{size}, want a tuple of {len(layers)}, one each"
            )
        return carry

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
        carries = (None,) * len(layers) if carry is None else check(carry)
        after = []
        for i, layer in enumerate(layers):
            noise = None if key is None else jax.random.fold_in(key, i)
            last, xs = layer.apply(
                params.get(str(i), {}), xs, lengths, carries[i], resets=resets, key=noise
            )
            after.append(last)
        return tuple(after), xs

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        after = []
        for i, (step_of, before) in enumerate(zip(steps, check(carry), strict=True)):
            last, x = step_of(params.get(str(i), {}), before, x)
            after.append(last)
        return tuple(after), x

    steps = [layer.step for layer in layers if layer.step is not None]
    return Layer(init, width, start, apply, step if len(steps) == len(layers) else None)
