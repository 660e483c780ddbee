"""Linear recurrences over all steps at once: s_t = a_t s_{t-1} + b_t, and the adjoint of that.

a_t multiplies element by element, or is a matrix for each block of the state. All steps together
are one linear system that is lower bidiagonal,

    s_t - a_t s_{t-1} = b_t

so its derivative is the same system with another right-hand side, and its transpose is the scan of
the other direction: λ_t = a_{t+1}ᵀ λ_{t+1} + g_t. Nothing of how it was solved is differentiated or
kept; a gradient needs a and s alone.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array, Tree


def linear_scan(
    a: Tree,
    b: Tree,
    *,
    reverse: bool = False,
    chunk: int | None = None,
    cuts: Array | None = None,
) -> Tree:
    """s of all steps, with s = 0 before the first: s_t = a_t s_{t-1} + b_t.

    Derivatives in both modes and of any order; real or complex.

    Args:
      a: [T, ...] as b, or with one more axis, [T, ..., k, k] for b [T, ..., k].
      b: a tree of [T, ...]; that of a is the same.
      reverse: from the last step to the first.
      chunk: so many steps at once, chunk after chunk; None: all at once.
      cuts: bool [T, ...], of the leading axes: where s_t = b_t, whatever s_{t-1} is, NaN included.

    >>> linear_scan(jnp.array([1.0, 2.0, 3.0]), jnp.ones(3)).tolist()
    [1.0, 3.0, 10.0]
    """

    # Leaf by leaf: a system of which some leaves alone have a derivative cannot be transposed.
    def solve(a: Array, b: Array) -> Array:
        cut = None if cuts is None else jnp.broadcast_to(_fit(cuts, b), b.shape)
        # The transpose of a shift by one step is the shift the other way.
        adjoint = _transposed(before(a, not reverse), b)
        cut_after = None if cut is None else before(cut, not reverse)
        solution: Array = lax.custom_linear_solve(
            lambda s: s - kept(cut, a, before(s, reverse)),
            b,
            lambda _, b: _solve((a, b, cut), reverse, chunk),
            lambda _, g: _solve((adjoint, g, cut_after), not reverse, chunk),
        )
        return solution

    solved: Tree = jax.tree.map(solve, a, b)
    return solved


def before(s: Array, reverse: bool, first: Array | None = None) -> Array:
    """At each step what s was one step earlier; ``first``, or zero, at the first."""
    start = jnp.zeros_like(s[:1]) if first is None else first[None]
    return jnp.concatenate([s[1:], start] if reverse else [start, s[:-1]])


def times(a: Array, s: Array) -> Array:
    """a s: element by element, or by block."""
    if a.ndim == s.ndim:
        return a * s
    return jnp.einsum("...ij,...j->...i", a, s, precision=lax.Precision.HIGHEST)


def _transposed(a: Array, b: Array) -> Array:
    return a if a.ndim == b.ndim else jnp.swapaxes(a, -1, -2)


def kept(cut: Array | None, a: Array, s: Array) -> Array:
    """a s, and nothing of it where it is cut."""
    product = times(a, s)
    return product if cut is None else jnp.where(cut, 0, product)


def _fit(mask: Array, like: Array) -> Array:
    return mask.reshape(mask.shape + (1,) * (like.ndim - mask.ndim))


Map = tuple[Array, Array, Array | None]
"""(a, b, cut) of s -> a s + b, or b where it is cut"""


def _compose(earlier: Map, later: Map) -> Map:
    """Associative: about 2 T products in 2 log2(T) rounds instead of T one after the other."""
    (a, b, cut), (c, d, cut_later) = earlier, later
    product = c * a if a.ndim == b.ndim else jnp.matmul(c, a, precision=lax.Precision.HIGHEST)
    both = None if cut is None or cut_later is None else cut | cut_later
    return product, kept(cut_later, c, b) + d, both


def _solve(maps: Map, reverse: bool, chunk: int | None) -> Array:
    """The scan itself."""
    if chunk == 1:
        return _by_steps(maps, reverse)
    if chunk is not None and chunk < len(maps[1]):
        return _by_chunks(maps, reverse, chunk)
    states: Array = lax.associative_scan(_compose, maps, reverse=reverse)[1]
    return states


def _by_steps(maps: Map, reverse: bool) -> Array:
    """Step by step."""

    def body(s: Array, now: Map) -> tuple[Array, Array]:
        a, b, cut = now
        s = kept(cut, a, s) + b
        return s, s

    states: Array = lax.scan(body, jnp.zeros_like(maps[1][0]), maps, reverse=reverse)[1]
    return states


def _by_chunks(maps: Map, reverse: bool, chunk: int) -> Array:
    """Chunk after chunk, each at once. The last in the order of walking is filled up with zeros."""
    steps, shape = len(maps[1]), maps[1].shape[1:]
    missing = -steps % chunk

    def cut_up(leaf: Array) -> Array:
        fill = jnp.zeros((missing, *leaf.shape[1:]), leaf.dtype)
        whole = jnp.concatenate([fill, leaf] if reverse else [leaf, fill])
        return whole.reshape(-1, chunk, *leaf.shape[1:])

    def body(s: Array, now: Map) -> tuple[Array, Array]:
        a, b, cut = now
        first, last = (-1, 0) if reverse else (0, -1)
        entering = kept(None if cut is None else cut[first], a[first], s)
        states = _solve((a, b.at[first].add(entering), cut), reverse, None)
        return states[last], states

    zero = jnp.zeros_like(maps[1][0])
    _, chunks = lax.scan(body, zero, jax.tree.map(cut_up, maps), reverse=reverse)
    states = chunks.reshape(-1, *shape)
    return states[missing:] if reverse else states[:steps]
