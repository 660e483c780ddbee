"""The options that all cells share: initial weights, heads, output projection, start state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp

from seqjax.basics import checks, parameters
from seqjax.basics.initializers import Init, Sizes, initializer
from seqjax.basics.products import wide
from seqjax.basics.types import Array, Carry, Params


def weights(
    hidden: int,
    gates: int,
    *,
    init: str | Init = "default",
    heads: int = 1,
    forget: int | None = None,
    forget_bias: float | None = None,
    projection: int | None = None,
    learn_start: int = 0,
    recurrent: bool = True,
    memory: bool = False,
    inner: int = 0,
    vectors: Mapping[str, int] | None = None,
    more: Callable[[Array, int], Params] | None = None,
) -> Callable[[Array, int], Params]:
    """``init(key, d)`` of a cell.

    Makes w_x [D, kH], w_h [P, kH] (or [N, H/N, kH/N] with N > 1 heads), b [kH]; with ``projection``
    w_p [H, P]; with ``learn_start`` = n the first state, ``start_0`` to ``start_{n-1}``, zero.

    Args:
      forget: which gate is the forget gate; its bias begins at ``forget_bias``, or where the
        initialiser puts it.
      recurrent: whether there is a w_h at all.
      memory, inner: as in ``Sizes``.
      vectors: further biases and peepholes, name -> how many times H entries; they begin as
        ``init`` says.
      more: (key, H) -> further parameters.
    """
    checks.positive("hidden", hidden)
    checks.positive("heads", heads)
    drawn = initializer(init)
    if hidden % heads:
        raise ValueError(f"heads: got {heads}, want a divisor of hidden={hidden}")
    if forget_bias is not None:
        checks.number("forget_bias", forget_bias)
    if projection is not None:
        checks.positive("projection", projection)
        if heads > 1:
            raise ValueError(f"heads: got {heads}, want 1 with an output projection")
    back = projection or hidden

    def make(key: Array, d: int) -> Params:
        checks.key(key)
        checks.positive("d", d)
        keys = jax.random.split(key, 3)
        # A w_h that nobody wants is drawn with one row: orthogonal ones take long.
        sizes = Sizes(d, back if recurrent else 1, hidden, gates, hidden, memory, inner)
        w_x, w_h, b = drawn.draw(keys[0], sizes)
        if heads > 1:
            block = sizes._replace(p=hidden // heads, h=hidden // heads)
            w_h = jnp.stack([drawn.draw(k, block)[1] for k in jax.random.split(keys[1], heads)])
        if forget is not None:
            bias = drawn.forget if forget_bias is None else forget_bias
            b = b.at[forget * hidden : (forget + 1) * hidden].add(bias)
        params = {"w_x": w_x, "w_h": w_h, "b": b} if recurrent else {"w_x": w_x, "b": b}
        if projection is not None:
            square = Sizes(hidden, projection, projection, 1, hidden)
            params["w_p"] = drawn.draw(keys[2], square)[0]
        for i, (name, count) in enumerate((vectors or {}).items()):
            params[name] = jnp.zeros(count * hidden, jnp.float32)
            if drawn.vector:
                vector_key = jax.random.fold_in(keys[2], i)
                params[name] = drawn.vector(vector_key, sizes, count * hidden)
        widths = [back, hidden]
        params |= {f"start_{i}": jnp.zeros(widths[i], jnp.float32) for i in range(learn_start)}
        return params | (more(keys[2], hidden) if more else {})

    return make


def start(*widths: int) -> Callable[[Params, tuple[int, ...]], Carry]:
    """``start`` of a cell whose carry is one array a width, or a bare array for one.

    The state is params["start_i"] where that is learned, else zero, in float32 or wider.
    """

    def make(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        checks.batch_shape(batch_shape)
        dtype = wide(parameters.look_up(params, "w_x").dtype)
        states = [
            jnp.broadcast_to(
                params.get(f"start_{i}", jnp.zeros((), dtype)).astype(dtype), (*batch_shape, width)
            )
            for i, width in enumerate(widths)
        ]
        return states[0] if len(states) == 1 else tuple(states)

    return make
