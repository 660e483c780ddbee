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


def linear_scan(a: Tree, b: Tree, *, reverse: bool = False, chunk: int | None = None) -> Tree:
    """s of all steps, with s = 0 before the first: s_t = a_t s_{t-1} + b_t.

    Derivatives in both modes and of any order; real or complex.

    Args:
      a: [T, ...] as b, or with one more axis, [T, ..., k, k] for b [T, ..., k].
      b: a tree of [T, ...]; that of a is the same.
      reverse: from the last step to the first.
      chunk: so many steps at once, chunk after chunk; None: all at once.

    >>> linear_scan(jnp.array([1.0, 2.0, 3.0]), jnp.ones(3)).tolist()
    [1.0, 3.0, 10.0]
    """

    # Leaf by leaf: a system of which some leaves alone have a derivative cannot be transposed.
    def solve(a: Array, b: Array) -> Array:
        # The transpose of a shift by one step is the shift the other way.
        adjoint = _transposed(before(a, not reverse), b)
        solution: Array = lax.custom_linear_solve(
            lambda s: s - times(a, before(s, reverse)),
            b,
            lambda _, b: _solve(a, b, reverse, chunk),
            lambda _, g: _solve(adjoint, g, not reverse, chunk),
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


Map = tuple[Array, Array]
"""(a, b) of s -> a s + b"""


def _compose(earlier: Map, later: Map) -> Map:
    """Associative: about 2 T products in 2 log2(T) rounds instead of T one after the other."""
    (a, b), (c, d) = earlier, later
    product = c * a if a.ndim == b.ndim else jnp.matmul(c, a, precision=lax.Precision.HIGHEST)
    return product, times(c, b) + d


def _solve(a: Array, b: Array, reverse: bool, chunk: int | None) -> Array:
    """The scan itself."""
    if chunk == 1:
        return _by_steps(a, b, reverse)
    if chunk is not None and chunk < len(b):
        return _by_chunks(a, b, reverse, chunk)
    states: Array = lax.associative_scan(_compose, (a, b), reverse=reverse)[1]
    return states


def _by_steps(a: Array, b: Array, reverse: bool) -> Array:
    """Step by step."""

    def body(s: Array, now: Map) -> tuple[Array, Array]:
        s = times(now[0], s) + now[1]
        return s, s

    states: Array = lax.scan(body, jnp.zeros_like(b[0]), (a, b), reverse=reverse)[1]
    return states


def _by_chunks(a: Array, b: Array, reverse: bool, chunk: int) -> Array:
    """Chunk after chunk, each at once. The last in the order of walking is filled up with zeros."""
    missing = -len(b) % chunk

    def cut(leaf: Array) -> Array:
        fill = jnp.zeros((missing, *leaf.shape[1:]), leaf.dtype)
        whole = jnp.concatenate([fill, leaf] if reverse else [leaf, fill])
        return whole.reshape(-1, chunk, *leaf.shape[1:])

    def body(s: Array, now: Map) -> tuple[Array, Array]:
        a, b = now
        first, last = (-1, 0) if reverse else (0, -1)
        states = _solve(a, b.at[first].add(times(a[first], s)), reverse, None)
        return states[last], states

    _, chunks = lax.scan(body, jnp.zeros_like(b[0]), (cut(a), cut(b)), reverse=reverse)
    states = chunks.reshape(-1, *b.shape[1:])
    return states[missing:] if reverse else states[: len(b)]
