"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from seqjax.basics.build import gated_cell, with_fused
from seqjax.basics.gates import gates
from seqjax.basics.initializers import Init
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Cell, Gate, Params
from seqjax.cells.weights import start, weights


def project_output(params: Params, h: Array) -> Array:
    """h w_p where the cell has an output projection, else h."""
    return matmul(h, params["w_p"]).astype(h.dtype) if "w_p" in params else h


class Options(NamedTuple):
    """What all cells with a memory let their users choose; see ``lstm``."""

    forget_bias: float | None
    init: str | Init
    heads: int
    projection: int | None
    learn_start: bool


def memory_cell(
    name: str,
    hidden: int,
    blocks: int,
    forget: int,
    gate: Gate,
    options: Options,
    more: Callable[[Array, int], Params] | None = None,
) -> Cell:
    """A cell with the carry (h [B, P], c [B, H]) that feeds h back and shows it.

    Args:
      blocks: k, the number of gates.
      forget: which of them is the forget gate.
      more: (key, H) -> further parameters.
    """
    return gated_cell(
        name=name,
        width=options.projection or hidden,
        init=weights(
            hidden,
            blocks,
            init=options.init,
            heads=options.heads,
            forget=forget,
            forget_bias=options.forget_bias,
            projection=options.projection,
            learn_start=2 * options.learn_start,
            more=more,
        ),
        start=start(options.projection or hidden, hidden),
        hidden=lambda params, carry: carry[0],
        gate=gate,
        read=lambda carry: carry[0],
    )


def _combine(params: Params, blocks: list[Any], carry: Carry) -> Carry:
    i, f, g, o = blocks
    c = f * carry[1] + i * g
    return project_output(params, o * jnp.tanh(c)), c


def _rows(params: Params) -> tuple[Array, Array, Array, Array]:
    """The weights as ``Fused`` has them; of its two biases the sum alone matters."""
    b = params["b"]
    return params["w_x"].T, params["w_h"].T, b, jnp.zeros_like(b)


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
      ValueError: for a size below 1, an unknown name, heads that do not divide H, or heads together
        with a projection.
    """
    options = Options(forget_bias, init, heads, projection, learn_start)
    cell = memory_cell("lstm", hidden, 4, 1, gates("ssts", _combine), options)
    return with_fused(cell, "lstm", _rows) if heads == 1 and projection is None else cell
