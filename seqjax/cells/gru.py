"""The gated recurrent unit that resets after the product."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells.gated_cell import gated_cell


def _combine(params: Params, blocks: list[Any], h: Array, side: Tree) -> Array:
    r, z, (x, u) = blocks
    n = jnp.tanh(x + r * u)
    new: Array = n + z * (h - n)
    return new


def gru(
    hidden: int, *, init: str | Init = "default", heads: int = 1, learn_start: bool = False
) -> Cell:
    """Gated recurrent unit, reset after the product: the form of cuDNN, torch and keras.

        r, z = σ(x_t w_x + h_{t-1} w_h + b) for each
        n    = tanh(x_t w_x + b + r ⊙ (h_{t-1} w_h + b_n))
        h_t  = z ⊙ h_{t-1} + (1 - z) ⊙ n

    z keeps. Blocks in order: r z n. Shapes: w_x [D, 3H], w_h [H, 3H], b [3H], b_n [H]. Carry:
    h [B, H]. Output: h. Differs from Cho et al. 2014 (``gru_reset_before``) in that r acts on
    the product, so that one product a step is enough; weights do not carry over between the two.
    Arguments and errors: ``rnn``.

    >>> import jax
    >>> {name: w.shape for name, w in gru(4).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 12), 'w_h': (4, 12), 'b': (12,), 'b_n': (4,)}
    """
    return gated_cell(
        "gru",
        hidden,
        Gate(_combine, "ss-", bias="b_n"),
        init=init,
        heads=heads,
        learn_start=learn_start,
    )
