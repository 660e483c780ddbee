"""Transposes of what a cell reads and feeds back, both linear in the carry."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import precision
from seqjax.basics.types import Array, Carry
from seqjax.drivers.hoisted.recurrence import Loop


def transpose_by_carry(
    loop: Loop, name: str, function: Callable[[Carry], Array], carry: Carry
) -> Callable[[Array], Carry]:
    """The transpose of a linear function of the carry."""
    like = jax.eval_shape(lambda a: a, carry)
    # A function around it: JAX refers to it weakly, which it cannot do to every callable.
    transpose = jax.linear_transpose(lambda carry: function(carry), like)
    try:
        with precision.using("float32"):
            jax.eval_shape(transpose, jax.eval_shape(function, like))
    except Exception as error:
        raise ValueError(
            f"{loop.cell.name}.{name}: not linear in the carry, as hoisted wants it; use"
            " sequential, or keep the value in the carry"
        ) from error
    if precision.factor_dtype(jnp.float32) != jnp.float32:
        # Products of rounded factors have a gradient, but no transpose.
        return lambda y: jax.vjp(function, jax.tree.map(jnp.zeros_like, carry))[1](y)[0]
    return lambda y: transpose(y)[0]
