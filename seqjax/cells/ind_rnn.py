"""A recurrent network of units that each see their own past alone."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.rnn import ACTIVATIONS


def _combine(params: Params, blocks: list[Array], h: Array, side: Tree) -> Array:
    return blocks[0]


def _bounded(letter: str, bound: float) -> Gate:
    """The gate whose recurrent weights count as clipped to [-bound, bound]."""
    activation = jax.nn.relu if letter == "r" else jnp.tanh

    def combine(params: Params, pre: Array, h: Array, side: Tree) -> Array:
        w = params["w_h"].astype(h.dtype)
        # What the product has too much; exactly zero within the bound.
        excess = w - jnp.clip(w, -bound, bound)
        h_new: Array = activation(pre - excess * h)
        return h_new

    return Gate(combine)


def ind_rnn(
    hidden: int,
    *,
    activation: str = "relu",
    steps: int | None = None,
    init: str | Init = "default",
    learn_start: bool = False,
) -> Cell:
    """h_t = φ(x_t w_x + b + w_h ⊙ h_{t-1}), φ relu or tanh (Li et al. 2018, equation 2).

    IndRNN. No unit sees another within a layer; layers above mix them. The gradient through n steps
    is scaled by w_h^n and slopes, unit by unit.

    Shapes: w_x [D, H], w_h [H], b [H]. Carry: h [B, H]. Output: h. w_h begins at U(0, 1).

    Args:
      hidden: H.
      activation: "relu" or "tanh".
      steps: T bounds |w_h| by 2^(1/T), so that no state and no gradient more than doubles within T
        steps by the weights alone (section 3.2 with γ = 2). w_h then begins at U(0, 2^(1/T)), and
        what training moves past the bound counts as the bound, with no gradient there. None: no
        bound.
      init: of w_x and b: a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, or an unknown name. From ``step``, as ``rnn``.

    >>> params = ind_rnn(8).init(jax.random.key(0), 3)
    >>> {name: w.shape for name, w in params.items()}
    {'w_x': (3, 8), 'b': (8,), 'w_h': (8,)}
    """
    letter = checks.lookup("activation", ACTIVATIONS, activation)
    bound = 1.0
    gate, options = Gate(_combine, letter), dict[str, Any]()
    if steps is not None:
        checks.positive("steps", steps)
        bound = 2.0 ** (1 / steps)
        gate, options = _bounded(letter, bound), {"blocks": 1}

    def diagonal(key: Array, units: int) -> Params:
        return {"w_h": jax.random.uniform(key, (units,), jnp.float32, 0.0, bound)}

    return gated_cell(
        "ind_rnn",
        hidden,
        gate,
        init=init,
        learn_start=learn_start,
        recurrent=False,
        more=diagonal,
        **options,
    )
