"""The functions of a cell together with their transposes, as JAX is to trace them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import gates
from seqjax.basics.gates import Gate
from seqjax.basics.types import Array, Carry, Params, Tree

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "s": (jax.nn.sigmoid, lambda a: a * (1 - a)),
    "t": (jnp.tanh, lambda a: 1 - a * a),
    "r": (lambda x: jnp.maximum(x, 0), lambda a: (a > 0).astype(a.dtype)),
}
"""By letter the function, and its derivative from its value."""


def gate_pass(gate: Gate, side: Tree) -> Callable[..., Any]:
    """(params, z, u, carry, moving, still, dafter) -> (after, dparams, dz, du, dcarry, dmoving).

    ``moving`` and ``still`` are the leaves of ``side`` that are floats, and the others.
    """
    leaves, structure = jax.tree.flatten(side)
    is_moving = [jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in leaves]

    def function(
        params: Params, z: Array, u: Array, carry: Carry, moving: list[Array], still: list[Array],
        dafter: Carry,
    ) -> Any:  # fmt: skip
        def whole(moving: list[Array]) -> Tree:
            both = iter(moving), iter(still)
            return structure.unflatten([next(both[not m]) for m in is_moving])

        letters = gates.active_letters(gate)
        m = gates.active_columns(gate, z.shape[-1])
        pre = z + u if not gate.activations else z[..., :m] + u[..., :m]
        if not gate.activations:

            def of_sums(params: Params, pre: Array, carry: Carry, moving: list[Array]) -> Carry:
                return gate.combine(params, pre, carry, whole(moving))

            after, vjp = jax.vjp(of_sums, params, pre, carry, moving)
            dparams, dpre, dcarry, dmoving = vjp(dafter)
            return after, dparams, dpre, dpre, dcarry, dmoving

        def of_blocks(
            params: Params, acts: list[Array], z: Array, u: Array, carry: Carry, moving: list[Array]
        ) -> Carry:
            pairs = gates.pairs_of(gate, params, z, u) if m < pre_width else []
            return gate.combine(params, [*acts, *pairs], carry, whole(moving))

        pre_width = z.shape[-1]
        pieces = jnp.split(pre, len(letters), -1) if letters else []
        acts = [ACTIVATIONS[a][0](x) for a, x in zip(letters, pieces, strict=True)]
        after, vjp = jax.vjp(of_blocks, params, acts, z[..., m:], u[..., m:], carry, moving)
        dparams, dacts, dz, du, dcarry, dmoving = vjp(dafter)
        dpre = [d * ACTIVATIONS[a][1](act) for a, d, act in zip(letters, dacts, acts, strict=True)]
        dz, du = (
            jnp.concatenate([*dpre, d], -1) if m < pre_width else jnp.concatenate(dpre, -1)
            for d in (dz, du)
        )
        return after, dparams, dz, du, dcarry, dmoving

    return function


def linear_pass(function: Callable[[Params, Carry], Array]) -> Callable[..., Any]:
    """(params, carry, dy) -> (y, dparams, dcarry) for y = function(params, carry)."""

    def both(params: Params, carry: Carry, dy: Array) -> tuple[Array, Params, Carry]:
        y, vjp = jax.vjp(function, params, carry)
        return (y, *vjp(dy))

    return both
