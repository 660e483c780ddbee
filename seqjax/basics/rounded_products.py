"""One product of two factors, which are rounded as the precision in force has it.

Its sums are float32 or wider, and so are those of its gradients, whose factors are rounded too.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.precision import factor_dtype, wide

Array = jax.Array


def product(a: Array, b: Array) -> Array:
    """``a @ b`` of two matrices, or of two stacks of them, as ``matmul`` makes it."""
    a, dtype = a.astype(b.dtype), factor_dtype(b.dtype)
    if dtype == b.dtype:
        return sums(a, b)
    return _rounded(dtype, "xy,yz->xz" if b.ndim == 2 else "bxy,byz->bxz", a, b)


def einsum(pattern: str, a: Array, b: Array) -> Array:
    """``jnp.einsum`` of two arrays of one dtype at the precision in force.

    Every letter stands in two or three of the terms of "ab,bc->ac", and in each once.
    """
    dtype = factor_dtype(b.dtype)
    if dtype == b.dtype:
        return jnp.einsum(pattern, a, b)
    return _rounded(dtype, pattern, a, b)


def sums(a: Array, b: Array) -> Array:
    """``a @ b`` in the dtype that they have."""
    return jnp.matmul(a, b, **options(b.dtype))


def options(dtype: jnp.dtype) -> dict[str, Any]:
    """Of a product. Factors of 16 bits are multiplied as they are, whatever is asked for others."""
    narrow = dtype.itemsize == 2
    return {
        "preferred_element_type": wide(dtype),
        "precision": jax.lax.Precision.DEFAULT if narrow else None,
    }


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _rounded(dtype: jnp.dtype, pattern: str, a: Array, b: Array) -> Array:
    """``jnp.einsum`` of rounded factors. JAX's own gradient would mix dtypes and round sums too."""
    return jnp.einsum(pattern, a.astype(dtype), b.astype(dtype), **options(dtype))


def _rounded_forward(
    dtype: jnp.dtype, pattern: str, a: Array, b: Array
) -> tuple[Array, tuple[Array, Array]]:
    factors = a.astype(dtype), b.astype(dtype)
    return jnp.einsum(pattern, *factors, **options(dtype)), factors


def _rounded_backward(
    dtype: jnp.dtype, pattern: str, factors: tuple[Array, Array], g: Array
) -> tuple[Array, Array]:
    a, b = (factor.astype(g.dtype) for factor in factors)
    terms, out = pattern.split("->")
    first, second = terms.split(",")
    return (
        _rounded(dtype, f"{out},{second}->{first}", g, b),
        _rounded(dtype, f"{out},{first}->{second}", g, a),
    )


_rounded.defvjp(_rounded_forward, _rounded_backward)


def rounded(w: Array) -> Array:
    """The weight as its products round it, for a loop that has no gradient of JAX's own."""
    return w.astype(factor_dtype(w.dtype))
