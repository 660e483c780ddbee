"""Clipping of the gradient on its way back through time."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell, Gated, Recurrence, Step
from seqjax.basics.types import Array, Carry, Params, Tree


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def clip_cotangent(tree: Carry, limit: float) -> Carry:
    """The tree itself; its cotangent is clipped to [-limit, limit], element by element."""
    return tree


def _clip(tree: Carry, limit: float) -> Carry:
    def clip(a: Array) -> Array:
        if jnp.iscomplexobj(a):  # real and imaginary parts, each by itself
            return lax.complex(clip(a.real), clip(a.imag))
        return jnp.clip(a, -limit, limit)

    return jax.tree.map(clip, tree)


clip_cotangent.defvjp(lambda tree, limit: (tree, None), lambda limit, _, d: (_clip(d, limit),))


def clip_backward(cell: Cell, limit: float) -> Cell:
    """The cell whose dL/d carry_t is clipped to [-limit, limit] before it enters step t.

    The whole signal is clipped, element by element: what comes from later steps and what comes from
    the output at t (Graves 2013, section 2.1; FlashRNN calls it gradient_recurrent_clipval). Values
    do not change; gradients are no longer those of the loss. Reverse mode only. A clipped cell is
    not affine any more.

    Raises:
      ValueError: for what is no cell, or a limit that is not finite and above 0.

    >>> from seqjax.cells import rnn
    >>> clip_backward(rnn(8), 1.0).name
    'clip_backward(rnn)'
    """
    checks.cell(cell)
    checks.number("limit", limit, above=0)

    def clipped(carry: Carry) -> Carry:
        return clip_cotangent(carry, limit)

    recurrence: Recurrence
    match cell.recurrence:
        case Gated(hidden, gate):

            def combine(params: Params, blocks: Any, carry: Carry, side: Tree) -> Carry:
                return clipped(gate.combine(params, blocks, carry, side))

            recurrence = Gated(hidden, gate._replace(combine=combine))
        case Step() | Affine():  # a clipped step is not affine any more
            recurrence = Step(lambda params, carry, z: clipped(cell.step(params, carry, z)))
    return cell._replace(name=f"clip_backward({cell.name})", recurrence=recurrence)
