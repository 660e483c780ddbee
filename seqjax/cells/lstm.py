"""Long short-term memory."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.gated_cell import gated_cell


def project_output(params: Params, h: Array) -> Array:
    """h w_p where the cell has an output projection, else h."""
    return matmul(h, params["w_p"]).astype(h.dtype) if "w_p" in params else h


def _combine(params: Params, blocks: list[Array], carry: Carry, side: Tree) -> Carry:
    i, f, g, o = blocks
    c = f * carry[1] + i * g
    return project_output(params, o * jnp.tanh(c)), c


def lstm(
    hidden: int,
    *,
    forget_bias: float | None = None,
    init: str | Init = "default",
    heads: int = 1,
    projection: int | None = None,
    learn_start: bool = False,
) -> Cell:
    """Long short-term memory with forget gates (Hochreiter and Schmidhuber 1997, Gers et al. 2000).

        i, f, o = σ(x_t w_x + h_{t-1} w_h + b) for each      g = tanh(the same)
        c_t = f ⊙ c_{t-1} + i ⊙ g
        h_t = o ⊙ tanh(c_t),  or (o ⊙ tanh(c_t)) w_p with an output projection (Sak et al. 2014)

    Blocks of the weights, in order: i f g o. Shapes: w_x [D, 4H], w_h [P, 4H], b [4H], w_p [H, P];
    P = H without projection. Carry: (h [B, P], c [B, H]). Output: h.

    Args:
      hidden: H.
      forget_bias: where the forget gate's bias begins; None leaves it to ``init``.
      init: a name in ``INITIALIZERS`` or an ``Init``.
      heads: N > 1 makes w_h block-diagonal, [N, H/N, 4H/N].
      projection: P, the width of h.
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, an unknown name, a forget bias that is no number, heads that
        do not divide H, or heads together with a projection. From ``step``, as ``rnn``.

    >>> import jax
    >>> params = lstm(4, projection=2).init(jax.random.key(0), 3)
    >>> {name: w.shape for name, w in params.items()}
    {'w_x': (3, 16), 'w_h': (2, 16), 'b': (16,), 'w_p': (4, 2)}
    """
    return gated_cell(
        "lstm",
        hidden,
        Gate(_combine, "ssts"),
        memory=True,
        init=init,
        heads=heads,
        projection=projection,
        learn_start=learn_start,
        forget=1,
        forget_bias=forget_bias,
    )
