"""The gated recurrent unit that resets before the product."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, products
from seqjax.basics.cell import Cell, Step
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.weights import start, weights


def _step(params: Params, h: Array, z: Array) -> Array:
    """Two products: r and z are needed before r ⊙ h can be multiplied."""
    cut = z.shape[-1] // 3 * 2
    block = params["w_h"].shape[-1] // 3 * 2  # heads hold a third of each block of w_h
    both = jax.nn.sigmoid(z[..., :cut] + products.recur(h, params["w_h"][..., :block]))
    r, keep = jnp.split(both, 2, axis=-1)
    n = jnp.tanh(z[..., cut:] + products.recur(r * h, params["w_h"][..., block:]))
    return keep * h + (1 - keep) * n


def gru_reset_before(
    hidden: int, *, init: str | Init = "default", heads: int = 1, learn_start: bool = False
) -> Cell:
    """Gated recurrent unit as first published (Cho et al. 2014); the full GRU of the course.

        r, z = σ(x_t w_x + h_{t-1} w_h + b) for each
        n    = tanh(x_t w_x + (r ⊙ h_{t-1}) w_h + b)
        h_t  = z ⊙ h_{t-1} + (1 - z) ⊙ n

    z keeps; the course's Γ_u is 1 - z and its Γ_r is r. Blocks in order: r z n. Shapes:
    w_x [D, 3H], w_h [H, 3H], b [3H]. Carry: h [B, H]. Output: h. Gives ``step`` alone: its
    recurrence is not gate(z, h . w_h). Arguments and errors: ``rnn``.
    """
    checks.flag("learn_start", learn_start)
    return Cell(
        name="gru_reset_before",
        width=hidden,
        init=weights(
            hidden,
            3,
            init=init,
            heads=heads,
            learn_start=int(learn_start),
        ),
        start=start(hidden),
        project=products.dense,
        read=lambda h: h,
        recurrence=Step(_step),
    )
