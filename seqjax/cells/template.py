"""A cell to copy: the leaky integrator. Change the name, the equation, the parameters, the gate.

A cell is gate(z, h . w_h, carry), where z is made from the inputs for all steps at once. The file
says how many blocks there are, how they are activated and how they become the new carry; time,
padding, gradients, drivers and layers are not its business. Then add the factory to ``CELLS`` and a
row to the table of test cases.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.cells import Array, Cell, Gate, Init, Params, Tree, gated_cell


def _combine(params: Params, blocks: list[Array], h: Array, side: Tree) -> Array:
    """The new carry from the activated blocks and the old carry; any ordinary JAX."""
    (n,) = blocks
    keep = jax.nn.sigmoid(params["leak"]).astype(h.dtype)
    return keep * h + (1 - keep) * n


def leaky(hidden: int, *, init: str | Init = "default") -> Cell:
    """h_t = λ ⊙ h_{t-1} + (1 - λ) ⊙ tanh(x_t w_x + h_{t-1} w_h + b), λ = σ(leak) (Jaeger 2007).

    Shapes: w_x [D, H], w_h [H, H], b [H], leak [H]. Carry: h [B, H]. Output: h.
    """
    return gated_cell(
        "leaky",
        hidden,
        Gate(_combine, "t"),  # one block, tanh
        init=init,
        more=lambda key, h: {"leak": jnp.zeros(h)},  # beside w_x, w_h and b
    )
