"""States of N complex numbers behind 2N real ones: how they begin, and how they are read.

What a cell takes and gives stays real: N real parts, then N imaginary parts. JAX's gradient by a
complex state is that by its real and its imaginary part, dL/d Re - i dL/d Im.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array, Params
from seqjax.cells.weights import start


def even(cell: str, hidden: int) -> int:
    """N of hidden = 2N. Raises ValueError where it is no such number; it names the cell."""
    checks.positive("hidden", hidden)
    if hidden % 2:
        raise ValueError(
            f"hidden: got {hidden}, want an even number for {cell}, of the real and the imaginary"
            " parts of its complex states"
        )
    return hidden // 2


def paired(x: Array) -> Array:
    """[..., 2N] float32 or wider -> [..., N]: the first half + i times the second.

    >>> paired(jnp.array([1.0, 2.0])).item()
    (1+2j)
    """
    real, imaginary = jnp.split(x, 2, axis=-1)
    pairs: Array = lax.complex(real, imaginary)
    return pairs


def both_parts(h: Array) -> Array:
    """[..., N] -> [..., 2N]: real parts, then imaginary parts. The inverse of ``paired``."""
    return jnp.concatenate([h.real, h.imag], axis=-1)


def complex_start(hidden: int) -> Callable[[Params, tuple[int, ...]], Array]:
    """``start`` of a cell whose carry is [B, N] complex: zero, or the pairs of start_0 [2N]."""
    of_pairs = start(hidden)
    return lambda params, batch_shape: paired(of_pairs(params, batch_shape))
