"""Clipping of the gradient on its way back through time."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Cell, Gate, Params, Tree


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def clip_cotangent(tree: Carry, limit: float) -> Carry:
    """The tree itself; its cotangent is clipped to [-limit, limit], element by element."""
    return tree


def _clip(tree: Carry, limit: float) -> Carry:
    return jax.tree.map(lambda a: jnp.clip(a, -limit, limit), tree)


clip_cotangent.defvjp(lambda tree, limit: (tree, None), lambda limit, _, d: (_clip(d, limit),))


def clip_backward(cell: Cell, limit: float) -> Cell:
    """The cell whose dL/d carry_t is clipped to [-limit, limit] before it enters step t.

    The whole signal is clipped, element by element: what comes from later steps and what comes from
    the output at t (Graves 2013, section 2.1; FlashRNN calls it gradient_recurrent_clipval). Values
    do not change; gradients are no longer those of the loss. Reverse mode only.

    Raises:
      ValueError: for a limit that is not above 0.
    """
    if not limit > 0:
        raise ValueError(f"limit: got {limit}, want a number above 0")

    def step(params: Params, carry: Carry, z: Tree) -> Carry:
        return clip_cotangent(cell.step(params, carry, z), limit)

    return cell._replace(
        name=f"clip_backward({cell.name})",
        step=step,
        gate=None if cell.gate is None else _gate(cell.gate, limit),
    )


def _gate(gate: Gate, limit: float) -> Gate:
    def plain(params: Params, z: Tree, u: Array, carry: Carry) -> Carry:
        return clip_cotangent(gate.plain(params, z, u, carry), limit)

    def forward(params: Params, z: Tree, u: Array, carry: Carry) -> tuple:
        new, kept, extra = gate.forward(params, z, u, carry)
        return clip_cotangent(new, limit), kept, extra

    def backward(params: Params, kept: Tree, extra: Tree, carry: Carry, dcarry: Carry) -> tuple:
        return gate.backward(params, kept, extra, carry, _clip(dcarry, limit))

    return gate._replace(plain=plain, forward=forward, backward=backward)
