"""A layer whose inputs are added to its outputs."""

from __future__ import annotations

from seqjax.basics import checks, masks
from seqjax.basics.types import Array, Carry, Layer, Params


def residual(layer: Layer) -> Layer:
    """y_t = layer(x)_t + x_t (He et al. 2016). Parameters and carry: the layer's.

    Raises:
      ValueError: for what is no layer; from ``init``, if the layer changes the width.

    >>> import jax
    >>> from seqjax.layers import dense
    >>> residual(dense(4)).init(jax.random.key(0), 4)["w"].shape
    (4, 4)
    """
    checks.layer(layer, "layer")

    def init(key: Array, d: int) -> Params:
        checks.positive("d", d)
        if layer.width(d) != d:
            raise ValueError(f"d: got {d}, want {layer.width(d)}, the width of the residual layer")
        return layer.init(key, d)

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        carry, hs = layer.apply(params, xs, lengths, carry, resets=resets, key=key)
        real = masks.valid(checks.lengths(lengths, *xs.shape[:2]), xs.shape[0])
        return carry, hs + masks.zero(real, xs)

    inner = layer.step
    if inner is None:
        return Layer(init, layer.width, layer.start, apply, None)

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        carry, h = inner(params, carry, x)
        return carry, h + x

    return Layer(init, layer.width, layer.start, apply, step)
