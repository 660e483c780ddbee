"""The recurrent product u = h . w_h, its transpose, and its gradient from all steps at once.

A recurrent weight may be

    dense            w [P, kH]             u = h @ w
    block-diagonal   w [N, H/N, kH/N]      head n of h meets only block n of w
    diagonal         w [kH]                u = h * w for each of the k gates

P is the width fed back (H without output projection), k the number of gates, N of heads. In every
form u is [..., kH], one gate after the other.

All are made at the precision in force, see ``precision``: float32 factors may be rounded to a
narrower dtype, and what is summed is float32 or wider. A diagonal weight sums nothing.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import mesh, parameters
from seqjax.basics.precision import factor_dtype
from seqjax.basics.precision import wide as wide  # which sums here are kept in
from seqjax.basics.rounded_products import einsum, options, product, sums

Array = jax.Array


def matmul(x: Array, w: Array) -> Array:
    """``x @ w`` for x [..., n], w [n, m]: multiplied in the dtype of w, summed in float32 or wider.

    Float32 factors are rounded as the precision in force has it, their gradients are not.

    All leading axes become one: XLA:CPU runs the plain product at full speed, but puts copies
    around contractions over [T, B].
    """
    if x.ndim == 3 and mesh.size(mesh.DATA) > 1:
        # With rows before steps the one axis still lies over devices as the rows do.
        rows_first = product(jnp.swapaxes(x, 0, 1).reshape(-1, x.shape[-1]), w)
        return jnp.swapaxes(rows_first.reshape(x.shape[1], x.shape[0], w.shape[-1]), 0, 1)
    out = product(x.reshape(-1, x.shape[-1]), w)
    return out.reshape(*x.shape[:-1], w.shape[-1])


def dense(params: dict[str, Array], xs: Array) -> Array:
    """``xs @ w_x + b``, the input projection of most cells.

    Raises:
      ValueError: for parameters without w_x, or inputs of another width.
    """
    w_x = parameters.look_up(params, "w_x")
    if xs.shape[-1:] != w_x.shape[:1]:
        raise ValueError(f"xs: got shape {xs.shape}, want width {w_x.shape[0]}, the rows of w_x")
    z = matmul(xs, w_x)
    return z + params["b"].astype(z.dtype)


def recur(h: Array, w: Array) -> Array:
    """u = h . w_h for h [..., P]; u is [..., kH].

    >>> recur(jnp.array([1.0, 2.0]), jnp.array([1.0, 1.0, 3.0, 3.0])).tolist()  # diagonal
    [1.0, 2.0, 3.0, 6.0]
    """
    if w.ndim == 2:
        return matmul(h, w)
    if w.ndim == 1:
        return jnp.tile(h, w.shape[0] // h.shape[-1]) * w.astype(h.dtype)
    n, a, b = w.shape
    u = _by_block(h.reshape(*h.shape[:-1], n, a), w)
    u = u.reshape(*u.shape[:-1], b // a, a)  # [..., N, k, H/N]
    return jnp.swapaxes(u, -3, -2).reshape(*h.shape[:-1], n * b)


def _by_block(heads: Array, w: Array) -> Array:
    """[..., N, a], [N, a, b] -> [..., N, b]: each head and its block of w."""
    heads = heads.astype(w.dtype)
    if factor_dtype(w.dtype) == w.dtype:
        return jnp.einsum("...na,nab->...nb", heads, w, **options(w.dtype))
    rows = heads.reshape(-1, *heads.shape[-2:])
    return einsum("xna,nab->xnb", rows, w).reshape(*heads.shape[:-1], w.shape[-1])


LARGE = 1 << 20
"""Entries of a dense weight that is better on the left: XLA:CPU packs the factor on the right anew
at every step, and the weight is then larger than what it is multiplied with."""


def _large(w: Array) -> bool:
    return w.ndim == 2 and w.size >= LARGE and jax.default_backend() == "cpu"


def _left(w: Array, x: Array) -> Array:
    """``x @ w.T`` for w [n, m], x [B, m] as the transpose of w . x^T."""
    # Without the barriers XLA turns it round again.
    out = product(w, jax.lax.optimization_barrier(x.T.astype(w.dtype)))
    transposed: Array = jax.lax.optimization_barrier(out).T
    return transposed


def by_rows(x: Array, w: Array) -> Array:
    """``x @ w.T`` for x [..., m], w [n, m], fast where x has few rows and w many, as in decoding.

    In a loop on CPU ``matmul(x, w.T)`` turns all of w round at every step.
    """
    if jax.default_backend() != "cpu":
        return matmul(x, w.T)
    return _left(w, x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], len(w))


def looped(w: Array) -> Array:
    """The weight as ``recur_looped`` wants it, to be made once, before the loop."""
    return jax.lax.optimization_barrier(w.T) if _large(w) else w


def recur_looped(h: Array, w: Array) -> Array:
    """``recur`` for h [B, P] and w = ``looped(w_h)``."""
    return _left(w, h) if _large(w) else recur(h, w)


def transposed(w: Array) -> Array:
    """The weight as ``recur_back`` wants it, to be made once, before the reverse loop."""
    # The barrier keeps XLA from moving the transposition into the loop, where x @ w.T is slower.
    if w.ndim == 1 or _large(w):
        return w
    wt: Array = jax.lax.optimization_barrier(jnp.swapaxes(w, -1, -2))
    return wt


def _by_head(du: Array, n: int, a: int) -> Array:
    """[..., k*N*a] -> [..., N, k*a]."""
    k = du.shape[-1] // (n * a)
    parts = jnp.swapaxes(du.reshape(*du.shape[:-1], k, n, a), -3, -2)
    return parts.reshape(*du.shape[:-1], n, k * a)


def recur_back(du: Array, wt: Array, width: int) -> Array:
    """dh [..., width] = du . w_h^T for du [..., kH] and ``wt = transposed(w_h)``."""
    if _large(wt):
        return _left(wt, du)
    if wt.ndim == 2:
        return matmul(du, wt)
    if wt.ndim == 1:
        parts = (du * wt.astype(du.dtype)).reshape(*du.shape[:-1], -1, width)
        return parts.sum(-2)
    n, _, a = wt.shape
    dh = _by_block(_by_head(du, n, a), wt)
    return dh.reshape(*dh.shape[:-2], width)


def recur_grad(h: Array, du: Array, w: Array) -> Array:
    """dw_h from all steps in one product: h [T, B, P], du [T, B, kH] -> the shape of w."""
    h, du = h.reshape(-1, h.shape[-1]), du.reshape(-1, du.shape[-1])
    if w.ndim == 1:
        return jnp.sum(jnp.tile(h, w.shape[0] // h.shape[-1]) * du, 0).astype(w.dtype)
    dtype = factor_dtype(w.dtype)
    h, du = h.astype(dtype), du.astype(dtype)
    if w.ndim == 2:
        return sums(h.T, du).astype(w.dtype)
    n, a, _ = w.shape
    dw = jnp.einsum("xna,xnb->nab", h.reshape(-1, n, a), _by_head(du, n, a), **options(dtype))
    return dw.astype(w.dtype)
