"""A cell to copy: the leaky integrator. Change the name, the equation, the parameters, the gate.

A cell is gate(z, h . w_h, carry), where z is made from the inputs for all steps at once. The file
says how many gates there are, how they are activated and how they become the new carry; time,
padding, gradients, drivers and layers are not its business. Then add the factory to ``CELLS`` and a
row to the table of test cases.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.build import gated_cell
from seqjax.basics.gates import gates
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Cell, Params
from seqjax.cells.weights import start, weights


def _combine(params: Params, blocks: list[Any], h: Array) -> Array:
    """The new carry from the activated blocks and the old carry; any ordinary JAX."""
    (n,) = blocks
    keep = jax.nn.sigmoid(params["leak"]).astype(h.dtype)
    return keep * h + (1 - keep) * n


def leaky(hidden: int, *, init: str | Init = "default") -> Cell:
    """h_t = λ ⊙ h_{t-1} + (1 - λ) ⊙ tanh(x_t w_x + h_{t-1} w_h + b), λ = σ(leak) (Jaeger 2007).

    Shapes: w_x [D, H], w_h [H, H], b [H], leak [H]. Carry: h [B, H]. Output: h.
    """
    return gated_cell(
        name="leaky",
        width=hidden,
        init=weights(hidden, 1, init=init, more=lambda key, h: {"leak": jnp.zeros(h)}),
        start=start(hidden),  # one array of width H, zero
        hidden=lambda params, h: h,  # what is multiplied by w_h
        gate=gates("t", _combine),  # one block, tanh
        read=lambda h: h,  # what others see
    )
