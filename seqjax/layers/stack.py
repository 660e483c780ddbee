"""Layers on top of each other."""

from __future__ import annotations

from collections.abc import Sequence

import jax

from seqjax.basics import checks, parameters
from seqjax.basics.precision import of_layer
from seqjax.basics.types import Array, Carry, Layer, Params


def stack(layers: Sequence[Layer], *, precision: str | None = None) -> Layer:
    """The layers one after the other, the outputs of each being the inputs of the next.

    Parameters: {"0": of the first, "1": of the second, ...}. Carry: a tuple, one a layer. ``step``
    is None if any layer has none.

    Args:
      precision: of the products in all layers but those that have their own, one of
        ``seqjax.basics.precision.PRECISIONS``; None leaves it to the surroundings.

    Raises:
      ValueError: for no layers, what is no layer, an unknown precision, parameters of more layers,
        or a carry that is not one a layer. A note says in which layer an error came about.

    >>> import jax
    >>> from seqjax.cells import gru
    >>> from seqjax.layers import dense, recurrent
    >>> network = stack([recurrent(gru(8)), dense(5)])
    >>> params = network.init(jax.random.key(0), 3)
    >>> params["1"]["w"].shape, network.width(3)
    ((8, 5), 5)
    """
    layers = checks.layers(layers)
    places = [str(i) for i in range(len(layers))]

    def part(params: Params, i: int) -> Params:
        # A layer without parameters may have been lost from a tree that was flattened.
        found: Params = params.get(str(i), {})
        return found

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        checks.positive("d", d)
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
        parameters.names("stack", params, (), places)
        return tuple(layer.start(part(params, i), batch_shape) for i, layer in enumerate(layers))

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
        parameters.names("stack", params, (), places)
        carries = (None,) * len(layers) if carry is None else checks.carries(carry, len(layers))
        after = []
        for i, layer in enumerate(layers):
            noise = None if key is None else jax.random.fold_in(key, i)
            with parameters.inside(f"layer {i} of a stack"):
                last, xs = layer.apply(
                    part(params, i), xs, lengths, carries[i], resets=resets, key=noise
                )
            after.append(last)
        return tuple(after), xs

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        parameters.names("stack", params, (), places)
        carries, after = checks.carries(carry, len(layers)), []
        for i, step_of in enumerate(steps):
            with parameters.inside(f"layer {i} of a stack"):
                last, x = step_of(part(params, i), carries[i], x)
            after.append(last)
        return tuple(after), x

    steps = [layer.step for layer in layers if layer.step is not None]
    layer = Layer(init, width, start, apply, step if len(steps) == len(layers) else None)
    return of_layer(layer, precision)
