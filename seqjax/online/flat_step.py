"""One step of any cell as a function of vectors, and its derivatives by transformations of JAX.

s [N] is the whole state of a row, θ [P] all parameters that are learned, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import cell_parameters, gates, products
from seqjax.basics.cell import Affine, Cell, Gated, advance, split_side
from seqjax.basics.flat_state import flat_state
from seqjax.basics.precision import wide
from seqjax.basics.trees import merge
from seqjax.basics.types import Array, Carry, Params, Tree


class Parts(NamedTuple):
    """Parameters cut in three trees, with None in the places of the others."""

    learned: Tree
    fixed: Tree
    """neither floating nor learned"""
    rows: Tree
    """one for each row, such as masks: no derivative is made of them"""


class FlatStep(NamedTuple):
    """s' = f(θ, s, x) of one cell at parameters of one shape. B rows, K directions."""

    cell: Cell
    size: int
    """N"""
    learned: int
    """P"""
    dtype: jnp.dtype
    """of s, float32 or wider"""
    ravel: Callable[[Carry], Array]
    """carry -> s [B, N]; a complex state counts as its real part, then its imaginary part"""
    unravel: Callable[[Array], Carry]

    def start(self, params: Params) -> tuple[Array, Callable[[Array], Array]]:
        """(s_0 [N], cotangents [K, N] -> K gradients by θ [K, P])."""
        parts = split(self.cell, params)

        def begin(learned: Tree) -> Array:
            whole = merge(learned, merge(parts.fixed, parts.rows))
            return self.ravel(self.cell.start(whole, (1,)))[0]

        s, pull = jax.vjp(begin, parts.learned)
        return s, lambda seeds: self._flat(jax.vmap(pull)(seeds.astype(s.dtype))[0])

    def pull(self, params: Params, s: Array, x: Tree, seeds: Array) -> tuple[Array, Array]:
        """(s' [B, N], seeds . ∂f/∂θ [B, K, P]) for seeds [K, N], or [B, K, N].

        By the reverse mode, a row at a time: what a row gives is not added to that of others.
        """
        parts = split(self.cell, params)
        seeds = jnp.broadcast_to(seeds, (len(s), *seeds.shape[-2:]))

        def row(s: Array, x: Tree, own: Tree, seeds: Array) -> tuple[Array, Array]:
            one: Tree = jax.tree.map(lambda a: a[None], (x, own))

            def after(learned: Tree) -> Array:
                whole = merge(learned, merge(parts.fixed, one[1]))
                z = self.cell.project(whole, one[0])
                return self.ravel(advance(self.cell, whole, self.unravel(s[None]), z))[0]

            new, pull = jax.vjp(after, parts.learned)
            return new, self._flat(jax.vmap(pull)(seeds)[0])

        pulled: tuple[Array, Array] = jax.vmap(row)(s, x, parts.rows, seeds.astype(s.dtype))
        return pulled

    def push(
        self, params: Params, s: Array, x: Tree, seeds: Array, *, local: bool = False
    ) -> tuple[Array, Array]:
        """(s' [B, N], ∂f/∂s . seeds [B, K, N]) for seeds [K, N], or [B, K, N].

        By the forward mode. With ``local`` what passes through w_h is left out.
        """
        z = self.cell.project(params, x)
        seeds = jnp.broadcast_to(seeds, (len(s), *seeds.shape[-2:])).astype(s.dtype)

        def after(s: Array) -> Array:
            follow = cut if local else advance
            return self.ravel(follow(self.cell, params, self.unravel(s), z))

        new, push = jax.linearize(after, s)
        return new, jax.vmap(push, 1, 1)(seeds)

    def read(self, s: Array, dtype: jnp.dtype) -> tuple[Array, Callable[[Array], Array]]:
        """(y [B, W] in that dtype, dL/dy -> dL/ds)."""
        y, pull = jax.vjp(lambda s: self.cell.read(self.unravel(s)).astype(dtype), s)
        return y, lambda dy: pull(dy.astype(dtype))[0]

    def gradient(self, params: Params, flat: Array) -> Params:
        """θ-shaped numbers [P] as parameters, in their dtypes; zero for those not learned."""
        leaves, structure = jax.tree.flatten(split(self.cell, params).learned)
        pieces, begin = [], 0
        for leaf in leaves:
            piece = flat[begin : begin + leaf.size]
            pieces.append(piece.reshape(leaf.shape).astype(leaf.dtype))
            begin += leaf.size
        zeros = jax.tree.map(jnp.zeros_like, params)
        found: Params = merge(structure.unflatten(pieces), zeros)
        return found

    def _flat(self, tree: Tree) -> Array:
        """[K, P] of K gradients."""
        leaves = [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(tree)]
        return jnp.concatenate([leaf.astype(self.dtype) for leaf in leaves], 1)


def flat_step(cell: Cell, params: Params) -> FlatStep:
    """The step of a cell at parameters of these shapes.

    >>> from seqjax.cells import lstm
    >>> cell = lstm(4)
    >>> step = flat_step(cell, cell.init(jax.random.key(0), 3))
    >>> step.size, step.learned
    (8, 128)
    """
    flat = flat_state(cell, params)
    row = jax.eval_shape(lambda params: flat.ravel(cell.start(params, (1,))), params)
    count = sum(leaf.size for leaf in jax.tree.leaves(split(cell, params).learned))
    return FlatStep(cell, flat.size, count, wide(row.dtype), flat.ravel, flat.unravel)


def split(cell: Cell, params: Params) -> Parts:
    """Which parameters are learned: those that are floating and that all rows share."""
    axes = cell_parameters.row_axes(cell, params)
    if axes is None:
        axes = jax.tree.map(lambda leaf: -1, params)

    def chosen(which: str) -> Tree:
        def keep(leaf: Array, axis: int) -> Array | None:
            floating = jnp.issubdtype(leaf.dtype, jnp.floating)
            kind = "rows" if axis == 0 else "learned" if floating else "fixed"
            return leaf if kind == which else None

        return jax.tree.map(keep, params, axes)

    return Parts(*map(chosen, Parts._fields))


def cut(cell: Cell, params: Params, carry: Carry, z: Tree) -> Carry:
    """``advance`` whose derivative by the carry has no part that passes through h . w_h.

    Raises:
      ValueError: for a cell whose step does not say what it multiplies by w_h.
    """
    match cell.recurrence:
        case Affine():  # has no recurrent weights
            return advance(cell, params, carry, z)
        case Gated(hidden, gate):
            z, side = split_side(z)
            u = lax.stop_gradient(products.recur(hidden(params, carry), params["w_h"]))
            return gates.apply(gate, params, z, u, carry, side)
    raise ValueError(no_cut(cell))


def no_cut(cell: Cell) -> str:
    """Why a cell cannot be served without what passes through w_h, "" if it can."""
    if isinstance(cell.recurrence, Gated | Affine):
        return ""
    return (
        f"cell: eprop cannot serve {cell.name}, whose step does not say what passes through its"
        " recurrent weights; want a cell with a gate, or one that is linear in time"
    )
