"""Two layers over the same inputs, one from each end."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks, parameters
from seqjax.basics.types import Array, Carry, Layer, Params

PARTS = ("forward", "backward")
MERGES: dict[str, Callable[[Array, Array], Array]] = {
    "concatenate": lambda a, b: jnp.concatenate([a, b], -1),
    "sum": jnp.add,
}


def bidirectional(forward: Layer, backward: Layer, *, merge: str = "concatenate") -> Layer:
    """Outputs of ``forward`` and ``backward`` at the same place, side by side or added.

    ``backward`` is a layer that walks from the end, ``recurrent(cell, reverse=True)``: it begins at
    each row's last real step. At step t the output has seen the whole row, so there is no ``step``.
    Parameters: {"forward": ..., "backward": ...}. Carry: (forward's, backward's); after a sequence
    the second is the state at its first step.

    Raises:
      ValueError: for layers that walk the wrong way, an unknown merge, a sum of unequal widths, or
        parameters or a carry that are not those of two.

    >>> from seqjax.cells import gru
    >>> from seqjax.layers import recurrent
    >>> bidirectional(recurrent(gru(8)), recurrent(gru(8), reverse=True)).width(3)
    16
    """
    checks.layer(forward, "forward")
    checks.layer(backward, "backward")
    join = checks.lookup("merge", MERGES, merge)
    if forward.step is None:
        raise ValueError("forward: got a layer that needs the future, want one that walks forwards")
    if backward.step is not None:
        raise ValueError(
            "backward: got a layer that walks forwards, want recurrent(cell, reverse=True)"
        )

    def width(d: int) -> int:
        first, second = forward.width(d), backward.width(d)
        if merge == "sum" and first != second:
            raise ValueError(f"merge: got 'sum' of widths {first} and {second}, want equal widths")
        return first if merge == "sum" else first + second

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        checks.positive("d", d)
        width(d)
        first, second = jax.random.split(key)
        return {"forward": forward.init(first, d), "backward": backward.init(second, d)}

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        parameters.names("bidirectional", params, PARTS)
        return (
            forward.start(params["forward"], batch_shape),
            backward.start(params["backward"], batch_shape),
        )

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
        parameters.names("bidirectional", params, PARTS)
        first, second = (None, None) if carry is None else checks.carries(carry, 2)
        keys = (None, None) if key is None else jax.random.split(key)
        with parameters.inside("the forward layer of a bidirectional one"):
            ahead, there = forward.apply(
                params["forward"], xs, lengths, first, resets=resets, key=keys[0]
            )
        with parameters.inside("the backward layer of a bidirectional one"):
            back, here = backward.apply(
                params["backward"], xs, lengths, second, resets=resets, key=keys[1]
            )
        return (ahead, back), join(there, here)

    return Layer(init, width, start, apply, None)
